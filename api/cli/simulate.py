"""surga simulate"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from typing import Annotated

import typer

from api.cli.desks import writing_desk
from api.cli.output import add_task, echo, echo_lines, open_progress
from api.cli.running import run_async
from api.server.opening import KEDIRI
from api.settings import load_settings
from models.enums import Purpose
from services.simulation.day.rhythm import Load
from services.simulation.page import page
from services.simulation.past import bulk
from services.simulation.present import RATES, Act, play
from services.simulation.scenario import load_scenario

RateOption = Annotated[
    float | None,
    typer.Option(
        min=0.01,
        max=6_000,
        help="Acts per minute, with as many new reports as that gives; without it a day's reports, in fast motion.",
    ),
]
BusyOption = Annotated[
    bool, typer.Option(envvar="BUSY", help="Hari sibuk: about 45 reports a working day, for show, instead of 12 to 15.")
]
HoursOption = Annotated[
    bool,
    typer.Option(
        "--office-hours",
        envvar="OFFICE_HOURS",
        help="Let officers rest when offices are closed, but for what is urgent.",
    ),
]
PrintOption = Annotated[
    int | None,
    typer.Option("--print", min=1, max=1_000, help="Print so many reports and what became of them; needs no database."),
]
SeedOption = Annotated[int, typer.Option(help="The same seed on the same desk plays the same day.")]
BulkOption = Annotated[int | None, typer.Option(min=1, max=5_000_000, help="Make so many tickets fast, then stop.")]
ActsOption = Annotated[int | None, typer.Option(min=1, help="Stop after so many acts.")]


def run(
    rate: RateOption = None,
    seed: SeedOption = 1,
    bulk: BulkOption = None,
    acts: ActsOption = None,
    busy: BusyOption = False,
    office_hours: HoursOption = False,
    printed: PrintOption = None,
) -> None:
    """Play a believable day of the desk, or fill a database. Refuses every database but a demo's or a test's."""
    load = Load.BUSY if busy else Load.QUIET
    if printed is not None:
        echo_lines(page(load_scenario(load_settings().city_dir or KEDIRI), printed, seed, load), nl=False)
    elif bulk is not None:
        echo(f"{run_async(filled(bulk, seed))} tickets made.")
    else:
        echo(f"Acts played: {run_async(simulated(rate, seed, acts, load, office_hours=office_hours))}.")


async def filled(tickets: int, seed: int) -> int:
    """Fill the desk with tickets of the last months, with a bar."""
    async with writing_desk(Purpose.DEMO, Purpose.TEST) as desk:
        with open_progress() as progress:
            bar = add_task(progress, "Making tickets", total=tickets)
            return await bulk(
                desk, tickets, seed=seed, progress=lambda done, total: progress.update(bar, completed=done, total=total)
            )


async def simulated(rate: float | None, seed: int, acts: int | None, load: Load, *, office_hours: bool) -> int:
    """Play until Ctrl-C, or so many acts, naming each; a rate of one's own goes on however many reports came in."""
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with writing_desk(Purpose.DEMO, Purpose.TEST) as desk:
        day, found = (load, RATES[load]) if rate is None else (None, rate)
        return await play(
            desk,
            rate=found,
            seed=seed,
            acts=acts,
            stop=stop,
            on_act=teller(),
            load=day,
            office_hours=office_hours,
        )


def teller() -> Callable[[Act], None]:
    """What prints each act in a line."""
    return lambda act: echo(f"{act.number}  {act.verb}")
