"""Two reports of one thing: the duplicate is archived and points to the other; both numbers stay valid.

A report may be archived without that, too, as the same was answered in another one, whose number is then told.
Source: S33; docs/adr/0023.
"""

from __future__ import annotations

from dataclasses import dataclass

from tortoise.backends.base.client import BaseDBAsyncClient

from models import Answer, Ticket
from models.enums import OPEN_STATUSES, AnswerState, EventKind, MoveMutation, TextKind, TicketStatus, Visibility
from services.access import access
from services.access.scopes import SYSTEM, Scope
from services.core import validation
from services.core.desk import Desk
from services.core.refusals import Checks, InvalidInput, NotFound
from services.core.transactions import transaction
from services.inputs.numbers import tracking_number
from services.tickets.answer_rows import recall_waiting
from services.tickets.case import Case, Done, case_of, cases_of
from services.tickets.continuations import follow
from services.tickets.records.texts import KeptText
from services.tickets.records.versions import require_version
from services.tickets.table.rows import Move

ALREADY_ANSWERED = "ALREADY_ANSWERED"
ANSWERED_IN = ("answeredInNumber",)
ANSWERED_STATUSES = frozenset({TicketStatus.ANSWERED, TicketStatus.RESOLVED})


@dataclass(frozen=True, slots=True)
class Merge:
    ticket_id: int | None
    expected_version: int
    into_number: str
    note: str | None = None
    client_mutation_id: str | None = None


async def merge(desk: Desk, scope: Scope, command: Merge) -> Done:
    """Archive a ticket as the duplicate of another one that the caller sees (docs/adr/0023)."""
    checks = Checks()
    note = checks(validation.note, command.note)
    checks(validation.mutation_id, command.client_mutation_id)
    checks(_require_number, command.into_number)
    ahead = False
    while True:
        async with transaction() as connection:
            with checks.behind("id"):
                ticket, target = await _both(connection, scope, command)
                require_version(ticket.id, ticket.version, command.expected_version)
            open_target = [target] if target is not None and target.status in OPEN_STATUSES else []
            cases = await cases_of(desk, scope, connection, [ticket, *open_target])
            case, behind = (
                cases[0],
                [each.ticket.id for each in cases if each.clocks.is_behind(each.ticket, desk.now())],
            )
            if ahead or not behind:
                await _merge_into(case, target, command, checks, note)
                break
        # Of both: the report that stays may have closed before it could take another one.
        await desk.pass_first(desk, behind)
        ahead = True
    await desk.committed(case.appended.least_seq)
    return case.done()


async def _merge_into(case: Case, target: Ticket | None, command: Merge, checks: Checks, note: str | None) -> None:
    """Merge a locked ticket where that is allowed, and write it down."""
    case.mutation_id = command.client_mutation_id
    into = checks(_require_fitting, case, target, command.into_number)
    with checks.behind():
        case.choose(MoveMutation.MERGE, TicketStatus.ARCHIVED)
    checks.settle()
    await _merge(case, into, note)
    await follow(case)
    await case.write()


async def _both(connection: BaseDBAsyncClient, scope: Scope, command: Merge) -> tuple[Ticket, Ticket | None]:
    """The duplicate and its target, locked in the order of their ids; no target where the caller sees none.

    Where the first of them is closed nothing will be merged, and the other is only read: whoever moves it may hold it,
    and wait for what was merged into it.
    """
    found = await Ticket.filter(number=tracking_number(command.into_number) or "").using_db(connection).first()
    ticket_id, into_id = command.ticket_id or 0, found.id if found else 0
    rows: dict[int, Ticket | None] = {}
    for key in sorted({ticket_id, into_id}):
        closed = any(row is not None and row.status not in OPEN_STATUSES for row in rows.values())
        rows[key] = await _seen(connection, scope, key, lock=not closed)
    ticket = rows[ticket_id]
    if ticket is None:
        raise NotFound()
    return ticket, rows[into_id]


async def _seen(connection: BaseDBAsyncClient, scope: Scope, key: int, *, lock: bool) -> Ticket | None:
    try:
        return await access.ticket(connection, scope, key, lock=lock)
    except NotFound:
        return None


def _require_number(typed: str) -> None:
    if tracking_number(typed) is None:
        raise NotFound("BAD_NUMBER", path=("intoNumber",))


def _require_target(ticket: Ticket, target: Ticket | None, typed: str) -> Ticket:
    path = ("intoNumber",)
    _require_number(typed)
    if target is None:
        raise NotFound(path=path)
    if target.id == ticket.id:
        raise InvalidInput("MERGES_ITSELF", path=path)
    if target.merged_into_id is not None:
        raise InvalidInput("ALREADY_MERGED", path=path, number=target.number)
    if target.status not in OPEN_STATUSES:
        raise InvalidInput("MERGES_INTO_CLOSED", path=path)
    return target


def _require_fitting(case: Case, target: Ticket | None, number: str) -> Ticket:
    found = _require_target(case.ticket, target, number)
    _require_as_protected(case, found)
    return found


def _require_as_protected(case: Case, stays: Ticket) -> None:
    """Let a supervisory ticket be merged into a supervisory one only, and into none of the agency that it is about.

    What is merged is closed, and the matter goes on with whoever has the other: so it would reach the reported agency.
    """
    if not case.ticket.supervisory:
        return
    reported, path = case.ticket.reported_agency_id, ("intoNumber",)
    if not stays.supervisory:
        raise InvalidInput("MERGES_SUPERVISORY", path=path)
    if reported is not None and reported in (stays.lead_agency_id, *stays.supporting_agency_ids):
        raise InvalidInput("REPORTED_AGENCY", path=path)


async def _merge(case: Case, target: Ticket, note: str | None) -> None:
    await recall_waiting(case)
    text = None if note is None else await case.keep(TextKind.NOTE, note)
    case.enter(TicketStatus.ARCHIVED, merged_into_id=target.id)
    case.record(
        EventKind.MERGED,
        text=text,
        changed=("continuedIn",),
        details={"reason": "DUPLICATE", "into": target.id, "textVisibility": Visibility.INTER_AGENCY.value},
    )
    case.events += (await gained(case, target)).events


async def gained(case: Case, target: Ticket, note: KeptText | None = None) -> Case:
    """The ticket that stays, with the entry that says what was merged into it; nothing else of it changes.

    Somebody merged a protected report: only their own agency is told, as who does not see that report shall not learn
    that there is one. What the desk merges by itself is of one sender, and as protected as the ticket that stays.
    Source: docs/adr/0023.
    """
    own = case.scope is not SYSTEM and not access.PUBLIC_ROWS.holds(case.start)
    stays = await case_of(case.desk, case.scope, case.connection, target)
    details = {"duplicate": case.ticket.id, "textVisibility": Visibility.INTER_AGENCY.value}
    stays.record(
        EventKind.DUPLICATE_MERGED,
        text=note,
        changed=("duplicates", "timeline"),
        visibility=Visibility.INTERNAL if own else Visibility.PUBLIC,
        details=details,
    )
    return stays


def require_archive(move: Move, typed: str | None) -> None:
    """Refuse another report's number where the move does not archive; no number was refused before (decided here)."""
    if tracking_number(typed or "") is not None and move.to is not TicketStatus.ARCHIVED:
        raise InvalidInput("NOT_WANTED", path=ANSWERED_IN)


def require_number(typed: str | None) -> None:
    """Refuse what is no number of another report, whatever move it is for (decided here)."""
    if typed is not None and tracking_number(typed) is None:
        raise InvalidInput("BAD_NUMBER", path=ANSWERED_IN)


async def answered_in(case: Case, move: Move, reason: str | None, typed: str | None) -> int | None:
    """The key of the report, seen by the caller, in which the same was answered; None without one (decided here)."""
    require_archive(move, typed)
    number = tracking_number(typed or "")
    if number is None or reason is None:  # what was refused already says nothing about the rest
        return None
    if reason != ALREADY_ANSWERED:
        raise InvalidInput("NOT_WANTED", path=ANSWERED_IN)
    found = await Ticket.filter(number=number).using_db(case.connection).first()
    other = await _seen(case.connection, case.scope, found.id if found else 0, lock=False)
    if other is None:
        raise NotFound(path=ANSWERED_IN)
    if other.id == case.ticket.id:
        raise InvalidInput("ANSWERED_IN_ITSELF", path=ANSWERED_IN)
    await _require_answered(case.connection, other)
    return int(other.id)


async def _require_answered(connection: BaseDBAsyncClient, other: Ticket) -> None:
    """Refuse a report without an answer; one from another system may be answered without an answer of ours."""
    sent = Answer.filter(ticket_id=other.id, state=AnswerState.SENT).using_db(connection)
    if other.status not in ANSWERED_STATUSES and not await sent.exists():
        raise InvalidInput("NOT_ANSWERED_THERE", path=ANSWERED_IN, number=other.number)
