"""Where marks stand: in which columns of a dump, and in which files of the database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from tortoise.backends.base.client import BaseDBAsyncClient

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"


async def columns_with(database: BaseDBAsyncClient, marks: Mapping[str, str]) -> dict[str, set[str]]:
    """For each name of a mark that stands in some row: the columns that hold it, as `ticket.title`."""
    found: dict[str, set[str]] = {}
    for table in await database.execute_query_dict(TABLES):
        name = table["tablename"]
        for row in await database.execute_query_dict(f'SELECT to_jsonb(t)::text AS line FROM "{name}" t'):
            for column, value in json.loads(row["line"]).items():
                text = json.dumps(value)
                for mark in (mark for mark, word in marks.items() if word in text):
                    found.setdefault(mark, set()).add(f"{name}.{column}")
    return found


async def left_in_files(database: BaseDBAsyncClient, sought: Iterable[str]) -> list[str]:
    """Marks on disk once all pages are written, with the tables and indexes that hold them."""
    async with database.acquire_connection() as held:
        await held.execute("CHECKPOINT")
        folder = Path(await held.fetchval("SHOW data_directory"))
        oid = await held.fetchval("SELECT oid FROM pg_database WHERE datname = current_database()")
        names = dict(await held.fetch("SELECT pg_relation_filenode(oid)::text, relname FROM pg_class"))
    bytes_of = {path.name: left_in(path) for path in (folder / "base" / str(oid)).iterdir()}
    marks = [(mark, mark.encode()) for mark in sought]
    found = {(name.partition(".")[0], mark) for name, data in bytes_of.items() for mark, raw in marks if raw in data}
    return sorted(f"{names.get(name, name)}: {mark}" for name, mark in found)


def left_in(path: Path) -> bytes:
    """What is in a file of a database that goes on: nothing, where it was removed since it was listed."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
