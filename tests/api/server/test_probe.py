"""How the database is asked whether it serves: one question at a time, and one end for everybody who asks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

import asyncpg
import pytest

from api.server.probe import Probe, Trouble, known_migrations
from models.database import connect_alone
from models.faults import Faults
from realtime.homes import LogElsewhereError


class Strange(BaseException):
    """What no `except Exception` sees."""


class Line:
    """A connection that answers when it is let go, by what it is given to raise, or well."""

    def __init__(self) -> None:
        self.fetched = 0
        self.closed = False
        self.go = asyncio.Event()
        self.problem: BaseException | None = None

    async def fetch(self, statement: str) -> list[dict[str, str]]:
        self.fetched += 1
        await self.go.wait()
        if self.problem is not None:
            raise self.problem
        return [{"name": name} for name in known_migrations()]

    def is_closed(self) -> bool:
        return self.closed

    def terminate(self) -> None:
        self.closed = True

    async def close(self, timeout: float) -> None:  # noqa: ASYNC109 - asyncpg's signature
        self.closed = True


class Server:
    """Makes lines."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.ready = True

    async def connect(self) -> Line:
        line = Line()
        if self.ready:
            line.go.set()
        self.lines.append(line)
        return line


@pytest.fixture
def server() -> Server:
    return Server()


async def test_the_connection_is_kept_between_questions(server: Server) -> None:
    probe = Probe(server.connect)

    answers = [await probe.ask() for _ in range(3)]
    await probe.close()

    assert answers == [None] * 3
    assert [(line.fetched, line.closed) for line in server.lines] == [(3, True)]


async def test_those_who_ask_at_the_same_time_share_a_question(server: Server) -> None:
    probe = Probe(server.connect)
    server.ready = False
    asking = [asyncio.create_task(probe.ask()) for _ in range(10)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    server.lines[0].go.set()

    assert await asyncio.gather(*asking) == [None] * 10
    assert server.lines[0].fetched == 1
    await probe.close()


async def test_who_stops_waiting_takes_the_answer_from_nobody(server: Server) -> None:
    probe = Probe(server.connect)
    server.ready = False
    first, other = asyncio.create_task(probe.ask()), asyncio.create_task(probe.ask())
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    first.cancel()
    await asyncio.wait([first])
    server.lines[0].go.set()

    assert first.cancelled()
    assert await other is None
    await probe.close()


def full() -> BaseException:
    problem: BaseException = asyncpg.TooManyConnectionsError("sorry, too many clients already")
    return problem


@pytest.mark.parametrize(
    ("problem", "trouble"),
    [
        (ConnectionResetError, Trouble.DATABASE),
        (RuntimeError, Trouble.DATABASE),
        (asyncio.CancelledError, Trouble.DATABASE),
        (Strange, Trouble.DATABASE),
        (full, Trouble.BUSY),
    ],
)
async def test_whatever_a_question_raises_is_an_answer_and_the_next_has_a_new_connection(
    server: Server, problem: Callable[[], BaseException], trouble: Trouble
) -> None:
    probe = Probe(server.connect)
    await probe.ask()
    server.lines[0].problem = problem()

    answers = [await probe.ask(), await probe.ask()]
    await probe.close()

    assert answers == [trouble, None]
    assert [line.closed for line in server.lines] == [True, True]


@pytest.mark.parametrize(
    ("problem", "trouble"),
    [(LogElsewhereError, Trouble.ELSEWHERE), (asyncpg.UndefinedTableError, Trouble.MIGRATIONS)],
)
async def test_what_the_database_itself_says_is_asked_again_over_the_same_connection(
    server: Server, problem: Callable[[], BaseException], trouble: Trouble
) -> None:
    probe = Probe(server.connect)
    await probe.ask()
    server.lines[0].problem = problem()

    answers = [await probe.ask(), await probe.ask()]
    await probe.close()

    assert answers == [trouble, trouble]
    assert len(server.lines) == 1


async def test_a_server_that_says_nothing_is_asked_for_a_bounded_time(server: Server) -> None:
    probe = Probe(server.connect, patience=0.01)
    server.ready = False

    assert await asyncio.wait_for(probe.ask(), 60) is Trouble.DATABASE
    assert server.lines[0].closed


async def test_a_probe_that_closes_answers_those_who_wait(server: Server) -> None:
    probe = Probe(server.connect)
    server.ready = False
    asking = asyncio.create_task(probe.ask())
    await asyncio.sleep(0)

    await probe.close()

    assert await asking is Trouble.DATABASE


async def test_the_pool_knows_nothing_of_the_connection_of_a_probe(database: Any) -> None:
    line = await connect_alone()
    try:
        assert await line.fetchval("SHOW statement_timeout") == "15s"
        assert line not in [holder._con for holder in database._pool._holders]
    finally:
        await line.close()


async def test_who_is_cancelled_while_the_answer_comes_takes_it_from_nobody(server: Server) -> None:
    class Cancelling(Line):
        async def fetch(self, statement: str) -> list[dict[str, str]]:
            asyncio.get_running_loop().call_soon(first.cancel)  # runs between the answer and those who hear it
            return await super().fetch(statement)

    async def connect() -> Line:
        line = Cancelling()
        line.go.set()
        return line

    probe = Probe(connect)
    first, other = asyncio.create_task(probe.ask()), asyncio.create_task(probe.ask())

    async with asyncio.timeout(60):
        assert await other is None
    assert first.cancelled()
    await probe.close()


class Disk(Line):
    """A line that writes as long as there is room."""

    def __init__(self, faults: Faults) -> None:
        super().__init__()
        self.go.set()
        self.faults = faults
        self.refuses: asyncpg.PostgresError | None = None
        self.tries = 0
        self.tried = asyncio.Event()

    def transaction(self) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    async def execute(self, statement: str) -> None:
        self.tries += 1
        self.tried.set()
        if self.refuses is not None:
            self.faults.note(self.refuses)
            raise self.refuses


class Now:
    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def disk(now: Now) -> Disk:
    return Disk(Faults(now))


def probe_of(disk: Disk, now: Now) -> Probe:
    async def connect() -> Disk:
        return disk

    return Probe(connect, faults=lambda: disk.faults, monotonic=now)


async def test_a_full_disk_is_told_though_nobody_writes(disk: Disk, now: Now) -> None:
    probe, told = probe_of(disk, now), []
    told.append(await probe.ask())
    disk.refuses = asyncpg.DiskFullError("no space left on device")

    for seconds in (59, 1, 29, 1):
        now.seconds += seconds
        told.append(await probe.ask())
    disk.refuses = None
    now.seconds += 30
    told.append(await probe.ask())

    await probe.close()
    assert told == [None, None, *[Trouble.WRITING] * 3, None]
    assert (disk.tries, disk.faults.writes_fail, disk.faults.counted["53100"]) == (4, False, 2)


async def test_a_right_that_is_missing_says_nothing_of_the_disk(disk: Disk, now: Now) -> None:
    probe = probe_of(disk, now)
    disk.refuses = asyncpg.InsufficientPrivilegeError("permission denied to create temporary tables")

    assert [await probe.ask(), disk.faults.writes_fail] == [None, False]
    await probe.close()


async def test_a_server_asks_by_itself(disk: Disk, now: Now, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.server.probe.ASK_SECONDS", 0)
    probe = probe_of(disk, now)

    asking = asyncio.create_task(probe.keep_asking())
    async with asyncio.timeout(60):
        await disk.tried.wait()

    asking.cancel()
    await asyncio.wait([asking])
    await probe.close()
    assert disk.tries == 1


async def test_a_try_goes_well_in_a_database_with_room(database: Any) -> None:
    faults = Faults()
    probe = Probe(connect_alone, patience=60, faults=lambda: faults)

    assert await probe.ask() is None
    assert await database.execute_query_dict("SELECT relname FROM pg_class WHERE relname = 'surga_room'") == []
    await probe.close()
