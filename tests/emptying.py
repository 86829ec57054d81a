"""What makes the database of a worker as if just installed, between two tests."""

from __future__ import annotations

from dataclasses import dataclass

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import connect_to

KEPT = (
    "log_head",
    "log_epoch",
    "tortoise_migrations",
    "search_word",  # the city's words are loaded once
    "search_state",
)
TABLES = """
SELECT t.oid, quote_ident(t.relname) AS name, s.oid AS sequence
FROM pg_class t LEFT JOIN pg_class s
    ON s.relkind = 'S' AND s.relname = t.relname || '_id_seq' AND s.relnamespace = t.relnamespace
WHERE t.relkind = 'r' AND t.relnamespace = 'public'::regnamespace AND t.relname <> ALL ($1)
"""
# To truncate costs 40 ms for one ticket, as every file of every table behind it is made anew; to delete costs 1 ms.
ONE = "IF pg_relation_size({oid}) > 262144 THEN large := large || '{name}'::text; ELSE DELETE FROM {name}; END IF;"
# RESTART would make a new file of the sequence.
ONE_SEQUENCE = "PERFORM setval({sequence}, 1, false) WHERE pg_sequence_last_value({sequence}) IS NOT NULL;"
# Each table has a statement of its own, whose plan is kept.
FUNCTION = """
CREATE FUNCTION surga_test_empty() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    large text[] := '{{}}';
BEGIN
    {each}
    IF large <> '{{}}' THEN
        EXECUTE 'TRUNCATE ' || array_to_string(large, ', ') || ' CASCADE';
    END IF;
END $$;
"""
FRESH = """
UPDATE log_head SET seq = 0, reference_seq = 0, epoch = replace(gen_random_uuid()::text, '-', ''), home = log_home();
DELETE FROM log_epoch;
INSERT INTO log_epoch (epoch, kind, began_at, seq, home, alive_at)
SELECT epoch, 'MADE', clock_timestamp(), 0, home, clock_timestamp() FROM log_head;
INSERT INTO notification_position (id, seq) VALUES (1, 0) ON CONFLICT (id) DO UPDATE SET seq = 0;
INSERT INTO installation (id, purpose, city_code, city_name, number_prefix, created_at)
VALUES (1, 'test', '35.71', 'Kota Kediri', 'KDR', '2026-01-01T00:00:00Z');
"""


@dataclass
class Emptying:
    """Empties a database in a session of its own: setting `session_replication_role` throws all plans of one away."""

    url: str
    database: BaseDBAsyncClient
    _session: asyncpg.Connection | None = None

    async def make(self) -> None:
        """Give the database its function."""
        tables = await self.database.execute_query_dict(TABLES, [list(KEPT)])
        each = [ONE.format(**table) for table in tables]
        each += [ONE_SEQUENCE.format(**table) for table in tables if table["sequence"] is not None]
        await self.database.execute_script(FUNCTION.format(each="\n    ".join(each)))

    async def __call__(self) -> None:
        """Make the database as if just installed."""
        if self._session is None or self._session.is_closed():  # a test may end all sessions
            past_guards = {"session_replication_role": "replica", "application_name": "emptying"}
            self._session = await connect_to(self.url, **past_guards)
        await self._session.execute("SELECT surga_test_empty()")
        await self.database.execute_script(FRESH)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
