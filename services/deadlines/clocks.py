"""In which statuses each clock of a ticket runs and rests, and what a stop of it is (docs/adr/0027). Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum, auto

from models.enums import OPEN_STATUSES, UNDISPATCHED_LED_STATUSES, ClockKind, TicketStatus


class Start(Enum):
    """From when a clock counts; EACH_STAY: anew with every stay in its status, EACH_STEP: with every step into it."""

    RECEIPT = auto()
    DISPATCH = auto()
    EACH_STAY = auto()
    EACH_STEP = auto()


@dataclass(frozen=True, slots=True)
class ClockRule:
    """A status that is named neither by runs nor by rests stops the clock; final: it never goes on after that."""

    start: Start
    runs: frozenset[TicketStatus]
    rests: frozenset[TicketStatus] = frozenset()
    final: bool = False

    @property
    def may_rest(self) -> frozenset[TicketStatus]:
        """The statuses that a policy may name."""
        return self.runs | self.rests


S = TicketStatus
RESTING = frozenset({S.INCOMPLETE, S.ON_HOLD, S.ANSWERED})
CLOCKS = {
    ClockKind.VERIFICATION: ClockRule(
        Start.RECEIPT, frozenset({S.RECEIVED, S.VERIFIED}), frozenset({S.INCOMPLETE, S.ON_HOLD})
    ),
    ClockKind.FIRST_RESPONSE: ClockRule(
        Start.DISPATCH,
        frozenset({S.DISPATCHED}),
        frozenset({S.RECEIVED, S.VERIFIED, S.INCOMPLETE, S.ON_HOLD}),
        final=True,
    ),
    # An open status that is not named here is charged to whoever has the ticket: a clock that stopped would hide it.
    ClockKind.RESOLUTION: ClockRule(Start.RECEIPT, OPEN_STATUSES - RESTING, RESTING),
    ClockKind.REPORTER_REPLY: ClockRule(Start.EACH_STEP, frozenset({S.ANSWERED})),
    ClockKind.COMPLETION: ClockRule(Start.EACH_STAY, frozenset({S.INCOMPLETE})),
    ClockKind.NATIONAL: ClockRule(Start.RECEIPT, OPEN_STATUSES - {S.INCOMPLETE}, frozenset({S.INCOMPLETE})),
}
# A stop that is no verdict about anybody: not the city's matter, or nothing that anybody owed.
NOT_JUDGED = frozenset({S.ARCHIVED, S.OUT_OF_JURISDICTION, S.DIVERTED_TO_EMERGENCY})
OF_THE_DESK = UNDISPATCHED_LED_STATUSES  # whoever led it before: no agency has it


def runs_in(rule: ClockRule, rests: Collection[TicketStatus]) -> frozenset[TicketStatus]:
    """The statuses in which a clock runs whose policy rests in these: what it does not name is charged (our choice)."""
    return rule.may_rest - frozenset(rests)


def holder(status: TicketStatus, agency_code: str | None) -> str | None:
    """The agency that has a ticket; None is the desk."""
    return None if status in OF_THE_DESK else agency_code
