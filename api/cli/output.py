"""The only place that prints: what others wrote reaches the terminal as text, never as a command to it."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from schema.core.printable import printable, printable_lines

WIDE = 250  # columns of a list that goes into a file or another program


def echo(line: str, *, err: bool = False) -> None:
    """Print one line."""
    typer.echo(printable(line), err=err)


def echo_lines(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print a text of several lines."""
    typer.echo(printable_lines(text), err=err, nl=nl)


def add_row(table: Table, *cells: str) -> None:
    """Add a row whose cells are taken as they are, brackets included."""
    table.add_row(*(Text(printable(cell)) for cell in cells))


def print_table(table: Table) -> None:
    """Print a table; into a file or another program so wide that no cell is broken into lines."""
    console = Console()
    (console if console.is_terminal else Console(width=WIDE)).print(table)


def open_progress() -> Progress:
    """Bars on the error output, so that what a verb prints can be piped; they vanish when the work is done."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def add_task(progress: Progress, description: str, total: float | None) -> TaskID:
    """Add a bar, whose name may be that of a file or a city."""
    return progress.add_task(printable(description), total=total)
