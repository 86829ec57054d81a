"""surga keys"""

from __future__ import annotations

import typer

from api.cli.running import open_progress, run_async
from api.server.opening import open_desk
from api.settings import load_settings
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
        bar = progress.add_task("reporters", total=None)
        done = run_async(rotated(lambda so_far, total: progress.update(bar, completed=so_far, total=total)))
    typer.echo(f"{done.sealed} reporters are sealed anew.")
    if done.unreadable:
        typer.echo(f"{done.unreadable} can not be read: the secret that they were sealed under is missing.", err=True)
        raise typer.Exit(1)


async def rotated(progress: Progress) -> Rotated:
    async with open_desk(load_settings()) as desk:
        return await rotate_on_record(desk, progress)
