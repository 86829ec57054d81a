"""Asks the database whether it serves, over a connection that is used for nothing else."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any

import asyncpg

from models.faults import Faults
from models.schema_versions import known_migrations
from realtime.cancellation import ended
from realtime.homes import LogElsewhereError

PATIENCE_SECONDS = 2.0  # our choice: /ready answers sooner than a monitor gives up
CLOSE_SECONDS = 0.5
# Our choice: a full disk shows within a minute and a half where nobody writes. A try takes some 5 ms of the database.
WRITE_SECONDS = 60.0
ASK_SECONDS = 30.0
# Needs room on the disk of the database, and leaves nothing behind.
TRY_TO_WRITE = """
CREATE TEMPORARY TABLE surga_room ON COMMIT DROP AS SELECT md5(number::text) FROM generate_series(1, 2000) AS number
"""
# log_here has rows only where the log is at home; it came with a migration that a database may lack.
APPLIED = "SELECT name FROM tortoise_migrations CROSS JOIN log_here WHERE app = 'models'"
FULL = (asyncpg.TooManyConnectionsError, asyncpg.InsufficientResourcesError)


class Trouble(StrEnum):
    """Why a process could not serve; clients read these words, and never those of an exception."""

    DATABASE = "the database does not answer"
    BUSY = "the database has no connection left"
    WRITING = "the database takes no writes: its own log and ours say why"
    MIGRATIONS = "the database lacks migrations: run surga migrate"
    ELSEWHERE = "the database was restored, copied or failed over: run surga worker or surga log adopt"
    STALLED = "live updates stand still: the log was not looked at for too long"
    FAILED = "live updates stand still: the last look at the log failed"
    BEHIND = "live updates are too late: the log is not read up to its end"


class Probe:
    """Runs one query at a time, which all who ask meanwhile share; each waits with a future of its own.

    connect opens a connection, whose faults are those of the pool. It is kept, and opened again after whatever went
    wrong with it. faults gives these faults, by which writes are known to fail; None tries no writes.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[Any]],
        patience: float = PATIENCE_SECONDS,
        faults: Callable[[], Faults] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connect = connect
        self._faults = faults
        self._patience = patience
        self._monotonic = monotonic
        self._tried_at = -math.inf
        self._connection: Any = None
        self._asking: asyncio.Task[Trouble | None] | None = None
        self._waiting: set[asyncio.Future[Trouble | None]] = set()

    async def ask(self) -> Trouble | None:
        """What is wrong with the database; None where it serves. Takes no longer than the patience."""
        waiter: asyncio.Future[Trouble | None] = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        if self._asking is None:
            self._asking = asyncio.get_running_loop().create_task(self._answer())
            self._asking.add_done_callback(self._answer_all)
        try:
            return await waiter
        finally:
            self._waiting.discard(waiter)

    async def keep_asking(self) -> None:
        """Ask now and then, so that trouble is noticed even where nobody writes and nobody reads /ready."""
        while True:
            await asyncio.sleep(ASK_SECONDS)
            await self.ask()

    async def close(self) -> None:
        """Give the connection back."""
        if self._asking is not None:
            await ended([self._asking])
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                await connection.close(timeout=CLOSE_SECONDS)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
                connection.terminate()

    def _answer_all(self, asking: asyncio.Task[Trouble | None]) -> None:
        """Answer all who wait, however the question ended."""
        self._asking = None
        trouble = Trouble.DATABASE if asking.cancelled() else asking.result()
        waiting, self._waiting = self._waiting, set()
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(trouble)

    async def _answer(self) -> Trouble | None:
        try:
            async with asyncio.timeout(self._patience):
                known = known_migrations() <= await self._applied()
                writes = await self._takes_writes()
        except asyncpg.UndefinedTableError:
            return Trouble.MIGRATIONS
        except LogElsewhereError:
            return Trouble.ELSEWHERE
        except BaseException as problem:  # whatever it is: nobody knows that the database serves
            self._cut()
            return Trouble.BUSY if isinstance(problem, FULL) else Trouble.DATABASE
        if not known:
            return Trouble.MIGRATIONS
        return None if writes else Trouble.WRITING

    async def _takes_writes(self) -> bool:
        """Whether writes go well, as far as is known: tried once a minute, and after one that failed when all is quiet.

        What is no trouble of the server (a missing right) says nothing of its writes.
        """
        faults = None if self._faults is None else self._faults()
        if faults is None:
            return True
        if faults.is_recent:
            return False
        if not faults.writes_fail and self._monotonic() - self._tried_at < WRITE_SECONDS:
            return True
        self._tried_at = self._monotonic()
        try:
            async with self._connection.transaction():
                await self._connection.execute(TRY_TO_WRITE)
        except asyncpg.PostgresError:
            return not faults.writes_fail
        faults.end()
        return True

    async def _applied(self) -> set[str]:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._connect()
        return {row["name"] for row in await self._connection.fetch(APPLIED)}

    def _cut(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()
