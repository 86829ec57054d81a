"""surga staff"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from api.cli.desks import writing_desk
from api.cli.links import UrlOption, link
from api.cli.output import add_row, echo, print_table
from api.cli.running import run_async
from api.errors import CannotStart
from api.server.opening import open_desk, write_private
from api.settings import load_settings
from schema.core.printable import csv_text
from services.access.scopes import SYSTEM
from services.core.messages import say
from services.core.paging import LARGEST_PAGE
from services.core.refusals import Refusal
from services.credentials.invitations import Invited
from services.inputs import emails
from services.inputs.tables import decoded
from services.staff import pages, staff
from services.staff.csv_import import COLUMNS, BadRow, FileUnusable, StaffReport, import_staff
from services.staff.pages import AccountView

FileArgument = Annotated[
    Path,
    typer.Argument(help="CSV: email, name, agency_code, role, valid_from, valid_to.", exists=True, dir_okay=False),
]
RehearsalOption = Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and keep nothing.")]
LinksOption = Annotated[
    Path | None, typer.Option("--links", help="Write a one-time link for each new account to this new CSV file.")
]
EmailArgument = Annotated[str, typer.Argument(help="The address of the account.")]
EndedOption = Annotated[bool, typer.Option("--ended", help="Show ended accounts too.")]


def verbs() -> typer.Typer:
    """What can be done with accounts of staff."""
    group = typer.Typer(help="Bring in, list and end the accounts of staff.", no_args_is_help=True)
    for name, verb in (("import", import_), ("list", show), ("link", renew), ("end", end)):
        group.command(name)(verb)
    return group


def import_(
    file: FileArgument, rehearsal: RehearsalOption = False, links: LinksOption = None, url: UrlOption = None
) -> None:
    """Bring accounts and their assignments in, one assignment in each row. A second run changes nothing.

    Bad rows are named and left out, with exit code 1; no row ends an account.
    """
    if links is not None and links.exists():
        raise CannotStart(f"{links} is there already; name a new file.")
    try:
        report = run_async(imported(read(file), rehearsal=rehearsal, links=links is not None and not rehearsal))
    except Refusal as refusal:
        raise CannotStart(reason(refusal)) from None
    except FileUnusable as wrong:
        raise CannotStart(f"{file}: {wrong}") from None
    if links is not None and report.links:
        write_private(links, links_text(report, url))
        echo(f"{len(report.links)} links are in {links}, which only you can read; each works once.")
    for line in summary(report, rehearsal=rehearsal):
        echo(line)
    for bad in report.bad:
        echo(f"left out: {bad_line(bad)}", err=True)
    if report.bad:
        raise typer.Exit(1)


def read(file: Path) -> str:
    return decoded(file.read_bytes())


async def imported(text: str, *, rehearsal: bool, links: bool) -> StaffReport:
    """Import through a desk, so that running servers hear of it."""
    async with writing_desk() as desk:
        return await import_staff(desk, text, rehearsal=rehearsal, links=links)


def summary(report: StaffReport, *, rehearsal: bool) -> list[str]:
    """What became of a file, for a person."""
    line = (
        f"{report.rows} rows: {report.accounts_added} accounts added, {report.accounts_changed} changed; "
        f"{report.assignments_added} assignments added, {report.assignments_changed} changed; "
        f"{len(report.bad)} rows left out."
    )
    lines = [f"Dry run, nothing is kept. {line}" if rehearsal else line]
    return [*lines, "Nothing new: every row was here already."] if not report.changes and not report.bad else lines


def bad_line(bad: BadRow) -> str:
    """A row that stayed out, with its line and the reason."""
    name = f" ({bad.email[: emails.LONGEST]})" if bad.email else ""
    return f"line {bad.line}{name}: {reason(bad.refusal)}"


def reason(wrong: Exception) -> str:
    """Why, with the column where it is one of a row; all that is wrong with it."""
    return " ".join(_reason(one) for one in wrong.each()) if isinstance(wrong, Refusal) else str(wrong)


def _reason(wrong: Refusal) -> str:
    column = {"agencyCode": "agency_code", "validFrom": "valid_from", "validTo": "valid_to"}
    named = column.get(wrong.path[-1], wrong.path[-1]) if wrong.path else ""
    column_name = f"{named}: " if named in COLUMNS else ""
    return column_name + say(wrong.code, "en", **wrong.params)


def links_text(report: StaffReport, url: str | None) -> str:
    """The links as CSV."""
    links = [(email, link(load_settings(), invited, url)) for email, invited in report.links]
    return csv_text([("email", "link"), *links])


def show(ended: EndedOption = False) -> None:
    """List the accounts with the assignments that hold today or later."""
    heads = ("e-mail", "name", "password", "role", "agency", "from", "to")
    table = Table(*(Column(head, overflow="fold") for head in heads))
    for cells in run_async(listed(ended=ended)):
        add_row(table, *cells)
    print_table(table)


async def listed(*, ended: bool) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    after: str | None = None
    async with open_desk(load_settings(), any_key=True) as desk:
        while True:
            page = await pages.account_page(desk, SYSTEM, None, LARGEST_PAGE, after, ended=ended)
            for account in page.accounts:
                rows += lines(account, desk.today().isoformat())
            if not page.has_next:
                return rows
            after = page.cursors[-1]


def lines(account: AccountView, today: str) -> list[tuple[str, ...]]:
    """One line for each assignment that is not over, and one for an account without any."""
    state = "set" if account.password_changed_at else "invited" if account.link_expires_at else "none"
    head = (account.email, account.name, state if account.active else "ended")
    held = [each for each in account.assignments if each.valid_to is None or each.valid_to.isoformat() >= today]
    ends = [each.valid_to.isoformat() if each.valid_to else "-" for each in held]
    rows: list[tuple[str, ...]] = [
        (*head, each.role.value, each.agency.code, each.valid_from.isoformat(), end)
        for each, end in zip(held, ends, strict=True)
    ]
    return rows if account.active and rows else [(*head, "-", "-", "-", "-")]


def renew(email: EmailArgument, url: UrlOption = None) -> None:
    """Print a new one-time link for an account, for a lost one or a forgotten password."""
    settings = load_settings()
    try:
        invited = run_async(renewed(email))
    except Refusal as refusal:
        raise CannotStart(reason(refusal)) from None
    echo(f"The link works once, until {invited.expires_at:%Y-%m-%d %H:%M} UTC:", err=True)
    echo(link(settings, invited, url))


async def renewed(email: str) -> Invited:
    async with writing_desk() as desk:
        return await staff.renew_link(desk, SYSTEM, (await staff.named(email)).id)


def end(email: EmailArgument) -> None:
    """End an account at once: its tokens are worth nothing on every server, and its sockets close."""
    try:
        run_async(ended_by(email))
    except Refusal as refusal:
        raise CannotStart(reason(refusal)) from None
    echo(f"The account of {email} has ended.")


async def ended_by(email: str) -> None:
    async with writing_desk() as desk:
        await staff.end(desk, SYSTEM, (await staff.named(email)).id)
