"""surga log"""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from api.cli.desks import writing_desk
from api.cli.output import add_row, echo, print_table
from api.cli.running import run_async
from api.server.opening import open_desk
from api.settings import load_settings
from models import LogEpoch
from services import epochs
from services.epochs import Adoption, LogState

ElsewhereOption = Annotated[
    bool,
    typer.Option("--anyway", help="Begin a new epoch although the log is at home: what was put back left no trace."),
]


def verbs() -> typer.Typer:
    """What can be done with the event log."""
    group = typer.Typer(help="See where the event log lives, and adopt it after a restore.", no_args_is_help=True)
    group.command("show")(show)
    group.command("adopt")(adopt)
    return group


def show() -> None:
    """Print where the log stands, and every beginning that it had. Ends with 1 where it has to be adopted."""
    found, beginnings = run_async(standing())
    table = Table()
    for name in ("began at (UTC)", "kind", "epoch", "at seq"):
        table.add_column(name, no_wrap=True)
    for each in beginnings:
        add_row(table, f"{each.began_at:%Y-%m-%d %H:%M:%S}", each.kind, each.epoch, str(each.seq))
    print_table(table)
    echo(sentence(found))
    if found.kind is not None:
        raise typer.Exit(1)


def adopt(anyway: ElsewhereOption = False) -> None:
    """Begin a new epoch of the log where the database was restored, copied or failed over; else do nothing.

    Numbers and ids leap over all that can have been given in what was lost, and every client loads anew. `surga worker`
    does the same by itself within two seconds. `surga log show` looks without changing anything.
    """
    done = run_async(adopted(anyway=anyway))
    echo("The log is at home: nothing was changed." if done is None else summary(done))


async def standing() -> tuple[LogState, list[LogEpoch]]:
    async with open_desk(load_settings(), any_key=True) as desk:
        return await epochs.log_state(desk), await epochs.beginnings()


async def adopted(*, anyway: bool) -> Adoption | None:
    async with writing_desk() as desk:
        return await epochs.adopt(desk, ordered=anyway)


def sentence(found: LogState) -> str:
    """Whether the log is at home, for people."""
    if found.standby:
        return "This server is a standby: nothing is served from it."
    if found.kind is None:
        return f"The log is at home, at seq {found.seq}."
    return f"{found.kind}: the log of {found.home} is on {found.here}, and not adopted yet. It ends at seq {found.seq}."


def summary(done: Adoption) -> str:
    """What was done, for people."""
    return f"{done.kind}: epoch {done.epoch} begins after seq {done.seq} of {done.former}. Every client loads anew."
