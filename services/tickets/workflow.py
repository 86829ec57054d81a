"""The one table of moves: from where, to where, by which mutation, by whom, and what that needs.

Marks such as S17 are those of docs/glossary.md; what has none is our choice.
"""

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
# LAPOR! lists FORMAT_ERROR, TOO_GENERAL and NOT_RELEVANT (S17); most that it archives is INCOMPLETE (S23).
ARCHIVE_REASONS = ("SPAM", "PRANK", "NOT_RELEVANT", "TOO_GENERAL", "INCOMPLETE", "FORMAT_ERROR", "ABUSIVE", "WITHDRAWN")
# Courts, police and the legislature are outside of LAPOR! too (S22).
JURISDICTION_REASONS = ("OTHER_GOVERNMENT", "CENTRAL_GOVERNMENT", "COURT_OR_POLICE", "LEGISLATURE", "PRIVATE_MATTER")
UNRESOLVED_REASONS = ("NO_BUDGET", "NO_AUTHORITY", "NOT_FEASIBLE", "LEGAL_DISPUTE", "REPORTER_UNREACHABLE")
REOPEN_REASONS = ("REPORTER_DISPUTES", "PROBLEM_RETURNED", "NEW_INFORMATION", "CLOSED_BY_MISTAKE")
DESK_REOPEN_REASONS = (*REOPEN_REASONS, "NOT_AN_EMERGENCY", "NOT_A_DUPLICATE")

RULES = (
    # "Verifikasi" of LAPOR! (S17): the coordinator reads every report first (S18).
    Rule((S.RECEIVED,), S.VERIFIED, BY.VERIFY, Who.DESK, reporter_text="told.VERIFIED"),
    # What was held or closed before any agency had it is verified like a new report.
    Rule((S.ON_HOLD, S.REOPENED), S.VERIFIED, BY.VERIFY, Who.DESK, reporter_text="told.VERIFIED", given=Given.NO_LEAD),
    # Disposisi is the coordinator's (S18); a reopened report may have come to the wrong agency.
    Rule(
        (S.VERIFIED, S.REOPENED), S.DISPATCHED, BY.DISPATCH, Who.DESK, (NEED.AGENCY,), reporter_text="told.DISPATCHED"
    ),
    # A redirect corrects the desk's own choice, so it counts no return; its reason is a note, as dispatchTicket has no
    # reason code.
    Rule(
        (S.DISPATCHED,), S.DISPATCHED, BY.DISPATCH, Who.DESK, (NEED.AGENCY, NEED.NOTE), reporter_text="told.REDIRECTED"
    ),
    # Agencies return what is not theirs to the desk, with a reason, so that they do not pass reports around (S63).
    Rule((S.DISPATCHED, S.IN_PROGRESS), S.VERIFIED, BY.RETURN, Who.HANDLER, (NEED.REASON,), RETURN_REASONS),
    Rule((S.ON_HOLD, S.REOPENED), S.VERIFIED, BY.RETURN, Who.HANDLER, (NEED.REASON,), RETURN_REASONS, given=Given.LEAD),
    # What the reporter completed, and what was held before verification, is verified next.
    Rule((S.INCOMPLETE,), S.RECEIVED, BY.CHANGE_STATUS, Who.DESK, reporter_text="told.RECEIVED"),
    Rule((S.ON_HOLD,), S.RECEIVED, BY.CHANGE_STATUS, Who.DESK, reporter_text="told.RECEIVED", given=Given.NO_LEAD),
    # Incomplete reports go back to the reporter (S18, S73), who must read what is missing: the note is public.
    Rule(
        (S.RECEIVED, S.VERIFIED),
        S.INCOMPLETE,
        BY.CHANGE_STATUS,
        Who.DESK,
        (NEED.NOTE,),
        reporter_text="told.INCOMPLETE",
        note=Visibility.PUBLIC,
    ),
    # "Tunda" of LAPOR! (S17), with a reason and a day, so that nothing is held for ever.
    Rule(
        (S.RECEIVED, S.VERIFIED),
        S.ON_HOLD,
        BY.CHANGE_STATUS,
        Who.DESK,
        (NEED.REASON, NEED.UNTIL),
        HOLD_REASONS,
        "told.ON_HOLD",
    ),
    # A hold goes on without a detour that the reporter is told of; the day is given anew, and so is the reason.
    Rule(
        (S.ON_HOLD,),
        S.ON_HOLD,
        BY.CHANGE_STATUS,
        Who.DESK,
        (NEED.REASON, NEED.UNTIL),
        HOLD_REASONS,
        "told.ON_HOLD",
        Given.NO_LEAD,
    ),
    Rule(
        (S.ON_HOLD,),
        S.ON_HOLD,
        BY.CHANGE_STATUS,
        Who.HANDLER,
        (NEED.REASON, NEED.UNTIL),
        HOLD_REASONS,
        "told.ON_HOLD",
        Given.LEAD,
    ),
    # "Bukan wewenang" of LAPOR! (S17, S18); agencies return to the desk, which alone decides this.
    Rule(
        (S.RECEIVED, S.VERIFIED),
        S.OUT_OF_JURISDICTION,
        BY.CHANGE_STATUS,
        Who.DESK,
        (NEED.REASON,),
        JURISDICTION_REASONS,
        "told.OUT_OF_JURISDICTION",
    ),
    # 112 counts minutes (S62): nothing is asked for that would take some.
    Rule(
        (S.RECEIVED, S.VERIFIED, S.DISPATCHED),
        S.DIVERTED_TO_EMERGENCY,
        BY.CHANGE_STATUS,
        Who.DESK,
        reporter_text="told.DIVERTED_TO_EMERGENCY",
    ),
    # "Arsipkan" of LAPOR! (S17); what an agency works on is returned first.
    Rule(
        (S.RECEIVED, S.INCOMPLETE, S.VERIFIED, S.REOPENED),
        S.ARCHIVED,
        BY.CHANGE_STATUS,
        Who.DESK,
        (NEED.REASON,),
        ARCHIVE_REASONS,
        "told.ARCHIVED",
    ),
    # The agency begins (S18, S23), and goes on where the reporter answers back (S15).
    Rule((S.DISPATCHED, S.ANSWERED), S.IN_PROGRESS, BY.CHANGE_STATUS, Who.HANDLER, reporter_text="told.IN_PROGRESS"),
    # An agency that still has the ticket goes on with it without a second dispatch.
    Rule(
        (S.ON_HOLD, S.REOPENED),
        S.IN_PROGRESS,
        BY.CHANGE_STATUS,
        Who.HANDLER,
        reporter_text="told.IN_PROGRESS",
        given=Given.LEAD,
    ),
    # "Pengerjaan ditunda" (S36), with a reason and a day like the desk's.
    Rule(
        (S.DISPATCHED, S.IN_PROGRESS),
        S.ON_HOLD,
        BY.CHANGE_STATUS,
        Who.HANDLER,
        (NEED.REASON, NEED.UNTIL),
        HOLD_REASONS,
        "told.ON_HOLD",
    ),
    # What can not be solved is evaluated (S1), so it needs a reason, a note and the liaison officer.
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
    # The liaison officer answers for the agency, after approving the answer (S70).
    Rule((S.IN_PROGRESS,), S.ANSWERED, BY.SEND_ANSWER, Who.LIAISON, (NEED.ANSWER,), reporter_text="told.ANSWERED"),
    # Nothing is resolved without an answer and without evidence that the reporter can read.
    Rule(
        (S.ANSWERED,),
        S.RESOLVED,
        BY.CHANGE_STATUS,
        Who.HANDLER,
        (NEED.EVIDENCE,),
        reporter_text="told.RESOLVED",
        note=Visibility.PUBLIC,
    ),
    # LAPOR! reopens while the reporter may answer back (S15, S16); afterwards it is a decision of who had the ticket.
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
    # What the desk closed, the desk reopens.
    Rule(
        (S.OUT_OF_JURISDICTION, S.DIVERTED_TO_EMERGENCY, S.ARCHIVED),
        S.REOPENED,
        BY.REOPEN,
        Who.DESK,
        (NEED.REASON,),
        DESK_REOPEN_REASONS,
        "told.REOPENED",
    ),
    # LAPOR! refuses duplicates (S33); here their senders keep a number that leads to the other report.
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
    path = ("status",) if by is MoveMutation.CHANGE_STATUS else ()
    other = next(
        (move for move in MOVES_FROM[current] if move.to is to and move.by is not by and move.fits(state)), None
    )
    if other is not None:
        named = {"to": to.value, "mutation": MUTATION_NAMES[other.by]}
        return IllegalTransition("OTHER_MUTATION", current, allowed, path=path, **named)
    return IllegalTransition("NO_SUCH_MOVE", current, allowed, path=path, to=to.value)


class IllegalTransition(Refusal):
    """The ticket can not make this move from where it stands; allowed lists what the caller may do instead."""

    def __init__(
        self,
        code: str,
        current: TicketStatus,
        allowed: tuple[OpenMove, ...],
        *,
        path: tuple[str, ...] = (),
        **params: object,
    ) -> None:
        super().__init__(code, path=path, current=current.value, **params)
        self.current = current
        self.allowed = allowed
