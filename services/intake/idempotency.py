"""Idempotency of submissions: the keys of each principal, and the ticket that each was answered with (decided here)."""

from __future__ import annotations

import hmac
from dataclasses import asdict

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient

from models import ExternalLink, IdempotencyKey
from models.enums import Channel, PrincipalKind
from models.sp4n import SP4N
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.refusals import IdempotencyConflict
from services.core.transactions import delete_all
from services.inputs.sp4n import sp4n_id
from services.intake.forms import Submission, as_kept

# What is asked for besides is no part of a report; older releases know nothing of it.
NOT_CONTENT = ("idempotency_key", "client_mutation_id", "receipt")


def content_digests(desk: Desk, form: Submission) -> tuple[bytes, ...]:
    """Keyed digests of a form as it is kept, and as it was sent, which releases before this one remember."""
    return _content_digest(desk, as_kept(form)), _content_digest(desk, form)


def _content_digest(desk: Desk, form: Submission) -> bytes:
    """A keyed digest of a submission's content, without what is not content."""
    # The names of the fields are in the digest: who renames one turns repetitions into conflicts.
    content = {name: value for name, value in asdict(form).items() if name not in NOT_CONTENT}
    if content["sp4n"] is None:  # which older releases do not know
        del content["sp4n"]
    return desk.keys.digest("submission", orjson.dumps(content, option=orjson.OPT_SORT_KEYS))


def stored_key(desk: Desk, key: str) -> str:
    """A keyed digest of a key, as a client may have made it of a person's name or phone (docs/adr/0022)."""
    return desk.keys.digest("idempotency key", key).hex()


def external_system(scope: Scope, channel: Channel) -> str:
    """The name under which a principal's external ids are unique; those of SP4N-LAPOR! are among all officers.

    Source: docs/adr/0036.
    """
    if scope.is_staff and channel is Channel.SP4N_LAPOR:
        return SP4N
    return f"partner:{scope.client_id}" if scope.kind is PrincipalKind.PARTNER else f"staff:{scope.officer_id}"


def external_name(scope: Scope, form: Submission) -> str | None:
    """The id as it is compared: of SP4N-LAPOR! without #, and the one of its link where that is given."""
    if external_system(scope, form.channel) != SP4N:
        return form.external_id
    if form.sp4n is not None:
        return sp4n_id(form.sp4n.tracking_id)
    return form.external_id and (sp4n_id(form.external_id) or form.external_id)


def sp4n_name(form: Submission) -> str | None:
    """The digits by which SP4N-LAPOR! knows a report that came from there; None for any other."""
    typed = form.external_id if form.sp4n is None else form.sp4n.tracking_id
    return None if typed is None or form.channel is not Channel.SP4N_LAPOR else sp4n_id(typed)


def external_names(scope: Scope, form: Submission) -> list[tuple[str, str]]:
    """Each system in which a report has an id, with the id: a partner's own, and the one that all share."""
    name, shared = external_name(scope, form), sp4n_name(form)
    found = {} if shared is None else {SP4N: shared}
    own = {} if name is None else {external_system(scope, form.channel): name}
    return list((own | found).items())


def external_key(desk: Desk, system: str, external_id: str) -> str:
    """What a ticket and its states keep of the name that a system has for it."""
    return f"{system}|{desk.keys.external_digest(external_id)}"


async def earlier_ticket(
    connection: BaseDBAsyncClient, desk: Desk, scope: Scope, form: Submission, digests: tuple[bytes, ...]
) -> int | None:
    """The ticket that this principal was given for the same content; raises IdempotencyConflict for other content."""
    found = await _by_key(connection, desk, scope, form.idempotency_key, digests)
    if found is None:
        found = await _by_external_id(connection, desk, scope, form, digests)
    if found is None and not scope.is_staff:
        await _require_free(connection, desk, form)
    return found


async def _require_free(connection: BaseDBAsyncClient, desk: Desk, form: Submission) -> None:
    """Refuse a partner's report that somebody else entered under the id of SP4N-LAPOR!."""
    name = sp4n_name(form)
    names = () if name is None else desk.keys.all_external_digests(name)
    if names and await ExternalLink.filter(system=SP4N, external_id__in=names).using_db(connection).exists():
        raise IdempotencyConflict("SP4N_TAKEN", path=("externalId",))


async def _by_key(
    connection: BaseDBAsyncClient, desk: Desk, scope: Scope, key: str | None, digests: tuple[bytes, ...]
) -> int | None:
    if key is None:
        return None
    query = IdempotencyKey.filter(principal=scope.principal, key=stored_key(desk, key))
    row = await query.using_db(connection).first()
    if row is None:
        return None
    if row.expires_at <= desk.now():
        await row.delete(using_db=connection)
        return None
    _require_same(row.content_digest, digests, "idempotencyKey")
    return row.ticket_id


async def _by_external_id(
    connection: BaseDBAsyncClient, desk: Desk, scope: Scope, form: Submission, digests: tuple[bytes, ...]
) -> int | None:
    external_id, system = external_name(scope, form), external_system(scope, form.channel)
    if external_id is None:
        return None
    # The name itself is what releases before this one kept.
    names = (*desk.keys.all_external_digests(external_id), external_id)
    query = ExternalLink.filter(system=system, external_id__in=names).select_related("ticket")
    row = await query.using_db(connection).order_by("id").first()
    if row is None:
        return None
    if system == SP4N and (form.sp4n is not None or row.ticket.submitted_by != scope.principal):
        path = ("externalId",) if form.sp4n is None else ("sp4n", "trackingId")
        raise IdempotencyConflict("SP4N_TAKEN", path=path)
    _require_same(bytes.fromhex(row.data.get("digest", "")), digests, "externalId")
    return row.ticket_id


def _require_same(stored: bytes, digests: tuple[bytes, ...], name: str) -> None:
    if not any(hmac.compare_digest(stored, digest) for digest in digests):
        raise IdempotencyConflict("OTHER_CONTENT", path=(name,))


async def remember(
    connection: BaseDBAsyncClient, desk: Desk, scope: Scope, key: str | None, digest: bytes, ticket_id: int
) -> None:
    """Keep a key for its lifetime; a key that another transaction took meanwhile is an IntegrityError."""
    if key is not None:
        await IdempotencyKey.create(
            principal=scope.principal,
            key=stored_key(desk, key),
            content_digest=digest,
            ticket_id=ticket_id,
            expires_at=desk.now() + desk.rules.idempotency_lifetime,
            using_db=connection,
        )


IDEMPOTENCY_KEYS = """
DELETE FROM idempotency_key WHERE id IN (
  SELECT id FROM idempotency_key WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)
"""


async def expire_idempotency_keys(desk: Desk) -> int:
    """Forget submissions whose key has expired; gives their number."""
    return await delete_all(IDEMPOTENCY_KEYS, desk.now())
