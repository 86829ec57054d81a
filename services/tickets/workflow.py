"""The one table of moves: from where, to where, by which mutation, by whom, and what that needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from models.enums import OPEN_STATUSES, MoveMutation, MoveNeed, Role, TicketStatus, Visibility
from services.access import access
from services.access.scopes import Sight
from services.access.states import State
from services.core.refusals import Forbidden, Refusal


class Who(StrEnum):
    """The relation to the ticket that a move requires; who has the desk's rights on it may make every move."""

    DESK = "DESK"
    HANDLER = "HANDLER"
    LIAISON = "LIAISON"


class Given(StrEnum):
    """What else must be true of the ticket than its status."""

    ANYTHING = "ANYTHING"
    LEAD = "LEAD"
    NO_LEAD = "NO_LEAD"


@dataclass(frozen=True, slots=True)
class OpenMove:
    """A move that the caller may make now."""

    to: TicketStatus
    by: MoveMutation
    needs: tuple[MoveNeed, ...]
    reason_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table.

    reporter_text is the key of what the reporter reads; note says who may read the note of the move.
    """

    source: TicketStatus
    to: TicketStatus
    by: MoveMutation
    who: Who
    given: Given
    needs: tuple[MoveNeed, ...]
    reason_codes: tuple[str, ...]
    reporter_text: str | None
    note: Visibility

    def open(self) -> OpenMove:
        return OpenMove(self.to, self.by, self.needs, self.reason_codes)

    def fits(self, state: State) -> bool:
        """Whether a ticket in this state can make the move at all."""
        return self.source == state["status"] and self.given in _givens(state["lead"] is not None)


@dataclass(frozen=True, slots=True)
class Rule:
    """The rows that differ in nothing but where they start."""

    sources: tuple[TicketStatus, ...]
    to: TicketStatus
    by: MoveMutation
    who: Who
    needs: tuple[MoveNeed, ...] = ()
    reason_codes: tuple[str, ...] = ()
    reporter_text: str | None = None
    given: Given = Given.ANYTHING
    note: Visibility = Visibility.INTER_AGENCY

    def moves(self) -> Iterator[Move]:
        for source in self.sources:
            yield Move(
                source,
                self.to,
                self.by,
                self.who,
                self.given,
                self.needs,
                self.reason_codes,
                self.reporter_text,
                self.note,
            )


S, BY, NEED = TicketStatus, MoveMutation, MoveNeed
OPEN = tuple(status for status in TicketStatus if status in OPEN_STATUSES)

RETURN_REASONS = ("NOT_OUR_DUTY", "OTHER_AGENCY_LEADS", "WRONG_LOCATION", "TOO_LITTLE_DATA")
HOLD_REASONS = ("FIELD_SURVEY", "WAITING_FOR_BUDGET", "WAITING_FOR_MATERIAL", "WAITING_FOR_OTHERS", "WEATHER")
ARCHIVE_REASONS = ("SPAM", "PRANK", "NOT_RELEVANT", "TOO_GENERAL", "INCOMPLETE", "FORMAT_ERROR", "ABUSIVE", "WITHDRAWN")
JURISDICTION_REASONS = ("OTHER_GOVERNMENT", "CENTRAL_GOVERNMENT", "COURT_OR_POLICE", "LEGISLATURE", "PRIVATE_MATTER")
UNRESOLVED_REASONS = ("NO_BUDGET", "NO_AUTHORITY", "NOT_FEASIBLE", "LEGAL_DISPUTE", "REPORTER_UNREACHABLE")
REOPEN_REASONS = ("REPORTER_DISPUTES", "PROBLEM_RETURNED", "NEW_INFORMATION", "CLOSED_BY_MISTAKE")
DESK_REOPEN_REASONS = (*REOPEN_REASONS, "NOT_AN_EMERGENCY", "NOT_A_DUPLICATE")

RULES = (
    Rule((S.RECEIVED,), S.VERIFIED, BY.VERIFY, Who.DESK, reporter_text="told.VERIFIED"),
    Rule((S.ON_HOLD, S.REOPENED), S.VERIFIED, BY.VERIFY, Who.DESK, reporter_text="told.VERIFIED", given=Given.NO_LEAD),
    Rule(
        (S.VERIFIED, S.REOPENED), S.DISPATCHED, BY.DISPATCH, Who.DESK, (NEED.AGENCY,), reporter_text="told.DISPATCHED"
    ),
    # A redirect tells its reason in words: dispatchTicket has no reason code.
    Rule(
        (S.DISPATCHED,), S.DISPATCHED, BY.DISPATCH, Who.DESK, (NEED.AGENCY, NEED.NOTE), reporter_text="told.REDIRECTED"
    ),
    Rule((S.DISPATCHED, S.IN_PROGRESS), S.VERIFIED, BY.RETURN, Who.HANDLER, (NEED.REASON,), RETURN_REASONS),
    Rule((S.ON_HOLD, S.REOPENED), S.VERIFIED, BY.RETURN, Who.HANDLER, (NEED.REASON,), RETURN_REASONS, given=Given.LEAD),
    Rule((S.INCOMPLETE,), S.RECEIVED, BY.CHANGE_STATUS, Who.DESK, reporter_text="told.RECEIVED"),
    Rule((S.ON_HOLD,), S.RECEIVED, BY.CHANGE_STATUS, Who.DESK, reporter_text="told.RECEIVED", given=Given.NO_LEAD),
    Rule(
        (S.RECEIVED, S.VERIFIED),
        S.INCOMPLETE,
        BY.CHANGE_STATUS,
        Who.DESK,
        (NEED.NOTE,),
        reporter_text="told.INCOMPLETE",
        note=Visibility.PUBLIC,
    ),
    Rule(
        (S.RECEIVED, S.VERIFIED),
        S.ON_HOLD,
        BY.CHANGE_STATUS,
        Who.DESK,
        (NEED.REASON, NEED.UNTIL),
        HOLD_REASONS,
        "told.ON_HOLD",
    ),
    Rule(
        (S.RECEIVED, S.VERIFIED),
        S.OUT_OF_JURISDICTION,
        BY.CHANGE_STATUS,
        Who.DESK,
        (NEED.REASON,),
        JURISDICTION_REASONS,
        "told.OUT_OF_JURISDICTION",
    ),
    Rule(
        (S.RECEIVED, S.VERIFIED, S.DISPATCHED),
        S.DIVERTED_TO_EMERGENCY,
        BY.CHANGE_STATUS,
        Who.DESK,
        reporter_text="told.DIVERTED_TO_EMERGENCY",
    ),
    Rule(
        (S.RECEIVED, S.INCOMPLETE, S.VERIFIED, S.REOPENED),
        S.ARCHIVED,
        BY.CHANGE_STATUS,
        Who.DESK,
        (NEED.REASON,),
        ARCHIVE_REASONS,
        "told.ARCHIVED",
    ),
    Rule((S.DISPATCHED, S.ANSWERED), S.IN_PROGRESS, BY.CHANGE_STATUS, Who.HANDLER, reporter_text="told.IN_PROGRESS"),
    Rule(
        (S.ON_HOLD, S.REOPENED),
        S.IN_PROGRESS,
        BY.CHANGE_STATUS,
        Who.HANDLER,
        reporter_text="told.IN_PROGRESS",
        given=Given.LEAD,
    ),
    Rule(
        (S.DISPATCHED, S.IN_PROGRESS),
        S.ON_HOLD,
        BY.CHANGE_STATUS,
        Who.HANDLER,
        (NEED.REASON, NEED.UNTIL),
        HOLD_REASONS,
        "told.ON_HOLD",
    ),
    Rule(
        (S.IN_PROGRESS, S.ANSWERED),
        S.UNRESOLVED,
        BY.CHANGE_STATUS,
        Who.LIAISON,
        (NEED.REASON, NEED.NOTE),
        UNRESOLVED_REASONS,
        "told.UNRESOLVED",
    ),
    Rule(
        (S.ON_HOLD,),
        S.UNRESOLVED,
        BY.CHANGE_STATUS,
        Who.LIAISON,
        (NEED.REASON, NEED.NOTE),
        UNRESOLVED_REASONS,
        "told.UNRESOLVED",
        given=Given.LEAD,
    ),
    Rule((S.IN_PROGRESS,), S.ANSWERED, BY.SEND_ANSWER, Who.LIAISON, (NEED.ANSWER,), reporter_text="told.ANSWERED"),
    Rule(
        (S.ANSWERED,),
        S.RESOLVED,
        BY.CHANGE_STATUS,
        Who.HANDLER,
        (NEED.EVIDENCE,),
        reporter_text="told.RESOLVED",
        note=Visibility.PUBLIC,
    ),
    Rule(
        (S.RESOLVED, S.UNRESOLVED),
        S.REOPENED,
        BY.REOPEN,
        Who.HANDLER,
        (NEED.REASON,),
        REOPEN_REASONS,
        "told.REOPENED",
        given=Given.LEAD,
    ),
    Rule(
        (S.RESOLVED, S.UNRESOLVED),
        S.REOPENED,
        BY.REOPEN,
        Who.DESK,
        (NEED.REASON,),
        REOPEN_REASONS,
        "told.REOPENED",
        given=Given.NO_LEAD,
    ),
    Rule(
        (S.OUT_OF_JURISDICTION, S.DIVERTED_TO_EMERGENCY, S.ARCHIVED),
        S.REOPENED,
        BY.REOPEN,
        Who.DESK,
        (NEED.REASON,),
        DESK_REOPEN_REASONS,
        "told.REOPENED",
    ),
    Rule(OPEN, S.ARCHIVED, BY.MERGE, Who.DESK, (NEED.DUPLICATE_OF,), reporter_text="told.MERGED"),
)
MOVES: tuple[Move, ...] = tuple(move for rule in RULES for move in rule.moves())
MOVES_FROM = {status: tuple(move for move in MOVES if move.source is status) for status in TicketStatus}
MUTATION_NAMES = {
    MoveMutation.VERIFY: "verifyTicket",
    MoveMutation.DISPATCH: "dispatchTicket",
    MoveMutation.RETURN: "returnTicket",
    MoveMutation.CHANGE_STATUS: "changeTicketStatus",
    MoveMutation.SEND_ANSWER: "sendAnswer",
    MoveMutation.REOPEN: "reopenTicket",
    MoveMutation.MERGE: "mergeTicket",
}


def relations(sight: Sight, state: State) -> frozenset[Who]:
    """What the caller is to this ticket; supporting agencies have no relation here, as they make no moves."""
    if access.coordinates(sight, state):
        return frozenset(Who)
    if sight.agency_id is None or state["lead"] != sight.agency_id:
        return frozenset()
    if Role.LIAISON in sight.roles:
        return frozenset({Who.HANDLER, Who.LIAISON})
    return frozenset({Who.HANDLER}) if Role.OFFICER in sight.roles else frozenset()


def open_moves(sight: Sight, state: State) -> tuple[OpenMove, ...]:
    """What the caller may do next with a ticket in this state."""
    return _open(TicketStatus(state["status"]), state["lead"] is not None, relations(sight, state))


@lru_cache(maxsize=256)  # 13 statuses, with or without a lead agency, and at most five sets of relations
def _open(status: TicketStatus, led: bool, held: frozenset[Who]) -> tuple[OpenMove, ...]:
    givens = _givens(led)
    return tuple(move.open() for move in MOVES_FROM[status] if move.given in givens and move.who in held)


def _givens(led: bool) -> tuple[Given, ...]:
    return (Given.ANYTHING, Given.LEAD if led else Given.NO_LEAD)


def choose(sight: Sight, state: State, by: MoveMutation, to: TicketStatus) -> Move:
    """The row of the table for this move; raises Forbidden or IllegalTransition where the caller can not make it."""
    held = relations(sight, state)
    if not held:
        raise Forbidden("NOT_YOUR_TICKET")
    found = next((move for move in MOVES_FROM[TicketStatus(state["status"])] if _matches(move, state, by, to)), None)
    if found is None:
        raise illegal(sight, state, by, to)
    if found.who not in held:
        raise Forbidden("NOT_YOUR_MOVE")
    return found


def _matches(move: Move, state: State, by: MoveMutation, to: TicketStatus) -> bool:
    return move.by is by and move.to is to and move.fits(state)


def illegal(sight: Sight, state: State, by: MoveMutation, to: TicketStatus) -> IllegalTransition:
    """The refusal of a move that the ticket can not make; it names the mutation that leads there, if one does."""
    current, allowed = TicketStatus(state["status"]), open_moves(sight, state)
    other = next(
        (move for move in MOVES_FROM[current] if move.to is to and move.by is not by and move.fits(state)), None
    )
    if other is not None:
        return IllegalTransition("OTHER_MUTATION", current, allowed, to=to.value, mutation=MUTATION_NAMES[other.by])
    return IllegalTransition("NO_SUCH_MOVE", current, allowed, to=to.value)


class IllegalTransition(Refusal):
    """The ticket can not make this move from where it stands; allowed lists what the caller may do instead."""

    def __init__(self, code: str, current: TicketStatus, allowed: tuple[OpenMove, ...], **params: object) -> None:
        super().__init__(code, path=("status",), current=current.value, **params)
        self.current = current
        self.allowed = allowed
