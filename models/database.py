"""Connect to PostgreSQL, and bring its tables to the shape of this code."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from tortoise import Tortoise, connections
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.context import TortoiseContext

from models.database_url import HiddenUrl, UrlUnreadable, for_asyncpg, read_url, settings_over
from models.migrating import run_migrations
from models.schema_versions import schema_state
from models.unfinished import FinishingConnection

CONNECTION = "default"
OLDEST_POSTGRESQL = 150_000
CONNECT_SECONDS = 10.0  # asyncpg itself waits for 60
ANSWER_SECONDS = 20.0  # the server itself ends a statement sooner: one that says nothing for so long is dead
MIGRATION_LOCK = 7_357_100  # any constant: two processes that migrate the same database wait for each other
SERVER_SETTINGS = {
    "application_name": "surga",
    "timezone": "UTC",
    "lock_timeout": "3s",
    "idle_in_transaction_session_timeout": "5s",
    "statement_timeout": "15s",
    # What the planner can not count it takes for much: such plans would be compiled each time that they are run.
    "jit": "off",
    "pg_trgm.word_similarity_threshold": "0.45",  # a search with one wrong letter in a word still finds it
}


class DatabaseUnusable(Exception):
    """The database can not serve this project; the message is one line that says why and what to do."""


def tortoise_config(
    url: str,
    *,
    pool_size: int = 10,
    settings: dict[str, str] | None = None,
    answer_seconds: float | None = ANSWER_SECONDS,
) -> dict[str, Any]:
    """Describe one PostgreSQL database for Tortoise; url is what libpq takes, with all that it may say.

    answer_seconds: how long a statement may take, by our own clock; None for ever. Raises DatabaseUnusable.
    """
    credentials = {
        "dsn": HiddenUrl(url),
        "minsize": 1,
        "maxsize": pool_size,
        "reset": _keep_session,
        "command_timeout": answer_seconds,
        "timeout": CONNECT_SECONDS,
        "server_settings": {**_session(url), **(settings or {})},
    }
    return {
        "connections": {CONNECTION: {"engine": "models.patient_pool", "credentials": credentials}},
        "apps": {"models": {"models": ["models"], "migrations": "models.migrations", "default_connection": CONNECTION}},
        "use_tz": True,
        "timezone": "UTC",
    }


def _session(url: str) -> dict[str, str]:
    """The settings of our sessions: the URL's own win over the usual ones, but times are always UTC."""
    try:
        return {**settings_over(url, SERVER_SETTINGS), "timezone": SERVER_SETTINGS["timezone"]}
    except UrlUnreadable as wrong:
        raise DatabaseUnusable(f"The database's URL: {wrong}.") from None


async def _keep_session(held: FinishingConnection) -> None:
    """Little to undo when a connection goes back to the pool: no query of ours leaves settings or locks behind.

    asyncpg itself still rolls an open transaction back; its usual reset would be one more round trip per query.
    """
    await held.finish()


def connection() -> BaseDBAsyncClient:
    """The pooled connection that every query outside a transaction uses."""
    found: BaseDBAsyncClient = connections.get(CONNECTION)
    return found


async def connect_alone() -> asyncpg.Connection:
    """A connection to the same database outside the pool; the caller closes it."""
    client: Any = connections.get(CONNECTION)
    return await client.connect_alone()


@asynccontextmanager
async def connected(
    url: str, *, pool_size: int = 10, settings: dict[str, str] | None = None
) -> AsyncIterator[BaseDBAsyncClient]:
    """Open the models on url for the whole process, and close them at the end."""
    await Tortoise.init(
        config=tortoise_config(url, pool_size=pool_size, settings=settings), _enable_global_fallback=True
    )
    try:
        yield connection()
    finally:
        await Tortoise.close_connections()


async def connect_to(url: str, **settings: str) -> asyncpg.Connection:
    """One connection outside of every pool, with these settings of its session; the caller closes it.

    Raises DatabaseUnusable where the URL can not be read, and what asyncpg raises.
    """
    try:
        read_url(url)
        plain, more = for_asyncpg(url)
    except (UrlUnreadable, ValueError, OSError) as wrong:
        raise DatabaseUnusable(f"SURGA_DATABASE_URL: {wrong}.") from None
    named = {**_session(url), **settings}
    return await asyncpg.connect(plain, timeout=CONNECT_SECONDS, server_settings=named, **more)


async def migrate(
    url: str, *, on_wait: Callable[[], Awaitable[None]] | None = None, on_done: Callable[[str], None] | None = None
) -> list[str]:
    """Apply every migration that the database lacks, and give their names; parallel runs wait for the first one.

    on_wait is called before that wait, on_done with each name when it is applied. Raises DatabaseUnusable for a
    database from a later release.
    """
    # Between two statements of a migration stand our own computations, which may be long on a busy machine.
    patient = {"statement_timeout": "0", "lock_timeout": "30s", "idle_in_transaction_session_timeout": "0"}
    config = tortoise_config(url, pool_size=2, settings=patient, answer_seconds=None)
    endless = {"statement_timeout": "0", "lock_timeout": "0"}  # whoever was first may take as long as it needs
    guard = await connect_to(url, **endless)
    done: list[str] = []

    def note(event: str, _: str, name: str) -> None:
        if event == "apply_done":
            done.append(name)
            if on_done is not None:
                on_done(name)

    try:
        await require_usable(guard)
        await _take_turn(guard, on_wait)
        await refuse_newer(guard)
        async with TortoiseContext():  # its own, so that its connections are closed with it
            await run_migrations(config, progress=note)
    finally:
        await guard.close()
    return done


async def _take_turn(guard: asyncpg.Connection, on_wait: Callable[[], Awaitable[None]] | None) -> None:
    """Wait until nobody else migrates this database."""
    if await guard.fetchval("SELECT pg_try_advisory_lock($1)", MIGRATION_LOCK):
        return
    if on_wait is not None:
        await on_wait()
    await guard.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)


async def refuse_newer(server: asyncpg.Connection) -> None:
    """Go on only with a database that no later program has migrated. Raises DatabaseUnusable."""
    state = await schema_state(server)
    if state.newer:
        raise DatabaseUnusable(str(state.trouble))


async def require_usable(server: asyncpg.Connection) -> None:
    """Refuse a PostgreSQL that is too old, or lacks the trigram extension that search needs."""
    if server.get_server_version().major * 10_000 < OLDEST_POSTGRESQL:
        raise DatabaseUnusable(f"PostgreSQL {server.get_server_version().major} is too old: 15 or newer is needed.")
    available = await server.fetchval("SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_trgm'")
    if not available:
        raise DatabaseUnusable(
            "PostgreSQL has no pg_trgm extension, which search needs: install its contrib package, then try again."
        )
