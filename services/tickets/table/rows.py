"""What one row of the table of moves says: from where, to where, by which mutation, by whom, and what that needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from models.enums import MoveMutation, MoveNeed, TicketStatus, Visibility
from services.access.states import State


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
        return self.source == state["status"] and self.given in givens(state["lead"] is not None)


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


def givens(led: bool) -> tuple[Given, ...]:
    """What is true of a ticket with or without a lead agency."""
    return (Given.ANYTHING, Given.LEAD if led else Given.NO_LEAD)
