"""surga worker"""

from __future__ import annotations

import asyncio
import signal
from typing import Annotated

import typer

from api.cli.running import run_async
from api.logs import configure
from api.places import open_desk
from api.settings import Environment, Settings
from api.start_checks import serving_settings
from models.enums import Purpose
from services.installation import require
from workers.jobs import JOBS
from workers.loop import run_all, run_for_ever

OnceOption = Annotated[bool, typer.Option("--once", help="Run every job once, then stop.")]


def run(once: OnceOption = False) -> None:
    """Run the background jobs until SIGTERM or Ctrl-C. Several may run: each job is done by one of them at a time."""
    configure()
    run_async(work(serving_settings(pages=False), once=once))


async def work(settings: Settings, *, once: bool) -> None:
    """Run the jobs on the desk that the settings lead to."""
    async with open_desk(settings) as desk:
        if settings.environment is Environment.PRODUCTION:
            await require(Purpose.PRODUCTION)
        if once:
            await run_all(desk, JOBS)
        else:
            await until_told(asyncio.create_task(run_for_ever(desk, JOBS)))


async def until_told(task: asyncio.Task[None]) -> None:
    """Let a task run until this process is asked to stop."""
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        return
