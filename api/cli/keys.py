"""surga keys"""

from __future__ import annotations

import typer

from api.cli.desks import writing_desk
from api.cli.output import add_task, echo, open_progress
from api.cli.running import run_async
from services.reporters.key_rotation import Progress, Rotated, rotate_on_record


def verbs() -> typer.Typer:
    """What can be done with the keys of reporters' data."""
    group = typer.Typer(help="Rotate the keys that reporters' personal data is sealed under.", no_args_is_help=True)
    group.command("rotate")(rotate)
    group.callback()(one_group)
    return group


def one_group() -> None:
    """Rotate the keys that reporters' personal data is sealed under."""


def rotate() -> None:
    """Seal all reporters anew under the first of SURGA_IDENTITY_SECRETS, while servers run."""
    with open_progress() as progress:
        bar = add_task(progress, "reporters", total=None)
        done = run_async(rotated(lambda so_far, total: progress.update(bar, completed=so_far, total=total)))
    echo(f"{done.sealed} reporters are sealed anew; {done.left} are left under another key.")
    for line in left(done):
        echo(line, err=True)
    if not done.complete:
        raise typer.Exit(1)


def left(done: Rotated) -> list[str]:
    """Why a rotation is not complete, and what to do."""
    lines = []
    if done.unreadable:
        lines.append(f"{done.unreadable} can not be read: the secret that they were sealed under is missing.")
    if locked := done.left - done.unreadable:
        lines.append(f"{locked} stayed locked, or were written meanwhile under an older secret: run this again.")
    if done.unfinished:
        lines.append("Somebody was still writing reporters at the end: run this again.")
    return lines


async def rotated(progress: Progress) -> Rotated:
    async with writing_desk() as desk:
        return await rotate_on_record(desk, progress)
