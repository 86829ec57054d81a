"""The moves of tickets by the rows of services/tickets/table/rules.py, which name their sources (S17, S18)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from models.enums import (
    CLOSED_STATUSES,
    EventKind,
    MoveMutation,
    TextKind,
    TicketStatus,
    Visibility,
)
from services.access.scopes import Scope
from services.core import validation
from services.core.desk import Desk
from services.core.reference import Reference
from services.core.refusals import Checks, InvalidInput
from services.master_data import codes
from services.reasons.reasons import DESK_REASONS
from services.tickets import merging, protection, supervision, workflow
from services.tickets.answer_rows import recall_waiting
from services.tickets.bounds import holds
from services.tickets.case import Case, Done
from services.tickets.commands import (
    ChangeStatus,
    Dispatch,
    DispatchTarget,
    Evidence,
    Reopen,
    Return,
    Verify,
)
from services.tickets.continuations import give_back, moving_case
from services.tickets.needs import needs
from services.tickets.needs.choosing import chosen, chosen_status
from services.tickets.needs.values import choosable_class, evidence_texts, missing_codes
from services.tickets.records.texts import KeptText, text_details
from services.tickets.table.rows import Move, Who

__all__ = [
    "ChangeStatus",
    "Dispatch",
    "DispatchTarget",
    "Evidence",
    "Reopen",
    "Return",
    "Verify",
    "change_status",
    "dispatch",
    "reopen",
    "return_",
    "verify",
]

MOST_SUPPORTERS = 20  # our choice: more than ever share one case


async def verify(desk: Desk, scope: Scope, command: Verify) -> Done:
    """Accept a ticket with its classification (S17); with a dispatch, send it to its agency in the same transaction."""
    reference, checks = await desk.reference(), Checks()
    values = _verified_values(reference, command, checks)
    target = None if command.dispatch is None else _target(reference, command.dispatch, checks, ("dispatch",))
    names_agency = command.reported_agency_code is not None
    async with _case_of(desk, scope, command, checks, names_agency=names_agency) as case:
        move = case.choose(MoveMutation.VERIFY, TicketStatus.VERIFIED)
        flags = await protection.raised(case, command, values.get("reported_agency_id"))
        note = checks(needs.note, move, command.note)
        # Whoever may have it hangs on the agency that is reported, where that is known.
        if target is not None and names_agency is ("reported_agency_id" in values):
            await protection.check_recipients(case, target.lead, target.supporting, target.path, values | flags)
        checks.settle()
        values |= flags
        old_title = await _retitle(case, values)
        case.enter(TicketStatus.VERIFIED, **values)
        case.record(
            EventKind.VERIFIED,
            text=await _kept_note(case, note),
            changed=("title",) if old_title else (),
            details=_details(move, texts=old_title),
        )
        if target is not None:
            await _dispatch(case, target)
    return case.done()


def _verified_values(reference: Reference, command: Verify, checks: Checks) -> dict[str, Any]:
    values = {
        "classification": command.classification,
        "category_id": checks(codes.category, reference, command.category_code, "categoryCode"),
        "reported_agency_id": checks(codes.agency, reference, command.reported_agency_code, "reportedAgencyCode"),
        "title": None if command.title is None else checks(validation.title, command.title),
        "handling_class": checks(choosable_class, command.handling_class),
    }
    checks(validation.note, command.note)
    return {name: value for name, value in values.items() if value is not None}


async def _retitle(case: Case, values: dict[str, Any]) -> list[KeptText]:
    """Keep the old title as a text where a new one replaces it."""
    if values.get("title", case.ticket.title) == case.ticket.title:
        return []
    return [await case.keep(TextKind.TITLE, case.ticket.title)]


async def dispatch(desk: Desk, scope: Scope, command: Dispatch) -> Done:
    """Send a ticket to its lead agency, or redirect it there with a note that says why (S18)."""
    checks = Checks()
    target = _target(await desk.reference(), command, checks, ())
    async with _case_of(desk, scope, command, checks) as case:
        await _dispatch(case, target)
    return case.done()


@dataclass(frozen=True, slots=True)
class _Target:
    """Where a ticket goes, and the path of the input that says so; what was refused is None or missing."""

    lead: int
    supporting: list[int]
    note: str | None
    path: tuple[str, ...]


def _target(reference: Reference, command: Dispatch | DispatchTarget, checks: Checks, path: tuple[str, ...]) -> _Target:
    lead = checks(codes.recipient, reference, command.lead_agency_code, *path, "leadAgencyCode")
    supporting = _supporters(reference, command, checks, lead, path)
    note = checks(validation.note, command.note, *path, "note")
    return _Target(lead, supporting, note, path)


async def _dispatch(case: Case, target: _Target) -> None:
    move, checks = case.choose(MoveMutation.DISPATCH, _destination(case, target)), case.checks
    lead, supporting, before = target.lead, target.supporting, case.state
    await protection.check_recipients(case, lead, supporting, target.path, {})
    # Only whoever takes a report away from its agency has to say why.
    note = checks(needs.note, move, target.note, *target.path, "note", said=lead == before["lead"])
    # A redirect to the same agencies would announce a change to everybody and make none.
    if (lead, supporting) == (before["lead"], before["supporting"]) and move.source is move.to:
        checks.keep(InvalidInput("NOTHING_CHANGES", path=(*target.path, "leadAgencyCode")))
    checks.settle()
    await _take_away(case, target)
    if move.to == before["status"]:
        case.raise_version()
    else:
        case.enter(TicketStatus.DISPATCHED)
    case.set(lead_agency_id=lead, supporting_agency_ids=supporting)
    case.record(EventKind.DISPATCHED, text=await _kept_note(case, note), details=_details(move))


def _destination(case: Case, target: _Target) -> TicketStatus:
    """Where a dispatch leads: with the same lead agency nowhere, but that a reopened report may be sent to it again."""
    status, again = case.ticket.status, target.supporting == case.state["supporting"]
    stays = any(move.by is MoveMutation.DISPATCH and move.to is status for move in workflow.moves_of(case.state))
    if target.lead != case.state["lead"] or not stays or (status is TicketStatus.REOPENED and again):
        return TicketStatus.DISPATCHED
    return status


async def _take_away(case: Case, target: _Target) -> None:
    """Remove the assignee, and return waiting answers to drafts, if the lead agency changes.

    Otherwise only the waiting answers of agencies that support no longer: nobody there could recall them.
    """
    if target.lead != case.state["lead"]:
        await recall_waiting(case)
        case.set(assignee_id=None, assignee_left=False)
    else:
        await recall_waiting(case, of=set(case.state["supporting"]) - set(target.supporting))


def _supporters(
    reference: Reference, command: Dispatch | DispatchTarget, checks: Checks, lead: int, path: tuple[str, ...]
) -> list[int]:
    supporting_codes = command.supporting_agency_codes or ()
    path = (*path, "supportingAgencyCodes")
    if len(supporting_codes) > MOST_SUPPORTERS:
        checks.keep(InvalidInput("TOO_MANY", path=path, limit=MOST_SUPPORTERS))
        return []
    asked = [checks(codes.recipient, reference, code, *path, str(index)) for index, code in enumerate(supporting_codes)]
    found = {agency for agency in asked if agency}  # no agency has the key 0, and a refused one has none
    if lead in found:
        checks.keep(InvalidInput("LEAD_SUPPORTS_ITSELF", path=path))
    return sorted(found)


async def return_(desk: Desk, scope: Scope, command: Return) -> Done:
    """Return a ticket to the desk, and count it; no agency has it until it is dispatched again (S18, S63)."""
    async with _case_of(desk, scope, command) as case:
        move = chosen(case, MoveMutation.RETURN, TicketStatus.VERIFIED, command.reason_code)
        reason = case.checks(needs.reason, case, move, command.reason_code)
        note = case.checks(needs.note, move, command.note)
        case.checks.settle()
        behalf = case.on_behalf_of()  # before the move takes the lead agency away
        await recall_waiting(case)
        case.enter(
            TicketStatus.VERIFIED,
            lead_agency_id=None,
            supporting_agency_ids=[],
            assignee_id=None,
            assignee_left=False,
            return_count=case.ticket.return_count + 1,
        )
        text = await _kept_note(case, note)
        case.record(EventKind.RETURNED, text=text, details=_details(move, reason), on_behalf_of=behalf)
    return case.done()


async def change_status(desk: Desk, scope: Scope, command: ChangeStatus) -> Done:
    """Make a move that has no mutation of its own, with the note, reason, date or evidence that it needs."""
    checks = _checked_alone(command)
    responsible = await checks.awaited(needs.responsible(desk, command.referred_to_agency_code))
    async with _case_of(desk, scope, command, checks) as case:
        move = chosen_status(case, command, responsible)
        checks(holds.require_room, case, move, command.until)
        given = await needs.given(case, move, command, responsible)
        # What is the desk's to decide is done on behalf of nobody, even where an agency has the ticket.
        behalf = None if move.who is Who.DESK else case.on_behalf_of()
        text = await _kept_note(case, given.note)
        kept = [await case.keep(TextKind.EVIDENCE, proof) for proof in given.proofs]
        await _leave(case, move)
        case.enter(command.status, **given.of_one_stay(case.ticket.status))
        case.record(
            EventKind.STATUS_CHANGED,
            text=text or (kept[0] if kept else None),
            changed=("holdCount",) if move.to is TicketStatus.ON_HOLD and move.source is not move.to else (),
            details=_details(move, given.reason, kept) | given.details(),
            on_behalf_of=behalf,
        )
        await give_back(case, given.reason)
    return case.done()


async def _leave(case: Case, move: Move) -> None:
    """Return waiting answers to drafts where the move closes the ticket, or asks its reporter for what it lacks."""
    if move.to in CLOSED_STATUSES or move.to is TicketStatus.INCOMPLETE:
        await recall_waiting(case)


async def reopen(desk: Desk, scope: Scope, command: Reopen) -> Done:
    """Reopen a closed ticket; that is counted, and the time of receipt stays (S15, S16)."""
    async with _case_of(desk, scope, command, names_agency=True) as case:
        move = chosen(case, MoveMutation.REOPEN, TicketStatus.REOPENED, command.reason_code)
        reason = case.checks(needs.reason, case, move, command.reason_code)
        note = case.checks(needs.note, move, command.note)
        case.checks.settle()
        # What the desk judges is on behalf of nobody, even where an agency has the ticket.
        behalf = None if move.who is Who.DESK or reason in DESK_REASONS else case.on_behalf_of()
        text = await _kept_note(case, note)
        supervisory = await supervision.is_due(case)
        # A duplicate that is reopened is a report of its own again.
        parted = () if case.ticket.merged_into_id is None else ("continuedIn",)
        values = {"reopen_count": case.ticket.reopen_count + 1, "merged_into_id": None, "supervisory": supervisory}
        case.enter(TicketStatus.REOPENED, **values)
        case.record(EventKind.REOPENED, text=text, changed=parted, details=_details(move, reason), on_behalf_of=behalf)
    return case.done()


def _case_of(
    desk: Desk, scope: Scope, command: Any, checks: Checks | None = None, *, names_agency: bool = False
) -> AbstractAsyncContextManager[Case]:
    return moving_case(
        desk,
        scope,
        command.ticket_id,
        expected_version=command.expected_version,
        mutation_id=command.client_mutation_id,
        names_agency=names_agency,
        checks=checks or _checked_alone(command),
    )


def _checked_alone(command: Any) -> Checks:
    """What a move is checked for without knowing the ticket: its note, its evidence, what it lacks, other reports."""
    checks = Checks()
    checks(validation.note, getattr(command, "note", None))
    checks(evidence_texts, getattr(command, "evidence", ()))
    checks(missing_codes, getattr(command, "missing", ()))
    checks(merging.require_number, getattr(command, "answered_in_number", None))
    return checks


async def _kept_note(case: Case, note: str | None) -> KeptText | None:
    return None if note is None else await case.keep(TextKind.NOTE, note)


def _details(move: Move, reason: str | None = None, texts: Sequence[KeptText] = ()) -> dict[str, Any]:
    """The details of a move's event: the reason, further texts, and who may read its note."""
    details: dict[str, Any] = {"reason": reason} if reason else {}
    if texts:
        details["texts"] = text_details(texts)
    return details if move.note is Visibility.PUBLIC else details | {"textVisibility": move.note.value}
