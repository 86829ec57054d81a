"""The desk links a ticket to its report in SP4N-LAPOR!, corrects or removes the link; audited (docs/adr/0036)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from models import ExternalLink, Sp4nLink, Sp4nSaid, TicketClock
from models.enums import AuditKind, ClockKind, EventKind, LinkDirection, TextKind, Visibility
from models.sp4n import SP4N
from services.access import access
from services.access.scopes import Scope
from services.core import validation
from services.core.desk import Desk
from services.core.messages import Term
from services.core.refusals import Checks, Forbidden, IdempotencyConflict, InvalidInput
from services.tickets.case import Case, Done, locked_case
from services.tickets.records.texts import KeptText

LINK = ("sp4n", "timeline")


@dataclass(frozen=True, slots=True)
class LinkTicket:
    ticket_id: int | None
    expected_version: int
    tracking_id: str
    direction: LinkDirection
    created_at: datetime | None = None
    client_mutation_id: str | None = None


@dataclass(frozen=True, slots=True)
class UnlinkTicket:
    ticket_id: int | None
    expected_version: int
    reason: str
    client_mutation_id: str | None = None


async def link(desk: Desk, scope: Scope, command: LinkTicket) -> Done:
    """Link a ticket, or correct its link; what it was stays beside the log.

    Raises IdempotencyConflict for the id of another ticket.
    """
    checks = Checks()
    tracking_id = checks(validation.sp4n_id, command.tracking_id, "trackingId")
    checks(validation.not_ahead, command.created_at, desk, "createdAt")
    async with _case_of(desk, scope, command, checks) as case:
        row = await Sp4nLink.filter(ticket_id=case.ticket.id).using_db(case.connection).first()
        if tracking_id is not None:
            await checks.awaited(_require_free(case, tracking_id))
        checks.settle()
        if row is not None and await _is_same(case, row, tracking_id, command):
            raise InvalidInput("NOTHING_CHANGES")
        text = await case.keep(TextKind.TRACKING_ID, tracking_id)
        await _take(case, tracking_id)
        made = row or Sp4nLink(ticket_id=case.ticket.id)
        made.tracking_id, made.direction, made.since = text.id, command.direction, command.created_at
        await made.save(using_db=case.connection)
        case.raise_version()
        await _tell(case, text, made)
    return case.done()


async def unlink(desk: Desk, scope: Scope, command: UnlinkTicket) -> Done:
    """Remove the link of a ticket, with the reason; its history goes from the ticket and stays in the log."""
    checks = Checks()
    reason = checks(validation.text, command.reason, validation.REASON_LIMIT, "reason")
    async with _case_of(desk, scope, command, checks) as case:
        row = await linked(case)
        checks.settle()
        text = await case.keep(TextKind.REASON, reason)
        await _release(case)
        await Sp4nSaid.filter(ticket_id=case.ticket.id).using_db(case.connection).delete()
        await row.delete(using_db=case.connection)
        case.set(sp4n_status=None)
        case.raise_version()
        await _tell(case, text, None)
    return case.done()


async def linked(case: Case) -> Sp4nLink:
    """The link of a locked ticket; raises InvalidInput where it has none."""
    row = await Sp4nLink.filter(ticket_id=case.ticket.id).using_db(case.connection).first()
    if row is None:
        raise InvalidInput("SP4N_NOT_LINKED", path=("id",))
    return row


@asynccontextmanager
async def _case_of(desk: Desk, scope: Scope, command: LinkTicket | UnlinkTicket, checks: Checks) -> AsyncIterator[Case]:
    """The locked ticket of an input, for whoever has the desk's rights on it."""
    version, name = command.expected_version, command.client_mutation_id
    async with locked_case(
        desk, scope, command.ticket_id, expected_version=version, mutation_id=name, checks=checks
    ) as case:
        if not access.acts_for_desk(case.scope.sight, case.state):
            raise Forbidden("NOT_YOUR_MOVE", who=Term("who.DESK"))
        yield case


async def _require_free(case: Case, tracking_id: str) -> None:
    names = case.desk.keys.all_external_digests(tracking_id)
    query = ExternalLink.filter(system=SP4N, external_id__in=names).exclude(ticket_id=case.ticket.id)
    if await query.using_db(case.connection).exists():
        raise IdempotencyConflict("SP4N_TAKEN", path=("trackingId",))


async def _is_same(case: Case, row: Sp4nLink, tracking_id: str, command: LinkTicket) -> bool:
    digest = f"{SP4N}|{case.desk.keys.external_digest(tracking_id)}"
    return digest in case.ticket.external_keys and (row.direction, row.since) == (command.direction, command.created_at)


async def _take(case: Case, tracking_id: str) -> None:
    """Give the ticket this id in the space that all share, in the place of another one."""
    await _release(case)
    digest = case.desk.keys.external_digest(tracking_id)
    await ExternalLink.create(
        ticket_id=case.ticket.id,
        system=SP4N,
        external_id=digest,
        direction=LinkDirection.INBOUND,
        created_at=case.moment,
        using_db=case.connection,
    )
    case.set(external_keys=[*case.ticket.external_keys, f"{SP4N}|{digest}"])


async def _release(case: Case) -> None:
    query = ExternalLink.filter(system=SP4N, ticket_id=case.ticket.id)
    await query.using_db(case.connection).delete()
    case.set(external_keys=[key for key in case.ticket.external_keys if not key.startswith(f"{SP4N}|")])


async def _tell(case: Case, text: KeptText, row: Sp4nLink | None) -> None:
    since = None if row is None else row.since
    if since is None:  # one that stopped before is written again as it stood
        await TicketClock.filter(ticket_id=case.ticket.id, clock=ClockKind.NATIONAL).using_db(case.connection).delete()
    details = {
        "linked": row is not None,
        "direction": None if row is None else row.direction.value,
        # The national clock counts from here (services/deadlines).
        "nationalSince": None if since is None else since.isoformat(),
    }
    case.record(EventKind.LINK_CHANGED, text=text, changed=LINK, visibility=Visibility.INTER_AGENCY, details=details)
    await case.audit(AuditKind.LINK_CHANGED)
