"""surga simulate"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from typing import Annotated

import typer

from api.cli.desks import writing_desk
from api.cli.output import add_task, echo, open_progress
from api.cli.running import run_async
from models.enums import Purpose
from services.simulation import Act, bulk, play

RateOption = Annotated[float, typer.Option(min=0.01, max=6_000, help="Acts per minute.")]
SeedOption = Annotated[int, typer.Option(help="The same seed on the same desk plays the same day.")]
BulkOption = Annotated[int | None, typer.Option(min=1, max=5_000_000, help="Make so many tickets fast, then stop.")]
ActsOption = Annotated[int | None, typer.Option(min=1, help="Stop after so many acts.")]


def run(rate: RateOption = 20.0, seed: SeedOption = 1, bulk: BulkOption = None, acts: ActsOption = None) -> None:
    """Play a believable day of the desk, or fill a database. Refuses every database but a demo's or a test's."""
    if bulk is not None:
        echo(f"{run_async(filled(bulk, seed))} tickets made.")
    else:
        echo(f"Acts played: {run_async(simulated(rate, seed, acts))}.")


async def filled(tickets: int, seed: int) -> int:
    """Fill the desk with tickets of the last months, with a bar."""
    async with writing_desk(Purpose.DEMO, Purpose.TEST) as desk:
        with open_progress() as progress:
            bar = add_task(progress, "Making tickets", total=tickets)
            return await bulk(
                desk, tickets, seed=seed, progress=lambda done, total: progress.update(bar, completed=done, total=total)
            )


async def simulated(rate: float, seed: int, acts: int | None) -> int:
    """Play until Ctrl-C, or so many acts, naming each."""
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with writing_desk(Purpose.DEMO, Purpose.TEST) as desk:
        return await play(desk, rate=rate, seed=seed, acts=acts, stop=stop, on_act=teller())


def teller() -> Callable[[Act], None]:
    """What prints each act in a line."""
    return lambda act: echo(f"{act.number}  {act.verb}")
