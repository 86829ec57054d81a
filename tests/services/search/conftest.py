"""The worker's own database, which knows the letters of Unicode, and one beside it of ctype C."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from api.embedded.embedded import Servers
from models import database as models_database
from services.master_data.cities import load_city
from tests.conftest import KEDIRI, on_server

PLAIN = "TEMPLATE template0 LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'"
WORDS = "INSERT INTO search_word SELECT * FROM unnest($1::text[], $2::text[], $3::text[])"


@pytest.fixture(scope="session")
async def plain_url(servers: Servers, worker_number: int) -> AsyncIterator[str]:
    """A migrated database of another ctype, with the words of Kediri."""
    name = f"surga_test_plain_gw{worker_number}"
    await on_server(servers, f"CREATE DATABASE {name} {PLAIN}")
    url = servers.database_url(name)
    await models_database.migrate(url)
    rows = load_city(KEDIRI).search.rows()
    opened = await asyncpg.connect(url)
    await opened.execute(
        WORDS, list(rows), [each[0] for each in rows.values()], [str(each[1]) for each in rows.values()]
    )
    await opened.close()
    yield url
    await on_server(servers, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def both(database_url: str, plain_url: str) -> AsyncIterator[dict[str, asyncpg.Connection]]:
    """A connection to the database of each ctype."""
    opened = {"C.UTF-8": await asyncpg.connect(database_url), "C": await asyncpg.connect(plain_url)}
    yield opened
    for each in opened.values():
        await each.close()
