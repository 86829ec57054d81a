"""What waits for whom: the lists that officers work from, as conditions on tickets (docs/adr/0023)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from models.enums import (
    AGENCY_STATUSES,
    CLOSED_THERE,
    OPEN_STATUSES,
    OPEN_THERE,
    REOPENED_STATUSES,
    RETURNED_STATUSES,
    UNASSIGNED_STATUSES,
    UNDISPATCHED_LED_STATUSES,
    UNVERIFIED_STATUSES,
    WAITING_STATUSES,
    DeadlineStanding,
    Role,
    Sp4nMismatch,
    Sp4nStatus,
    TicketStatus,
)
from services.access.access import SUPERVISORY_ROWS
from services.access.predicates import (
    Above,
    Among,
    Besides,
    Either,
    Every,
    Flag,
    Missing,
    Not,
    Nothing,
    Overlaps,
    Predicate,
    UntilDay,
)
from services.access.scopes import Scope
from services.core.reference import Reference
from services.deadlines.clocks import OF_THE_DESK


class Worklist(StrEnum):
    TO_VERIFY = "TO_VERIFY"
    TO_DISPATCH = "TO_DISPATCH"
    RETURNED = "RETURNED"
    MINE = "MINE"
    UNASSIGNED = "UNASSIGNED"
    TO_APPROVE = "TO_APPROVE"
    WAITING = "WAITING"
    NEEDS_ATTENTION = "NEEDS_ATTENTION"
    DUE_SOON = "DUE_SOON"
    OVERDUE = "OVERDUE"
    ESCALATED = "ESCALATED"
    EXTENSIONS = "EXTENSIONS"
    UNRESOLVED_CASES = "UNRESOLVED_CASES"
    MISMATCHED = "MISMATCHED"


def mismatched(wanted: Iterable[Sp4nMismatch]) -> Predicate:
    """Where this desk and SP4N-LAPOR! disagree in one of these ways; services/sp4n/views.py says the same of one.

    Source: docs/adr/0036.
    """
    rules: dict[Sp4nMismatch, Predicate] = {
        Sp4nMismatch.CLOSED_HERE_ONLY: Every((Not(is_open()), Among("sp4n", tuple(sorted(OPEN_THERE))))),
        Sp4nMismatch.CLOSED_THERE_ONLY: Every((is_open(), Among("sp4n", tuple(sorted(CLOSED_THERE))))),
        Sp4nMismatch.UNKNOWN_STATUS: Among("sp4n", (Sp4nStatus.UNKNOWN,)),
    }
    return Either(tuple(rules[each] for each in sorted(set(wanted))))


def is_open() -> Predicate:
    """Whether the desk still owes something; answered tickets are open until the reporter's window has closed."""
    return _any_of(OPEN_STATUSES)


def worklist_rule(worklist: Worklist, scope: Scope, reference: Reference) -> Predicate:
    """What waits in a worklist of this caller; MINE and the agency's lists name the caller's own ids.

    Together they hold every open ticket for somebody who sees it (decided in docs/adr/0023).
    """
    led = Among("lead", _own(scope.agency_id))
    match worklist:
        case Worklist.TO_VERIFY:
            return _any_of(UNVERIFIED_STATUSES)
        case Worklist.TO_DISPATCH:
            return Every(
                (Missing("lead"), Either((_any_of(REOPENED_STATUSES), Every((_verified(), Not(_returned()))))))
            )
        case Worklist.RETURNED:
            return Every((_verified(), _returned()))
        case Worklist.MINE:
            return Every((is_open(), Among("assignee", _own(scope.officer_id))))
        case Worklist.UNASSIGNED:
            return Every((_any_of(UNASSIGNED_STATUSES), led, Missing("assignee")))
        case Worklist.TO_APPROVE:
            return Every((led, Above("waiting", 0)))
        case Worklist.WAITING:
            return _any_of(WAITING_STATUSES)
        case Worklist.NEEDS_ATTENTION:
            return _needs_attention(reference)
        case Worklist.DUE_SOON:
            return _to_do_by(DeadlineStanding.DUE_SOON, scope)
        case Worklist.OVERDUE:
            return _to_do_by(DeadlineStanding.OVERDUE, scope)
        case Worklist.ESCALATED:
            return Overlaps("escalated", _own(scope.officer_id), "int")
        case Worklist.EXTENSIONS:
            return _to_decide(scope)
        case Worklist.UNRESOLVED_CASES:
            return Every((_any_of((TicketStatus.UNRESOLVED,)), Not(Flag("case_done", True))))
        case Worklist.MISMATCHED:
            return mismatched(tuple(Sp4nMismatch))


def _to_do_by(standing: DeadlineStanding, scope: Scope) -> Predicate:
    """What stands so and is the caller's to do: theirs, their agency's that nobody has, and the desk's to verify."""
    mine = Among("assignee", _own(scope.officer_id))
    free = Every((Among("lead", _own(scope.agency_id)), Missing("assignee")))
    return Every((is_open(), Among("standing", (str(standing),)), Either((mine, free, *_to_verify(scope)))))


def _to_verify(scope: Scope) -> tuple[Predicate, ...]:
    """What this caller verifies and hands on, as one clock bounds both: the desk all, examiners supervisory reports."""
    unverified = _any_of(OF_THE_DESK)
    if scope.has(Role.COORDINATOR):
        return (unverified,)
    return (Every((SUPERVISORY_ROWS, unverified)),) if scope.has(Role.INSPECTOR) or scope.deputy else ()


def _needs_attention(reference: Reference) -> Predicate:
    """A hold whose day has come, a case whose officer left, and what is with no agency that could know of it."""
    held = Every((_any_of((TicketStatus.ON_HOLD,)), UntilDay("hold_until", reference.day)))
    unsent = Every((_any_of(UNDISPATCHED_LED_STATUSES), Not(Missing("lead"))))
    lost = Every((_any_of(AGENCY_STATUSES), Missing("lead")))
    nobody = tuple(sorted(ref.pk for ref in reference.agencies.values() if not ref.staffed))
    return Either(
        (held, Every((is_open(), Flag("left", True))), unsent, lost, Every((is_open(), Among("lead", nobody))))
    )


def _to_decide(scope: Scope) -> Predicate:
    """Requests for an extension that wait for this caller: the desk's, of supervisory tickets whoever examines them."""
    asked = Besides("askers", _own(scope.officer_id), "int")
    sight = scope.sight
    if Role.COORDINATOR in sight.roles:
        return asked
    if Role.INSPECTOR in sight.roles or sight.deputy:
        return Every((SUPERVISORY_ROWS, asked))
    return Nothing()


def unattended_rows(scope: Scope) -> Predicate:
    """Open supervisory reports that nobody is left to examine: an admin is told their numbers (docs/adr/0021)."""
    if not scope.unattended:
        return Nothing()
    return Every((SUPERVISORY_ROWS, Among("reported", scope.unattended), is_open()))


def _verified() -> Predicate:
    return _any_of(RETURNED_STATUSES)


def _returned() -> Predicate:
    return Above("returns", 0)


def _own(key: int | None) -> tuple[int, ...]:
    return () if key is None else (key,)


def _any_of(statuses: Iterable[TicketStatus]) -> Predicate:
    return Among("status", tuple(sorted(str(status) for status in statuses)))
