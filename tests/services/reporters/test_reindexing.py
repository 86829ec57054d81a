"""After erasures nothing of what was erased is left in the files of the database, and a stopped run is repeated."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from models import PendingReindex, Ticket
from models.enums import Channel, Role
from services.access.scopes import Scope
from services.core.desk import Desk
from services.intake.forms import Submission
from services.intake.submissions import submit
from services.reporters import reindexing
from services.reporters.erasure import Erasure, erase
from services.tickets.editing import Edit, edit
from services.tickets.location import Place
from tests.factories import make_agency, make_scope, make_ticket, make_tickets
from tests.words_on_disk import left_in

MARK = b"zqwjkxvypq"
WORD = MARK.decode()


@pytest.fixture
async def coordinator(database: object) -> Scope:
    return await make_scope(Role.COORDINATOR, await make_agency("diskominfo"))


async def files_with_the_mark(database: BaseDBAsyncClient) -> list[str]:
    """What is on disk once all pages are written: tables, indexes, statistics and their copies of long values."""
    async with database.acquire_connection() as connection:
        await connection.execute("CHECKPOINT")
        folder = Path(await connection.fetchval("SHOW data_directory"))
        oid = await connection.fetchval("SELECT oid FROM pg_database WHERE datname = current_database()")
        names = dict(await connection.fetch("SELECT pg_relation_filenode(oid)::text, relname FROM pg_class"))
    found = [path for path in (folder / "base" / str(oid)).iterdir() if MARK in left_in(path)]
    return sorted(names.get(path.name.partition(".")[0], path.name) for path in found)


async def tidied(desk: Desk) -> int:
    """How many erasures the job tidied up after, once no transaction of another test's database is in its way."""
    total = 0
    while await PendingReindex.all().count():
        total += await reindexing.reindex(desk)
    return total


async def an_erased_ticket(desk: Desk, coordinator: Scope) -> None:
    """Among others, with words in every column, long and short, which were sampled before they went."""
    await make_tickets(30)
    place = Place(address=f"Jalan {WORD}", latitude=-7.8, longitude=112.0)
    form = Submission(f"Title {WORD}", f"{WORD} " * 900, Channel.PHONE, external_id=WORD, place=place)
    ticket = (await submit(desk, coordinator, form)).ticket
    await edit(desk, coordinator, Edit(ticket.id, 1, title=f"{WORD} again", body="Short", client_mutation_id=WORD))
    async with reindexing.connection().acquire_connection() as connection:
        await connection.execute("ANALYZE ticket, ticket_text, external_link, mutation_id")
    await erase(desk, coordinator, Erasure(ticket.id, 2, "REPORTER_REQUEST"))


async def test_the_files_of_the_database_hold_nothing_once_the_job_has_run(
    desk: Desk, database: BaseDBAsyncClient, coordinator: Scope
) -> None:
    await an_erased_ticket(desk, coordinator)
    assert "ticket" in await files_with_the_mark(database)

    assert await tidied(desk) == 1

    assert await files_with_the_mark(database) == []
    assert await PendingReindex.all().count() == 0
    assert await Ticket.all().count() == 31
    assert await reindexing.reindex(desk) == 0


async def test_a_batch_of_erasures_is_tidied_up_once(desk: Desk, coordinator: Scope) -> None:
    for _ in range(3):
        ticket = await make_ticket()
        await erase(desk, coordinator, Erasure(ticket.id, 1, "REPORTER_REQUEST"))

    assert await tidied(desk) == 3


async def test_an_index_whose_rebuilding_was_stopped_is_removed_and_built_anew(
    desk: Desk, database: BaseDBAsyncClient, coordinator: Scope, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await an_erased_ticket(desk, coordinator)
    monkeypatch.setattr(reindexing, "PATIENTLY", "SET lock_timeout = '100ms'; SET statement_timeout = 0")
    monkeypatch.setattr(reindexing, "LARGEST_REWRITE", 0)
    holder = await asyncpg.connect(database_url)
    left = "SELECT count(*) AS n FROM pg_index WHERE NOT indisvalid"
    async with holder.transaction():
        await holder.execute("LOCK TABLE ticket IN ROW EXCLUSIVE MODE")  # REINDEX waits for whoever writes
        while (await database.execute_query(left))[1][0]["n"] == 0:  # a transaction of another test may be in its way
            assert await reindexing.reindex(desk) == 0
    await holder.close()
    assert (await database.execute_query(left))[1][0]["n"] == 1
    assert await PendingReindex.all().count() == 1

    assert await tidied(desk) == 1

    assert (await database.execute_query(left))[1][0]["n"] == 0


async def test_an_erasure_that_others_may_still_read_past_waits(
    desk: Desk, coordinator: Scope, database_url: str
) -> None:
    older = await asyncpg.connect(database_url)
    await older.execute("BEGIN")
    await older.execute("SELECT pg_current_xact_id()")
    await an_erased_ticket(desk, coordinator)

    assert await reindexing.reindex(desk) == 0

    await older.close()
    assert await tidied(desk) == 1


async def test_a_table_that_is_busy_is_left_for_later_and_the_session_is_as_before(
    desk: Desk, database: BaseDBAsyncClient, coordinator: Scope, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await an_erased_ticket(desk, coordinator)
    monkeypatch.setattr(reindexing, "SHORTLY", "SET lock_timeout = '50ms'")
    holder = await asyncpg.connect(database_url)
    async with holder.transaction():
        await holder.execute("LOCK TABLE answer IN ACCESS SHARE MODE")
        assert await reindexing.reindex(desk) == 0
    await holder.close()

    async with database.acquire_connection() as connection:
        assert await connection.fetchval("SHOW lock_timeout") == "3s"
    assert await PendingReindex.all().count() == 1


async def test_indexes_of_words_are_rebuilt_and_no_others(database: BaseDBAsyncClient) -> None:
    async with database.acquire_connection() as connection:
        found = {
            row["name"].partition("_fkey")[0]
            for table, columns in reindexing.COLUMNS.items()
            for row in await connection.fetch(reindexing.INDEXES, table, list(columns))
        }
        definitions = {
            name: await connection.fetchval("SELECT pg_get_indexdef($1::text::regclass)", name) for name in found
        }

    columns = sorted(text.partition(" USING ")[2] for text in definitions.values())
    assert columns == [
        "btree (external_id)",
        "btree (system, external_id)",
        "gin (external_keys)",
        "gin (plain_title gin_trgm_ops)",
        "gin (search)",
    ]
