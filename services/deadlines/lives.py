"""The life of a clock as stretches of time: what a ticket's statuses make of it (docs/adr/0027). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from models.enums import ClockKind, ClockState, TicketStatus
from services.deadlines.calendars import ONE_DAY
from services.deadlines.clocks import CLOCKS, Start, holder, runs_in


@dataclass(frozen=True, slots=True)
class StatusStep:
    """From this moment on a ticket has this status; agency_code is who leads, hold_until the last day of a hold.

    anew: a clock that counts from each step into this status starts again. judged: whoever stops by it is judged.
    """

    at: datetime
    status: TicketStatus
    agency_code: str | None = None
    hold_until: date | None = None
    anew: bool = True
    judged: bool = True


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time in which nothing about a clock changes; end is None for what goes on.

    agency_code is who has the ticket; None is the desk.
    """

    start: datetime
    end: datetime | None
    status: TicketStatus
    agency_code: str | None
    state: ClockState

    @property
    def runs(self) -> bool:
        return self.state is ClockState.RUNNING

    def until(self, end: datetime) -> Stretch:
        return Stretch(self.start, end, self.status, self.agency_code, self.state)


@dataclass(frozen=True, slots=True)
class Stop:
    """A moment at which a clock stopped, by a step into this status; before are the stretches up to then.

    The last of them goes on, as if nothing had stopped the clock.
    """

    at: datetime
    status: TicketStatus
    before: tuple[Stretch, ...]
    judged: bool = True


@dataclass(slots=True)
class ClockLife:
    """One clock from its start: its stretches, and where it stopped. The last stretch goes on."""

    started_at: datetime
    stretches: list[Stretch] = field(default_factory=list)
    stops: list[Stop] = field(default_factory=list)

    @property
    def state(self) -> ClockState:
        return self.stretches[-1].state if self.stretches else ClockState.STOPPED

    def at(self, moment: datetime) -> Stretch:
        """The stretch in which a moment lies; the first one for a moment before."""
        begun = (each for each in reversed(self.stretches) if each.start <= moment)
        return next(begun, self.stretches[0])


def lives_of(
    clock: ClockKind,
    steps: Sequence[StatusStep],
    rests: Iterable[TicketStatus],
    zone: ZoneInfo,
    since: datetime | None = None,
) -> list[ClockLife]:
    """Every life of a clock, the latest last; none where it never started. since: it counts from this moment on."""
    rule, lives, before = CLOCKS[clock], list[ClockLife](), None
    resting = frozenset(rests)
    running = runs_in(rule, resting)
    for step in steps if since is None else _from(steps, since):
        if _starts(rule.start, rule.runs, step, before, begun=bool(lives)):
            lives.append(ClockLife(step.at))
        if lives:
            _take(lives[-1], step, running, resting, zone, final=rule.final)
        before = step.status
    return lives


def midnight_after(day: date, zone: ZoneInfo) -> datetime:
    """24.00 of a day in the desk's zone."""
    return datetime.combine(day + ONE_DAY, time(), zone)


def _from(steps: Sequence[StatusStep], since: datetime) -> list[StatusStep]:
    """The steps as a clock sees them that counts from another moment than receipt."""
    first = max((step for step in steps if step.at <= since), key=lambda step: step.at, default=steps[0])
    return [replace(first, at=since), *(step for step in steps if step.at > since)]


def _starts(
    start: Start, runs: frozenset[TicketStatus], step: StatusStep, before: TicketStatus | None, *, begun: bool
) -> bool:
    if start is Start.EACH_STEP:
        return step.status in runs and (step.anew or before not in runs)
    if start is Start.EACH_STAY:
        return step.status in runs and before not in runs
    return not begun and (start is Start.RECEIPT or step.status in runs)


def _take(
    life: ClockLife,
    step: StatusStep,
    running: frozenset[TicketStatus],
    resting: frozenset[TicketStatus],
    zone: ZoneInfo,
    *,
    final: bool,
) -> None:
    """Extend a life by one step."""
    was_active = not life.stretches or life.state is not ClockState.STOPPED
    state = ClockState.STOPPED
    if step.status in running and not (final and life.stops):
        state = ClockState.RUNNING
    elif step.status in resting and was_active:
        state = ClockState.RESTING
    if was_active and state is ClockState.STOPPED and life.stretches:
        life.stops.append(Stop(step.at, step.status, tuple(life.stretches), step.judged))
    _end_last(life, step.at)
    life.stretches += _stretches(step, state, zone)


def _end_last(life: ClockLife, at: datetime) -> None:
    """End the last stretch at a moment; stretches that begin then or later are removed."""
    stretches = life.stretches
    while stretches and stretches[-1].start >= at:
        stretches.pop()
    if stretches and (stretches[-1].end is None or stretches[-1].end > at):
        stretches[-1] = stretches[-1].until(at)


def _stretches(step: StatusStep, state: ClockState, zone: ZoneInfo) -> list[Stretch]:
    """The stretches of one step; a hold rests to the end of its date and runs from then on."""
    whole = Stretch(step.at, None, step.status, holder(step.status, step.agency_code), state)
    if state is not ClockState.RESTING or step.status is not TicketStatus.ON_HOLD or step.hold_until is None:
        return [whole]
    ends = midnight_after(step.hold_until, zone)
    goes_on = replace(whole, start=max(ends, step.at), state=ClockState.RUNNING)
    return [replace(whole, end=ends), goes_on] if ends > step.at else [goes_on]
