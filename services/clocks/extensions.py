"""Extensions of a deadline: asked for by the lead agency before it passes, decided by somebody else (docs/adr/0030)."""

from __future__ import annotations

from dataclasses import dataclass

from models import Extension
from models.enums import ClockKind, EventKind, ExtensionState, TextKind, Visibility
from models.officers import HANDLING_ROLES
from services.access import access
from services.access.scopes import Scope
from services.clocks.readings import clock_of, moved
from services.core import validation
from services.core.desk import Desk
from services.core.messages import Term
from services.core.refusals import Checks, Forbidden, InvalidInput, NotFound
from services.deadlines.policies import Policy
from services.tickets.bounds.lapses import end_request, extension_details
from services.tickets.case import Case, Done, locked_case

TAKEN = (ExtensionState.WAITING, ExtensionState.GRANTED)


@dataclass(frozen=True, slots=True)
class ExtensionRequest:
    """amount is in units of the clock."""

    ticket_id: int | None
    expected_version: int
    clock: ClockKind
    amount: int
    reason: str
    client_mutation_id: str | None = None


@dataclass(frozen=True, slots=True)
class ExtensionDecision:
    """expected_version is that of the ticket."""

    extension_id: int | None
    expected_version: int
    grant: bool
    note: str | None = None
    client_mutation_id: str | None = None


async def request_extension(desk: Desk, scope: Scope, command: ExtensionRequest) -> Done:
    """Ask for more time for one clock of a ticket, within what its policy allows."""
    checks = Checks()
    reason = checks(validation.text, command.reason, validation.NOTE_LIMIT, "reason")
    async with locked_case(
        desk,
        scope,
        command.ticket_id,
        expected_version=command.expected_version,
        mutation_id=command.client_mutation_id,
        checks=checks,
    ) as case:
        _require_lead(case)
        policy = await checks.awaited(_extensible(case, command))
        checks.settle()
        await _ask(case, command, policy, reason)
    return case.done()


def _require_lead(case: Case) -> None:
    """Raise Forbidden unless the caller handles the ticket for its lead agency: not even the desk asks for it."""
    sight, lead = case.scope.sight, case.state["lead"]
    if lead is not None and sight.agency_id == lead and not set(HANDLING_ROLES).isdisjoint(sight.roles):
        return
    if access.handles(sight, case.state) or access.acts_for_desk(sight, case.state):
        raise Forbidden("NOT_YOUR_MOVE", who=Term("who.HANDLER"))
    raise Forbidden("NOT_YOUR_TICKET")


async def _extensible(case: Case, command: ExtensionRequest) -> Policy:
    """The policy by which the clock may be given so much more; raises InvalidInput."""
    kept, policy = clock_of(case, command.clock) or (None, None)
    if kept is None or policy is None or policy.extensions == 0:
        raise InvalidInput("NO_EXTENSION", path=("clock",))
    if kept.stopped:
        raise InvalidInput("CLOCK_STOPPED", path=("clock",))
    if kept.due_at is not None and kept.due_at <= case.moment:
        raise InvalidInput("DEADLINE_PASSED", path=("clock",))
    if not 1 <= command.amount <= policy.extension:
        unit = Term(f"deadline.{policy.unit}")
        raise InvalidInput("EXTENSION_OUT_OF_RANGE", path=("amount",), limit=policy.extension, unit=unit)
    await _require_one_left(case, policy)
    return policy


async def _require_one_left(case: Case, policy: Policy) -> None:
    query = Extension.filter(ticket_id=case.ticket.id, clock=policy.clock, state__in=TAKEN).using_db(case.connection)
    states = [row.state for row in await query]
    if ExtensionState.WAITING in states:
        raise InvalidInput("EXTENSION_WAITS", path=("clock",))
    if len(states) >= policy.extensions:
        raise InvalidInput("EXTENSIONS_USED_UP", path=("clock",), limit=policy.extensions)


async def _ask(case: Case, command: ExtensionRequest, policy: Policy, reason: str) -> None:
    kept = await case.keep(TextKind.REASON, reason)
    row = await Extension.create(
        ticket_id=case.ticket.id,
        clock=command.clock,
        amount=command.amount,
        unit=policy.unit,
        state=ExtensionState.WAITING,
        reason_id=kept.id,
        requested_by_id=case.scope.officer_id,
        requested_at=case.moment,
        using_db=case.connection,
    )
    case.set(extension_askers=[*case.ticket.extension_askers, case.scope.officer_id])
    case.raise_version()
    case.record(
        EventKind.EXTENSION_REQUESTED,
        text=kept,
        changed=("extensions",),
        visibility=Visibility.INTER_AGENCY,
        details=extension_details(row),
    )


async def decide_extension(desk: Desk, scope: Scope, command: ExtensionDecision) -> Done:
    """Grant all that was asked for, or refuse it with a note; never by who asked."""
    checks = Checks()
    note = checks(_decided_note, command)
    found = await Extension.filter(id=command.extension_id or 0).first()
    async with locked_case(
        desk,
        scope,
        found.ticket_id if found else None,
        expected_version=command.expected_version,
        mutation_id=command.client_mutation_id,
        checks=checks,
        named_by="extensionId",
    ) as case:
        row = await _extension(case, command.extension_id)
        _require_decider(case, row)
        if row.state is not ExtensionState.WAITING:
            raise InvalidInput("EXTENSION_NOT_WAITING", path=("extensionId",))
        if command.grant:
            checks(_require_still_allowed, case, row)
        checks.settle()
        await _decide(case, row, note, grant=command.grant)
    return case.done()


def _decided_note(command: ExtensionDecision) -> str | None:
    note = validation.note(command.note)
    if note is None and not command.grant:
        raise InvalidInput("NOTE_NEEDED", path=("note",))
    return note


async def _extension(case: Case, extension_id: int | None) -> Extension:
    """A request of this ticket, as it stands under the ticket's lock."""
    query = Extension.filter(id=extension_id or 0, ticket_id=case.ticket.id)
    found = await query.using_db(case.connection).first()
    if found is None:
        raise NotFound(path=("extensionId",))
    return found


def _require_decider(case: Case, row: Extension) -> None:
    """Raise Forbidden unless the caller has the desk's rights, and somebody else asked."""
    if not access.acts_for_desk(case.scope.sight, case.state):
        known = access.handles(case.scope.sight, case.state)
        raise Forbidden("NOT_YOUR_MOVE", who=Term("who.DESK")) if known else Forbidden("NOT_YOUR_TICKET")
    if row.requested_by_id == case.scope.officer_id:
        raise Forbidden("ASKED_BY_CALLER")


def _require_still_allowed(case: Case, row: Extension) -> None:
    """Refuse what the policy of now does not give any more: another class may count in other units."""
    _, policy = clock_of(case, row.clock) or (None, None)
    if policy is None or policy.unit is not row.unit or row.amount > policy.extension:
        raise InvalidInput("NO_EXTENSION", path=("extensionId",))


async def _decide(case: Case, row: Extension, note: str | None, *, grant: bool) -> None:
    kept = None if note is None else await case.keep(TextKind.NOTE, note)
    row.decided_by_id, row.note_id = case.scope.officer_id, kept.id if kept else None
    await end_request(case, row, ExtensionState.GRANTED if grant else ExtensionState.REFUSED)
    case.raise_version()
    before = case.clocks.kept
    case.record(
        EventKind.EXTENSION_DECIDED,
        text=kept,
        changed=("extensions",),
        visibility=Visibility.INTER_AGENCY,
        details=extension_details(row),
    )
    if moves := moved(before, case.clocks.kept):
        case.record(
            EventKind.DEADLINE_MOVED,
            changed=("deadlines",),
            visibility=Visibility.INTER_AGENCY,
            details={"reason": "EXTENSION", **moves},
        )
