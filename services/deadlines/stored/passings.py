"""What of a clock passes, and when: a deadline soon due or over, the end of a hold, a rung of the ladder.

Source: docs/adr/0033.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from models.enums import ClockKind, ClockState, DeadlineStanding, TicketStatus
from services.deadlines.lives import ClockLife, midnight_after
from services.deadlines.policies import Policy
from services.deadlines.readings import ClockStanding
from services.deadlines.stored.climbing import next_rung
from services.deadlines.stored.histories import HOLD, History, Passing
from services.deadlines.stored.kept import Clocks, KeptClock, Measures

OF_THE_REPORTER = (ClockKind.REPORTER_REPLY, ClockKind.COMPLETION)
PASSING_STANDINGS = (DeadlineStanding.DUE_SOON, DeadlineStanding.OVERDUE)


def pending(clock: ClockKind, one: KeptClock | ClockStanding) -> Iterator[Passing]:
    """The passings of a clock that are still to come if nothing more happens; DUE_SOON only while it is not overdue."""
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
    one: ClockStanding,
    policy: Policy,
    history: History,
    measures: Measures,
    as_of: datetime,
    lives: Sequence[ClockLife],
) -> datetime | None:
    """When something of a clock passes next that is not in the log yet; of the ladder, what lies after this moment."""
    if one.stopped:
        return None
    every = still_open([*pending(clock, one), *hold_ends(history, measures.zone)], history)
    rules = () if one.standing is DeadlineStanding.UNBOUND else measures.ladder.of_clock(clock)
    rung = next_rung(rules, clock, policy, history, measures.book, measures.zone, one.due_at, as_of, lives)
    return min((*(at for _, _, at in every), *([] if rung is None else [rung])), default=None)
