"""Past days and great numbers of tickets, made in memory and written in one transaction per portion."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

from tortoise.transactions import in_transaction

from models.enums import Purpose
from services.desk import Desk
from services.installation import require
from services.simulation.cast import read_cast
from services.simulation.forms import new_form
from services.simulation.lives import Life, Storyteller
from services.simulation.scenario import Scenario, scenario_of
from services.simulation.writing import supply, write

PORTION = 2_000
REPEATABLE = 200
DAYS_OF_BULK = 90
Progress = Callable[[int, int], None]


async def backfill(
    desk: Desk,
    scenario: Scenario | None = None,
    *,
    days: int = 30,
    seed: int = 1,
    progress: Progress | None = None,
) -> int:
    """Make the past days of a desk, up to now, and give the number of tickets; the same seed makes the same days."""
    scenario = scenario or await scenario_of(desk)
    rng = Random(seed)  # noqa: S311 - a play, not a secret
    moments = sorted(_moments(rng, scenario, desk, days, scenario.tickets_per_day * days))
    return await _make(desk, scenario, rng, moments, progress)


async def bulk(
    desk: Desk,
    count: int,
    scenario: Scenario | None = None,
    *,
    seed: int = 1,
    progress: Progress | None = None,
) -> int:
    """Make count tickets of the last 90 days, as fast as the database takes them."""
    scenario = scenario or await scenario_of(desk)
    rng = Random(seed)  # noqa: S311 - a play, not a secret
    moments = sorted(_moments(rng, scenario, desk, DAYS_OF_BULK, count))
    return await _make(desk, scenario, rng, moments, progress)


def _moments(rng: Random, scenario: Scenario, desk: Desk, days: int, count: int) -> Iterator[datetime]:
    """When tickets came in: any of the past days, by the hours in which people write."""
    now = desk.now()
    midnight = now.astimezone(desk.rules.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    for _ in range(count):
        hour = timedelta(
            hours=scenario.hours.draw(rng), seconds=rng.randrange(3_600), milliseconds=rng.randrange(1_000)
        )
        moment = midnight - timedelta(days=rng.randrange(days)) + hour
        yield (moment if moment <= now else moment - timedelta(days=days)).astimezone(now.tzinfo)


async def _make(
    desk: Desk, scenario: Scenario, rng: Random, moments: Sequence[datetime], progress: Progress | None
) -> int:
    await require(Purpose.DEMO, Purpose.TEST)
    cast = await read_cast(desk)
    teller = Storyteller(scenario, cast, desk.keys, desk.rules.zone, desk.now())
    for start in range(0, len(moments), PORTION):
        portion = moments[start : start + PORTION]
        async with in_transaction() as connection:
            given = await supply(connection, desk, cast, portion)
            lives: list[Life] = []
            for at in portion:
                form = new_form(rng, scenario, cast, at, at.astimezone(desk.rules.zone).date())
                lives.append(teller.life(rng, given, form, at, lives[-REPEATABLE:]))
            seq = await write(connection, lives, desk.now())
        await desk.committed(seq)
        if progress is not None:
            progress(start + len(portion), len(moments))
    return len(moments)
