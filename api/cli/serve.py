"""surga serve"""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.desks import NewerOption, require_fitting
from api.cli.running import run_async
from api.errors import CannotStart
from api.http.health import find_trouble
from api.http.logs import configure
from api.http.metrics_listener import listening
from api.server.opening import open_desk
from api.server.replacement import inherited_address
from api.server.serving import serve, take_address
from api.server.start_checks import serving_settings
from api.settings import Environment, Settings
from models.enums import Purpose

FACTORY = "api.app:from_environment"
WorkersOption = Annotated[int, typer.Option(min=1, max=64, help="Processes that serve, each with a hub of its own.")]
CheckOption = Annotated[bool, typer.Option("--check", help="Look whether the server could start, then stop.")]


def run(workers: WorkersOption = 1, only_check: CheckOption = False, newer: NewerOption = False) -> None:
    """Serve the API on HOST and PORT. SIGTERM finishes what runs and closes sockets so that clients come back.

    SIGHUP replaces the processes that serve by new ones, with the code and the settings of now.

    This is production where SURGA_ENVIRONMENT says nothing else, and starts only with settings that are safe.
    """
    settings = serving_settings(pages=True)
    configure()
    if only_check:
        run_async(check(settings, newer=newer))
        return
    listener = inherited_address() or take_address(settings)
    run_async(check(settings, newer=newer))
    with listening(settings.metrics):
        serve(FACTORY, workers, settings, listener)


async def check(settings: Settings, *, newer: bool = False) -> None:
    """Refuse to start on a database that is not migrated, was made for something else, or knows another key.

    newer: a later release may have migrated it.
    """
    await require_fitting(settings, *allowed(settings.environment), newer=newer)
    async with open_desk(settings):
        trouble = await find_trouble()
        if trouble is not None:
            raise CannotStart(f"This server can not start: {trouble}.")


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
