"""Background jobs: each is done by one worker at a time, and a failure harms no other."""

import asyncio
import signal
from dataclasses import replace
from datetime import timedelta

import pytest
import typer

from api.cli.worker import work_until_stopped
from models.database import connection
from realtime.guards import GuardLimits, Guards
from workers.jobs import JOBS, Job
from workers.loop import keep_running, run_all, run_alone, run_guarded


def job(run, lock=7_357_299):
    return Job("a job", lock, timedelta(minutes=1), run)


async def test_a_job_runs_on_one_worker_at_a_time(desk):
    started, finish = asyncio.Event(), asyncio.Event()

    async def slow(desk):
        started.set()
        await finish.wait()
        return 1

    first = asyncio.create_task(run_alone(desk, job(slow)))
    await started.wait()

    assert await run_alone(desk, job(slow)) is None

    finish.set()
    assert await first == 1
    assert await run_alone(desk, job(slow)) == 1


async def test_a_failing_job_is_logged_and_lets_the_next_one_run(desk):
    done = []

    async def fails(desk):
        raise ValueError

    async def works(desk):
        done.append(1)
        return 1

    await run_all(desk, [job(fails), job(works)])

    assert done == [1]


async def test_a_failed_job_gives_its_lock_back(desk):
    async def fails(desk):
        raise ValueError

    async def works(desk):
        return 3

    assert await run_guarded(desk, job(fails)) is None
    assert await run_guarded(desk, job(works)) == 3


def test_every_job_has_a_name_and_a_lock_of_its_own():
    assert len({each.name for each in JOBS}) == len({each.lock for each in JOBS}) == len(JOBS)


async def test_a_job_that_is_cancelled_from_inside_waits_for_its_next_period(desk):
    async def strays(desk):
        raise asyncio.CancelledError

    assert await run_guarded(desk, job(strays)) is None


async def test_a_worker_whose_job_can_not_be_kept_running_ends_with_a_code(desk, caplog):
    runs = []

    async def ends_the_process(desk):
        runs.append(1)
        raise SystemExit

    limits = GuardLimits(first_pause=0.001, longest_pause=0.001, most=2)

    with pytest.raises(typer.Exit) as end:
        await work_until_stopped(desk, [job(ends_the_process)], limits)

    assert (end.value.exit_code, len(runs)) == (1, 3)
    assert [record.getMessage() for record in caplog.records if record.levelname == "CRITICAL"] == [
        "The lasting task job a job can not be kept running: SystemExit."
    ]


async def test_a_worker_ends_well_when_it_is_told_to(desk):
    started = asyncio.Event()

    async def works(desk):
        started.set()
        return 1

    working = asyncio.create_task(work_until_stopped(desk, [job(works)]))
    await started.wait()
    signal.raise_signal(signal.SIGTERM)

    await asyncio.wait_for(working, 60)


async def test_more_jobs_than_connections_that_begin_at_once_are_all_done(desk):
    """Each holds a connection for its lock, and needs another one for its work."""
    done, all_done = [], asyncio.Event()

    async def works(desk):
        done.append((await connection().execute_query_dict("SELECT 1 AS one"))[0]["one"])
        if len(done) == 24:
            all_done.set()
        return 1

    guards = Guards()
    keep_running(guards, desk, [replace(job(works, 7_357_300 + place), name=f"job {place}") for place in range(24)])
    try:
        await asyncio.wait_for(all_done.wait(), 30)
    finally:
        await guards.stop()

    assert done == [1] * 24
