"""The rights of a role that the program signs in as, and that owns nothing: what it needs, and no more."""

from __future__ import annotations

from typing import Any

import asyncpg

from models.database import DatabaseUnusable, connect_to

# Logs that only grow: nobody who has the program's password may change or empty them.
APPEND_ONLY = ("event", "log_epoch", "audit_entry", "audit_seal")
READ_ONLY = ("tortoise_migrations",)
MAINTAIN_SINCE = 17  # PostgreSQL's right to VACUUM and REINDEX, which the jobs after an erasure use
TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')"

# What of all this the role of this session does not have.
LACKING = """
SELECT 1 AS place, "right" || ' on table ' || relname AS said
FROM unnest($1::text[], $2::text[]) AS needed (name, "right")
JOIN pg_class ON relname = name AND relnamespace = 'public'::regnamespace
WHERE NOT has_table_privilege(pg_class.oid, "right")
UNION ALL SELECT 2, "right" || ' on sequence ' || relname
FROM pg_class, unnest(ARRAY['USAGE', 'SELECT']) AS needed ("right")
WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace AND NOT CASE
    WHEN relkind = 'S' THEN has_sequence_privilege(pg_class.oid, "right") END
UNION ALL SELECT 3, 'EXECUTE on function ' || proname FROM pg_proc
WHERE pronamespace = 'public'::regnamespace AND NOT has_function_privilege(oid, 'EXECUTE')
UNION ALL SELECT 0, 'USAGE on schema public' WHERE NOT has_schema_privilege('public', 'USAGE')
UNION ALL SELECT 4, 'TEMPORARY on database ' || current_database()
WHERE NOT has_database_privilege(current_database(), 'TEMPORARY')
ORDER BY place, said
"""


async def grant_to(url: str, role: str) -> None:
    """Give a role the program's rights in the database of this URL, and take all others. Raises DatabaseUnusable."""
    server = await connect_to(url)
    try:
        if not await server.fetchval("SELECT count(*) FROM pg_roles WHERE rolname = $1", role):
            raise DatabaseUnusable(f"There is no role {role}: make it first, CREATE ROLE {role} LOGIN PASSWORD '...'.")
        async with server.transaction():
            for statement in await statements(server, role):
                await server.execute(statement)
    finally:
        await server.close()


async def statements(server: Any, role: str) -> list[str]:
    """The grants, in the order in which they are made."""
    name = await server.fetchval("SELECT quote_ident($1)", role)
    database = await server.fetchval("SELECT quote_ident(current_database())")
    tables = [row["relname"] for row in await server.fetch(TABLES)]
    return [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {name}",
        f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {name}",
        f"GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {name}",
        f"GRANT USAGE ON SCHEMA public TO {name}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}",
        f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {name}",
        *(f"GRANT {rights_on(table, server)} ON {table} TO {name}" for table in sorted(tables)),
    ]


async def lacking(server: Any) -> list[str]:
    """The rights of the program that the role of this session lacks, e.g. INSERT on table event."""
    tables = [row["relname"] for row in await server.fetch(TABLES)]
    needed = [(table, right) for table in tables for right in rights_on(table, server).split(", ")]
    rows = await server.fetch(LACKING, [table for table, _ in needed], [right for _, right in needed])
    return [row["said"] for row in rows]


def rights_on(table: str, server: asyncpg.Connection) -> str:
    """What the program does with a table."""
    maintain = ", MAINTAIN" if server.get_server_version().major >= MAINTAIN_SINCE else ""
    if table in READ_ONLY:
        return "SELECT"
    if table in APPEND_ONLY:
        return f"SELECT, INSERT, UPDATE{maintain}"  # words give way to digests; the database's guards refuse all else
    return f"SELECT, INSERT, UPDATE, DELETE{maintain}"
