"""The migration of search on a desk that stands: nothing is rewritten, and what stood there is found all the while."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from api.embedded.embedded import Servers
from models.database import tortoise_config
from models.migrating import run_migrations
from tests.conftest import on_server

BEFORE, SEARCH = "0016_assignee_left", "0017_search"
UNJOINED, JOINED = "0023_moves", "0028_search_numerals"
FUNCTIONS = "SELECT proname, prosrc FROM pg_proc WHERE proname LIKE 'search%' ORDER BY 1"
TICKET = """
INSERT INTO ticket (number, title, body, status, channel, submitted_by, received_at, created_at, updated_at)
VALUES ($1, $2, $3, 'RECEIVED', 'SURGA_WEB', 'address:test', now(), now(), now())
"""
OLD = "SELECT array_agg(number ORDER BY number) FROM ticket WHERE search @@ websearch_to_tsquery('indonesian', $1)"
NEW = "SELECT array_agg(number ORDER BY number) FROM ticket WHERE search @@ (search_asked($1)).words::tsquery"
FILE = "SELECT pg_relation_filenode('ticket'), array_agg(xmin::text ORDER BY id) FROM ticket"


PATIENT = {"statement_timeout": "0", "lock_timeout": "30s", "idle_in_transaction_session_timeout": "0"}


async def migrated(url: str, target: str) -> None:
    async with TortoiseContext():
        config = tortoise_config(url, pool_size=2, settings=PATIENT, answer_seconds=None)
        await run_migrations(config, target=target)


@pytest.fixture(scope="module")
async def template(servers: Servers, worker_number: int) -> AsyncIterator[str]:
    """The name of a database of the release before, with two tickets."""
    name = f"surga_test_before_gw{worker_number}"
    await on_server(servers, f"CREATE DATABASE {name}")
    await migrated(servers.database_url(name), BEFORE)
    opened = await asyncpg.connect(servers.database_url(name))
    await opened.execute(TICKET, "KDR-2026-000001", "Lampu mati", "Gelap di Jl.Dhoho")
    await opened.execute(TICKET, "KDR-2026-000002", "Pohon tumbang", "Menutup jalan")
    await opened.close()
    yield name
    await on_server(servers, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def before_url(servers: Servers, template: str) -> AsyncIterator[str]:
    name = f"{template}_copy"
    await on_server(servers, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield servers.database_url(name)
    await on_server(servers, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def desk_of_before(before_url: str) -> AsyncIterator[asyncpg.Connection]:
    opened = await asyncpg.connect(before_url)
    yield opened
    await opened.close()


@pytest.mark.slow
async def test_no_row_is_rewritten_and_both_releases_find_what_stood_there(
    desk_of_before: asyncpg.Connection, before_url: str
) -> None:
    before = await desk_of_before.fetchrow(FILE)

    await migrated(before_url, SEARCH)

    assert await desk_of_before.fetchrow(FILE) == before
    for asks in (OLD, NEW):
        assert await desk_of_before.fetchval(asks, "lampu") == ["KDR-2026-000001"]
        assert await desk_of_before.fetchval(asks, "menutup jalan") == ["KDR-2026-000002"]


async def test_the_release_before_writes_and_finds_tickets_of_both(
    desk_of_before: asyncpg.Connection, before_url: str
) -> None:
    await migrated(before_url, SEARCH)

    await desk_of_before.execute(TICKET, "KDR-2026-000003", "Lampu gang.tolong", "Padam")  # as it does: without search
    await desk_of_before.execute("UPDATE ticket SET title = 'Lampu nyala' WHERE number = 'KDR-2026-000001'")

    assert await desk_of_before.fetchval(OLD, "lampu") == ["KDR-2026-000001", "KDR-2026-000003"]
    assert await desk_of_before.fetchval(NEW, "tolong") == ["KDR-2026-000003"]
    assert await desk_of_before.fetchval(NEW, "Dhoho") == ["KDR-2026-000001"]


@pytest.mark.slow
async def test_a_migration_that_was_interrupted_is_begun_again_and_can_be_taken_back(
    desk_of_before: asyncpg.Connection, before_url: str
) -> None:
    async with desk_of_before.transaction():
        await desk_of_before.execute("CREATE TABLE search_state (id int)")  # whatever stops it on its way
    with pytest.raises(Exception, match="search_state"):
        await migrated(before_url, SEARCH)
    assert await desk_of_before.fetchval("SELECT to_regclass('search_word')") is None
    await desk_of_before.execute("DROP TABLE search_state")

    await migrated(before_url, SEARCH)

    assert await desk_of_before.fetchval(NEW, "lampu") == ["KDR-2026-000001"]

    await migrated(before_url, BEFORE)  # and the way back

    assert await desk_of_before.fetchval(OLD, "lampu") == ["KDR-2026-000001"]
    assert await desk_of_before.fetchval("SELECT count(*) FROM pg_proc WHERE proname LIKE 'search%'") == 0


@pytest.mark.slow
async def test_rows_of_before_are_found_as_before_until_they_are_made_anew(
    desk_of_before: asyncpg.Connection, before_url: str
) -> None:
    await migrated(before_url, UNJOINED)
    functions = await desk_of_before.fetch(FUNCTIONS)
    await desk_of_before.execute("INSERT INTO search_state VALUES (1, 1, 'list', 0, 1)")
    await desk_of_before.execute(TICKET, "KDR-2026-000004", "Lampu mati", "Gang III, SMP Negeri 1, 1 juta 500 ribu")
    await desk_of_before.execute("UPDATE search_state SET built = 1")

    await migrated(before_url, JOINED)

    for asked in ("gang", "smp negeri 1", "1 juta 500 ribu"):
        assert await desk_of_before.fetchval(NEW, asked) == ["KDR-2026-000004"]
    assert await desk_of_before.fetchval("SELECT dictionary > built FROM search_state")  # the job begins

    await desk_of_before.execute("UPDATE ticket SET search = search")  # as the job does

    for asked in ("gang 3", "smpn1", "1,5 juta"):
        assert await desk_of_before.fetchval(NEW, asked) == ["KDR-2026-000004"]
    assert await desk_of_before.fetchval("SELECT to_regclass('ticket_title_trgm')") is None

    await migrated(before_url, UNJOINED)  # and the way back

    assert await desk_of_before.fetch(FUNCTIONS) == functions
    assert await desk_of_before.fetchval("SELECT to_regclass('ticket_title_trgm')::text") == "ticket_title_trgm"
