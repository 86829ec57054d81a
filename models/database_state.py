"""What a database is, as a connection of its own sees it: its purpose, its schema, and who holds its locks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from models.app_role import lacking
from models.database import MIGRATION_LOCK, connect_to
from models.enums import Purpose
from models.schema_versions import SchemaState, schema_state

# What other sessions of this database hold that somebody may wait for, the oldest transaction first. Of sessions of
# other roles a plain role sees no state and no time.
HELD = """
SELECT s.pid, s.usename AS role, s.application_name AS program, s.client_addr::text AS host,
    s.state, s.xact_start AS since,
    array_agg(DISTINCT coalesce(l.relation::regclass::text, l.locktype || ' lock') || ' (' || l.mode || ')') AS locks
FROM pg_locks l JOIN pg_stat_activity s ON s.pid = l.pid
WHERE l.granted AND l.pid <> pg_backend_pid() AND s.datname = current_database()
    AND (l.locktype = 'advisory' OR l.locktype = 'relation' AND l.mode <> 'AccessShareLock' AND l.relation >= 16384)
    AND ($1::bigint IS NULL OR l.locktype = 'advisory' AND l.classid = $1 >> 32 AND l.objid = $1 & 4294967295)
GROUP BY s.pid, s.usename, s.application_name, s.client_addr, s.state, s.xact_start
ORDER BY bool_or(l.locktype = 'relation') DESC, s.xact_start NULLS LAST
LIMIT 1
"""
MOST_LOCKS = 3


@dataclass(frozen=True, slots=True)
class Found:
    """For what a database was made, None where nobody said so, how far it is migrated, and why it takes no writes.

    lacking are the rights of the program that the role lacks.
    """

    purpose: Purpose | None
    schema: SchemaState
    read_only: str | None
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LockHolder:
    """A session that holds locks. What a plain role may not see of another role's session is None."""

    pid: int
    role: str | None
    program: str | None
    host: str | None
    state: str | None
    since: datetime | None
    locks: tuple[str, ...]

    def __str__(self) -> str:
        """E.g. process 4711 (role surga, psql on 10.0.0.7, active since 08:15:02 UTC) holds ticket (ExclusiveLock)."""
        who = [f"role {self.role}"] if self.role else []
        if self.program:
            who.append(f"{self.program}{f' on {self.host}' if self.host else ''}")
        if self.state:
            who.append(self.state + (f" since {self.since:%H:%M:%S} UTC" if self.since else ""))
        more = ", ..." if len(self.locks) > MOST_LOCKS else ""
        return f"process {self.pid} ({', '.join(who)}) holds {', '.join(self.locks[:MOST_LOCKS])}{more}"


async def look_at(url: str) -> Found:
    """What the database of this URL is; raises what asyncpg raises."""
    server = await connect_to(url)
    try:
        missing = tuple(await lacking(server))
        return Found(await _purpose(server), await schema_state(server), await _read_only(server), missing)
    finally:
        await server.close()


async def lock_holder(url: str, advisory: int | None = None) -> LockHolder | None:
    """Who holds locks in the database of this URL, or this advisory one, for longest; None where nobody does."""
    server = await connect_to(url)
    try:
        row = await server.fetchrow(HELD, advisory)
    finally:
        await server.close()
    return None if row is None else LockHolder(**{**row, "locks": tuple(row["locks"])})


async def migration_holder(url: str) -> LockHolder | None:
    """Who migrates the database of this URL."""
    return await lock_holder(url, MIGRATION_LOCK)


async def _purpose(server: Any) -> Purpose | None:
    try:
        found = await server.fetchval("SELECT purpose FROM installation WHERE id = 1")
    except asyncpg.UndefinedTableError:
        return None
    return None if found is None else Purpose(found)


async def _read_only(server: Any) -> str | None:
    if await server.fetchval("SELECT pg_is_in_recovery()"):
        return "it is a standby: name the primary in SURGA_DATABASE_URL, or add target_session_attrs=read-write to it"
    if await server.fetchval("SELECT current_setting('default_transaction_read_only')::boolean"):
        return (
            "default_transaction_read_only is on: reset it with ALTER DATABASE or ALTER ROLE, in postgresql.conf, or "
            "in the options of SURGA_DATABASE_URL"
        )
    return None
