"""surga token approve"""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from api.cli.desks import writing_desk
from api.cli.output import add_row, echo, print_table
from api.cli.running import run_async
from api.errors import CannotStart
from models import DeviceRequest
from services.access.scopes import SYSTEM
from services.core.desk import Desk
from services.core.messages import say
from services.core.refusals import Refusal
from services.displays import displays
from services.displays.displays import DisplayView

CodeArgument = Annotated[
    str | None, typer.Argument(help="The six digits on the screen; without them, lists who waits.")
]
NameOption = Annotated[str | None, typer.Option(help="What the screen is called, e.g. where it hangs.")]


def approve(code: CodeArgument = None, name: NameOption = None) -> None:
    """Let a screen in by the code that it shows, or list the screens that wait."""
    try:
        if code is None:
            return show(run_async(waiting()))
        view = run_async(approved(code, name))
    except Refusal as refusal:
        raise CannotStart(say(refusal.code, "en", **refusal.params)) from None
    echo(f"{view.name} shows the board {view.board} at {view.address}. Revoke it at /activate.")
    return None


async def waiting() -> list[tuple[str, ...]]:
    async with writing_desk() as desk:
        return [row(each, desk.now()) for each in await displays.all_waiting(desk)]


async def approved(code: str, name: str | None) -> DisplayView:
    async with writing_desk() as desk:
        found = await displays.waiting(desk, SYSTEM, code)
        confirm(found, desk)
        return await displays.approve(desk, SYSTEM, found.user_code, name or f"Layar {found.user_code}")


def confirm(found: DeviceRequest, desk: Desk) -> None:
    """Print what is about to be let in, and ask for a confirmation at a terminal."""
    _, board, address, age = row(found, desk.now())
    echo(f"A screen at {address} asks for the board {board}, for {age} now.")
    if sys.stdin.isatty():
        typer.confirm("Let it in?", abort=True)


def row(found: DeviceRequest, now: datetime) -> tuple[str, ...]:
    """One line of the list: code, board, address and age."""
    minutes, seconds = divmod(round((now - found.created_at).total_seconds()), 60)
    return found.user_code, found.board, found.address, f"{minutes}:{seconds:02} minutes"


def show(rows: list[tuple[str, ...]]) -> None:
    """Print the screens that wait, the oldest first."""
    if not rows:
        echo("No screen waits to be let in.")
        return
    table = Table("code", "board", "address", "age")
    for each in rows:
        add_row(table, *each)
    print_table(table)
