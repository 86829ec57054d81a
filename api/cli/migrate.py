"""surga migrate"""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.output import echo
from api.cli.partner import broken_everywhere
from api.cli.running import run_async
from api.server.opening import KEDIRI, find_addresses, open_desk
from api.settings import Settings, load_settings
from models.database import connected, migrate
from models.enums import Purpose
from services.core.desk import utc_now
from services.core.installation import settle
from services.master_data.cities import load_city
from services.master_data.seed import refresh_search
from services.partners import partners

PurposeOption = Annotated[Purpose, typer.Option(help="What a new database is for; it can not be changed later.")]


def run(purpose: PurposeOption = Purpose.PRODUCTION) -> None:
    """Bring the database's tables to this version. Safe to run twice, and at the same moment."""
    breaks = run_async(migrated(load_settings(), purpose))
    echo(f"The database is up to date; its purpose is {purpose}.")
    for line in breaks:
        echo(f"partner {line}")


async def migrated(settings: Settings, purpose: Purpose) -> list[str]:
    """Migrate the database that the settings lead to, and give it its purpose.

    Returns what this version's schema breaks for partners; it stops nothing.
    """
    url = find_addresses(settings).database_url
    await migrate(url)
    async with connected(url, pool_size=2):
        await settle(purpose, utc_now())
        await refresh_search(load_city(settings.city_dir or KEDIRI))
        waiting = await partners.without_grant()
        breaks = await broken_everywhere()
    if waiting:
        async with open_desk(settings) as desk:
            await partners.give_standard(desk)
    return breaks
