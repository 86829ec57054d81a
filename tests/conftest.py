"""Real servers for every test: a PostgreSQL per run, a database and a Valkey per worker, emptied each time."""

from __future__ import annotations

import asyncio
import functools
import gc
import re
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import asyncpg
import httpx
import hypothesis
import pytest
import structlog
from argon2 import PasswordHasher
from pydantic import SecretStr
from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.context import TortoiseContext

from api.app import GC_THRESHOLDS
from api.embedded.embedded import Servers, running_servers
from api.embedded.valkey import running_valkey
from api.security import budgets, gate
from api.server.opening import KEDIRI
from api.settings import Environment, Settings
from models import LogHead
from models import database as models_database
from realtime.bell import Bell, BellLimits
from realtime.cursors import Cursors
from services.clocks.passing import pass_tickets
from services.core.desk import Desk
from services.core.keys import Keys
from services.core.password_hashing import Passwords
from services.core.transactions import transaction
from services.master_data.cities import load_city
from services.search import dictionary
from tests import residue
from tests.emptying import Emptying
from tests.forking import Program, ready_program
from tests.kept import keeping
from tests.one_schema import one_schema
from tests.quick import dealt, quick_part
from tests.residue import pytest_runtest_logreport, pytest_terminal_summary  # noqa: F401
from tests.restless import restless
from tests.restoring import dump
from tests.scratch import SCRATCH
from tests.unordered import turned_round

gc.disable()  # until all tests are collected: hardly anything that imports and collecting make is garbage
SECRET = "a-secret-of-the-tests-that-guards-nothing"
TEMPLATE = "surga_test_template"
PATIENT = BellLimits(ring=30.0)  # a lost ring is nobody's fault where others keep the machine busy
NOT_STATEMENTS = re.compile(
    r"\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SELECT pg_advisory_unlock_all)", re.IGNORECASE
)
SERVERS = pytest.StashKey[Servers]()
OPENED = pytest.StashKey[ExitStack]()
FOLDER = pytest.StashKey[Path]()
MONITORS = pytest.StashKey[list[residue.Monitor]]()


def pytest_configure() -> None:
    """Let hypothesis draw the same examples at every run, however slow the machine and whatever earlier runs left.

    What structlog does with an exception where nothing is configured, a picture of all variables of all its frames,
    takes up to 20 s of CPU for one line: plain tracebacks are written.
    """
    hypothesis.settings.register_profile("tests", derandomize=True, database=None, deadline=None)
    hypothesis.settings.load_profile("tests")
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])
    # Each client reads all authorities of the world anew, 20 ms of CPU, and tests make thousands of clients.
    httpx._transports.default.create_ssl_context = functools.cache(httpx.create_ssl_context)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the servers in the process that all workers share."""
    given: dict[str, Any] | None = getattr(session.config, "workerinput", None)
    if given is not None:
        session.config.stash[SERVERS] = Servers(postgres=given["postgres"], redis_url=given["redis_url"])
        residue.begin(Path(given["folder"]), given["workerid"])
        asyncio.run(complete_models(session.config.stash[SERVERS]))
    elif not session.config.option.collectonly:
        session.config.stash[SERVERS] = start_servers(session.config)
        residue.begin(session.config.stash[FOLDER], "parent")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Search what all processes of the run left behind; a spill fails the run."""
    monitors = session.config.stash.get(MONITORS, None)
    if monitors is None:
        return
    deaf = [f"{each.file.name}: the monitor of Redis did not hear everything" for each in monitors if not each.stop()]
    gc.freeze()  # what pytest looks through at its end, once more and in vain, are the reports of all tests
    found = session.config.stash[residue.FOUND] = deaf + residue.search(session.config.stash[FOLDER])
    if found:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer the choice of `make check`."""
    parser.addoption("--quick", action="store_true", help="no slow tests, and of every other one the first example")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Choose what `make check` runs, and the order of all."""
    workers: int = getattr(config, "workerinput", {}).get("workercount", 1)
    chosen = dealt(quick_part(items) if config.getoption("quick", default=False) else items, workers)
    left_out = set(items).difference(chosen)
    if left_out:
        config.hook.pytest_deselected(items=[item for item in items if item in left_out])
    items[:] = chosen


def pytest_collection_finish() -> None:
    """Look for garbage from here on as a server does, and not through what stays until the end of the run."""
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    gc.enable()


def start_servers(config: pytest.Config) -> Servers:
    """Run both servers until the end of the run, however it ends, and make the template database."""
    stack = config.stash[OPENED] = ExitStack()
    folder = tempfile.mkdtemp(prefix="surga-test-", dir=SCRATCH)
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    config.stash[FOLDER] = Path(folder)
    servers = stack.enter_context(running_servers(Path(folder), durable=False))
    config.stash[MONITORS] = []
    monitor(config, servers.redis_url, "parent")
    asyncio.run(make_template(servers))
    dump(servers.database_url(TEMPLATE), Path(folder))
    return servers


def monitor(config: pytest.Config, redis_url: str, worker: str) -> None:
    """Write down for the end of the run what this Redis is told."""
    file = residue.kept_in(config.stash[FOLDER]) / f"bus-{worker}.txt"
    config.stash[MONITORS].append(config.stash[OPENED].enter_context(residue.monitored(redis_url, file)))


def start_valkey(config: pytest.Config, worker: str) -> str:
    """Run a Valkey for one worker, in which its tests may cut, count and configure whatever they like."""
    folder = config.stash[FOLDER] / worker
    folder.mkdir()
    url = config.stash[OPENED].enter_context(running_valkey(folder, folder))
    monitor(config, url, worker)
    return url


async def complete_models(servers: Servers) -> None:
    """Give the models what opening a database adds, such as the columns of relations, for tests that open none."""
    async with TortoiseContext():
        config = models_database.tortoise_config(servers.postgres, pool_size=1)
        await Tortoise.init(config=config, init_connections=False)


async def make_template(servers: Servers) -> None:
    """Make one migrated database, from which every worker's is copied."""
    await on_server(servers, f"CREATE DATABASE {TEMPLATE}")
    await models_database.migrate(servers.database_url(TEMPLATE))
    await load_words(servers.database_url(TEMPLATE))


async def load_words(url: str) -> None:
    """Give a migrated database the words of Kediri for search."""
    async with models_database.connected(url, pool_size=1), transaction() as held:
        await dictionary.load(held, load_city(KEDIRI).search)


async def on_server(servers: Servers, *statements: str) -> None:
    """Run statements that no database may be open for."""
    server = await asyncpg.connect(servers.postgres)
    try:
        for statement in statements:
            await server.execute(statement)
    finally:
        await server.close()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist where its servers are."""
    node.workerinput["postgres"] = node.config.stash[SERVERS].postgres
    node.workerinput["redis_url"] = start_valkey(node.config, node.workerinput["workerid"])
    node.workerinput["folder"] = str(node.config.stash[FOLDER])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers."""
    stack = config.stash.get(OPENED, None)
    if stack is not None:
        stack.close()


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> Servers:
    """The PostgreSQL of this run and the Valkey of this worker."""
    return pytestconfig.stash[SERVERS]


@pytest.fixture(scope="session")
def program() -> Iterator[Program]:
    """The program `surga`, imported once."""
    with ready_program() as program:
        yield program


@pytest.fixture(scope="session")
def worker_number(request: pytest.FixtureRequest) -> int:
    """Which of the parallel workers this is, from 0."""
    given: dict[str, Any] = getattr(request.config, "workerinput", {})
    return int(given.get("workerid", "gw0")[2:])


@pytest.fixture(scope="session")
async def database_url(servers: Servers, worker_number: int) -> AsyncIterator[str]:
    """This worker's own migrated database."""
    name = f"surga_test_gw{worker_number}"
    await on_server(servers, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    server = await asyncpg.connect(servers.database_url(name))
    await server.execute("UPDATE log_head SET home = log_home()")  # a copy has another home, which is not adopted here
    await server.close()
    yield servers.database_url(name)
    await on_server(servers, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def empty_database_url(servers: Servers, worker_number: int) -> AsyncIterator[str]:
    """A database of its own without any table, for tests that migrate or start a whole process."""
    name = f"surga_test_empty_gw{worker_number}"
    await on_server(servers, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")
    yield servers.database_url(name)
    await on_server(servers, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
async def opened_database(database_url: str) -> AsyncIterator[BaseDBAsyncClient]:
    """The models, connected to this worker's database; nobody may rely on an order that was not asked for."""
    with turned_round():
        async with models_database.connected(database_url) as connection:
            yield connection


@pytest.fixture(scope="session")
async def emptying(opened_database: BaseDBAsyncClient, database_url: str) -> AsyncIterator[Emptying]:
    """What makes the database as if just installed; tables that nothing touched cost nothing."""
    emptying = Emptying(database_url, opened_database)
    await emptying.make()
    yield emptying
    await emptying.close()


@pytest.fixture
async def database(
    request: pytest.FixtureRequest, opened_database: BaseDBAsyncClient, emptying: Emptying
) -> BaseDBAsyncClient:
    """An empty desk of purpose test, with a log of its own; what a fixture of the same test keeps stays as it is."""
    if not keeping.fits(request.fixturenames):
        keeping.forget()
        await emptying()
    return opened_database


@pytest.fixture(scope="module", autouse=True)
async def rest() -> AsyncIterator[None]:
    """Let no module of tests leave behind what keeps the loop, and with it a core, busy until the run ends."""
    yield
    assert await restless() is None


@pytest.fixture(scope="session", autouse=True)
def patient_counts() -> Iterator[None]:
    """Let what is counted in Redis be counted there, however busy the machine is."""
    with patch.object(budgets, "PATIENCE_SECONDS", 30.0), patch.object(gate, "PATIENCE_SECONDS", 30.0):
        yield


@pytest.fixture(scope="session", autouse=True)
def shared_schema() -> Iterator[None]:
    """Let all desks of this process have one schema."""
    with one_schema():
        yield


@pytest.fixture
def redis_url(servers: Servers) -> str:
    """This worker's own Valkey, emptied."""
    with socket.socket(socket.AF_UNIX) as line:  # a client of redis costs a hundred times as much
        line.connect(servers.redis_url.removeprefix("unix://"))
        line.sendall(b"FLUSHALL\r\n")
        assert line.recv(100) == b"+OK\r\n"
    return servers.redis_url


@pytest.fixture
def settings(database_url: str, redis_url: str, tmp_path: Path) -> Settings:
    """Settings of environment test, on this worker's database."""
    return Settings(
        environment=Environment.TEST,
        database_url=database_url,
        redis_url=redis_url,
        data_dir=tmp_path,
        secret_key=SecretStr(SECRET),
    )


class Clock:
    """A clock that stands still until a test moves it; a Monday morning in Kediri at first."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def set(self, moment: datetime) -> None:
        self.moment = moment

    def forward(self, **lapse: float) -> None:
        """Move on, by the words of timedelta."""
        self.moment += timedelta(**lapse)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def desk(database: BaseDBAsyncClient, redis_url: str, clock: Clock) -> AsyncIterator[Desk]:
    """A desk on the empty database, with its own keys and the settable clock."""
    keys = Keys(SECRET.encode())
    bell = Bell(redis_url, (await LogHead.get()).epoch, PATIENT)
    quick = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    cursors = Cursors(keys.derive("cursors", 64))
    yield Desk(keys=keys, cursors=cursors, bell=bell, clock=clock, passwords=quick, pass_first=pass_tickets)
    await bell.close()


class Statements:
    """The SQL statements that were sent; BEGIN, COMMIT and the pool's own reset are none."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    @property
    def count(self) -> int:
        return len(self.texts)

    def note(self, text: str) -> None:
        if not NOT_STATEMENTS.match(text):
            self.texts.append(text)


@pytest.fixture
def count_queries() -> Callable[[], AbstractContextManager[Statements]]:
    """Use as `with count_queries() as statements: ...`, then compare statements.count."""
    return counted


@contextmanager
def counted() -> Iterator[Statements]:
    """Note every statement that any connection sends while the block runs."""
    statements = Statements()
    plain, prepared, many = (getattr(asyncpg.Connection, name) for name in ("execute", "_execute", "_executemany"))

    async def execute(self: Any, query: str, *args: Any, **named: Any) -> Any:
        if not args:  # with arguments it goes through _execute
            statements.note(query)
        return await plain(self, query, *args, **named)

    async def _execute(self: Any, query: str, *args: Any, **named: Any) -> Any:
        statements.note(query)
        return await prepared(self, query, *args, **named)

    async def _executemany(self: Any, query: str, *args: Any, **named: Any) -> Any:
        statements.note(query)
        return await many(self, query, *args, **named)

    with patch.multiple(asyncpg.Connection, execute=execute, _execute=_execute, _executemany=_executemany):
        yield statements
