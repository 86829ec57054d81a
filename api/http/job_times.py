"""When each background job last went well, as the database knows it: a worker that is dead is seen by every server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from models.database import connection
from workers.jobs import PASSING

EVERY_SECONDS = 10.0  # our choice: no job writes its time more often
TIMES = "SELECT name, extract(epoch FROM at)::float8 AS at FROM job_success"


class JobTimes:
    """Reads the times now and then, so that a scrape waits for no database. at: by name, in seconds since 1970.

    on_clocks is told when passing deadlines were last noted.
    """

    def __init__(self, on_clocks: Callable[[datetime | None], None]) -> None:
        self.at: dict[str, float] = {}
        self._on_clocks = on_clocks

    async def keep_reading(self) -> None:
        """Read for ever; while that fails the times of before stand, and grow old."""
        while True:
            await self.read()
            await asyncio.sleep(EVERY_SECONDS)

    async def read(self) -> None:
        """Read once."""
        try:
            rows = await connection().execute_query_dict(TIMES)
        except Exception:  # whatever it is: the look at the log tells what is wrong with the database
            return
        self.at = {row["name"]: row["at"] for row in rows}
        clocks = self.at.get(PASSING)
        self._on_clocks(None if clocks is None else datetime.fromtimestamp(clocks, UTC))


class JobSuccesses(Collector):
    """The moment at which `surga worker` last did each job well; those of all workers together."""

    def __init__(self, times: JobTimes) -> None:
        self._times = times

    def collect(self) -> Iterator[Metric]:
        found = GaugeMetricFamily(
            "surga_job_last_success_timestamp_seconds", "When a background job last went well.", labels=["job"]
        )
        for name, at in sorted(self._times.at.items()):
            found.add_metric([name], at)
        yield found
