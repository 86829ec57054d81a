"""A production database of its own, and the program on it."""

from contextlib import asynccontextmanager

import asyncpg
import pytest

from services.audit.key_ids import key_name
from services.core.keys import Keys
from tests.conftest import TEMPLATE, on_server

KEY = "rV7hQ2mKzP0wXb9TnEj4LsYc8GdUf1Ao"
WRITING = (
    "serve --check", "worker --once", "seed", "admin create a@kediri.example", "token create DISPLAY x", "log adopt",
    "keys rotate", "partner create Mitra", "migrate",
)  # fmt: skip


@pytest.fixture
def place(empty_database_url, redis_url, tmp_path):
    return {
        "SURGA_DATABASE_URL": empty_database_url,
        "SURGA_REDIS_URL": redis_url,
        "SURGA_DATA_DIR": str(tmp_path),
        "SURGA_SECRET_KEY": KEY,
        "SURGA_HOSTS": "lapor.example.go.id",
    }


@pytest.fixture
def surga(program, place):
    """Run a verb with the settings of a production desk, but for those that are given here; None takes one away."""

    def run(verb, **more):
        given = {name: value for name, value in (place | more).items() if value is not None}
        return program.run(*verb.split(), **given)

    return run


@pytest.fixture
async def migrated(servers, empty_database_url):
    """The empty database migrated, for production, under the key."""
    name = empty_database_url.partition("?")[0].rpartition("/")[2]
    await on_server(servers, f"DROP DATABASE {name}", f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    async with server(empty_database_url) as opened:
        await opened.execute("UPDATE log_head SET home = log_home()")
        await opened.execute(
            "INSERT INTO installation (id, purpose, key_id, created_at) VALUES (1, 'production', $1, now())",
            key_name(Keys(KEY.encode())),
        )


@asynccontextmanager
async def server(url):
    opened = await asyncpg.connect(url)
    try:
        yield opened
    finally:
        await opened.close()


def refusal(done):
    assert (done.returncode, done.stdout) == (1, "")
    [line] = done.stderr.splitlines()
    return line
