"""When each background job last went well, as the database knows it: a worker that is dead is seen by every server."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from orjson import loads
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from models.database import connection
from services.core.links import CLOCKS_LATE
from workers.jobs import NOTIFYING, PASSING

EVERY_SECONDS = 10.0  # our choice: no job writes its time more often
TIMES = """
SELECT (SELECT json_object_agg(name, extract(epoch FROM at)::float8) FROM job_success)::text AS times,
  (SELECT extract(epoch FROM clock_timestamp() - min(next_at))::float8 FROM ticket_clock
   WHERE next_at <= clock_timestamp()) AS clocks_late,
  (SELECT h.seq - p.seq FROM log_here h, notification_position p WHERE p.id = 1) AS notifications_behind
"""
# What people miss while one of these jobs is late: passings and what follows them, and what officers are told.
NAMED = {"CLOCKS": PASSING, "NOTIFICATIONS": NOTIFYING}


class JobTimes:
    """Reads the times now and then, so that a scrape waits for no database. at: by name, in seconds since 1970.

    clocks_late: for how many seconds the oldest passing of a deadline has waited to be noted, which a busy ticket may
    let wait longer than others. notifications_behind: events that were not read for notifications. Both are NaN until
    they were read. on_clocks is told when passing deadlines were last noted.
    """

    def __init__(self, on_clocks: Callable[[datetime | None], None]) -> None:
        self.at: dict[str, float] = {}
        self.clocks_late = self.notifications_behind = math.nan
        self._begun_at: datetime | None = None
        self._on_clocks = on_clocks

    def late(self, now: datetime) -> list[str]:
        """What is not noted in time: its job was not done for a minute, or since this process began to look."""
        self._begun_at = self._begun_at or now
        since = {name: self.at.get(job, self._begun_at.timestamp()) for name, job in NAMED.items()}
        return [name for name, at in since.items() if now.timestamp() > at + CLOCKS_LATE.total_seconds()]

    async def keep_reading(self) -> None:
        """Read for ever; while that fails the times of before stand, and grow old."""
        while True:
            await self.read()
            await asyncio.sleep(EVERY_SECONDS)

    async def read(self) -> None:
        """Read once."""
        try:
            [row] = await connection().execute_query_dict(TIMES)
        except Exception:  # whatever it is: the look at the log tells what is wrong with the database
            return
        self.at = loads(row["times"] or "{}")
        self.clocks_late = row["clocks_late"] or 0.0
        self.notifications_behind = float(row["notifications_behind"] or 0)
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
