"""A database that nobody could work on: it lacks rights, only follows another one, or hides behind a pooler."""

import asyncio
import contextlib
import shutil
import struct
import tempfile
from pathlib import Path

import pytest

from api.cli.desks import GRANT, refuse_unfit
from api.cli.explanations import explain
from api.errors import CannotStart
from models.app_role import APPEND_ONLY, TABLES, grant_to, rights_on
from models.database_state import look_at
from models.enums import Purpose
from tests.api.cli.conftest import WRITING, refusal, server
from tests.realtime.moved_servers import DATABASE, Site
from tests.scratch import SCRATCH

pytestmark = pytest.mark.slow

STANDBY = "surga: The database takes no writes: it is a standby: name the primary in SURGA_DATABASE_URL"
OTHERS = {
    "USAGE on schema public": "USAGE ON SCHEMA public",
    "USAGE on sequence ": "USAGE ON ALL SEQUENCES IN SCHEMA public",
    "TEMPORARY on database ": "TEMPORARY ON DATABASE {database}",
    "EXECUTE on function ": "EXECUTE ON FUNCTION log_home() ",
}
POOLER = "unsupported startup parameter: {name}"


@pytest.fixture
async def role(migrated, place, worker_number):
    """A role with the program's rights, and with nothing that everybody has."""
    name, url = f"surga_test_rights_{worker_number}", place["SURGA_DATABASE_URL"]
    async with server(url) as owner:
        await owner.execute(f"DROP ROLE IF EXISTS {name}; CREATE ROLE {name} LOGIN")
        await grant_to(url, name)
        database = await owner.fetchval("SELECT current_database()")
        await owner.execute(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
        await owner.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        await owner.execute("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC")
        yield name
        await owner.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")


async def said_to(url):
    """The one sentence with which a verb would end, None where it goes on."""
    try:
        refuse_unfit(await look_at(url), Purpose)
    except CannotStart as refused:
        return str(refused)
    except Exception as wrong:
        return explain(wrong)
    return None


async def test_every_right_that_is_taken_is_named_in_one_sentence(role, place):
    url = place["SURGA_DATABASE_URL"].replace("postgres@", f"{role}@")
    said, untouched = {}, await said_to(url)
    async with server(place["SURGA_DATABASE_URL"]) as owner:
        tables = [row["relname"] for row in await owner.fetch(TABLES)]
        database = await owner.fetchval("SELECT current_database()")
        rights = {f"{right} on table {table}": f"{right} ON {table}" for table in tables
                  for right in rights_on(table, owner).split(", ")}  # fmt: skip
        for name, right in (rights | OTHERS).items():
            right = right.format(database=database)
            await owner.execute(f"REVOKE {right} FROM {role}")
            said[name] = await said_to(url)
            await owner.execute(f"GRANT {right} TO {role}")

    assert untouched is None
    asked_first = {"SELECT on table installation", "SELECT on table tortoise_migrations"}
    named = {name: "permission denied for table " if name in asked_first else name for name in said}
    assert [name for name, line in said.items() if line is None or named[name] not in line] == []
    assert [line for line in said.values() if not line.endswith(GRANT) or "\n" in line] == []


@pytest.mark.parametrize("table", APPEND_ONLY)
async def test_every_verb_that_writes_says_which_right_is_missing(table, role, surga, place):
    url = place["SURGA_DATABASE_URL"].replace("postgres@", f"{role}@")
    async with server(place["SURGA_DATABASE_URL"]) as owner:
        await owner.execute(f"REVOKE INSERT ON {table} FROM {role}")

    lines = {refusal(surga(verb, SURGA_DATABASE_URL=url)) for verb in WRITING if verb != "migrate"}

    assert lines == {f"surga: The role of SURGA_DATABASE_URL lacks rights (INSERT on table {table}). {GRANT}"}


@pytest.fixture
async def standby():
    """The URL of a server that follows another one and takes no writes."""
    folder = Path(tempfile.mkdtemp(prefix="surga-test-", dir=SCRATCH))
    site = Site(folder)
    try:
        await site.ask(f"CREATE DATABASE {DATABASE}", database="postgres")
        follower = await asyncio.to_thread(site.standby, "follower")
        await asyncio.to_thread(follower.start)
        yield follower.url(DATABASE)
    finally:
        site.close()
        shutil.rmtree(folder, ignore_errors=True)


async def test_a_standby_is_refused_by_every_verb_that_writes(standby, surga):
    lines = {refusal(surga(verb, SURGA_DATABASE_URL=standby)) for verb in (*WRITING, "migrate --plan")[:-1]}

    assert [line for line in lines if not line.startswith(STANDBY)] == []


async def refuse_settings(reader, writer):
    """Answer as PgBouncer does whose ignore_startup_parameters does not name what a session begins with."""
    size, code = struct.unpack("!II", await reader.readexactly(8))
    if code == 80877103:  # a client that asks for TLS first
        writer.write(b"N")
        size, code = struct.unpack("!II", await reader.readexactly(8))
    words = (await reader.readexactly(size - 8)).split(b"\0")
    known = {b"user", b"database", b"client_encoding", b"application_name", b""}
    name = next(word.decode() for word in words[::2] if word not in known)
    fields = b"SFATAL\0VFATAL\0C08P01\0M" + POOLER.format(name=name).encode() + b"\0\0"
    writer.write(b"E" + struct.pack("!I", len(fields) + 4) + fields)
    with contextlib.suppress(ConnectionError):
        await writer.drain()
    writer.close()


async def test_a_pooler_is_told_from_postgresql(surga, place):
    async with await asyncio.start_server(refuse_settings, "127.0.0.1", 0) as pooler:
        port = pooler.sockets[0].getsockname()[1]
        url = f"postgresql://surga:rT6qZ@127.0.0.1:{port}/surga"
        lines = [
            refusal(await asyncio.to_thread(surga, verb, SURGA_DATABASE_URL=url))
            for verb in (*WRITING, "token list", "audit head", "migrate --plan")
        ]

    begun = f"surga: SURGA_DATABASE_URL: between here and surga@127.0.0.1:{port}/surga is a pooler"
    assert [line for line in lines if not line.startswith(begun) or "give its own host and port" not in line] == []


def test_a_city_that_is_not_there_is_named_once(surga, migrated, tmp_path):
    nowhere, empty, file = tmp_path / "nowhere", tmp_path / "empty", tmp_path / "file"
    empty.mkdir()
    file.write_text("")

    for folder, said in ((nowhere, "is not there: "), (empty, "lacks city.yaml, "), (file, "is no folder: ")):
        for line in (
            refusal(surga(f"seed --city {folder}")),
            refusal(surga("seed", SURGA_CITY_DIR=str(folder))),
            refusal(surga("migrate", SURGA_CITY_DIR=str(folder))),
        ):
            assert line.startswith(f"surga: The folder of the city, {folder}, {said}")
            assert line.count(str(folder)) == 1
            assert "--city or SURGA_CITY_DIR" in line


async def test_rights_are_not_asked_for_while_an_upgrade_is_undone(role, surga, place):
    url = place["SURGA_DATABASE_URL"].replace("postgres@", f"{role}@")
    async with server(place["SURGA_DATABASE_URL"]) as owner:
        await owner.execute(f"REVOKE DELETE ON agency FROM {role}")
        await owner.execute(
            "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('models', '9999_x', now())"
        )

    assert "The database is newer" in refusal(surga("serve --check", SURGA_DATABASE_URL=url))
    assert surga("serve --check --newer-database", SURGA_DATABASE_URL=url).returncode == 0


@pytest.mark.parametrize("verb", ["serve --check", "worker", "log show"])
def test_a_server_behind_a_socket_that_is_away_is_named(verb, surga, tmp_path):
    line = refusal(surga(verb, SURGA_DATABASE_URL=f"postgresql://surga@/surga?host={tmp_path}"))

    assert line == (
        f"surga: A server does not answer (No such file or directory): is PostgreSQL of surga@{tmp_path}/surga "
        "running, and are host and port in SURGA_DATABASE_URL right?"
    )
