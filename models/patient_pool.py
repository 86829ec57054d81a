"""Tortoise's asyncpg engine with bounded waits, for a full pool and for a dead server; Tortoise waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from typing import Any, TypeVar

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext, TransactionContextPooled
from tortoise.connection import get_connections

from models.database_url import for_asyncpg
from models.faults import Faults, noting
from models.pool_turns import PoolShares, Turns, first_in_line, share

__all__ = ["PatientClient", "PatientPool", "client_class", "first_in_line", "share"]

T = TypeVar("T")
WAIT_SECONDS = 4.0
RELEASE_SECONDS = 0.5  # for a server to end a statement that nobody waits for any more; asyncpg takes WAIT_SECONDS
WRITING = frozenset({"UPDATE", "DELETE", "INSERT"})  # whose rows Tortoise counts and does not give
CLOSE_SECONDS = 1.0  # Tortoise itself waits for 10
ADDRESS = frozenset({"host", "port", "user", "password", "database"})  # asyncpg takes them out of the URL
REST = {"max_queries": 50_000, "max_inactive_connection_lifetime": 300.0, "record_class": asyncpg.Record}


class PatientPool(asyncpg.Pool):  # type: ignore[misc]
    """A pool whose acquire raises TimeoutError when nothing is free for WAIT_SECONDS; clients read that as BUSY.

    It raises it at once where too many of the caller's account wait already.
    """

    faults: Faults

    async def _get_new_connection(self) -> Any:
        try:
            return await super()._get_new_connection()
        except asyncpg.PostgresError as wrong:
            self.faults.note(wrong)
            raise

    async def _initialize(self) -> None:
        await super()._initialize()
        self._queue = Turns(self._holders, PoolShares.of(self._maxsize))  # nobody waits yet

    @property
    def turns(self) -> Turns:
        """Who has and who waits for a connection."""
        turns: Turns = self._queue
        return turns

    def acquire(self, *, timeout: float | None = None) -> Any:
        return super().acquire(timeout=WAIT_SECONDS if timeout is None else timeout)

    async def _acquire(self, timeout: float | None) -> Any:  # noqa: ASYNC109 - asyncpg calls it so
        """A connection; where one is free and open nothing is waited for, and no time limit is set up."""
        holder = None if self._closing or not self._initialized else self.turns.take_open(self._generation)
        if holder is None:
            return await super()._acquire(timeout)
        try:
            proxy = await holder.acquire()
        except BaseException:
            self._queue.put_nowait(holder)
            raise
        holder._timeout = timeout
        return proxy

    def release(self, connection: Any, *, timeout: float | None = None) -> Awaitable[None]:
        """Take a connection back, at once where it is idle; one whose server does not answer is closed."""
        if self._is_idle(connection):
            return self._given_back(connection)
        giving = super().release(connection, timeout=RELEASE_SECONDS if timeout is None else timeout)
        task = asyncio.ensure_future(giving)
        task.add_done_callback(_look)  # a caller who is cancelled meanwhile will never look how it ended
        return asyncio.shield(task)

    def _is_idle(self, connection: Any) -> bool:
        """Whether there is nothing to wait for, undo or close: then asyncpg's way ends where _given_back does."""
        held, holder = connection._con, connection._holder
        if held is None or holder._pool is not self or held.is_closed():
            return False
        line = held._protocol
        if line.is_in_transaction() or line._is_cancelling() or held._top_xact is not None:
            return False
        if held._listeners or held._log_listeners or held.is_unfinished:
            return False
        return bool(line.queries_count < self._max_queries and holder._generation == self._generation)

    def _given_back(self, connection: Any) -> asyncio.Future[None]:
        """Release an idle connection without the two tasks of asyncpg's way and their six turns of the loop."""
        holder = connection._holder
        connection._con._on_release()
        holder._timeout = None
        holder._release()
        holder._setup_inactive_callback()
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        ended.set_result(None)
        return ended


class LeftTransaction:
    """Stands for a transaction whose caller has gone: asyncpg rolls it back before anybody gets the connection."""

    _managed = True


def _look(task: asyncio.Future[None]) -> None:
    if not task.cancelled():
        task.exception()


class PatientWrapper(TransactionWrapper):
    """A transaction that begins anew where a migration has outdated the plan of its first statement.

    asyncpg forgets all plans then. Outside of transactions it tries again by itself; a later statement raises
    asyncpg.InvalidCachedStatementError, which clients read as BUSY, as what went before is lost.
    """

    _said = 0

    async def begin(self) -> None:
        with self._left_quietly():
            await super().begin()
        self._said = self._connection._protocol.queries_count

    async def commit(self) -> None:
        with self._left_quietly():
            await super().commit()

    async def rollback(self) -> None:
        with self._left_quietly():
            await super().rollback()

    @contextmanager
    def _left_quietly(self) -> Iterator[None]:
        """Let a caller who goes away around BEGIN, COMMIT or ROLLBACK be no fault that asyncpg tells the loop of."""
        try:
            yield
        except BaseException:
            held = self._connection._con
            if held is not None and not held.is_closed() and (held._top_xact is not None or held.is_in_transaction()):
                held._top_xact = LeftTransaction()
            raise

    async def execute_insert(self, query: str, values: list[Any]) -> Any:
        return await self._tried(super().execute_insert, query, values)

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Any]:
        return await self._tried(super().execute_query, query, values)

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        return await self._tried(super().execute_query_dict, query, values)

    async def _tried(self, run: Callable[..., Awaitable[T]], *given: Any) -> T:
        try:
            return await run(*given)
        except asyncpg.InvalidCachedStatementError:
            if self._connection._protocol.queries_count > self._said + 1:
                raise
            await self._begun_anew()
        return await run(*given)

    async def _begun_anew(self) -> None:
        assert self.transaction is not None  # noqa: S101 - a statement has just failed in it
        await self.transaction.rollback()
        await self.begin()


class PatientTransaction(TransactionContextPooled):
    """A transaction that gives its connection back where it can not even begin; Tortoise keeps it for ever."""

    async def __aenter__(self) -> TransactionalDBClient:
        try:
            return await super().__aenter__()
        except BaseException:
            await self._give_back()
            raise

    async def _give_back(self) -> None:
        if hasattr(self, "token"):  # it has a connection, and its task was told so
            get_connections().reset(self.token)
            await self.client._parent._pool.release(self.client._connection)


class PatientClient(AsyncpgDBClient):
    """Tortoise's client of the database that a whole libpq URL leads to; Tortoise itself knows only parts of it."""

    def __init__(self, *, dsn: str, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._dsn = dsn
        self.faults = Faults()

    async def create_pool(self, **kwargs: Any) -> asyncpg.Pool:
        url, more = for_asyncpg(self._dsn)
        given = {**REST, "connection_class": noting(self.faults), **_without(ADDRESS | {"connection_class"}, kwargs)}
        pool = PatientPool(url, **given, **more)
        pool.faults = self.faults
        return await pool

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Any]:
        """As Tortoise's own: how many rows, and the rows; by a shorter way for what reads."""
        if self._pool is None or query.lstrip()[:6].upper() in WRITING:
            counted: tuple[int, Any] = await super().execute_query(query, values)
            return counted
        rows: Any = await self._translate_exceptions(PatientClient._fetched, query, values or ())
        return len(rows), rows

    async def _fetched(self, query: str, values: Sequence[Any]) -> Any:
        pool: Any = self._pool
        connection = await pool.acquire()
        try:
            return await connection.fetch(query, *values)
        finally:
            await pool.release(connection)

    async def connect_alone(self) -> asyncpg.Connection:
        """A connection with the settings of the pool's, which the pool knows nothing of."""
        arguments, (url, more) = _without({"reset"}, self.extra), for_asyncpg(self._dsn)
        own = noting(self.faults)
        try:
            return await asyncpg.connect(
                url, server_settings=self.server_settings, connection_class=own, **arguments, **more
            )
        except asyncpg.PostgresError as wrong:
            self.faults.note(wrong)
            raise

    def _in_transaction(self) -> TransactionContext:
        return PatientTransaction(PatientWrapper(self), self._pool_init_lock)

    async def _close(self) -> None:
        """Close every connection; who still uses one after CLOSE_SECONDS, because its peer is gone, loses it."""
        if self._pool is not None:
            try:
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._pool.close()
            except TimeoutError:
                self._pool.terminate()
            self._pool = None


def _without(names: Set[str], arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name not in names}


client_class = PatientClient  # the name by which Tortoise finds an engine
