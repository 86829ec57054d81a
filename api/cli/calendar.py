"""surga calendar"""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer
from rich.table import Table

from api.cli.output import add_row, echo, print_table
from api.cli.running import run_async
from api.server.opening import open_desk
from api.settings import load_settings
from services.core.reference import Reference
from services.deadlines.calendar_book import CalendarBook
from services.deadlines.checks.problems import rule_problems

YearArgument = Annotated[int | None, typer.Argument(help="The year; this one if not given.", min=1900, max=9998)]


def verbs() -> typer.Typer:
    """What can be seen of the working calendar."""
    group = typer.Typer(help="See by which calendar deadlines are counted.", no_args_is_help=True)
    group.command("check")(check)
    group.command("days")(days)
    return group


def check() -> None:
    """Say until when all days off are announced, and what is wrong with the rules that deadlines are counted by.

    Ends with 1 where this year is not known, or from November on the next: update the program, then run surga seed.
    So it does where policies tie, or a calendar has too few hours for an amount; each row is named.
    Warns of known years that lack a week of every year, such as that of Ramadan: decree it, or add it to the folder.
    """
    reference, today = run_async(read_reference())
    book = reference.calendar
    echo(f"Days off are announced up to {known(book)}; {len(book.calendars)} calendars.")
    for code, name, year in book.missing_weeks(today):
        echo(
            f"{code} has no week in {year} such as {name}: its deadlines in hours are counted by usual hours.", err=True
        )
    unknown = book.unknown_years(today)
    for year in unknown:
        echo(f"{year} is not announced here: deadlines that reach into it are estimates.", err=True)
    problems = list(rule_problems(book, reference.policies, reference.ladder, reference.agency_codes))
    for problem in problems:
        echo(f"{problem}.", err=True)
    if unknown or problems:
        raise typer.Exit(1)


def days(year: YearArgument = None) -> None:
    """List the days of a year that differ from their weekday, each with its decree.

    Ends with 1 where there are none.
    """
    reference, today = run_async(read_reference())
    book = reference.calendar
    found = book.of_year(year or today.year)
    print_table(days_table(book, year or today.year))
    if not found:
        raise typer.Exit(1)


def days_table(book: CalendarBook, year: int) -> Table:
    """Every day with what it is; estimates are marked."""
    table = Table()
    for name in ("day", "kind", "name", "decree", "calendar"):
        table.add_column(name, no_wrap=True)
    for special in book.of_year(year):
        kind = f"{special.kind} (estimated)" if special.estimated else str(special.kind)
        add_row(table, str(special.day), kind, special.name, special.decree, special.calendar_code or "all")
    return table


def known(book: CalendarBook) -> str:
    """The last day that is announced, for people."""
    return "no day" if book.known_until == date.min else str(book.known_until)


async def read_reference() -> tuple[Reference, date]:
    """The master data of the desk, its calendars and rules among them, and its day."""
    async with open_desk(load_settings()) as desk:
        return await desk.reference(), desk.today()
