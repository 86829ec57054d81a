"""The clocks of histories that are made up already: what passed, and the rungs that were reached, at their moments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from models.enums import (
    CLOSED_STATUSES,
    ClockKind,
    DeadlineStanding,
    EscalationLevel,
    EventKind,
    TicketStatus,
    Visibility,
)
from realtime.log import NewEvent
from services.access.scopes import SYSTEM, actor
from services.access.states import State, plain
from services.clocks.escalation.people import recipients
from services.clocks.escalation.reaching import unreached
from services.clocks.escalation.rows import Raised, columns_of, details_of, union
from services.clocks.passing import details_of as passing_details
from services.clocks.passing import first_passing
from services.deadlines.escalation.moments import Rung
from services.deadlines.stored.histories import History, Passing
from services.deadlines.stored.kept import Measures
from services.deadlines.stored.passings import OF_THE_REPORTER
from services.master_data.people import People
from services.simulation.lives import NAMES, Life
from services.tickets.clocks.ticket_clocks import TicketClocks
from services.tickets.records.changes import changed_names


@dataclass(frozen=True, slots=True)
class PastClocks:
    """Counts the clocks of lives up to a moment, as the jobs would have done; people are who is told of a rung."""

    measures: Measures
    people: People
    until: datetime

    def count(self, lives: Sequence[Life]) -> None:
        """Put passings and rungs among the events of these lives, and where they stand into all their states."""
        for life in lives:
            clocks = TicketClocks(History(life.row["received_at"]), {}, self.measures)
            row = _Row(life.row["id"], life.row["status"], life.row["received_at"], self.measures.version)
            _ClockedLife(life, clocks, self.people, row).count(self.until)


@dataclass(slots=True)
class _Row:
    """What clocks ask of a ticket's row; not for its status where they were started."""

    id: int
    status: TicketStatus
    received_at: datetime
    rules_version: int | None


@dataclass(slots=True)
class _ClockedLife:
    """One life, event by event with its clocks. columns are those that follow from clocks, as they are by now."""

    life: Life
    clocks: TicketClocks
    people: People
    ticket: _Row
    columns: dict[str, Any] = field(default_factory=dict)
    events: list[NewEvent] = field(default_factory=list)

    @property
    def state(self) -> State | None:
        """The ticket right after the last event."""
        return self.events[-1].after if self.events else None

    def count(self, until: datetime) -> None:
        """Take every event, with what passed before it."""
        for event in self.life.events:
            if self.events:
                self._pass(event.at, closes=bool((event.after or {})["closed_by_silence"]))
            self._take(event)
        self._pass(until, closes=False)
        self.life.row.update(self.columns, rules_version=self.ticket.rules_version)
        self.life.state, self.life.events = dict(self.state or {}), self.events
        self.life.clocks = self.clocks.kept

    def _take(self, event: NewEvent) -> None:
        """Add an event, with what it makes of the clocks."""
        before = self.state
        after = dict(event.after or {}) | self._by_clocks()
        found = self.clocks.take(self.ticket, before, after, event.kind, event.at, event.visibility, event.details)
        self.columns.update(found)
        after |= self._by_clocks()
        changed = event.changed if before is None else changed_names(before, after, event.changed)
        self.events.append(replace(event, before=before, after=after, changed=changed))

    def _by_clocks(self) -> State:
        return {NAMES[column]: plain(value) for column, value in self.columns.items()}

    def _pass(self, until: datetime, *, closes: bool) -> None:
        """Write down what passed by a moment; what closes a ticket only where that is what happens next."""
        while (at := self.clocks.next_at) is not None and at <= until:
            number = len(self.events)
            self._pass_moment(at, closes)
            if len(self.events) == number:
                return  # a job goes on from here

    def _pass_moment(self, at: datetime, closes: bool) -> None:
        while found := first_passing(self.clocks, at):
            if _closing(found) and not closes:
                return
            self._add(EventKind.CLOCK_PASSED, found[2], ("deadlines", "timeline"), passing_details(self.clocks, found))
        if (self.state or {})["status"] not in CLOSED_STATUSES:
            for rung in [each for each in unreached(self.clocks, self.state or {}) if each.at <= at]:
                self._reach(rung)

    def _reach(self, rung: Rung) -> None:
        """Write down a rung; no reporter of these lives has agreed to Ombudsman."""
        if rung.rule.level is EscalationLevel.OMBUDSMAN:
            return
        notified = recipients(self.people, rung.rule.level, self.state or {})
        raised = Raised(rung.rule.level, rung.at, notified, rung.rule.at_once, rung)
        self.columns["escalated_to"] = union([self.columns.get("escalated_to", []), notified])
        details = details_of(0, raised)
        self.life.escalations.append((columns_of(self.life.row["id"], raised), details))
        self._add(EventKind.ESCALATED, rung.at, ("escalations", "timeline"), details)

    def _add(self, kind: EventKind, at: datetime, changed: tuple[str, ...], details: dict[str, Any]) -> None:
        """An event that nobody did."""
        last = self.events[-1]
        self._take(
            NewEvent(
                kind=kind,
                at=at,
                visibility=Visibility.INTER_AGENCY,
                **actor(SYSTEM),
                ticket_id=last.ticket_id,
                subject_id=last.subject_id,
                version=last.version,
                after=last.after,
                changed=changed,
                details=details,
            )
        )


def _closing(passing: Passing) -> bool:
    clock: ClockKind | None = passing[0]
    return clock in OF_THE_REPORTER and passing[1] == DeadlineStanding.OVERDUE
