"""The desk of a verb that writes: the database says for what it was made, and the verb wants what `serve` would."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Annotated

import typer

from api.errors import CannotStart
from api.server.line_checks import of_lines
from api.server.opening import find_addresses, open_desk
from api.server.start_checks import serving_settings
from api.settings import Environment, Settings, SettingsWrong, load_settings
from models.database_state import Found, look_at
from models.enums import Purpose
from services.core.desk import Desk
from services.core.installation import refuse_others

NewerOption = Annotated[
    bool,
    typer.Option(
        "--newer-database", help="Go on with a database that a later release migrated, while an upgrade is undone."
    ),
]
GRANT = "As the owner of the tables run `surga migrate --app-role NAME`, which grants what is needed."
MOST_RIGHTS = 3
ENVIRONMENTS = {Purpose.PRODUCTION: Environment.PRODUCTION, Purpose.TEST: Environment.TEST}


@asynccontextmanager
async def writing_desk(*allowed: Purpose) -> AsyncIterator[Desk]:
    """Open a migrated desk under its own key, until the block ends; nothing was written where this raises.

    allowed are the purposes that the verb is for, all where none is given. Raises CannotStart, SettingsWrong,
    WrongPurpose and WrongKey.
    """
    if "SURGA_ENVIRONMENT" in os.environ:
        settings_for(None)  # what is wrong with them is said before any server is asked
    found = await look_at(address_of(load_settings()))
    refuse_unfit(found, allowed or Purpose)
    async with open_desk(settings_for(found.purpose)) as desk:
        yield desk


async def require_fitting(settings: Settings, *allowed: Purpose, newer: bool = False) -> None:
    """Go on only with a database that this program fits, and that was made for one of these purposes.

    newer: one that a later release has migrated will do, too. Raises CannotStart and WrongPurpose.
    """
    refuse_unfit(await look_at(find_addresses(settings).database_url), allowed, newer=newer)


def refuse_unfit(found: Found, allowed: Iterable[Purpose], *, newer: bool = False) -> None:
    """Raises CannotStart and WrongPurpose for a database that nobody could work on."""
    if found.read_only is not None:
        raise CannotStart(f"The database takes no writes: {found.read_only}.")
    if found.lacking and not found.schema.newer:  # a later release may grant less on tables of its own
        raise CannotStart(without_rights(found.lacking))
    if found.schema.trouble is not None and not (newer and found.schema.newer):
        raise CannotStart(found.schema.trouble)
    refuse_others(found.purpose, allowed)


def without_rights(lacking: tuple[str, ...]) -> str:
    more = f", and {len(lacking) - MOST_RIGHTS} more" if len(lacking) > MOST_RIGHTS else ""
    return f"The role of SURGA_DATABASE_URL lacks rights ({', '.join(lacking[:MOST_RIGHTS])}{more}). {GRANT}"


def address_of(settings: Settings) -> str:
    """The URL of the database; where nobody says that this is no production, over a line that production would take.

    Raises SettingsWrong and CannotStart.
    """
    if "SURGA_ENVIRONMENT" not in os.environ and (wrong := list(of_lines(settings))):
        raise SettingsWrong("; ".join(wrong))
    return find_addresses(settings).database_url


def settings_for(purpose: Purpose | None) -> Settings:
    """The settings of this process, as the purpose of its database wants them, and as safe as for `serve`.

    SURGA_ENVIRONMENT counts where it is given. Raises SettingsWrong that names everything that is wrong at once.
    """
    if "SURGA_ENVIRONMENT" in os.environ or purpose is None:
        return checked(load_settings().environment)
    return checked(ENVIRONMENTS.get(purpose, Environment.DEVELOPMENT))


def checked(environment: Environment) -> Settings:
    return serving_settings(pages=True, environment=environment)
