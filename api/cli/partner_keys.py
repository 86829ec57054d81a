"""surga partner key"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table

from api.cli.desks import writing_desk
from api.cli.output import add_row, echo, print_table
from api.cli.running import run_async
from api.errors import CannotStart
from models import Credential
from services.access.scopes import SYSTEM
from services.core.messages import say
from services.core.nodes import BIGINT
from services.core.refusals import Refusal
from services.credentials.credentials import Issued
from services.partners import keys, partners
from services.partners.keys import KeyTerms

NameArgument = Annotated[str, typer.Argument(help="The partner's name.")]
KeyArgument = Annotated[str, typer.Argument(help="What the key is for, as the list shows it.")]
DaysOption = Annotated[int | None, typer.Option(min=1, max=3660, help="Days until it ends by itself.")]
NetworkOption = Annotated[list[str] | None, typer.Option("--network", help="Good from this network (CIDR) only.")]
NumberArgument = Annotated[
    int, typer.Argument(min=0, max=BIGINT, help="The key's number, as `surga partner key list` shows it.")
]


def verbs() -> typer.Typer:
    """What can be done with keys."""
    group = typer.Typer(help="Make, list and revoke the keys of partners.", no_args_is_help=True)
    for name, verb in (("create", create), ("list", show), ("revoke", revoke)):
        group.command(name)(verb)
    return group


def create(name: NameArgument, key: KeyArgument, days: DaysOption = None, network: NetworkOption = None) -> None:
    """Make a further key and print it. It is shown this once; only a digest is kept."""
    try:
        issued = run_async(created(name, key, days, tuple(network) if network else None))
    except Refusal as refusal:
        raise CannotStart(say(refusal.code, "en", **refusal.params)) from None
    echo(f"Key {issued.credential_id} ({name}, {key}); it is not shown again:", err=True)
    echo(issued.token)


async def created(name: str, key: str, days: int | None, networks: tuple[str, ...] | None) -> Issued:
    async with writing_desk() as desk:
        ends = None if days is None else desk.now() + timedelta(days=days)
        client = await partners.named(name)
        return await keys.create_key(desk, SYSTEM, client.id, KeyTerms(key, ends, networks))


def show(name: NameArgument) -> None:
    """List a partner's keys that are not revoked."""
    table = Table("number", "key", "made", "ends", "last used", "networks")
    try:
        for each in run_async(listed(name)):
            add_row(table, *row(each))
    except Refusal as refusal:
        raise CannotStart(say(refusal.code, "en", **refusal.params)) from None
    print_table(table)


async def listed(name: str) -> list[Credential]:
    async with writing_desk():
        client = await partners.named(name)
        return (await keys.keys_of([client.id]))[client.id]


def row(key: Credential) -> tuple[str, ...]:
    """One line of the list; the last use is known to the hour."""
    ends = key.expires_at.date().isoformat() if key.expires_at else "-"
    used = f"{key.last_used_at:%Y-%m-%d %H}:00" if key.last_used_at else "-"
    networks = ", ".join(key.networks) if key.networks else "any"
    return str(key.id), key.name, key.created_at.date().isoformat(), ends, used, networks


def revoke(number: NumberArgument) -> None:
    """End a key at once, on every server; its sockets are closed."""
    try:
        run_async(revoked(number))
    except Refusal as refusal:
        raise CannotStart(say(refusal.code, "en", **refusal.params)) from None
    echo(f"Key {number} is revoked.")


async def revoked(number: int) -> None:
    async with writing_desk() as desk:
        await keys.revoke_key(desk, SYSTEM, number)
