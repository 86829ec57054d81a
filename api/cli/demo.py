"""surga demo"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, TextIO

import asyncpg
import typer
import uvicorn

from api.app import create_app
from api.cli.migrate import migrated
from api.cli.output import add_task, echo, echo_lines, open_progress
from api.cli.running import run_async
from api.embedded.embedded import running_servers
from api.errors import CannotStart
from api.http.logs import configure
from api.server.opening import DEMO_DATABASE, KEDIRI, note_addresses, open_desk, write_private
from api.server.serving import AnnouncedServer, leave, options, take_address
from api.settings import Environment, Settings, load_settings
from models.enums import Purpose
from realtime.guards import Guards
from services.core.desk import Desk
from services.master_data.cities import load_city
from services.simulation.day.rhythm import Load
from services.simulation.demo import DemoAccess, prepare_demo, wallboard_code
from services.simulation.present import RATES, play
from workers.jobs import JOBS
from workers.loop import keep_running

PortOption = Annotated[int | None, typer.Option(help="The port to serve on; 8000 or PORT if not given.")]
BusyOption = Annotated[
    bool, typer.Option(envvar="BUSY", help="Hari sibuk, for show: about 45 reports a working day instead of 12 to 15.")
]
HoursOption = Annotated[
    bool,
    typer.Option(
        "--office-hours",
        envvar="OFFICE_HOURS",
        help="Let officers rest when offices are closed, but for what is urgent.",
    ),
]
SimulateOption = Annotated[bool, typer.Option(envvar="SIMULATE", help="Play a lively present, or leave it quiet.")]


def run(
    port: PortOption = None,
    simulate: SimulateOption = True,
    busy: BusyOption = False,
    office_hours: HoursOption = False,
) -> None:
    """Run Kota Kediri's desk on this machine, with its own PostgreSQL and Valkey. Ctrl-C stops it all."""
    settings = load_settings(environment=Environment.DEMO, port=port)
    require_loopback(settings.host)
    try:
        with (
            stoppable(),
            take_address(settings) as listener,
            servers(settings) as connected,
            log_file(connected) as log,
        ):
            configure(log)
            day = Load.BUSY if busy else Load.QUIET
            run_async(demo(connected, listener, simulate=simulate, load=day, office_hours=office_hours))
    except KeyboardInterrupt:
        echo("")  # the terminal wrote ^C on this line
    echo(f"Stopped. Everything is kept in {settings.data_dir}; start again with the same command.")


@contextmanager
def stoppable() -> Iterator[None]:
    """Let SIGTERM and a closed terminal stop the demo as cleanly as Ctrl-C does."""
    names = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(name, lambda *_: signal.raise_signal(signal.SIGINT)) for name in names]
    try:
        yield
    finally:
        for name, handler in zip(names, before, strict=True):
            signal.signal(name, handler)


def require_loopback(host: str) -> None:
    """Its tokens are for anyone who reads its folder, so the demo serves this machine only."""
    if host != "localhost" and not is_loopback_address(host):
        raise CannotStart(f"The demo serves this machine only, and HOST={host} is open to others: use 127.0.0.1.")


def is_loopback_address(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@contextmanager
def servers(settings: Settings) -> Iterator[Settings]:
    """Settings that lead to a database and a bus: those that were given, else our own under the data folder."""
    if settings.database_url is not None:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        yield settings
        return
    with running_servers(settings.data_dir) as running:
        echo(f"PostgreSQL and Valkey run in {settings.data_dir}.")
        asyncio.run(make_database(running.postgres))
        addresses = note_addresses(running, settings.data_dir)
        yield settings.model_copy(update={"database_url": addresses.database_url, "redis_url": addresses.redis_url})


def log_file(settings: Settings) -> TextIO:
    """Where the demo's own lines go, so that the terminal stays readable."""
    return (settings.data_dir / "surga.log").open("a")


async def make_database(server_url: str) -> None:
    """Make the demo's database in a new data folder."""
    server = await asyncpg.connect(server_url)
    try:
        if not await server.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", DEMO_DATABASE):
            await server.execute(f"CREATE DATABASE {DEMO_DATABASE}")
    finally:
        await server.close()


async def demo(
    settings: Settings, listener: socket.socket, *, simulate: bool, load: Load = Load.QUIET, office_hours: bool = False
) -> None:
    """Prepare the data, write demo.json, then serve and play until somebody stops it."""
    await migrated(settings, Purpose.DEMO)
    async with open_desk(settings) as desk:
        access = await prepared(settings, desk, load)
        wallboard = f"http://{address(settings)}/wallboard#code={await wallboard_code(desk)}"
        write_private(settings.data_dir / "demo.json", card(settings, access, wallboard))
        config = uvicorn.Config(create_app(settings, desk=desk, alone=True, hopeless=leave), **options(settings))
        server = AnnouncedServer(config, lambda: greet(settings, wallboard, simulate=simulate))
        async with working(desk), playing(desk, load if simulate else None, office_hours=office_hours):
            try:
                await server.serve(sockets=[listener])
            except SystemExit:  # what uvicorn does where an app does not start; it has logged why
                if server.started:
                    raise
            if not server.started:
                raise CannotStart(f"The demo did not start; {settings.data_dir / 'surga.log'} says why.")


async def prepared(settings: Settings, desk: Desk, load: Load) -> DemoAccess:
    """Create the city, the accounts and 30 past days, with a bar; what is there already is left as it is."""
    city = load_city(settings.city_dir or KEDIRI)
    with open_progress() as progress:
        bar = add_task(progress, f"Preparing {city.name}", total=None)
        return await prepare_demo(
            desk, city, load=load, progress=lambda done, total: progress.update(bar, completed=done, total=total)
        )


def card(settings: Settings, access: DemoAccess, wallboard: str) -> str:
    """demo.json: where the demo is, and the tokens of everyone in it."""
    host = address(settings)
    found = access.as_dict(f"http://{host}", f"http://{host}/graphql", f"ws://{host}/graphql", wallboard)
    return json.dumps(found, indent=2) + "\n"


def address(settings: Settings) -> str:
    """Host and port as they stand in a URL."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{host}:{settings.port}"


@asynccontextmanager
async def working(desk: Desk) -> AsyncIterator[None]:
    """Do the jobs of `surga worker` beside the server."""
    guards = Guards(hopeless=leave)
    keep_running(guards, desk, JOBS)
    try:
        yield
    finally:
        await guards.stop()


@asynccontextmanager
async def playing(desk: Desk, load: Load | None, *, office_hours: bool) -> AsyncIterator[None]:
    """Run the simulation of such a day beside the server; its failure does not stop the server."""
    guards = Guards()
    if load is not None:
        guards.keep("simulation", partial(play_on, desk, load, office_hours=office_hours))
    try:
        yield
    finally:
        await guards.stop()


async def play_on(desk: Desk, load: Load, *, office_hours: bool) -> None:
    await play(desk, rate=RATES[load], load=load, office_hours=office_hours)


def greet(settings: Settings, wallboard: str, *, simulate: bool) -> None:
    """Print where everything is, once the server answers."""
    echo_lines(
        GREETING.format(
            base_url=f"http://{address(settings)}",
            ws=f"ws://{address(settings)}",
            wallboard=wallboard,
            folder=settings.data_dir,
            variables="" if settings.data_dir == Path("var") else f"SURGA_DATA_DIR={settings.data_dir} ",
            present="A simulated day is being played" if simulate else "The present is quiet (SIMULATE=0)",
        )
    )


GREETING = """
Surga is ready.

  Wallboard      {wallboard}
                 (opens once, within 10 minutes; the screen stays enrolled)
  Activate       {base_url}/activate  (let more screens in)
  GraphiQL       {base_url}/graphql
  GraphQL        {base_url}/graphql  (subscriptions: {ws}/graphql, graphql-transport-ws)
  Health         {base_url}/ready    {base_url}/metrics
  Tokens         {folder}/demo.json  (and passwords of the demo's staff)
  Watch it live  {variables}.venv/bin/surga watch

{present}. To paste into GraphiQL, whose field Token takes one of those in demo.json:

  query {{ tickets(first: 5, orderBy: RECENTLY_CHANGED) {{ edges {{ node {{ number title status }} }} }} }}

  subscription {{ ticketStatusChanged {{ at from to ticket {{ number title }} }} }}

Ctrl-C stops everything; the data stays.
"""
