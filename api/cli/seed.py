"""surga seed"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.desks import writing_desk
from api.cli.output import add_task, echo, open_progress
from api.cli.running import run_async
from api.server.opening import KEDIRI
from api.settings import load_settings
from services.master_data.cities import load_city
from services.master_data.city import City
from services.master_data.seed import seed
from services.master_data.seeding.report import SeedReport

CityOption = Annotated[
    Path | None, typer.Option("--city", help="Folder of a city's YAML files; Kediri's if not given.")
]


def run(city: CityOption = None) -> None:
    """Make the master data equal to a city's folder, and say what changed. A second run changes nothing."""
    settings = load_settings(city_dir=city)
    found = load_city(settings.city_dir or KEDIRI)
    with open_progress() as progress:
        add_task(progress, f"Seeding {found.name}", total=None)
        report = run_async(seeded(found))
    for line in report.lines():
        echo(line)
    if not report.changes:
        echo(f"{found.name} was up to date already.")


async def seeded(city: City) -> SeedReport:
    """Seed through a desk, so that running servers hear of it."""
    async with writing_desk() as desk:
        return await seed(desk, city, desk.now())
