"""surga admin"""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.desks import writing_desk
from api.cli.links import UrlOption, link
from api.cli.output import echo
from api.cli.running import run_async
from api.errors import CannotStart
from api.settings import load_settings
from services.core.messages import say
from services.core.refusals import Refusal
from services.credentials.invitations import Invited
from services.operations.first_admin import make_admin

EmailArgument = Annotated[str, typer.Argument(help="The address that they sign in with.")]
NameOption = Annotated[str | None, typer.Option(help="Their name; the part before the @ if not given.")]
AgencyOption = Annotated[
    str | None, typer.Option("--agency", help="The code of their agency; the one that steers the desk if not given.")
]


def verbs() -> typer.Typer:
    """What can be done with admins."""
    group = typer.Typer(help="Make the first admin, or another one.", no_args_is_help=True)
    group.command("create")(create)
    group.callback()(one_group)
    return group


def one_group() -> None:
    """Make the first admin, or another one."""


def create(email: EmailArgument, name: NameOption = None, agency: AgencyOption = None, url: UrlOption = None) -> None:
    """Make somebody an admin, and print a one-time link by which they set their password.

    An account that is there already keeps its name; its password stays good until the link is used.
    """
    settings = load_settings()
    try:
        invited = run_async(created(email, name, agency))
    except Refusal as refusal:
        raise CannotStart(say(refusal.code, "en", **refusal.params)) from None
    echo(f"{email} is an admin. The link works once, until {invited.expires_at:%Y-%m-%d %H:%M} UTC:", err=True)
    echo(link(settings, invited, url))


async def created(email: str, name: str | None, agency: str | None) -> Invited:
    city = load_settings().city_dir
    async with writing_desk() as desk:
        return await make_admin(desk, email, name or email.partition("@")[0], agency, city=city)
