"""The clocks of a ticket as they are kept: what each event makes of them (docs/adr/0033). Pure.

Whoever writes an event of a ticket, or recounts one, comes here: so the rows follow from the log alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from models.enums import (
    CLOSED_STATUSES,
    Channel,
    Classification,
    ClockKind,
    ClockState,
    DeadlineStanding,
    HandlingClass,
)
from services.deadlines.calendars import NoWorkingDay
from services.deadlines.clocks import CLOCKS, Start
from services.deadlines.counting import stand_of_lives
from services.deadlines.lives import ClockLife
from services.deadlines.policies import Policy, Properties
from services.deadlines.readings import ClockStanding, Verdict
from services.deadlines.standings import standings_of
from services.deadlines.stored.histories import TELLING, History, HistoryEntry, starts_anew
from services.deadlines.stored.kept import Clocks, GivenVerdict, KeptClock, Measures
from services.deadlines.stored.passings import next_moment

# Those whose time it is to work on the ticket: what Ticket.dueAt is about.
OF_THE_CITY = (ClockKind.VERIFICATION, ClockKind.FIRST_RESPONSE, ClockKind.RESOLUTION)
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


def concerns(entry: HistoryEntry, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> bool:
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
    found: dict[ClockKind, KeptClock] = {}
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


def _is_settled(clock: ClockKind, old: KeptClock | None, history: History) -> bool:
    """Whether a clock can not have changed: it has stopped, and its status says neither that it runs nor rests."""
    rule, status = CLOCKS[clock], history.status
    if old is None:
        return rule.start is not Start.RECEIPT and status not in rule.runs
    if not old.stopped:
        return False
    return (rule.final and bool(old.verdicts)) or status not in rule.may_rest


def _counted(
    clock: ClockKind,
    old: KeptClock | None,
    history: History,
    measures: Measures,
    policy: Policy | None,
    as_of: datetime,
) -> KeptClock | None:
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
    told = (*given, *(GivenVerdict(each, measures.version) for each in verdicts))
    return KeptClock(
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
    lives: Sequence[ClockLife],
    measures: Measures,
    as_of: datetime,
    extension: int,
    given: tuple[GivenVerdict, ...],
) -> tuple[ClockStanding, tuple[Verdict, ...]] | None:
    book, zone, moments = measures.book, measures.zone, [each.verdict.at for each in given]
    try:
        return stand_of_lives(clock, policy, lives, book, zone, as_of, extension, moments)
    except NoWorkingDay:  # a calendar by which nobody works bounds nothing
        return stand_of_lives(clock, replace(policy, amount=0), lives, book, zone, as_of)


def _unbound(old: KeptClock, history: History, measures: Measures) -> KeptClock:
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
