"""surga deadlines"""

from __future__ import annotations

from collections.abc import Callable

import typer

from api.cli.output import add_task, echo, open_progress
from api.cli.running import run_async
from api.server.opening import open_desk
from api.settings import load_settings
from services.clocks.verifying import ClockVerification, verify_clocks


def verbs() -> typer.Typer:
    """What can be done with the clocks of tickets."""
    group = typer.Typer(help="Check the deadlines that are kept of tickets.", no_args_is_help=True)
    group.callback()(one_group)
    group.command("verify")(verify)
    return group


def one_group() -> None:
    """Keeps the verb's name needed, as there will be others."""


def verify() -> None:
    """Count every clock of every ticket again from the log, and name what differs from what is kept; changes nothing.

    Ends with 1 where something differs. Of tickets whose clocks a worker has yet to start, or to count by new rules,
    it says how many there are.
    """
    with open_progress() as progress:
        bar = add_task(progress, "tickets", total=None)
        found = run_async(verified(lambda done: progress.update(bar, completed=done)))
    for difference in found.differences:
        echo(str(difference))
    waiting = f" {found.waiting} wait for a worker." if found.waiting else ""
    echo(f"{found.tickets} tickets were counted again; {len(found.differences)} differences.{waiting}")
    if found.differences:
        raise typer.Exit(1)


async def verified(progress: Callable[[int], None]) -> ClockVerification:
    """Verify all tickets; progress is called with their number so far."""
    total = ClockVerification()
    async with open_desk(load_settings(), any_key=True) as desk:
        async for part in verify_clocks(desk):
            total.tickets += part.tickets
            total.waiting += part.waiting
            total.differences += part.differences
            progress(total.tickets)
    return total
