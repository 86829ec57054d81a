"""One clock of one ticket at one moment, counted from its whole history (docs/adr/0027). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from models.enums import UNITS_OF_OFFICES, ClockKind, ClockState, DeadlineStanding, Punctuality, TicketStatus
from services.deadlines.calendar_book import CalendarBook
from services.deadlines.calendars import ONE_DAY, SpecialDay
from services.deadlines.clocks import NOT_JUDGED
from services.deadlines.ledger import Ledger
from services.deadlines.lives import ClockLife, StatusStep, Stop, Stretch, lives_of
from services.deadlines.policies import Policy
from services.deadlines.readings import ClockStanding, Reading, Segment, Verdict
from services.deadlines.units import MICROSECOND, Counter


def read_clock(
    clock: ClockKind,
    policy: Policy,
    steps: Sequence[StatusStep],
    book: CalendarBook,
    zone: ZoneInfo,
    as_of: datetime,
    *,
    extension: int = 0,
    since: datetime | None = None,
) -> Reading | None:
    """A clock as of a moment, by the steps up to then; None where it has not started, or nothing bounds it.

    since: the clock counts from this moment instead of receipt. Raises NoWorkingDay.
    """
    lives = lives_of(clock, [step for step in steps if step.at <= as_of], policy.rests, zone, since)
    if not lives or policy.amount == 0 or as_of < lives[0].started_at:
        return None
    ledgers = [_ledger(life, policy, book, zone, extension if life is lives[-1] else 0) for life in lives]
    verdicts = tuple(
        _verdict(ledger, stop, policy) for life, ledger in zip(lives, ledgers, strict=True) for stop in life.stops
    )
    return _reading(clock, policy, lives[-1], ledgers[-1], verdicts, as_of, extension)


def stand_of(
    clock: ClockKind,
    policy: Policy,
    steps: Sequence[StatusStep],
    book: CalendarBook,
    zone: ZoneInfo,
    as_of: datetime,
    *,
    extension: int = 0,
    since: datetime | None = None,
    given: Sequence[datetime] = (),
) -> tuple[ClockStanding, tuple[Verdict, ...]] | None:
    """As read_clock, without what explains it, and with the verdicts alone that come after those given.

    given are the moments of the verdicts that there are. A policy that bounds nothing gives a clock that is UNBOUND.
    Raises NoWorkingDay.
    """
    lives = lives_of(clock, [step for step in steps if step.at <= as_of], policy.rests, zone, since)
    return stand_of_lives(clock, policy, lives, book, zone, as_of, extension, given)


def stand_of_lives(
    clock: ClockKind,
    policy: Policy,
    lives: Sequence[ClockLife],
    book: CalendarBook,
    zone: ZoneInfo,
    as_of: datetime,
    extension: int = 0,
    given: Sequence[datetime] = (),
) -> tuple[ClockStanding, tuple[Verdict, ...]] | None:
    """The same of lives that are known already."""
    if not lives or as_of < lives[0].started_at:
        return None
    last = lives[-1]
    if policy.amount == 0:
        state = last.at(as_of).state if last.stretches else ClockState.STOPPED
        return ClockStanding(state, DeadlineStanding.UNBOUND, last.started_at, None, None, 0), ()
    stops = [(life, stop) for life in lives for stop in life.stops]
    verdicts = tuple(
        _verdict(_ledger(life, policy, book, zone, extension if life is last else 0), stop, policy)
        for number, (life, stop) in enumerate(stops)
        if not given or stop.at > given[-1] or (stop.at == given[-1] and number >= len(given))
    )
    return _standing_of(clock, last, _ledger(last, policy, book, zone, extension), as_of), verdicts


def _ledger(life: ClockLife, policy: Policy, book: CalendarBook, zone: ZoneInfo, extension: int) -> Ledger:
    counter = Counter(policy.unit, life.started_at.astimezone(zone).date(), zone)
    return Ledger(counter, book, counter.whole(policy.amount + extension))


def _reading(
    clock: ClockKind,
    policy: Policy,
    life: ClockLife,
    ledger: Ledger,
    verdicts: tuple[Verdict, ...],
    as_of: datetime,
    extension: int,
) -> Reading:
    here, found = life.at(as_of), _standing_of(clock, life, ledger, as_of)
    due_at, going_on = found.due_at, _going_on(life, here)
    days = list(_days(ledger, life.started_at, due_at or as_of))
    days_off = tuple(off for day in days if (off := _day_off(ledger, going_on, day)) is not None)
    return Reading(
        clock=clock,
        policy=policy,
        extension=extension,
        state=found.state,
        standing=found.standing,
        started_at=life.started_at,
        as_of=as_of,
        due_at=due_at,
        due_on=None if due_at is None else ledger.counter.day_of(due_at - MICROSECOND),
        due_soon_at=found.due_soon_at,
        used=found.used,
        left=ledger.shown(ledger.total) - found.used,
        verdicts=verdicts,
        segments=tuple(_segments(ledger, life.stretches, _ends(life, here, due_at, as_of))),
        days_off=days_off,
        unknown_years=_unknown_years(ledger, going_on, days),
    )


def _standing_of(clock: ClockKind, life: ClockLife, ledger: Ledger, as_of: datetime) -> ClockStanding:
    """Where one life of a clock stands at a moment, without what explains it."""
    stretches, here = life.stretches, life.at(as_of)
    due = ledger.reached(_going_on(life, here), ledger.total)
    due_at = None if due is None else due[0]
    until = as_of if due_at is None else min(as_of, due_at)
    used = min(ledger.used(stretches, until), ledger.total)
    soon = ledger.due_soon(stretches, due, life.started_at) if due is not None and here.runs else None
    moment = _stopped_at(life, here) if here.state is ClockState.STOPPED else as_of
    standing = _standing(clock, here, due_at, soon, moment)
    return ClockStanding(here.state, standing, life.started_at, due_at, soon, ledger.shown(used))


def _going_on(life: ClockLife, here: Stretch) -> Sequence[Stretch]:
    """The stretches of a life; of a clock that has stopped, as if it had not."""
    return life.stops[-1].before if here.state is ClockState.STOPPED and life.stops else life.stretches


def _ends(life: ClockLife, here: Stretch, due_at: datetime | None, as_of: datetime) -> datetime:
    """Where the segments end: at the deadline; of a clock that rests, now; of one that has stopped in time, then."""
    if here.state is ClockState.STOPPED:
        stopped = _stopped_at(life, here)
        return stopped if due_at is None else min(due_at, stopped)
    return as_of if due_at is None else due_at


def _stopped_at(life: ClockLife, here: Stretch) -> datetime:
    return life.stops[-1].at if life.stops else here.start


def _standing(
    clock: ClockKind, here: Stretch, due_at: datetime | None, soon: datetime | None, moment: datetime
) -> DeadlineStanding:
    """Where a deadline stands; of a clock that has stopped, at the moment of its stop."""
    passed = due_at is not None and due_at <= moment
    answered = here.status is TicketStatus.ANSWERED and clock is not ClockKind.REPORTER_REPLY
    if answered and (passed or here.state is not ClockState.STOPPED):
        return DeadlineStanding.RESTING
    if passed:
        return DeadlineStanding.OVERDUE
    if here.state is ClockState.RESTING:
        return DeadlineStanding.RESTING
    return DeadlineStanding.DUE_SOON if soon is not None and soon <= moment else DeadlineStanding.IN_TIME


def _segments(ledger: Ledger, stretches: Sequence[Stretch], ends: datetime) -> Iterable[Segment]:
    """The stretches up to a moment; seconds are cut so that their sum is right at the end of each."""
    before = 0
    for stretch in stretches:
        end = ends if stretch.end is None else min(stretch.end, ends)
        if end <= stretch.start:
            continue
        after = before + ledger.counted(stretch, ends)
        number = ledger.shown(after) - ledger.shown(before)
        before = after
        yield Segment(
            stretch.start,
            end,
            stretch.status,
            stretch.agency_code,
            ledger.calendar_of(stretch).code,
            stretch.runs,
            days=number if ledger.counter.of_days else 0,
            seconds=0 if ledger.counter.of_days else number,
        )


def _verdict(ledger: Ledger, stop: Stop, policy: Policy) -> Verdict:
    """What is said of a stop when it is made; nothing that happens later changes it."""
    due = ledger.due(stop.before)
    late = due is not None and due <= stop.at
    punctuality = Punctuality.LATE if late else Punctuality.ON_TIME
    return Verdict(
        stop.at,
        punctuality if stop.judged and stop.status not in NOT_JUDGED else Punctuality.NOT_JUDGED,
        due,
        ledger.over(stop.before[-1], due, stop.at) if due is not None and late else 0,
        policy.code,
    )


def _days(ledger: Ledger, start: datetime, end: datetime) -> Iterable[date]:
    """The days that could count from start to end; none for units that know no days off."""
    if ledger.counter.unit not in UNITS_OF_OFFICES:
        return
    day, last = ledger.counter.day_of(start), ledger.counter.day_of(end - MICROSECOND)
    day += ONE_DAY if ledger.counter.of_days else timedelta()
    while day <= last:
        yield day
        day += ONE_DAY


def _day_off(ledger: Ledger, stretches: Sequence[Stretch], day: date) -> SpecialDay | None:
    """Why a day is off by the calendar of who has the ticket when it ends."""
    return ledger.calendar_of(ledger.holder_on(stretches, day)).day_off(day)


def _unknown_years(ledger: Ledger, stretches: Sequence[Stretch], days: Iterable[date]) -> tuple[int, ...]:
    """The years of these days of which no day off is known, though somebody rests on them."""
    known = {special.day.year for special in ledger.book.days}
    unknown = [day for day in days if day.year not in known]
    rests = (day for day in unknown if not ledger.calendar_of(ledger.holder_on(stretches, day)).always)
    return tuple(sorted({day.year for day in rests}))
