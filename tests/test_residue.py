"""A personal value that anything leaves behind fails the run, whatever form it has, and its place is named."""

from __future__ import annotations

import os
import subprocess
import sys
from base64 import b64encode, urlsafe_b64encode
from pathlib import Path
from urllib.parse import quote

import pytest

from tests import residue
from tests.residue import kept_in, log_file, search
from tests.root import ROOT
from tests.spills import NAME_MARK, NIK_MARK, PHONE_MARK, RUN, note, spills_in

LEAKY = """
import logging, sys

from redis.asyncio import Redis

from tests.spills import NAME_MARK, NIK_MARK, PHONE_MARK


async def test_logs(): logging.getLogger("surga").warning("from %s", "+62" + PHONE_MARK + "1")


async def test_prints(): print("for", NAME_MARK + "abc")


async def test_tells_redis(redis_url):
    async with Redis.from_url(redis_url) as bus:
        await bus.publish("surga", NIK_MARK + "1")


async def test_errs(database):
    try:
        await database.execute_script("SELECT no_such_function('" + NAME_MARK + "')")
    except Exception:
        pass


async def test_stores(database):
    await database.execute_script(
        "CREATE TABLE leaked AS SELECT '" + NAME_MARK + "' AS name; DROP TABLE leaked"
    )
"""


@pytest.mark.parametrize(
    "form",
    [
        lambda mark: mark.encode(),
        lambda mark: mark.upper().encode(),
        lambda mark: mark.encode().hex().encode(),
        lambda mark: b64encode(b"x" + mark.encode() + b"yz"),
        lambda mark: urlsafe_b64encode(b"xy" + mark.encode() + b"z"),
        lambda mark: b64encode(mark.encode()),
        lambda mark: quote(f"nama={mark}&").encode(),
        lambda mark: f"halo {mark}".encode("utf-16-le"),
    ],
)
@pytest.mark.parametrize(("kind", "mark"), [("name or e-mail", NAME_MARK), ("phone", PHONE_MARK), ("NIK", NIK_MARK)])
def test_marks_are_found_in_every_form(form, kind: str, mark: str) -> None:
    found = spills_in(b"before " + form(mark + "1") + b" after", {})

    assert kind in {spill.kind for spill in found}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("masked value", "from 0812****34 again"),
        ("masked value", "3571********0001"),
        ("NIK", "nik=3571990000000001;"),
        ("e-mail", "to siti@contoh.id: refused"),
        ("e-mail", "S***@contoh.id"),
        ("phone", "call 0812-0734-69134"),
        ("phone", "phone +62812073469134 is bad"),
        ("name", "INFO Siti Warga called"),
        ("name", "INFO Budi (RT.3)* called"),
        ("title", "a word mfrggzdfmztwq2 here"),
    ],
)
def test_values_that_tests_planted_are_found_and_others_are_not(kind: str, text: str) -> None:
    planted = {
        "phone": {"+62812073469134"},
        "name": {"Siti Warga", "Siti", "Budi (RT.3)*"},
        "title": {"mfrggzdfmztwq2"},
    }

    assert [spill.kind for spill in spills_in(text.encode(), planted)] == [kind]
    assert spills_in(b"KDR-2026-000001 1772416800.123 081200000000 Siti 357101", planted) == []


def test_a_spill_names_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(RUN, str(tmp_path))
    note("name", "Sekar Rahasia")
    (kept_in(tmp_path) / "bus-gw1.txt").write_bytes(b'1.2 [0 unix:x] "PUBLISH" "surga" "Sekar Rahasia"')
    (tmp_path / "postgres.log").write_text("ERROR:  duplicate key\n")

    assert [line.partition(": ")[0] for line in search(tmp_path)] == ["kept/bus-gw1.txt"]
    assert "name" in search(tmp_path)[0]


def test_a_planted_phone_that_a_counter_may_hold_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(RUN, str(tmp_path))
    for phone in ("+62812073469134", "+6281277778834", "+6280000000001", "+6281200000000"):
        note("phone", phone)
    kept_in(tmp_path)

    told = [line.partition(" is like")[0] for line in search(tmp_path)]
    assert told == ["planted.jsonl: +6281200000000", "planted.jsonl: +6281277778834"]


def test_logs_of_processes_are_searched_within_a_run_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(RUN, str(tmp_path))
    with log_file("served.txt") as log:
        log.write(f"from +62{PHONE_MARK}1".encode())
    assert [line.partition(": ")[0] for line in search(tmp_path)] == ["kept/served.txt"]

    monkeypatch.delenv(RUN)
    with log_file("served.txt") as log:
        assert log.name == os.devnull


@pytest.mark.slow
def test_what_postgresql_removes_meanwhile_is_not_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept_in(tmp_path)
    table = tmp_path / "postgres" / "base" / "20000" / "20001"
    table.parent.mkdir(parents=True)
    table.write_bytes(NAME_MARK.encode() + b"abc")
    gone = table.with_name("pg_internal.init")
    monkeypatch.setattr(residue, "written_by_postgres", lambda _: [gone, table])

    assert [line.partition(": ")[0] for line in search(tmp_path)] == ["postgres/base/20000/20001"]


@pytest.mark.slow
def test_a_run_that_leaves_something_behind_fails_though_its_tests_pass(tmp_path: Path) -> None:
    leaky = tmp_path / "test_leaky.py"
    leaky.write_text(LEAKY)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-c", str(ROOT / "pyproject.toml")]
    environment = {name: value for name, value in os.environ.items() if name != RUN and not name.startswith("PYTEST")}

    run = subprocess.run(
        [*command, "-n", "1", "-p", "no:schemathesis", "--rootdir", str(ROOT), str(leaky)],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip

    told = [line.partition(":")[0] for line in run.stdout.partition("left behind")[2].splitlines()]
    assert "5 passed" in run.stdout, run.stdout
    assert run.returncode == 1, run.stdout
    files = {place.rpartition("/")[2] for place in told if "." in place or "pg_wal" in place}
    assert {"printed.txt", "postgres.log"} <= files
    assert any("pg_wal" in place for place in told)
    assert [any(file.startswith(kept) for file in files) for kept in ("log-gw", "bus-gw")] == [True, True]
