"""The numbers of one board: counted once, then kept current by adding and subtracting the states of single events.

Source: docs/adr/0008, 0026.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from models.enums import OPEN_STATUSES, DeadlineStanding, TicketStatus
from services.access.predicates import Predicate, meets
from services.access.states import State, is_complete, known_status
from services.board.due_first import DueFirst, last_day, open_ticket
from services.board.last_days import LastDays
from services.board.usual import Arrivals
from services.core.reference import AreaRef

LATEST = 12  # what a board shows
KEPT_CHANGES = 5 * LATEST  # as tickets that leave take theirs along; our choice
NOWHERE = ""


@dataclass(frozen=True, slots=True)
class BoardQuery:
    """Which tickets a board counts: those that meet the filter and the rights; protected ones outside are withheld.

    agency is the one that leads all of them; None where several may.
    """

    wanted: Predicate
    rule: Predicate
    protected: Predicate
    agency: int | None = None

    def counts(self, state: State | None) -> bool:
        return state is not None and meets(self.wanted, state) and self.rule.holds(state)

    def withholds(self, state: State | None) -> bool:
        """Whether a ticket meets the filter and is kept from this board as confidential or supervisory."""
        if state is None or not self.rule.fails(state) or not meets(self.wanted, state):
            return False
        return self.protected.holds(state)

    def passes_over(self, state: State | None) -> bool:
        """Whether a ticket in this state is certainly not counted."""
        return state is None or self.wanted.fails(state) or self.rule.fails(state)

    def concerns(self, before: State | None, after: State | None) -> bool:
        """Whether an event between these states changes what the board counts.

        A change of what is withheld sends no frame: the moment would reveal a single protected ticket.
        """
        if before == after and (before is None or is_complete(before)):
            return False  # what another release wrote may differ in what is not read here
        return not (self.passes_over(before) and self.passes_over(after))


@dataclass(frozen=True, slots=True)
class RecentChange:
    """One status change, with the codes that the ticket had right after it."""

    seq: int
    at: datetime
    ticket_id: int
    number: str
    to: TicketStatus
    lead: int | None
    category: int | None


@dataclass(frozen=True, slots=True)
class TicketEvent:
    """One event of a ticket."""

    seq: int
    at: datetime
    ticket_id: int
    before: State | None
    after: State | None

    @property
    def moved(self) -> bool:
        return self.after is not None and (self.before is None or self.before.get("status") != self.after.get("status"))

    def dispatched(self, agency: int) -> bool:
        """Whether the ticket was sent to this agency by this event."""
        after, before = self.after or {}, self.before or {}
        return (
            after.get("lead") == agency
            and _is_dispatched(after)
            and not (_is_dispatched(before) and before.get("lead") == agency)
        )

    @property
    def readable(self) -> bool:
        """Whether both states have every field; those of another release may not."""
        return all(state is None or is_complete(state) for state in (self.before, self.after))


def _is_dispatched(state: State) -> bool:
    return state.get("status") == TicketStatus.DISPATCHED


@dataclass(slots=True)
class Tally:
    """Counts by part; every visible ticket is counted once in each part. since is the first day of the trend.

    resolved are the tickets that are RESOLVED now, dispatched those of a board of one agency.
    first_day is that of the desk's first ticket, whoever sees it.
    latest holds every change with a seq above floor, newest first, but for those of the tickets that came back: only
    the log knows what they did while they counted before.
    stale: an event can not be counted without reading more, so that all must be counted anew.
    """

    query: BoardQuery
    today: date
    areas: Mapping[str, AreaRef]
    zone: ZoneInfo
    since: date
    status: Counter[str] = field(default_factory=Counter)
    category: Counter[int | None] = field(default_factory=Counter)
    kecamatan: Counter[str] = field(default_factory=Counter)
    received: Counter[date] = field(default_factory=Counter)
    open: Counter[int | None] = field(default_factory=Counter)
    overdue: Counter[int | None] = field(default_factory=Counter)
    due_soon: Counter[int | None] = field(default_factory=Counter)
    due_today: int = 0
    withheld: int = 0
    resolved: LastDays = field(default_factory=LastDays)
    dispatched: LastDays = field(default_factory=LastDays)
    due_first: DueFirst = field(default_factory=DueFirst)
    arrivals: Arrivals = field(default_factory=Arrivals)
    first_day: date = date.max
    latest: list[RecentChange] = field(default_factory=list)
    floor: int = 0
    came_back: set[int] = field(default_factory=set)
    stale: bool = False

    def emptied(self) -> Tally:
        """The same query with nothing counted, but for what is withheld."""
        empty = Tally(self.query, self.today, self.areas, self.zone, self.since)
        empty.withheld = self.withheld
        return empty

    def kecamatan_code(self, kelurahan: str | None) -> str:
        """The code of a kelurahan's kecamatan; NOWHERE where the kelurahan is not known."""
        area = self.areas.get(kelurahan or "")
        return area.kecamatan_code if area else NOWHERE

    def clock(self, lead: int | None, standing: str | None, due_on: date | None, number: int) -> None:
        """Count open tickets that stand alike."""
        if standing == DeadlineStanding.OVERDUE:
            self.overdue[lead] += number
        elif standing == DeadlineStanding.DUE_SOON:
            self.due_soon[lead] += number
            self.due_today += number * (due_on == self.today)

    def take(self, event: TicketEvent) -> None:
        """Move the counts from the state before an event to the one after it."""
        if not event.readable:
            self.stale = True
            return
        was, stays = self.query.counts(event.before), self.query.counts(event.after)
        self.withheld += self.query.withholds(event.after) - self.query.withholds(event.before)
        if was and event.before is not None:
            self._count(event.before, -1)
        if stays and event.after is not None:
            self._count(event.after, 1)
        self._note_first_day(event)
        self._note_open(event, was=was, stays=stays)
        self._note_sight(event, was=was, stays=stays)
        self._note_resolved(event, stays=stays)
        self._note_dispatched(event, stays=stays)
        if stays and event.moved and event.after is not None:
            self.note_change(event)

    def note_change(self, event: TicketEvent) -> None:
        """Add a status change to the latest ones, unless another release wrote a status that this one does not know."""
        state = event.after or {}
        status = known_status(state)
        if status is None or "number" not in state:
            return
        change = RecentChange(
            seq=event.seq,
            at=event.at,
            ticket_id=event.ticket_id,
            number=state["number"],
            to=status,
            lead=state.get("lead"),
            category=state.get("category"),
        )
        self.latest = sorted((*self.latest, change), key=lambda each: each.seq, reverse=True)
        if len(self.latest) > KEPT_CHANGES:
            self.floor = self.latest.pop().seq

    def forget_changes(self, upto: int) -> None:
        """Remove the changes that a whole reading would not look for any more."""
        self.floor = max(self.floor, upto)
        self.latest = [change for change in self.latest if change.seq > self.floor]

    def take_back(self, changes: Iterable[TicketEvent]) -> None:
        """Note the changes above floor of the tickets that came back, as the log tells them."""
        self.latest = [change for change in self.latest if change.ticket_id not in self.came_back]
        self.came_back = set()
        for event in changes:
            if event.seq > self.floor and self.query.counts(event.after):
                self.note_change(event)

    def take_older(self, changes: Iterable[TicketEvent], floor: int) -> None:
        """Note what the log tells between a lower floor and the one so far."""
        self.floor = floor
        for event in changes:
            if self.query.counts(event.after):
                self.note_change(event)

    def take_back_dispatches(self, days: Iterable[tuple[int, date]]) -> None:
        """Note when the tickets that came back were last sent to the board's agency, as the log tells it."""
        for ticket_id in self.came_back:
            self.dispatched.forget(ticket_id)
        for ticket_id, day in days:
            self.dispatched.note(ticket_id, day)

    def _count(self, state: State, sign: int) -> None:
        status, moment = state["status"], datetime.fromisoformat(state["received_at"]).astimezone(self.zone)
        received = moment.date()
        self.status[status] += sign
        self.category[state["category"]] += sign
        self.kecamatan[self.kecamatan_code(state["kelurahan"])] += sign
        self.received[received] += sign
        self.arrivals.add(moment, sign)
        if status in OPEN_STATUSES:
            self.open[state["lead"]] += sign
            self.clock(state["lead"], state["standing"], last_day(state["due_at"], self.zone), sign)

    def _note_sight(self, event: TicketEvent, *, was: bool, stays: bool) -> None:
        """Remove the latest changes of a ticket that left; note one that comes in, as it may have been here before."""
        if was and not stays:
            self.latest = [change for change in self.latest if change.ticket_id != event.ticket_id]
            self.came_back.discard(event.ticket_id)
        if stays and not was and event.before is not None:
            self.came_back.add(event.ticket_id)

    def _note_resolved(self, event: TicketEvent, *, stays: bool) -> None:
        # The trend counts the last move into RESOLVED, as a whole reading does: what happens afterwards moves no day.
        done = stays and event.after is not None and event.after["status"] == TicketStatus.RESOLVED
        if done and not event.moved:
            # One without a day was resolved before the trend, or has just become visible: then only the log knows.
            self.stale = self.stale or (event.ticket_id not in self.resolved and not self.query.counts(event.before))
            return
        self.resolved.forget(event.ticket_id)
        if done:
            self.resolved.note(event.ticket_id, self._day(event.at))

    def _note_dispatched(self, event: TicketEvent, *, stays: bool) -> None:
        """Keep the day of the last disposition; of a ticket that came in by another way only the log knows it."""
        agency = self.query.agency
        if agency is None:
            return
        if not stays:
            self.dispatched.forget(event.ticket_id)
        elif event.dispatched(agency):
            self.dispatched.note(event.ticket_id, self._day(event.at))

    def _note_open(self, event: TicketEvent, *, was: bool, stays: bool) -> None:
        """Move a ticket among those whose day comes first."""
        if not was and not stays:
            return
        state = event.after or {}
        is_open = stays and state["status"] in OPEN_STATUSES
        self.due_first.replace(event.ticket_id, open_ticket(state, self.zone, self.today) if is_open else None)
        self.stale = self.stale or self.due_first.runs_short

    def _note_first_day(self, event: TicketEvent) -> None:
        if event.after is not None:
            self.first_day = min(self.first_day, self._day(datetime.fromisoformat(event.after["received_at"])))

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()
