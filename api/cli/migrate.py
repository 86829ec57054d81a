"""surga migrate"""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.desks import address_of, settings_for
from api.cli.output import echo
from api.cli.partner import broken_everywhere
from api.cli.running import run_async
from api.errors import CannotStart
from api.server.opening import KEDIRI, find_addresses, open_desk
from api.settings import Settings, load_settings
from models.app_role import grant_to
from models.database import connected, migrate
from models.database_state import look_at, migration_holder
from models.enums import Purpose
from services.core.desk import utc_now
from services.core.installation import refuse_others, settle
from services.master_data.cities import load_city
from services.master_data.seed import give_escalations, give_resolving, refresh_search
from services.partners import partners

PurposeOption = Annotated[Purpose, typer.Option(help="What a new database is for; it can not be changed later.")]
RoleOption = Annotated[
    str | None,
    typer.Option(
        "--app-role", help="Give this role, which `serve` and `worker` sign in as, the rights that they need."
    ),
]
PlanOption = Annotated[bool, typer.Option("--plan", help="Say what would be applied, and change nothing.")]


def run(purpose: PurposeOption = Purpose.PRODUCTION, plan: PlanOption = False, app_role: RoleOption = None) -> None:
    """Bring the database's tables to this version, and say what was applied. Safe to run twice, and at the same moment.

    A database that a later release has migrated is refused. Of an upgrade this comes first, before any process is
    replaced.
    """
    if plan:
        run_async(tell_plan())
        return
    for line in run_async(checked_and_migrated(purpose, app_role)):
        echo(f"partner {line}")


async def tell_plan() -> None:
    """Print what a run would apply. Raises CannotStart where it would be refused."""
    found = await look_at(address_of(load_settings()))
    if found.schema.newer:
        raise CannotStart(str(found.schema.trouble))
    for name in found.schema.missing:
        echo(f"would apply {name}")
    if not found.schema.missing:
        echo("Nothing would be applied: the database is up to date.")


async def checked_and_migrated(purpose: Purpose, app_role: str | None) -> list[str]:
    """Migrate with the settings that a database of this purpose wants; nothing is done where they are not safe."""
    found = await look_at(address_of(load_settings()))
    refuse_others(found.purpose or purpose, [purpose])
    if found.read_only is not None:
        raise CannotStart(f"The database takes no writes: {found.read_only}.")
    settings = settings_for(purpose)
    breaks = await migrated(settings, purpose, quiet=False)
    if app_role is not None:
        await grant_to(find_addresses(settings).database_url, app_role)
        echo(f"The role {app_role} has the rights of the program, and no others.")
    done = "" if found.schema.missing else "; nothing was to be applied"
    echo(f"The database is up to date{done}; its purpose is {purpose}.")
    return breaks


async def migrated(settings: Settings, purpose: Purpose, *, quiet: bool = True) -> list[str]:
    """Migrate the database that the settings lead to, and give it its purpose and the name of its secret.

    quiet: what is applied is not printed. Returns what this version's schema breaks for partners; it stops nothing.
    """
    url = find_addresses(settings).database_url

    async def tell_wait() -> None:
        echo(f"Waiting for another migration: {await migration_holder(url)}.", err=True)

    await migrate(url, on_wait=tell_wait, on_done=None if quiet else lambda name: echo(f"applied {name}"))
    async with connected(url, pool_size=2):
        await settle(purpose, utc_now())
        city = load_city(settings.city_dir or KEDIRI)
        await refresh_search(city)
        await give_resolving(city, utc_now())
        await give_escalations(city, utc_now())
        waiting = await partners.without_grant()
        breaks = await broken_everywhere()
    async with open_desk(settings) as desk:  # names the secret of a new database
        if waiting:
            await partners.give_standard(desk)
    return breaks
