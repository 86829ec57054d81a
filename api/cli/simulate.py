"""surga simulate"""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.running import open_progress, run_async
from api.places import open_desk
from api.settings import load_settings
from models.enums import Purpose
from services.installation import require

RateOption = Annotated[float, typer.Option(min=0.01, max=500, help="Changes per minute.")]
SeedOption = Annotated[int, typer.Option(help="The same seed plays the same day.")]
BulkOption = Annotated[int | None, typer.Option(min=1, max=1_000_000, help="Make so many tickets fast, then stop.")]


def run(rate: RateOption = 20.0, seed: SeedOption = 1, bulk: BulkOption = None) -> None:
    """Play a believable day of the desk, or fill a database. Refuses every database but a demo's or a test's."""
    run_async(simulated(rate, seed) if bulk is None else filled(bulk, seed))
