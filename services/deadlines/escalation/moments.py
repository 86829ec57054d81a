"""When each rung of a clock's ladder is reached, by the life of the clock as it stands (docs/adr/0029). Pure.

From the start a rung counts while the clock runs. From the deadline on it counts while the clock is overdue: it has not
stopped, and the ticket is not with its reporter. A rung that names statuses counts in these only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.enums import ClockKind, ClockState, DeadlineUnit, TicketStatus
from services.deadlines.calendar_book import CalendarBook
from services.deadlines.calendars import Calendar
from services.deadlines.escalation.rules import EscalationRule
from services.deadlines.ledger import Ledger
from services.deadlines.lives import ClockLife, StatusStep, Stretch, lives_of
from services.deadlines.policies import Policy
from services.deadlines.units import MICROSECOND, Counter

Counts = Callable[[Stretch], bool]


@dataclass(frozen=True, slots=True)
class Rung:
    """A rung with the moment at which it is reached if nothing more happens, and where the clock's life began."""

    rule: EscalationRule
    at: datetime
    life_at: datetime


def rungs(
    rules: Iterable[EscalationRule],
    clock: ClockKind,
    policy: Policy,
    steps: Sequence[StatusStep],
    book: CalendarBook,
    zone: ZoneInfo,
    *,
    extension: int = 0,
    since: datetime | None = None,
) -> list[Rung]:
    """The rungs of a clock's latest life that were or will be reached, the next first; none where nothing bounds it.

    extension and since are as in read_clock. A rung counts if its row holds on the day (WIB) on which it is reached.
    Raises NoWorkingDay.
    """
    rows = list(rules)
    lives = lives_of(clock, steps, policy.rests, zone, since) if rows and policy.amount else []
    return rungs_of(rows, clock, policy, lives[-1], book, zone, extension) if lives else []


def rungs_of(
    rules: Iterable[EscalationRule],
    clock: ClockKind,
    policy: Policy,
    life: ClockLife,
    book: CalendarBook,
    zone: ZoneInfo,
    extension: int,
) -> list[Rung]:
    """The same of a life that is known already."""
    if not policy.amount or not life.stretches:
        return []
    climb = _Climb(clock, policy, life, book, zone, extension)
    found = (Rung(rule, at, life.started_at) for rule in rules if (at := climb.moment(rule)) is not None)
    held = [rung for rung in found if rung.rule.holds_on(rung.at.astimezone(zone).date())]
    return sorted(held, key=lambda rung: (rung.at, rung.rule.code))


class _Climb:
    """One life of a clock, on which moments of rungs are found."""

    def __init__(
        self, clock: ClockKind, policy: Policy, life: ClockLife, book: CalendarBook, zone: ZoneInfo, extension: int
    ) -> None:
        self.clock, self.life, self.book, self.zone = clock, life, book, zone
        counter = Counter(policy.unit, life.started_at.astimezone(zone).date(), zone)
        self.ledger = Ledger(counter, book, counter.whole(policy.amount + extension))
        self.due = self.ledger.reached(life.stretches, self.ledger.total)

    def moment(self, rule: EscalationRule) -> datetime | None:
        """When a rung is reached; None where the clock never reaches it."""
        if rule.from_start:
            return self._after(self.life.started_at, rule, _runs)
        if self.due is None:
            return None
        if rule.amount < 0:
            return self._before(rule, *self.due)
        return self._after(self.due[0], rule, self._is_overdue)

    def _after(self, start: datetime, rule: EscalationRule, counts: Counts) -> datetime | None:
        """So much after a moment; at the moment itself, or when it counts next, where the rung has no amount."""
        stretches = list(_marked(self.life.stretches, start, rule, counts))
        if rule.amount == 0:
            return next((each.start for each in stretches if each.runs), None)
        first_day = self.ledger.counter.day_of(start if rule.from_start else start - MICROSECOND)
        counter = Counter(rule.unit, first_day, self.zone)
        found = Ledger(counter, self.book, 0).reached(stretches, counter.whole(rule.amount))
        return None if found is None else found[0]

    def _before(self, rule: EscalationRule, due: datetime, last: Stretch) -> datetime | None:
        """The moment so much before the deadline, or when the clock is due soon where its whole time is shorter.

        Where the clock rests then, it is when it goes on.
        """
        at = self._ahead(rule, due, self.ledger.calendar_of(last))
        if at is None or at <= self.life.started_at:
            at = self.ledger.due_soon(self.life.stretches, (due, last), self.life.started_at)
        stretches = _marked(self.life.stretches, at, rule, _runs)
        return next((each.start for each in stretches if each.runs and each.start < due), None)

    def _ahead(self, rule: EscalationRule, due: datetime, calendar: Calendar) -> datetime | None:
        """The first moment from which no more than the amount is left: of days, the beginning of the first of them."""
        counter = Counter(rule.unit, self.ledger.counter.first_day, self.zone)
        if counter.of_days:
            day = _days_back(counter.day_of(due - MICROSECOND), -rule.amount - 1, rule.unit, calendar)
            return datetime.combine(day, time(), self.zone)
        ledger = Ledger(counter, self.book, 0)
        need = ledger.used(self.life.stretches, due) - counter.whole(-rule.amount)
        found = ledger.reached(self.life.stretches, need) if need > 0 else None
        return None if found is None else found[0]

    def _is_overdue(self, stretch: Stretch) -> bool:
        answered = stretch.status is TicketStatus.ANSWERED and self.clock is not ClockKind.REPORTER_REPLY
        return stretch.state is not ClockState.STOPPED and not answered


def _runs(stretch: Stretch) -> bool:
    return stretch.runs


def _marked(stretches: Iterable[Stretch], start: datetime, rule: EscalationRule, counts: Counts) -> Iterator[Stretch]:
    """The stretches after a moment; they run where the rung counts, and rest elsewhere."""
    for each in stretches:
        if each.end is None or each.end > start:
            here = counts(each) and (not rule.statuses or each.status in rule.statuses)
            state = ClockState.RUNNING if here else ClockState.RESTING
            yield Stretch(max(each.start, start), each.end, each.status, each.agency_code, state)


def _days_back(day: date, number: int, unit: DeadlineUnit, calendar: Calendar) -> date:
    if unit is DeadlineUnit.DAYS:
        return day - timedelta(days=number)
    for _ in range(number):
        day = calendar.before(day)
    return day
