"""surga worker"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from typing import Annotated

import typer

from api.cli.desks import NewerOption, require_fitting
from api.cli.running import run_async
from api.http.logs import configure
from api.server.opening import open_desk
from api.server.start_checks import serving_settings
from api.settings import Environment, Settings
from models.enums import Purpose
from realtime.guards import GuardLimits, Guards
from services.core.desk import Desk
from workers.jobs import JOBS, Job
from workers.loop import keep_running, run_all

OnceOption = Annotated[bool, typer.Option("--once", help="Run every job once, then stop.")]


def run(once: OnceOption = False, newer: NewerOption = False) -> None:
    """Run the background jobs until SIGTERM or Ctrl-C. Several may run: each job is done by one of them at a time."""
    configure()
    run_async(work(serving_settings(pages=False), once=once, newer=newer))


async def work(settings: Settings, *, once: bool, newer: bool = False) -> None:
    """Run the jobs on the desk that the settings lead to."""
    only = (Purpose.PRODUCTION,) if settings.environment is Environment.PRODUCTION else tuple(Purpose)
    await require_fitting(settings, *only, newer=newer)
    async with open_desk(settings) as desk:
        if once:
            await run_all(desk, JOBS)
        else:
            await work_until_stopped(desk, JOBS)


async def work_until_stopped(desk: Desk, jobs: Sequence[Job], limits: GuardLimits | None = None) -> None:
    """Run the jobs until this process is asked to stop. Raises typer.Exit where one can not be kept running."""
    loop, stop, hopeless = asyncio.get_running_loop(), asyncio.Event(), list[str]()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)

    def give_up(name: str) -> None:
        hopeless.append(name)
        stop.set()

    await run_all(desk, [job for job in jobs if job.anywhere])  # first: the others need a log that is known to be whole
    guards = Guards(limits=limits, hopeless=give_up)
    keep_running(guards, desk, jobs)
    try:
        await stop.wait()
    finally:
        await guards.stop()
    if hopeless:
        raise typer.Exit(1)
