"""What the log tells of a ticket's clocks: its steps, what has passed, and what was granted (docs/adr/0033). Pure."""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from models.enums import (
    OPEN_STATUSES,
    ClockKind,
    DeadlineStanding,
    DeadlineUnit,
    EventKind,
    TicketStatus,
    Visibility,
)
from services.deadlines.lives import ClockLife, StatusStep, lives_of
from services.deadlines.policies import Policy

HOLD = "HOLD"  # in the place of a standing: the end of a hold
Passing = tuple[ClockKind | None, str, datetime]  # of which clock, which standing, and when; None: of all of them
# What starts the reporter's clock anew where the ticket is answered: besides these, a note that the reporter reads.
ANEW = frozenset({EventKind.ANSWER_SENT.value, EventKind.REPLY_RECEIVED.value})
# Of these the details say something about clocks.
TELLING = frozenset(
    {
        EventKind.CLOCK_PASSED.value,
        EventKind.DEADLINE_MOVED.value,
        EventKind.SUBMITTED.value,
        EventKind.ESCALATED.value,
        EventKind.EXTENSION_DECIDED.value,
        "LINK_CHANGED",
    }
)
NATIONAL_SINCE = "nationalSince"  # the key of details that says since when the national clock counts, or null: not


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """What of an event matters to clocks; lead is the key of an agency, hold_until a day as text."""

    kind: str
    at: datetime
    visibility: str
    status: str | None
    lead: int | None = None
    hold_until: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    updated_at: datetime | None = None


@dataclass(slots=True)
class History:
    """What the events of one ticket made of its clocks so far; note takes them in the order of the log.

    last is the latest moment of any of them. What lies before silent_until had passed before clocks were kept.
    """

    received_at: datetime
    steps: list[StatusStep] = field(default_factory=list)
    last: datetime | None = None
    passed: set[Passing] = field(default_factory=set)
    granted: Counter[tuple[ClockKind, str]] = field(default_factory=Counter)
    escalated: set[tuple[str, datetime]] = field(default_factory=set)
    silent_until: datetime | None = None
    national_since: datetime | None = None
    _holding: tuple[str, int | None, str | None] | None = None

    @property
    def status(self) -> TicketStatus | None:
        return self.steps[-1].status if self.steps else None

    def note(self, entry: HistoryEntry, agencies: Mapping[int, str]) -> None:
        """Take one more event; agencies are codes by key."""
        self.last = entry.at if self.last is None else max(self.last, entry.at)
        self._note_details(entry)
        if entry.status is None:
            return
        holding = (entry.status, entry.lead, entry.hold_until)
        anew = starts_anew(entry)
        if self._holding is None:
            self._begin(entry, agencies)
        elif holding != self._holding or anew:
            status = holding[0] != self._holding[0]
            at = max(entry.at, self.received_at)  # servers' clocks differ
            self._step(_step(entry, at, agencies, anew=anew or status))
        self._holding = holding

    def is_silent(self, at: datetime) -> bool:
        """Whether a moment lies before the clocks of this ticket were kept, or in what was imported."""
        return self.silent_until is not None and at <= self.silent_until

    def extension(self, clock: ClockKind, unit: DeadlineUnit) -> int:
        """What was granted on top, in units of its policy."""
        return self.granted[clock, unit.value]

    def lives(self, clock: ClockKind, policy: Policy, zone: ZoneInfo) -> list[ClockLife]:
        """Every life of a clock by its policy, the latest last."""
        since = self.national_since if clock is ClockKind.NATIONAL else None
        return lives_of(clock, self.steps, policy.rests, zone, since)

    def _step(self, step: StatusStep) -> None:
        insort(self.steps, step, lo=min(1, len(self.steps)), key=_moment)

    def _begin(self, entry: HistoryEntry, agencies: Mapping[int, str]) -> None:
        """The first event: whatever it says, the ticket was received before."""
        imported = entry.kind == EventKind.IMPORTED
        if not imported or entry.status in OPEN_STATUSES:
            self.steps.append(_step(entry, self.received_at, agencies))
            return
        # What another system closed was received there first; when it did so is known, what happened between is not.
        closed_at = max(self.received_at, min(entry.updated_at or entry.at, entry.at))
        self.steps.append(StatusStep(self.received_at, TicketStatus.RECEIVED))
        self.steps.append(_step(entry, closed_at, agencies, judged=False))

    def _note_details(self, entry: HistoryEntry) -> None:
        said = entry.details
        if entry.kind == EventKind.IMPORTED or (entry.kind == EventKind.DEADLINE_MOVED and said.get("started")):
            self.silent_until = entry.at if self.silent_until is None else max(self.silent_until, entry.at)
        if entry.kind == EventKind.CLOCK_PASSED:
            self._note_passing(entry)
        if entry.kind == EventKind.ESCALATED and said.get("rule"):
            self.escalated.add((said["rule"], datetime.fromisoformat(said["life"])))
        if entry.kind == EventKind.EXTENSION_DECIDED and said.get("extensionState") == "GRANTED":
            self.granted[ClockKind(said["clock"]), said.get("unit", "")] += int(said["amount"])
        if NATIONAL_SINCE in said:
            since = said[NATIONAL_SINCE]
            self.national_since = None if since is None else datetime.fromisoformat(since)

    def _note_passing(self, entry: HistoryEntry) -> None:
        said = entry.details
        if said.get("hold"):
            self.passed.add((None, HOLD, entry.at))
        elif said.get("standing"):
            self.passed.add((ClockKind(said["clock"]), DeadlineStanding(said["standing"]).value, entry.at))


def starts_anew(entry: HistoryEntry) -> bool:
    """Whether the reporter's time starts anew by this event."""
    if entry.status != TicketStatus.ANSWERED:
        return False
    told = entry.kind == EventKind.NOTE_ADDED and entry.visibility == Visibility.PUBLIC
    return told or entry.kind in ANEW


def _step(
    entry: HistoryEntry, at: datetime, agencies: Mapping[int, str], *, anew: bool = True, judged: bool = True
) -> StatusStep:
    held = None if entry.hold_until is None else date.fromisoformat(entry.hold_until)
    lead = None if entry.lead is None else agencies.get(entry.lead)
    return StatusStep(at, TicketStatus(entry.status or ""), lead, held, anew, judged)


def _moment(step: StatusStep) -> datetime:
    return step.at
