"""Rows are made anew after the city's list changed: in batches, past rows that are held, and all of them in the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from models import PendingReindex, Ticket
from models.database import connection
from services.core.desk import Desk
from services.core.transactions import transaction
from services.master_data.cities import load_city
from services.search import dictionary, rebuilding
from services.search.rebuilding import outdated, rebuild
from services.search.word_list import WordList
from tests.conftest import KEDIRI
from tests.factories import make_ticket
from workers import search

OTHER = WordList(roots=("lampu",), short=(("lampu", "pju"),))
FINDS = "SELECT count(*) FROM ticket WHERE search @@ (search_asked($1)).words::tsquery"
VERSIONS = "SELECT array_agg(DISTINCT search_dictionary) FROM ticket"
UNSETTLED = "SELECT written_by >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM search_state"


async def loaded(listed: WordList) -> bool:
    async with transaction() as held:
        return await dictionary.load(held, listed)


async def settled() -> None:
    """Wait for whoever began before the list changed, in all databases of this server: other tests, too."""
    async with asyncio.timeout(120):
        while any(row[0] for row in (await connection().execute_query(UNSETTLED))[1]):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@pytest.fixture
async def held(database: BaseDBAsyncClient, database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A session beside the pool; the words of Kediri stand there again in the end."""
    await settled()
    await rebuild()
    opened = await asyncpg.connect(database_url)
    yield opened
    await opened.close()
    await loaded(load_city(KEDIRI).search)
    await settled()
    await rebuild()


async def test_a_changed_list_makes_every_row_anew_and_asks_for_new_indexes(
    desk: Desk, held: asyncpg.Connection
) -> None:
    pju = (("pju", "lampu"),)
    await make_ticket(title="PJU padam", body="Gelap.")
    assert await held.fetchval(FINDS, "lampu") == 0

    assert await loaded(WordList(roots=("lampu",), short=pju))
    assert await outdated() == 1
    await settled()
    assert await search.make_words(desk) == 1

    assert await held.fetchval(FINDS, "lampu") == 1
    assert await outdated() == 0
    assert await PendingReindex.all().count() == 1
    assert await search.make_words(desk) == 0
    assert await PendingReindex.all().count() == 1


async def test_the_same_list_changes_nothing(held: asyncpg.Connection) -> None:
    ticket = await make_ticket()
    before = await held.fetchrow("SELECT xmin::text, search::text FROM ticket WHERE id = $1", ticket.id)

    assert not await loaded(load_city(KEDIRI).search)
    assert await rebuild() == (0, False)

    assert await held.fetchrow("SELECT xmin::text, search::text FROM ticket WHERE id = $1", ticket.id) == before


async def test_nothing_but_words_of_a_row_changes(held: asyncpg.Connection) -> None:
    ticket = await make_ticket()
    await loaded(OTHER)

    await rebuild()

    after = await Ticket.get(id=ticket.id)
    assert (after.version, after.updated_at) == (ticket.version, ticket.updated_at)
    assert (after.title, after.body) == (ticket.title, ticket.body)


async def test_a_row_that_somebody_holds_is_left_for_the_next_run(held: asyncpg.Connection) -> None:
    tickets = [await make_ticket() for _ in range(3)]
    await loaded(OTHER)
    async with held.transaction():
        await held.execute("SELECT 1 FROM ticket WHERE id = $1 FOR UPDATE", tickets[1].id)

        assert await rebuild() == (2, False)
        assert await outdated() == 1

    await settled()
    assert await rebuild() == (1, True)
    assert len(await held.fetchval(VERSIONS)) == 1


async def test_a_run_that_was_stopped_is_gone_on_with(
    held: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        await make_ticket()
    await loaded(OTHER)
    monkeypatch.setattr(rebuilding, "BATCH", 2)

    class StoppedError(Exception):
        pass

    def stop(done: int) -> None:
        if done == 4:
            raise StoppedError

    with pytest.raises(StoppedError):
        await rebuild(stop)

    assert await outdated() == 1
    await settled()
    assert await rebuild() == (1, True)


async def test_a_row_that_was_begun_under_the_old_list_is_made_anew_when_it_is_there(
    held: asyncpg.Connection,
) -> None:
    ticket = await make_ticket()
    columns = ", ".join(
        await held.fetchval(
            "SELECT array_agg(column_name::text) FROM information_schema.columns "
            "WHERE table_name = 'ticket' AND column_name NOT IN ('id', 'number')"
        )
    )
    begun = held.transaction()
    await begun.start()
    await held.execute(
        f"INSERT INTO ticket (number, {columns}) SELECT 'KDR-2026-999999', {columns} FROM ticket WHERE id = $1",
        ticket.id,
    )

    await loaded(OTHER)
    assert await rebuild() == (1, False)  # the other one is not there yet

    await begun.commit()
    await settled()
    assert await rebuild() == (1, True)
    assert len(await held.fetchval(VERSIONS)) == 1


async def test_whoever_writes_a_row_makes_its_words(held: asyncpg.Connection) -> None:
    ticket = await make_ticket(title="Lampu", body="Padam.")

    await held.execute("UPDATE ticket SET title = 'Pohon', search = '' WHERE id = $1", ticket.id)

    found: list[Any] = [await held.fetchval(FINDS, word) for word in ("lampu", "pohon", "padam")]
    assert found == [0, 1, 1]
    assert await held.fetchval("SELECT plain_title FROM ticket WHERE id = $1", ticket.id) == "pohon"
