"""Runs jobs at their periods; of several workers, one does a job while the others go on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import asyncpg
import structlog

from models.database import connection
from realtime.cancellation import is_end
from realtime.guards import Guards
from realtime.homes import LogElsewhereError
from services.core.desk import Desk
from workers.jobs import Job

# Read by the metrics of every server. Jobs that run every second need not write as often.
WENT_WELL = """
INSERT INTO job_success (name, at) VALUES ($1, clock_timestamp())
ON CONFLICT (name) DO UPDATE SET at = excluded.at WHERE job_success.at < excluded.at - interval '10 seconds'
"""
log = structlog.get_logger("surga.worker")


def keep_running(guards: Guards, desk: Desk, jobs: Sequence[Job]) -> None:
    """Run every job now and then at its period, each in a lasting task of its own, until the guards stop."""
    turns = asyncio.Semaphore(jobs_at_once())
    for job in jobs:
        guards.keep(f"job {job.name}", partial(run_at_period, desk, job, turns))


def jobs_at_once() -> int:
    """How many jobs may hold their locks: each has one connection of the pool for that, and needs others to work."""
    client: Any = connection()
    size: int = client.pool_maxsize
    return max(1, size // 4)


async def run_at_period(desk: Desk, job: Job, turns: asyncio.Semaphore) -> None:
    """Run one job again and again, each time when its turn comes."""
    while True:
        async with turns:
            await run_guarded(desk, job)
        await asyncio.sleep(job.every.total_seconds())


async def run_all(desk: Desk, jobs: Sequence[Job]) -> None:
    """Run every job once, one after the other."""
    for job in jobs:
        await run_guarded(desk, job)


async def run_guarded(desk: Desk, job: Job) -> int | None:
    """Run a job once; a failure is logged and the next period tries again. None where it failed or another has it."""
    started = time.monotonic()
    try:
        done = await run_alone(desk, job)
    except LogElsewhereError:  # its own job sees to that, and says so
        return None
    except BaseException as wrong:
        if is_end(wrong):
            raise
        log.error("job failed", job=job.name, error=type(wrong).__name__, exc_info=True)
        return None
    if done is not None and not job.quiet:
        log.info("job done", job=job.name, count=done, seconds=round(time.monotonic() - started, 3))
    return done


async def run_alone(desk: Desk, job: Job) -> int | None:
    """Run a job while no other worker does; None where another has it. The lock ends with the connection.

    Raises LogElsewhereError where the log is not at home, and the job has to be.
    """
    async with connection().acquire_connection() as held:
        where = "" if job.anywhere else " FROM log_here"
        if not await held.fetchval(f"SELECT pg_try_advisory_lock($1){where}", job.lock):
            return None
        try:
            done = await job.run(desk)
            with suppress(asyncpg.PostgresError):  # such as a standby's, which takes no writes
                await held.execute(WENT_WELL, job.name)
            return done
        finally:
            await held.execute("SELECT pg_advisory_unlock($1)", job.lock)
