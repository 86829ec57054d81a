"""The clocks of a ticket as they are kept: what each event makes of them. Pure.

Whoever writes an event of a ticket, or recounts one, comes here: so the rows follow from the log alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from models.enums import (
    CLOSED_STATUSES,
    Channel,
    Classification,
    ClockKind,
    ClockState,
    DeadlineStanding,
    HandlingClass,
    TicketStatus,
)
from services.deadlines.calendar_book import CalendarBook
from services.deadlines.calendars import NoWorkingDay
from services.deadlines.clocks import CLOCKS, Start
from services.deadlines.counting import stand_of_lives
from services.deadlines.escalation.rules import NO_LADDER, Ladder
from services.deadlines.lives import Life, midnight_after
from services.deadlines.policies import Policy, PolicyBook, Properties
from services.deadlines.readings import Standing, Verdict
from services.deadlines.standings import standings_of
from services.deadlines.stored.climbing import next_rung
from services.deadlines.stored.histories import HOLD, TELLING, Entry, History, Passing, starts_anew

# Those whose time it is to work on the ticket: what Ticket.dueAt is about.
OF_THE_CITY = (ClockKind.VERIFICATION, ClockKind.FIRST_RESPONSE, ClockKind.RESOLUTION)
OF_THE_REPORTER = (ClockKind.REPORTER_REPLY, ClockKind.COMPLETION)
# What a clock can hang on of a state.
DECIDING = (
    "status",
    "lead",
    "hold_until",
    "classification",
    "handling_class",
    "supervisory",
    "channel",
    "category",
)
PASSING_STANDINGS = (DeadlineStanding.DUE_SOON, DeadlineStanding.OVERDUE)


@dataclass(frozen=True, slots=True)
class Measures:
    """What clocks are counted by: calendars and policies of one version, and the codes of agencies and categories.

    Where there is a ladder, its rungs are moments of a clock too. categories gives the codes of a category and of all
    above it, its own first.
    """

    book: CalendarBook
    policies: PolicyBook
    version: int
    zone: ZoneInfo
    agencies: Mapping[int, str]
    categories: Callable[[int | None], tuple[str, ...]]
    ladder: Ladder = NO_LADDER

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class Given:
    """A verdict as it was given, by which version of the rules."""

    verdict: Verdict
    rules_version: int


@dataclass(frozen=True, slots=True)
class Kept:
    """One clock as its row keeps it. next_at: when something of it passes that is not in the log yet."""

    state: ClockState
    standing: DeadlineStanding
    started_at: datetime
    due_at: datetime | None
    due_soon_at: datetime | None
    used: int
    extension: int
    policy_code: str
    rules_version: int
    verdicts: tuple[Given, ...] = ()
    next_at: datetime | None = None

    @property
    def stopped(self) -> bool:
        return self.state is ClockState.STOPPED


Clocks = Mapping[ClockKind, Kept]


def concerns(entry: Entry, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> bool:
    """Whether an event can change a clock: by what it says, or by what differs between its states."""
    if before is None or after is None:
        return after is not None
    if (entry.kind in TELLING and entry.details) or starts_anew(entry):
        return True
    return any(before.get(name) != after.get(name) for name in DECIDING)


def advance(kept: Clocks, history: History, state: Mapping[str, Any], measures: Measures, moment: datetime) -> Clocks:
    """The clocks of a ticket after an event that history has taken, which left it in this state at this moment.

    A clock that has stopped stays as it stood then, and no verdict is given twice.
    """
    as_of = max(moment, history.last or moment, history.received_at)
    properties, day = properties_of(state, measures), measures.day_of(history.received_at)
    found: dict[ClockKind, Kept] = {}
    for clock in ClockKind:
        old = kept.get(clock)
        if _is_settled(clock, old, history):
            new = old
        else:
            new = _counted(clock, old, history, measures, measures.policies.policy(clock, properties, day), as_of)
        if new is not None:
            found[clock] = new
    return found


def of_ticket(kept: Clocks, status: str) -> dict[str, Any]:
    """The columns of a ticket that say where it stands by its clocks."""
    standings = standings_of((clock, each.state, each.standing) for clock, each in kept.items())
    due_at, standing = _leading(kept, status)
    return {"due_at": due_at, "standing": standing, "clock_standings": standings}


def pending(clock: ClockKind, one: Kept | Standing) -> Iterator[Passing]:
    """What of a clock has not passed yet and will, if nothing more happens; without that which a later one hides."""
    if one.stopped:
        return
    if one.state is ClockState.RUNNING:
        if one.due_soon_at is not None and one.standing is not DeadlineStanding.OVERDUE:
            yield clock, DeadlineStanding.DUE_SOON.value, one.due_soon_at
        if one.due_at is not None:
            yield clock, DeadlineStanding.OVERDUE.value, one.due_at


def still_open(passings: Iterable[Passing], history: History) -> list[Passing]:
    """Those of some passings that the log does not have, and that did not lie before clocks were kept.

    Of what lay before, the reporter's deadlines alone are written down: such a ticket is closed all the same.
    """
    return [
        each for each in passings if each not in history.passed and (_closes(each) or not history.is_silent(each[2]))
    ]


def _closes(passing: Passing) -> bool:
    return passing[0] in OF_THE_REPORTER and passing[1] == DeadlineStanding.OVERDUE


def hold_ends(history: History, zone: ZoneInfo) -> Iterator[Passing]:
    """The end of the date of the hold that a ticket is in."""
    last = history.steps[-1] if history.steps else None
    if last is not None and last.status is TicketStatus.ON_HOLD and last.hold_until is not None:
        ends = midnight_after(last.hold_until, zone)
        if ends > last.at:
            yield None, HOLD, ends


def passings(kept: Clocks, history: History, zone: ZoneInfo, until: datetime) -> list[Passing]:
    """What has passed by a moment and is not in the log, in order."""
    every = [each for clock, one in kept.items() for each in pending(clock, one)]
    if any(not one.stopped for one in kept.values()):
        every += hold_ends(history, zone)
    order = [HOLD, *PASSING_STANDINGS]
    found = [each for each in still_open(every, history) if each[2] <= until]
    return sorted(found, key=lambda each: (each[2], order.index(each[1]), str(each[0])))


def next_moment(
    clock: ClockKind,
    one: Standing,
    policy: Policy,
    history: History,
    measures: Measures,
    as_of: datetime,
    lives: Sequence[Life],
) -> datetime | None:
    """When something of a clock passes next that is not in the log yet; of the ladder, what lies after this moment."""
    if one.stopped:
        return None
    every = still_open([*pending(clock, one), *hold_ends(history, measures.zone)], history)
    rules = () if one.standing is DeadlineStanding.UNBOUND else measures.ladder.of_clock(clock)
    rung = next_rung(rules, clock, policy, history, measures.book, measures.zone, one.due_at, as_of, lives)
    return min((*(at for _, _, at in every), *([] if rung is None else [rung])), default=None)


def _is_settled(clock: ClockKind, old: Kept | None, history: History) -> bool:
    """Whether a clock can not have changed: it has stopped, and its status says neither that it runs nor rests."""
    rule, status = CLOCKS[clock], history.status
    if old is None:
        return rule.start is not Start.RECEIPT and status not in rule.runs
    if not old.stopped:
        return False
    return (rule.final and bool(old.verdicts)) or status not in rule.may_rest


def _counted(
    clock: ClockKind, old: Kept | None, history: History, measures: Measures, policy: Policy | None, as_of: datetime
) -> Kept | None:
    if policy is None:
        return None if old is None else _unbound(old, history, measures)
    if clock is ClockKind.NATIONAL and history.national_since is None:
        return None
    extension = history.extension(clock, policy.unit)
    given = () if old is None else old.verdicts
    lives = history.lives(clock, policy, measures.zone)
    found = _stood(clock, policy, lives, measures, as_of, extension, given)
    if found is None:
        return old
    standing, verdicts = found
    if old is not None and old.stopped and standing.state is ClockState.STOPPED and not verdicts:
        return old
    told = (*given, *(Given(each, measures.version) for each in verdicts))
    return Kept(
        standing.state,
        standing.standing,
        standing.started_at,
        standing.due_at,
        standing.due_soon_at,
        standing.used,
        extension,
        policy.code,
        measures.version,
        told,
        next_moment(clock, standing, policy, history, measures, as_of, lives),
    )


def _stood(
    clock: ClockKind,
    policy: Policy,
    lives: Sequence[Life],
    measures: Measures,
    as_of: datetime,
    extension: int,
    given: tuple[Given, ...],
) -> tuple[Standing, tuple[Verdict, ...]] | None:
    book, zone, moments = measures.book, measures.zone, [each.verdict.at for each in given]
    try:
        return stand_of_lives(clock, policy, lives, book, zone, as_of, extension, moments)
    except NoWorkingDay:  # a calendar by which nobody works bounds nothing
        return stand_of_lives(clock, replace(policy, amount=0), lives, book, zone, as_of)


def _unbound(old: Kept, history: History, measures: Measures) -> Kept:
    """A clock that a rule bounded, which does so no more."""
    state = ClockState.STOPPED if history.status in CLOSED_STATUSES else old.state
    bare = replace(old, state=state, standing=DeadlineStanding.UNBOUND, due_at=None, due_soon_at=None, next_at=None)
    return replace(bare, rules_version=measures.version)


def properties_of(state: Mapping[str, Any], measures: Measures) -> Properties:
    classification, channel, lead = state.get("classification"), state.get("channel"), state.get("lead")
    chosen = HandlingClass(state.get("handling_class") or HandlingClass.ORDINARY)
    return Properties(
        None if classification is None else Classification(classification),
        HandlingClass.SUPERVISORY if state.get("supervisory") else chosen,
        None if channel is None else Channel(channel),
        None if lead is None else measures.agencies.get(lead),
        measures.categories(state.get("category")),
    )


def _leading(kept: Clocks, status: str) -> tuple[datetime | None, DeadlineStanding | None]:
    """dueAt and standing: of the clock that passed first, else of the one that passes next."""
    if status in CLOSED_STATUSES:
        return None, None
    going = [kept[clock] for clock in OF_THE_CITY if clock in kept and not kept[clock].stopped]
    bound = [each for each in going if each.standing is not DeadlineStanding.UNBOUND]
    dated = [(each.due_at, each.standing) for each in bound if each.due_at is not None]
    if dated:
        return min(dated, key=lambda each: each[0])
    return None, DeadlineStanding.RESTING if bound else DeadlineStanding.UNBOUND
