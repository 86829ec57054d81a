"""surga serve"""

from __future__ import annotations

from typing import Annotated

import typer

from api.children import CannotStart
from api.cli.running import run_async
from api.health import find_trouble
from api.logs import configure
from api.places import open_desk
from api.serving import serve, take_address
from api.settings import Environment, Settings
from api.start_checks import serving_settings
from models.enums import Purpose
from services.installation import require

FACTORY = "api.app:from_environment"
WorkersOption = Annotated[int, typer.Option(min=1, max=64, help="Processes that serve, each with a hub of its own.")]


def run(workers: WorkersOption = 1) -> None:
    """Serve the API on HOST and PORT. SIGTERM finishes what runs and closes sockets so that clients come back.

    This is production where SURGA_ENVIRONMENT says nothing else, and starts only with settings that are safe.
    """
    settings = serving_settings(pages=True)
    configure()
    take_address(settings).close()
    run_async(check(settings))
    serve(FACTORY, workers, settings)


async def check(settings: Settings) -> None:
    """Refuse to start on a database that is not migrated, or was made for something else."""
    async with open_desk(settings):
        trouble = await find_trouble()
        if trouble is not None:
            raise CannotStart(f"This server can not start: {trouble}.")
        await require(*allowed(settings.environment))


def allowed(environment: Environment) -> tuple[Purpose, ...]:
    """The databases that may be served: outside development no demo data, and never a test's."""
    match environment:
        case Environment.DEVELOPMENT:
            return (Purpose.PRODUCTION, Purpose.DEMO)
        case Environment.DEMO:
            return (Purpose.DEMO,)
        case Environment.TEST:
            return (Purpose.TEST,)
        case Environment.PRODUCTION:
            return (Purpose.PRODUCTION,)
