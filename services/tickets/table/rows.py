"""What a row of the table of moves says: from where, to where, by which mutation, by whom, with what (decided here)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from models.enums import ClockKind, MoveMutation, MoveNeed, ReasonList, TicketStatus, Visibility
from services.access.states import State
from services.reasons.reasons import CODES, Circumstances, Reasons


class Who(StrEnum):
    """The relation that a move requires (S18, S70; docs/adr/0030); who has the desk's rights may make every move.

    RESOLVER: the liaison of the lead agency, or any officer there where the agency's row says so. CLOCK: nobody; the
    ticket makes it by itself when its reporter has not answered in time.
    """

    DESK = "DESK"
    HANDLER = "HANDLER"
    LIAISON = "LIAISON"
    RESOLVER = "RESOLVER"
    CLOCK = "CLOCK"


PEOPLE = frozenset(Who) - {Who.CLOCK}
By = MoveMutation | ClockKind  # how a move is made: by this mutation, or when this clock passes


class Given(StrEnum):
    """What else must be true of the ticket than its status.

    KEPT: its agency waits for what the reporter is asked for, and goes on from where it was. COMPLAINT: it is one, or
    nobody has said what it is.
    """

    ANYTHING = "ANYTHING"
    LEAD = "LEAD"
    NO_LEAD = "NO_LEAD"
    KEPT = "KEPT"
    KEPT_DISPATCHED = "KEPT_DISPATCHED"
    KEPT_IN_PROGRESS = "KEPT_IN_PROGRESS"
    NOT_KEPT = "NOT_KEPT"
    COMPLAINT = "COMPLAINT"
    ASPIRATION = "ASPIRATION"
    INFORMATION_REQUEST = "INFORMATION_REQUEST"


KEPT = {
    TicketStatus.DISPATCHED.value: Given.KEPT_DISPATCHED,
    TicketStatus.IN_PROGRESS.value: Given.KEPT_IN_PROGRESS,
}


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

    reasons is the list that its reason is chosen from, reason the one that it always has; reporter_text is the key of
    what the reporter reads; note says who may read the note of the move.
    """

    source: TicketStatus
    to: TicketStatus
    by: By
    who: Who
    given: Given
    needs: tuple[MoveNeed, ...]
    reasons: ReasonList | None
    reporter_text: str | None
    note: Visibility
    reason: str | None = None

    def open(self, reasons: Reasons, case: Circumstances) -> OpenMove:
        return OpenMove(self.to, MoveMutation(self.by), self.needs, self.codes(reasons, case))

    @property
    def reason_codes(self) -> tuple[str, ...]:
        """All reasons that can be true of it, whatever the ticket and the city."""
        return () if self.reasons is None else CODES[self.reasons]

    def codes(self, reasons: Reasons, case: Circumstances) -> tuple[str, ...]:
        """The reasons that can be true of it in these circumstances, of those that the city offers."""
        return () if self.reasons is None else reasons.of(self.reasons, case)

    def fits(self, state: State) -> bool:
        """Whether a ticket in this state can make the move at all."""
        return self.source == state["status"] and self.given in givens(state)


@dataclass(frozen=True, slots=True)
class Moves:
    """The rows that differ in nothing but where they start."""

    sources: tuple[TicketStatus, ...]
    to: TicketStatus
    by: By
    who: Who
    needs: tuple[MoveNeed, ...] = ()
    reasons: ReasonList | None = None
    reporter_text: str | None = None
    given: Given = Given.ANYTHING
    note: Visibility = Visibility.INTER_AGENCY
    reason: str | None = None

    def moves(self) -> Iterator[Move]:
        for source in self.sources:
            yield Move(
                source,
                self.to,
                self.by,
                self.who,
                self.given,
                self.needs,
                self.reasons,
                self.reporter_text,
                self.note,
                self.reason,
            )


def givens(state: State) -> frozenset[Given]:
    """What is true of a ticket in this state."""
    led = state["lead"] is not None
    kept = KEPT.get(state["resumes"] or "") if led else None
    kind = Given(state["classification"] or Given.COMPLAINT)
    return frozenset({Given.ANYTHING, Given.LEAD if led else Given.NO_LEAD, kind, *_kept(kept)})


def _kept(kept: Given | None) -> tuple[Given, ...]:
    return (Given.NOT_KEPT,) if kept is None else (Given.KEPT, kept)
