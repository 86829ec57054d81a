"""Past days and great numbers of tickets, made in memory and written in one transaction per portion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from random import Random

from models.database import connection as connection_pool
from models.enums import Purpose
from services.core.desk import Desk
from services.core.installation import require
from services.core.transactions import transaction
from services.master_data.people import people_of
from services.simulation.cast import Cast, read_cast
from services.simulation.day.evaluations import evaluate_past
from services.simulation.day.rhythm import Load
from services.simulation.lives import Life, Supply
from services.simulation.mass import copies
from services.simulation.scenario import Scenario, scenario_of
from services.simulation.stories import Storyteller
from services.simulation.waiting.passing import PastClocks
from services.simulation.writing import supply, without_time_limits, write
from services.tickets.clocks.measures import measures_of

PORTION = 2_000
DAYS_OF_BULK = 90
POOL = 600
Progress = Callable[[int, int], None]


async def backfill(
    desk: Desk,
    scenario: Scenario | None = None,
    *,
    days: int = 30,
    seed: int = 1,
    load: Load = Load.QUIET,
    progress: Progress | None = None,
) -> int:
    """Make the past days of a desk, up to now, and give the number of tickets; the same seed makes the same days."""
    stage = await _stage(desk, scenario, seed)
    moments = stage.scenario.rhythm.moments(stage.rng, desk.now(), days, load, desk.rules.zone)
    made = await stage.store(moments, stage.lives, progress)
    await evaluate_past(desk, stage.cast)
    return made


async def bulk(
    desk: Desk,
    tickets: int,
    scenario: Scenario | None = None,
    *,
    seed: int = 1,
    progress: Progress | None = None,
) -> int:
    """Import so many tickets of the last 90 days in believable states, as fast as the database takes them.

    Their clocks are left to the job that starts clocks, so what had passed before is told to nobody.
    """
    stage = await _stage(desk, scenario, seed)
    pool = [life for life in stage.lives(_made_up(), stage.moments(POOL)) if not life.merged]
    moments = stage.moments(tickets)
    return await stage.store(
        moments,
        lambda given, portion: list(copies(stage.rng, pool, given, portion, desk.now())),
        progress,
        history=False,
    )


@dataclass(frozen=True, slots=True)
class PastStage:
    """What the simulation of past days needs: the desk, its staff and the random generator."""

    desk: Desk
    scenario: Scenario
    cast: Cast
    rng: Random
    past_clocks: PastClocks

    def moments(self, tickets: int) -> list[datetime]:
        """When so many tickets came in, in order, on the days of a bulk."""
        zone = self.desk.rules.zone
        return self.scenario.rhythm.spread(self.rng, self.desk.now(), DAYS_OF_BULK, tickets, zone)

    def lives(self, given: Supply, moments: Sequence[datetime]) -> list[Life]:
        """The whole histories of tickets that came in at these moments."""
        zone = self.desk.rules.zone
        teller = Storyteller(self.scenario, self.cast, self.desk.keys, zone, self.desk.now())
        return teller.lives(self.rng, given, moments)

    async def store(
        self,
        moments: Sequence[datetime],
        make: Callable[[Supply, Sequence[datetime]], list[Life]],
        progress: Progress | None,
        *,
        history: bool = True,
    ) -> int:
        """Make and write the tickets of these moments, portion by portion, and give their number."""
        for start in range(0, len(moments), PORTION):
            portion = moments[start : start + PORTION]
            async with transaction() as connection:
                await without_time_limits(connection)
                given = await supply(connection, self.desk, self.cast, portion, history=history)
                lives = make(given, portion)
                if history:
                    self.past_clocks.count(lives)
                seq = await write(connection, self.desk.keys, lives, self.desk.now())
            await self.desk.committed(seq)
            if progress is not None:
                progress(start + len(portion), len(moments))
        await connection_pool().execute_script("ANALYZE ticket, event, ticket_text, answer, reporter, ticket_clock")
        return len(moments)


async def _stage(desk: Desk, scenario: Scenario | None, seed: int) -> PastStage:
    await require(Purpose.DEMO, Purpose.TEST)
    found = scenario or await scenario_of(desk)
    cast = await read_cast(desk)
    people = await people_of(connection_pool(), desk.today())
    past_clocks = PastClocks(measures_of(cast.reference, desk.rules.zone), people, desk.now())
    return PastStage(desk, found, cast, Random(seed), past_clocks)  # noqa: S311 - a play, not a secret


def _made_up() -> Supply:
    """Ids and numbers of lives that are never written."""
    return Supply(count(1), map(str, count(1)), count(1), count(1))
