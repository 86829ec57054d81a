"""The keys of partners: named, shown once, several at a time for a rotation without a pause (decided here)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import Q

from models import Credential
from models.enums import AuditKind, EventKind, PrincipalKind, SubjectKind
from realtime import log
from services.access.scopes import Scope, actor, require_admin
from services.audit.audit import record
from services.core import validation
from services.core.desk import Desk
from services.core.refusals import Checks, InvalidInput, NotFound
from services.core.transactions import transaction
from services.credentials.credentials import Issued, issue
from services.credentials.endings import End, Whose, end_credentials
from services.credentials.subscribers import network_of
from services.inputs.signs import one_line, plain
from services.partners.partners import hold_agreement
from services.partners.terms import LONGEST_NAME

MOST_KEYS, MOST_NETWORKS = 10, 50


@dataclass(frozen=True, slots=True)
class KeyTerms:
    """What a key is for, when it ends, and from which networks (CIDR) it is good; None for any."""

    name: str
    expires_at: datetime | None = None
    networks: tuple[str, ...] | None = None


async def key(credential_id: int) -> Credential:
    """A key as it is kept, without its token."""
    return await Credential.get(id=credential_id)


async def create_key(desk: Desk, scope: Scope, client_id: int, terms: KeyTerms) -> Issued:
    """A new key beside those that the partner has; its token is shown this once."""
    require_admin(scope)
    checks = Checks()
    name, networks = checks(_checked_name, terms.name), checks(checked_networks, terms.networks)
    if terms.expires_at is not None and terms.expires_at <= desk.now():
        checks.keep(InvalidInput("KEY_ENDED", path=("expiresAt",)))
    async with transaction() as using:
        with checks.behind():
            await hold_agreement(desk, using, client_id)
        checks.settle()
        if await Credential.filter(_good(desk), client_id=client_id).using_db(using).count() >= MOST_KEYS:
            raise InvalidInput("TOO_MANY_KEYS", path=("name",), limit=MOST_KEYS)
        issued = await issue(
            desk, PrincipalKind.PARTNER, name=name, client_id=client_id, expires_at=terms.expires_at, using=using
        )
        if networks is not None:
            await Credential.filter(id=issued.credential_id).using_db(using).update(networks=list(networks))
        seq = await _noted(desk, using, scope, issued.credential_id, client_id)
    await desk.committed(seq)
    return issued


async def revoke_key(desk: Desk, scope: Scope, credential_id: int) -> Credential:
    """End a key at once on every server; raises NotFound for one that is no partner's or had ended before."""
    require_admin(scope)
    async with transaction() as using:
        known = Credential.filter(id=credential_id, kind=PrincipalKind.PARTNER).using_db(using)
        whose = Whose([row.id for row in await known])
        ended = await end_credentials(desk, using, End.KEY_REVOKED, scope, whose)
        if not ended.ids:
            raise NotFound("KEY_UNKNOWN", path=("id",))
        appended = await log.append(using, ended.events)
    await desk.committed(appended.least_seq)
    return await key(credential_id)


async def keys_of(client_ids: Collection[int]) -> dict[int, list[Credential]]:
    """The keys that are not revoked, by partner, oldest first."""
    found: dict[int, list[Credential]] = {client_id: [] for client_id in client_ids}
    for key in await Credential.filter(client_id__in=list(client_ids), revoked_at=None).order_by("id"):
        found[key.client_id or 0].append(key)
    return found


def checked_networks(given: Iterable[str] | None) -> tuple[str, ...] | None:
    """Networks as they are kept; raises InvalidInput for what is none."""
    if given is None:
        return None
    checks = Checks()
    networks = tuple(sorted({checks(_network, text, index) or "" for index, text in enumerate(given)}))
    checks.settle()
    if not 0 < len(networks) <= MOST_NETWORKS:
        raise InvalidInput("KEY_NETWORKS", path=("networks",))
    return networks


def _network(text: str, index: int) -> str:
    try:
        return str(network_of(plain(text)))
    except ValueError:
        raise InvalidInput("KEY_NETWORKS", path=("networks", str(index))) from None


def _checked_name(name: str) -> str:
    name = one_line(name)
    if not 0 < len(name) <= LONGEST_NAME or "\x00" in name:
        raise InvalidInput("TEXT_LENGTH_BOUND", path=("name",), limit=LONGEST_NAME)
    validation.require_writable(name, "name")
    return name


def _good(desk: Desk) -> Q:
    return Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=desk.now()))


async def _noted(desk: Desk, using: BaseDBAsyncClient, scope: Scope, credential_id: int, client_id: int) -> int:
    """Write a key's beginning into the audit log, and into the log by which every worker learns of it."""
    details, subject = {"credential": credential_id, **scope.acting}, f"client:{client_id}"
    await record(desk, AuditKind.KEY_ISSUED, scope.principal, subject=subject, details=details, using=using)
    event = log.NewEvent(
        kind=EventKind.CREDENTIAL_ISSUED,
        at=desk.now(),
        **actor(scope),
        subject_kind=SubjectKind.CREDENTIAL,
        subject_id=credential_id,
        details={"client": client_id},
    )
    return (await log.append(using, [event])).least_seq
