"""surga token"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table

from api.cli.approve import approve
from api.cli.desks import writing_desk
from api.cli.output import add_row, echo, print_table
from api.cli.running import run_async
from api.errors import CannotStart
from api.server.opening import open_desk
from api.settings import load_settings
from models import Client, Credential
from models.enums import PrincipalKind
from services.core.desk import Desk
from services.core.nodes import BIGINT
from services.core.refusals import NotFound
from services.credentials import credentials
from services.displays.own_screens import own_screen
from services.operations import tokens
from services.partners import partners
from services.staff import staff

KINDS = (PrincipalKind.STAFF, PrincipalKind.PARTNER, PrincipalKind.DISPLAY)
KindArgument = Annotated[PrincipalKind, typer.Argument(help="STAFF, PARTNER or DISPLAY.", case_sensitive=False)]
NameArgument = Annotated[str, typer.Argument(help="What the token is for, as the list shows it.")]
OfficerOption = Annotated[str | None, typer.Option(help="The officer's e-mail, for STAFF.")]
DaysOption = Annotated[int | None, typer.Option(min=1, max=3660, help="Days until it ends by itself.")]
NumberArgument = Annotated[
    int, typer.Argument(min=0, max=BIGINT, help="The token's number, as `surga token list` shows it.")
]


def verbs() -> typer.Typer:
    """What can be done with tokens."""
    group = typer.Typer(help="Make, list and revoke bearer tokens, and let screens in.", no_args_is_help=True)
    for name, verb in (("create", create), ("approve", approve), ("revoke", revoke), ("list", show)):
        group.command(name)(verb)
    return group


def create(kind: KindArgument, name: NameArgument, officer: OfficerOption = None, days: DaysOption = None) -> None:
    """Make a token and print it. It is shown this once; only a digest is kept."""
    if kind not in KINDS:
        raise typer.BadParameter("a citizen's token comes from number and secret, and nobody else needs one")
    if (kind is PrincipalKind.STAFF) != (officer is not None):
        raise typer.BadParameter("a token of STAFF needs --officer EMAIL, and no other has one")
    try:
        issued = run_async(created(kind, name, officer, days))
    except NotFound:
        raise CannotStart(f"There is no account of {officer}; `surga staff list` shows them.") from None
    echo(f"Token {issued.credential_id} ({kind} {name}); it is not shown again:", err=True)
    echo(issued.token)


async def created(kind: PrincipalKind, name: str, officer: str | None, days: int | None) -> credentials.Issued:
    """Make a credential for an officer, or for a partner or display of that name, made where it is new."""
    async with writing_desk() as desk:
        whose = None if officer is None else (await staff.named(officer)).id
        client = None if officer is not None else (await client_of(desk, kind, name)).id
        ends = None if days is None else desk.now() + timedelta(days=days)
        return await tokens.give(desk, kind, name=name, officer_id=whose, client_id=client, expires_at=ends)


async def client_of(desk: Desk, kind: PrincipalKind, name: str) -> Client:
    """A display, or a partner: a new one has the standard grant, which `surga partner` narrows."""
    if kind is PrincipalKind.PARTNER:
        return await partners.standard(desk, name)
    return await own_screen(desk, name)


def revoke(number: NumberArgument) -> None:
    """End a token at once, on every server; its sockets are closed."""
    try:
        ended = run_async(revoked(number))
    except NotFound:
        raise CannotStart(f"There is no token {number}; `surga token list` shows them.") from None
    echo(f"Token {number} is revoked." if ended else f"Token {number} had been revoked before.")


async def revoked(number: int) -> bool:
    async with writing_desk() as desk:
        return await tokens.take_back(desk, number)


def show() -> None:
    """List the tokens that are not revoked; the tokens themselves are kept nowhere."""
    table = Table("number", "kind", "for", "name", "made", "ends")
    for each in run_async(listed()):
        add_row(table, *row(each))
    print_table(table)


async def listed() -> list[Credential]:
    async with open_desk(load_settings(), any_key=True) as desk:
        return await listing(desk)


async def listing(desk: Desk) -> list[Credential]:
    """The tokens of staff and clients that still count."""
    return [each for each in await credentials.listing() if each.expires_at is None or each.expires_at > desk.now()]


def row(credential: Credential) -> tuple[str, ...]:
    """One line of the list."""
    holder = credential.officer or credential.client
    ends = credential.expires_at.date().isoformat() if credential.expires_at else "-"
    made = credential.created_at.date().isoformat()
    return str(credential.id), credential.kind, holder.name if holder else "-", credential.name, made, ends
