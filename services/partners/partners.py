"""Partners and what is agreed with them: made, changed and ended by admins, each change at once on every server.

Source: docs/adr/0009.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from models import Client, Grant, GrantSet
from models.database import connection
from models.enums import AuditKind, EventKind, PrincipalKind, SubjectKind
from realtime import log
from services.access.grants import contract_digest, standard_grants
from services.access.scopes import SYSTEM, Budget, Scope, actor, require_admin
from services.audit.audit import record
from services.core.desk import Desk
from services.core.refusals import Checks, InvalidInput, NotFound
from services.core.transactions import transaction
from services.credentials.endings import End, Whose, end_credentials
from services.inputs.signs import lines, one_line
from services.partners.terms import LONGEST_NAME, Check, Terms, as_dict, bounded, check_terms

STANDARD_PURPOSE = "Hak baku mitra / the standard grant of a partner"

# Nobody agrees on an end that is over: an end before the last change was made by hand.
ENDED_WITH_KEYS = """
SELECT client_id FROM partner_grant g WHERE ends_at <= changed_at AND ends_at <= $1
AND EXISTS (SELECT FROM credential c WHERE c.client_id = g.client_id AND c.revoked_at IS NULL) ORDER BY client_id
"""


@dataclass(frozen=True, slots=True)
class TermsChange:
    """New terms by their names; what is not named stays."""

    terms: Mapping[str, Any] = field(default_factory=dict)
    expected_version: int | None = None


async def create(
    desk: Desk, scope: Scope, name: str, terms: Terms, check: Check, checks: Checks | None = None
) -> Client:
    """A new partner with its grant, and no key yet; checks: what the terms were checked for before."""
    require_admin(scope)
    checks = checks or Checks()
    name = checks(bounded, name, LONGEST_NAME, "name")
    async with transaction() as using:
        await checks.awaited(check_terms(desk, using, as_dict(terms), check))
        checks.settle()
        made, is_new = await Client.get_or_create(kind=PrincipalKind.PARTNER, name=name, using_db=using)
        if not is_new:
            raise InvalidInput("PARTNER_EXISTS", path=("name",))
        await Grant.create(client_id=made.id, **await _columns(desk, using, terms), using_db=using)
        seq = await _noted(desk, using, scope, made.id, ("created",))
    await desk.committed(seq)
    return made


async def change(
    desk: Desk, scope: Scope, client_id: int, wanted: TermsChange, check: Check, checks: Checks | None = None
) -> Grant:
    """Other terms for a partner: what it has open ends with FORBIDDEN at once, and goes on under the new ones."""
    require_admin(scope)
    checks = checks or Checks()
    async with transaction() as using:
        await checks.awaited(check_terms(desk, using, wanted.terms, check))
        with checks.behind("id"):
            grant = await locked(using, client_id)
        if wanted.expected_version is not None and wanted.expected_version != grant.version:
            checks.keep(InvalidInput("GRANT_VERSION", path=("expectedVersion",), actual=grant.version))
        before = await terms_of(grant, using)
        terms = Terms(**{**as_dict(before), **wanted.terms})
        checks.settle()
        if terms == before:
            return grant
        await check_terms(desk, using, as_dict(terms), check)
        grant.update_from_dict({**await _columns(desk, using, terms), "version": grant.version + 1})
        await grant.save(using_db=using)
        changed = tuple(name for name in as_dict(terms) if getattr(terms, name) != getattr(before, name))
        seq = await _noted(desk, using, scope, client_id, changed)
    await desk.committed(seq)
    return grant


async def end(desk: Desk, scope: Scope, client_id: int) -> bool:
    """End everything agreed with a partner at once, its keys too: its sockets close. False where all had ended before.

    An agreement that was over by its time keeps that time; the keys that it left end now.
    """
    require_admin(scope)
    async with transaction() as using:
        with Checks().behind("id"):
            grant, now = await locked(using, client_id), desk.now()
        over = has_ended(grant, now)
        if not over:
            grant.update_from_dict({"ends_at": now, "changed_at": now, "version": grant.version + 1})
            await grant.save(using_db=using)
        ended = await end_credentials(desk, using, End.AGREEMENT_ENDED, scope, Whose(client_id=client_id))
        if over and not ended.ids:
            return False
        seq = await _noted(desk, using, scope, client_id, () if over else ("ends_at",), ended.events)
    await desk.committed(seq)
    return True


async def end_left_keys(desk: Desk) -> int:
    """End the keys of partners that a release before ended without them; gives the number of these partners."""
    rows = await connection().execute_query_dict(ENDED_WITH_KEYS, [desk.now()])
    return sum([await end(desk, SYSTEM, row["client_id"]) for row in rows])


def has_ended(grant: Grant, now: datetime) -> bool:
    """Whether nothing is agreed any more."""
    return grant.ends_at is not None and grant.ends_at <= now


async def locked(using: BaseDBAsyncClient, client_id: int) -> Grant:
    """The grant of a partner until the transaction ends; raises NotFound."""
    found = await Grant.filter(client_id=client_id).using_db(using).select_for_update().first()
    if found is None:
        raise NotFound("PARTNER_UNKNOWN")
    return found


async def hold_agreement(desk: Desk, using: BaseDBAsyncClient, client_id: int) -> None:
    """Let whoever ends the agreement wait until the transaction ends; raises InvalidInput where nothing is agreed."""
    with Checks().behind("partnerId"):
        grant = await locked(using, client_id)
    if has_ended(grant, desk.now()):
        raise InvalidInput("AGREEMENT_OVER", path=("partnerId",))


async def terms_of(grant: Grant, using: BaseDBAsyncClient | None = None) -> Terms:
    """A grant as it is agreed."""
    found = await GrantSet.get(digest=grant.grant_set_id, using_db=using)
    budget = Budget(grant.points, grant.restore_per_second)
    return Terms(frozenset(found.coordinates), grant.purpose, grant.rows, budget, grant.ends_at)


async def named(name: str) -> Client:
    """The partner of this name; raises NotFound."""
    found = await Client.filter(kind=PrincipalKind.PARTNER, name=one_line(name)).prefetch_related("grant").first()
    if found is None or found.grant is None:  # type: ignore[attr-defined]
        raise NotFound("PARTNER_UNKNOWN")
    return found


async def agreement(client_id: int) -> Grant:
    """The grant of a partner, with the partner."""
    return await Grant.get(client_id=client_id).prefetch_related("client")


async def listing(scope: Scope) -> list[Grant]:
    """All grants with their partners, oldest first; raises Forbidden for who is no admin."""
    require_admin(scope)
    return list(await Grant.all().order_by("client_id").prefetch_related("client"))


async def without_grant() -> list[Client]:
    """The partners from before grants."""
    return list(await Client.filter(kind=PrincipalKind.PARTNER, grant__isnull=True).order_by("id"))


async def give_standard(desk: Desk) -> int:
    """Give the standard grant to partners from before grants; returns how many there were."""
    waiting = await without_grant()
    for client in waiting:
        await standard(desk, client.name)
    return len(waiting)


async def standard(desk: Desk, name: str) -> Client:
    """The partner of this name, with the standard grant where it has none; a grant that it has stays."""
    async with transaction() as using:
        client, _ = await Client.get_or_create(kind=PrincipalKind.PARTNER, name=name, using_db=using)
        if await Grant.filter(client_id=client.id).using_db(using).exists():
            return client
        terms = Terms(standard_grants(), STANDARD_PURPOSE)
        await Grant.create(client_id=client.id, **await _columns(desk, using, terms), using_db=using)
        seq = await _noted(desk, using, SYSTEM, client.id, ("created",))
    await desk.committed(seq)
    return client


async def note_export(desk: Desk, client_id: int) -> None:
    """Write down that what is agreed with a partner was written into a file."""
    await record(desk, AuditKind.EXPORTED, SYSTEM.principal, subject=f"client:{client_id}", details={"what": "grant"})


async def _columns(desk: Desk, using: BaseDBAsyncClient, terms: Terms) -> dict[str, Any]:
    """The columns of a grant; its set of coordinates is kept once however many partners share it."""
    digest, now = contract_digest(terms.coordinates), desk.now()
    given = {"coordinates": sorted(terms.coordinates), "created_at": now}
    await GrantSet.get_or_create(given, digest=digest, using_db=using)
    return {
        "grant_set_id": digest,
        "rows": dict(terms.rows) if terms.rows else None,
        "purpose": lines(terms.purpose).strip(),
        "points": terms.budget.points,
        "restore_per_second": terms.budget.restore_per_second,
        "ends_at": terms.ends_at,
        "changed_at": now,
    }


async def _noted(
    desk: Desk,
    using: BaseDBAsyncClient,
    scope: Scope,
    client_id: int,
    changed: tuple[str, ...],
    ended: tuple[log.NewEvent, ...] = (),
) -> int:
    """Write a change of rights into the audit log, and into the log by which every worker learns of it.

    ended: the events of keys that ended with it; without a change they stand alone.
    """
    if not changed:
        return (await log.append(using, ended)).least_seq
    details: dict[str, str | int] = {"changed": ",".join(changed), **scope.acting}
    subject = f"client:{client_id}"
    await record(desk, AuditKind.GRANT_CHANGED, scope.principal, subject=subject, details=details, using=using)
    event = log.NewEvent(
        kind=EventKind.RIGHTS_CHANGED,
        at=desk.now(),
        **actor(scope),
        subject_kind=SubjectKind.CLIENT,
        subject_id=client_id,
        changed=changed,
    )
    return (await log.append(using, [event, *ended])).least_seq
