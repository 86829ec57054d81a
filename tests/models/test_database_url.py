"""What a database's URL says counts whole, as libpq and asyncpg read it."""

from __future__ import annotations

import pytest
from tortoise.context import TortoiseContext

from models.database import SERVER_SETTINGS, DatabaseUnusable, connected, connection, migrate, tortoise_config
from models.database_url import HiddenUrl, UrlUnreadable, for_asyncpg, read_url
from models.patient_pool import PatientClient

SHOWN = "SELECT current_setting('{name}') AS value"


@pytest.fixture
async def shown(database_url):
    """Ask a session of a URL for one of its settings."""

    async def ask(more: str, name: str, **given):
        async with TortoiseContext() as context:
            await context.init(config=tortoise_config(f"{database_url}&{more}", **given))
            return (await connection().execute_query(SHOWN.format(name=name)))[1][0]["value"]

    return ask


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("postgresql://surga@one,two:5433/surga", ("one", "two")),
        ("postgresql://surga@/surga?host=one", ("one",)),
        ("postgresql://surga@[fd00::7]:5432/surga", ("fd00::7",)),
        ("postgresql://surga@%2Frun%2Fpostgresql/surga", ()),
        ("postgresql://surga@/surga?host=/run,one", ("one",)),
    ],
)
def test_hosts_are_those_of_the_network(url, hosts):
    assert read_url(url).hosts == hosts


def test_passwords_are_decoded_and_come_from_a_passfile_too(tmp_path):
    file = tmp_path / "pgpass"
    file.write_text("db:5432:surga:surga:k3J-x9\n")
    file.chmod(0o600)

    assert read_url("postgresql://surga:k3%40%2FJx@db/surga").password == "k3@/Jx"
    assert read_url(f"postgresql://surga@db/surga?passfile={file}").password == "k3J-x9"


def test_what_the_environment_of_libpq_says_counts(monkeypatch):
    monkeypatch.setenv("PGHOST", "db.example.go.id")
    monkeypatch.setenv("PGSSLMODE", "disable")

    found = read_url("postgresql:///surga")

    assert (found.hosts, found.verified) == (("db.example.go.id",), False)


@pytest.mark.parametrize("more", ["", "?sslmode=verify-full"])
def test_the_authorities_of_the_machine_are_named_by_a_word(monkeypatch, more):
    assert read_url("postgresql://db/surga?sslrootcert=system&sslmode=verify-full").verified
    assert read_url("postgresql://db/surga?sslrootcert=system").verified
    monkeypatch.setenv("PGSSLROOTCERT", "system")
    assert read_url(f"postgresql://db/surga{more}").verified


@pytest.mark.parametrize(
    "more", ["sslmode=require", "sslmode=verify-ca", "sslcrl=/a", "ssl_min_protocol_version=TLSv1"]
)
def test_the_authorities_of_the_machine_are_trusted_by_nothing_less_than_their_certificates(more):
    with pytest.raises(UrlUnreadable):
        read_url(f"postgresql://db/surga?sslrootcert=system&{more}")


def test_what_else_a_url_says_is_kept_beside_that_word():
    url = "postgresql://surga:k3%40%2FJx@db/surga?sslrootcert=system&application_name=a%20b&options=-c%20x.y%3D1"

    found = read_url(url)

    assert found.password == "k3@/Jx"
    assert found.settings == {"application_name": "a b", "options": "-c x.y=1"}
    assert repr(for_asyncpg(url)[0]) == "'***'"


def test_a_url_stands_in_no_line_of_a_log():
    url = "postgresql://surga:hunter2@127.0.0.1/surga"

    assert "hunter2" not in str(tortoise_config(url))
    assert "hunter2" not in repr(read_url(url))
    assert HiddenUrl(url) == url


@pytest.mark.parametrize("url", ["surga:hunter2@db/surga", "postgresql://surga:hunter2@db:x/surga"])
async def test_a_url_that_can_not_be_read_is_said_in_one_line_without_a_word_of_it(url):
    for use in (lambda: migrate(url), lambda: connected(url).__aenter__()):
        with pytest.raises(DatabaseUnusable) as wrong:
            await use()
        assert str(wrong.value).startswith("The database's URL: it can not be read as libpq would")
        assert "hunter2" not in str(wrong.value)
        assert wrong.value.__suppress_context__
    with pytest.raises(UrlUnreadable):
        read_url(url)


async def test_settings_of_a_url_win_over_ours_and_leave_the_others(shown):
    assert await shown("lock_timeout=7s", "lock_timeout") == "7s"
    assert await shown("lock_timeout=7s", "statement_timeout") == "15s"
    assert await shown("options=-c%20lock_timeout%3D8s", "lock_timeout") == "8s"
    assert await shown("application_name=desk", "application_name") == "desk"


async def test_times_are_utc_whatever_a_url_says(shown):
    assert await shown("TimeZone=Asia/Jakarta", "timezone") == "UTC"
    assert await shown("options=-c%20timezone%3DAsia/Jakarta", "timezone") == "UTC"


async def test_a_migration_is_as_patient_as_it_must_be_whatever_a_url_says(shown):
    assert await shown("statement_timeout=1s", "statement_timeout", settings={"statement_timeout": "0"}) == "0"


async def test_a_lone_connection_says_the_same_as_the_pools(database_url):
    config = tortoise_config(f"{database_url}&lock_timeout=7s")["connections"]["default"]["credentials"]
    line = await PatientClient(connection_name="alone", **config).connect_alone()

    found = [await line.fetchval(SHOWN.format(name=name)) for name in ("lock_timeout", "statement_timeout")]

    assert found == ["7s", SERVER_SETTINGS["statement_timeout"]]
    await line.close()
