"""Random lives of reports, 2022 to 2027: the calculator says what a counter of minutes says.

A few lives in `make test`; FUZZ_EXAMPLES draws others, and many more.
"""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

import pytest

from models.enums import ClockKind, ClockState, DeadlineUnit, TicketStatus
from services.deadlines.counting import read_clock
from services.deadlines.lives import StatusStep
from services.deadlines.readings import Reading
from tests.fuzz.calls import EXAMPLES
from tests.fuzz.minutes import Steps, tell
from tests.services.deadlines.lives import BOOK, WIB, policy

LIVES = 60  # of `make test`: two seconds
SEEDS = range(LIVES) if not EXAMPLES else random.SystemRandom().sample(range(10**9), LIVES * EXAMPLES // 10)
FIRST, LAST = date(2022, 1, 1), date(2027, 9, 30)
AMOUNTS = {"WORKING_DAYS": (1, 3, 5, 14, 30), "DAYS": (1, 10, 30), "WORKING_HOURS": (1, 3, 24), "HOURS": (1, 24, 100)}
AGENCIES = (None, "DISHUB", "DPUPR", "BPBD", "RSUD-KILISUCI")
OFTEN = (TicketStatus.ON_HOLD, TicketStatus.IN_PROGRESS, TicketStatus.DISPATCHED, TicketStatus.VERIFIED)
STATUSES = (*TicketStatus, *OFTEN, *OFTEN)
GAPS = (0, 1, 59, 60, 450, 1_439, 1_440, 2_880, 7_200)  # minutes


def life(draw: random.Random) -> Steps:
    """A report with up to seven steps, often near midnight and the edges of office hours."""
    day = FIRST + timedelta(days=draw.randrange((LAST - FIRST).days))
    edge = draw.choice((0, 30, 449, 450, 719, 720, 780, 960, 1_439, draw.randrange(1_440)))
    at = datetime.combine(day, datetime.min.time()) + timedelta(minutes=edge)
    steps: Steps = [(at, "RECEIVED", None, None)]
    agency = None
    for _ in range(draw.randrange(7)):
        at += timedelta(minutes=draw.choice((*GAPS, draw.randrange(6_000))))
        if draw.random() < 0.5:
            at = at.replace(hour=0, minute=0)
        at = max(at, steps[-1][0])
        agency = draw.choice(AGENCIES) or agency
        status = draw.choice(STATUSES)
        held = at.date() + timedelta(days=draw.randrange(-1, 20)) if draw.random() < 0.7 else None
        steps.append((at, str(status), agency, held if status is TicketStatus.ON_HOLD else None))
    return steps


def asked(clock: ClockKind, unit: DeadlineUnit, amount: int, steps: Steps) -> Reading | None:
    """What the calculator says of the same life."""
    made = [
        StatusStep(at.replace(tzinfo=WIB), TicketStatus(status), agency, held) for at, status, agency, held in steps
    ]
    return read_clock(clock, policy(amount, unit, clock), made, BOOK, WIB, made[-1].at)


@pytest.mark.parametrize("seed", SEEDS)
def test_counts_as_a_counter_of_minutes(seed: int) -> None:
    draw = random.Random(seed)
    clock, unit = draw.choice(list(ClockKind)), draw.choice(list(DeadlineUnit))
    amount, steps = draw.choice(AMOUNTS[unit]), life(draw)
    in_hours = unit in (DeadlineUnit.HOURS, DeadlineUnit.WORKING_HOURS)

    told = tell(str(clock), str(unit), amount * 60 if in_hours else amount, steps)
    found = asked(clock, unit, amount, steps)

    assert (found is None) == (told is None)
    if found is None or told is None:
        return
    scale = 60 if in_hours else 1
    assert (found.started_at.replace(tzinfo=None), str(found.state)) == (told.started, told.state)
    assert found.used == told.used * scale
    assert found.used + found.left == amount * (3_600 if in_hours else 1)
    if found.state is not ClockState.STOPPED or told.due is not None:
        assert (found.due_at and found.due_at.replace(tzinfo=None)) == told.due
    adds_up(found)


def adds_up(found: Reading) -> None:
    """The segments follow each other, and what counts in them is what was used at their end."""
    total = sum(each.days + each.seconds for each in found.segments if each.running)
    ends = [each.end for each in found.segments]
    assert [each.start for each in found.segments[1:]] == ends[:-1]
    assert not any(each.days or each.seconds for each in found.segments if not each.running)
    if found.due_at is not None and ends and ends[-1] == found.due_at:
        assert total == found.used + found.left
    else:
        assert total == found.used
