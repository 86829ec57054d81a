"""Verbs on a production database: its own key, a schema that fits, rights, locks, and what was done."""

import re
import subprocess
import sys
import zipfile

import asyncpg
import pytest

from models.schema_versions import known_migrations
from services.audit.key_ids import key_name
from services.core.keys import Keys
from tests.api.cli.conftest import KEY, WRITING, refusal, server
from tests.root import ROOT

pytestmark = pytest.mark.slow

OTHER = "mX4tQ8sLw2Vd9KbZr6Yc1HfPj7NgUe3T"
NEWEST = max(known_migrations())


async def everything(url):
    """How many rows each table has."""
    async with server(url) as opened:
        names = await opened.fetch(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        return {name: await opened.fetchval(f"SELECT count(*) FROM {name}") for (name,) in names}


def test_migrate_lists_what_it_does_and_would_do(surga):
    planned, none_yet = surga("migrate --plan"), surga("migrate --plan")
    done, again, later = surga("migrate"), surga("migrate"), surga("migrate --plan")

    assert planned.stdout.splitlines() == [f"would apply {name}" for name in sorted(known_migrations())]
    assert none_yet.stdout == planned.stdout
    applied = [f"applied {name}" for name in sorted(known_migrations())]
    *listed, last = done.stdout.splitlines()
    assert (sorted(listed), last) == (applied, "The database is up to date; its purpose is production.")
    assert again.stdout == "The database is up to date; nothing was to be applied; its purpose is production.\n"
    assert later.stdout == "Nothing would be applied: the database is up to date.\n"


async def test_a_verb_that_writes_wants_what_serve_wants(surga, migrated, place):
    before = await everything(place["SURGA_DATABASE_URL"])

    lines = {verb: refusal(surga(verb, SURGA_SECRET_KEY=None, SURGA_HOSTS=None)) for verb in WRITING}

    assert [verb for verb in WRITING if not lines[verb].startswith("surga: SURGA_SECRET_KEY: it is missing; ")] == []
    assert [verb for verb in WRITING if "SURGA_HOSTS: it is missing" not in lines[verb]] == ["worker --once"]
    assert await everything(place["SURGA_DATABASE_URL"]) == before


async def test_another_key_is_refused_by_name(surga, migrated, place):
    before = await everything(place["SURGA_DATABASE_URL"])

    lines = {refusal(surga(verb, SURGA_SECRET_KEY=OTHER)) for verb in WRITING}

    [line] = lines
    assert line.startswith("surga: SURGA_SECRET_KEY: this database was begun under another key")
    assert KEY not in line
    assert OTHER not in line
    assert await everything(place["SURGA_DATABASE_URL"]) == before


async def test_the_database_keeps_a_name_of_its_key_and_a_rotation_changes_it(surga, migrated, place):
    async def kept():
        async with server(place["SURGA_DATABASE_URL"]) as opened:
            return await opened.fetchval("SELECT key_id FROM installation")

    first = await kept()
    rotated = surga("serve --check", SURGA_SECRET_KEY=OTHER, SURGA_IDENTITY_SECRETS=KEY)

    assert first == key_name(Keys(KEY.encode()))
    assert rotated.returncode == 0, rotated.stderr
    assert await kept() == key_name(Keys(OTHER.encode()))
    assert refusal(surga("serve --check")).startswith("surga: SURGA_SECRET_KEY: ")
    assert surga("serve --check", SURGA_SECRET_KEY=OTHER).returncode == 0


async def test_a_database_without_a_name_knows_its_key_by_what_was_written(surga, migrated, place):
    assert surga("admin create a@kediri.example").returncode == 1  # there is no agency yet
    assert surga("seed").returncode == surga("admin create a@kediri.example").returncode == 0
    async with server(place["SURGA_DATABASE_URL"]) as opened:
        await opened.execute("UPDATE installation SET key_id = NULL")

    line = refusal(surga("serve --check", SURGA_SECRET_KEY=OTHER))

    assert line.startswith("surga: SURGA_SECRET_KEY: this database was begun under another key")
    assert surga("serve --check").returncode == 0
    async with server(place["SURGA_DATABASE_URL"]) as opened:
        assert await opened.fetchval("SELECT key_id FROM installation") == key_name(Keys(KEY.encode()))


async def test_a_database_from_a_later_release_is_refused(surga, migrated, place):
    async with server(place["SURGA_DATABASE_URL"]) as opened:
        await opened.execute(
            "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('models', '9999_of_tomorrow', now())"
        )

    [line] = {refusal(surga(verb)) for verb in (*WRITING, "migrate --plan")}

    assert line.startswith("surga: The database is newer than this program: a later release applied 9999_of_tomorrow.")
    assert surga("serve --check --newer-database").returncode == 0


def test_an_empty_database_is_one_sentence(surga):
    lines = {refusal(surga(verb)) for verb in WRITING if verb != "migrate"}

    assert lines == {"surga: The database is empty: run `surga migrate` first."}


async def test_a_role_without_rights_is_one_sentence(surga, migrated, place, worker_number):
    role = f"surga_test_plain_{worker_number}"
    async with server(place["SURGA_DATABASE_URL"]) as opened:
        await opened.execute(f"DROP ROLE IF EXISTS {role}; CREATE ROLE {role} LOGIN")
        url = place["SURGA_DATABASE_URL"].replace("postgres@", f"{role}@")
        verbs = (*WRITING, "token list", "audit head", "staff list", "log show")
        lines = [refusal(surga(verb, SURGA_DATABASE_URL=url)) for verb in verbs]
        await opened.execute(f"DROP ROLE {role}")

    todo = "As the owner of the tables run `surga migrate --app-role NAME`, which grants what is needed."
    assert [line for line in lines if "the role lacks a right (permission denied for table " not in line] == []
    assert [line for line in lines if not line.endswith(todo)] == []


async def test_a_read_only_database_is_one_sentence(surga, migrated, place):
    url = place["SURGA_DATABASE_URL"] + "&options=-c%20default_transaction_read_only%3Don"

    [line] = {refusal(surga(verb, SURGA_DATABASE_URL=url)) for verb in WRITING}

    assert line.startswith("surga: The database takes no writes: default_transaction_read_only is on: reset it")


async def test_a_lock_is_told_with_who_holds_it(surga, migrated, place):
    async with server(place["SURGA_DATABASE_URL"]) as opened, opened.transaction():
        await opened.execute("SET application_name = 'laporan bulanan'; LOCK agency")
        line = refusal(surga("seed"))

        pid = opened.get_server_pid()

    assert f"process {pid} (role postgres, laporan bulanan, idle in transaction since " in line
    assert (
        f"holds agency (AccessExclusiveLock): wait for its end, or end it with SELECT pg_terminate_backend({pid})."
        in line
    )


def test_the_version_tells_release_commit_and_schema(surga, migrated):
    lines = surga("version").stdout.splitlines()
    away = surga("version", SURGA_DATABASE_URL="postgresql://a@127.0.0.1:1/b")

    assert re.fullmatch(r"surga \d+\.\d+\.\d+", lines[0])
    assert re.fullmatch(r"commit ([0-9a-f]{40}(-dirty)?|unknown)", lines[1])
    assert lines[2:] == [f"schema {NEWEST}", f"database {NEWEST}"]
    assert (away.returncode, away.stdout.splitlines()[:3]) == (0, lines[:3])
    assert away.stdout.splitlines()[3].startswith("database not known: ")


def test_a_wheel_carries_its_commit_and_its_city(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(
        build, cwd=ROOT, check=True, capture_output=True, env={"BUILD_COMMIT": "c0ffee", "PATH": "/usr/bin:/bin"}
    )

    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        assert packed.read("api/commit.txt") == b"c0ffee\n"
        files = [file for file in (ROOT / "cities" / "kediri").rglob("*") if file.is_file()]
        assert {file.relative_to(ROOT).as_posix() for file in files} <= set(packed.namelist())


async def test_the_role_of_the_app_does_the_work_and_owns_nothing(surga, migrated, place, worker_number):
    role = f"surga_test_app_{worker_number}"
    url = place["SURGA_DATABASE_URL"].replace("postgres@", f"{role}@")
    nobody = refusal(surga(f"migrate --app-role {role}_x"))
    async with server(place["SURGA_DATABASE_URL"]) as opened:
        await opened.execute(f"DROP ROLE IF EXISTS {role}; CREATE ROLE {role} LOGIN")
    granted = [surga(f"migrate --app-role {role}") for _ in range(2)]

    verbs = (
        "serve --check",
        "seed",
        "worker --once",
        "admin create a@kediri.example",
        "token create DISPLAY x",
        "audit verify",
    )
    done = [surga(verb, SURGA_DATABASE_URL=url) for verb in verbs]
    refused = []
    async with server(url) as opened:
        for statement in (
            "TRUNCATE event",
            "DROP TABLE ticket",
            "DELETE FROM audit_entry",
            "CREATE TABLE own (id int)",
        ):
            try:
                await opened.execute(statement)
            except asyncpg.PostgresError as wrong:
                refused.append(wrong.sqlstate)
    async with server(place["SURGA_DATABASE_URL"]) as opened:
        await opened.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")

    assert nobody.startswith(f"surga: There is no role {role}_x: make it first")
    assert [each.returncode for each in granted] == [0, 0]
    assert [(each.returncode, each.stderr) for each in done if each.returncode or "denied" in each.stderr] == []
    assert "job failed" not in "".join(each.stderr for each in done)
    assert refused == ["42501"] * 4
