"""`surga audit`: verified and read by operators, with the exit codes that their scripts look at."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from api.cli.audit import heads, moment, summary
from api.cli.audit_words import SENTENCES, sentence
from api.errors import CannotStart
from models import Ticket
from models.database import connection
from models.enums import AuditKind, Channel
from services.audit.audit import key_id, record
from services.audit.chain import current_head
from services.audit.sealing import seal_waiting
from services.audit.verification import Verification, Wrong
from services.core.desk import Desk
from services.core.keys import Keys
from services.intake.forms import Submission
from services.intake.submissions import submit
from tests.conftest import SECRET
from tests.factories import anonymous_scope
from tests.forking import Program
from tests.root import ROOT
from tests.services.audit.test_audit_chain import found, lose_and_adopt, sealed, tamper

pytestmark = pytest.mark.slow

Surga = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def surga(program: Program, desk: Desk, database_url: str, redis_url: str) -> Surga:
    """Run the program on this test's database, in a process of its own."""
    place = {"SURGA_DATABASE_URL": database_url, "SURGA_REDIS_URL": redis_url, "SURGA_SECRET_KEY": SECRET}

    def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        given = {**os.environ, **place, "SURGA_ENVIRONMENT": "test", "COLUMNS": "200", **environment}
        return program.run("audit", *words, **given)

    return run


async def test_a_whole_log_verifies(surga: Surga, desk: Desk) -> None:
    head = await sealed(desk, 3)

    done = surga("verify", "--head", str(head))

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["Sealed entries: 3. All are as they were written.", f"head {head}"]


async def test_what_a_restore_lost_is_a_warning_for_who_knows_when_the_head_was_kept(
    surga: Surga, desk: Desk, database: BaseDBAsyncClient
) -> None:
    await sealed(desk, 1)
    lost = await sealed(desk, 2)
    await lose_and_adopt(desk, database, 1)
    await seal_waiting(desk)

    undated, dated, later = (
        surga("verify", "--head", f"{lost}{at}") for at in ("", "@2026-03-02T01:00:00Z", "@2026-03-02T09:00:00+07:00")
    )

    assert [done.returncode for done in (undated, dated, later)] == [1, 0, 1]
    assert [done.stdout.splitlines()[1] for done in (undated, dated, later)] == [
        "Sealed entries: 2. Wrong: 1.",
        "Sealed entries: 2. All are as they were written.",
        "Sealed entries: 2. Wrong: 1.",
    ]
    assert dated.stdout.startswith("LOST: Position 3, of which a head was kept, was lost when")
    assert later.stdout.startswith("CUT: ")


@pytest.mark.parametrize("at", ["yesterday", "2026-03-02T09:00:00", ""])
def test_a_head_with_a_time_that_is_none_is_refused(at: str) -> None:
    with pytest.raises(CannotStart):
        heads([f"{'0' * 64}@3@{at}"])


async def test_names_what_is_wrong_and_ends_with_1(surga: Surga, desk: Desk, database: BaseDBAsyncClient) -> None:
    await sealed(desk, 4)
    await tamper(
        database, "UPDATE audit_entry SET principal = 'officer:9' WHERE id = 2", "DELETE FROM audit_entry WHERE id = 3"
    )

    done = surga("verify")

    assert done.returncode == 1
    changed, removed, told, _ = done.stdout.splitlines()
    assert changed == "CHANGED: Entry 2 at position 2 of 2026-03-02T02:00:00Z was changed after it was sealed."
    assert removed == "REMOVED: Entry 3 at position 3 was removed."
    assert told == "Sealed entries: 4. Wrong: 2."


async def test_names_a_gap_and_a_cut(desk: Desk, database: BaseDBAsyncClient) -> None:
    kept = await sealed(desk, 6)
    gone = "(2, 3, 6)"
    await tamper(
        database, f"DELETE FROM audit_entry WHERE id IN {gone}", f"DELETE FROM audit_seal WHERE entry_id IN {gone}"
    )

    assert [sentence(finding) for finding in await found(desk, kept)] == [
        "GAP: Positions 2 to 3 were removed, with their entries or without.",
        "CUT: The log was cut: position 6, of which a head was kept, is gone.",
    ]


async def test_compares_words_and_rows_where_asked(surga: Surga, desk: Desk) -> None:
    """A desk whose secret is the program's, as words are bound under it."""
    bound = replace(desk, keys=Keys(SECRET.encode()))
    ticket = (await submit(bound, anonymous_scope(), Submission("One", "Two", Channel.SURGA_WEB))).ticket
    whole = surga("verify", "--words")
    await Ticket.filter(id=ticket.id).update(title="Sekar")

    plain, wrong = surga("verify"), surga("verify", "--words")

    assert (whole.returncode, whole.stdout.splitlines()[-1]) == (0, "Tickets: 1. All are as the log says.")
    assert (plain.returncode, wrong.returncode) == (0, 1)
    assert wrong.stdout.splitlines()[-2:] == ["CHANGED: Ticket 1: title, event 1.", "Tickets: 1. Wrong: 1."]


def test_every_finding_has_its_words() -> None:
    assert set(SENTENCES) | {Wrong.GAP} == set(Wrong)


async def test_says_that_nobody_seals(desk: Desk) -> None:
    await record(desk, AuditKind.SIGNED_IN, "officer:1")
    work = Verification(desk.keys)

    assert [finding async for finding in work.findings()] == []
    assert summary(work, 0, desk.now() + timedelta(seconds=9)).splitlines()[1] == (
        "Waiting to be sealed: 1, the oldest for 9 s. Is `surga worker` running?"
    )


async def test_prints_the_head_alone(surga: Surga, desk: Desk) -> None:
    head = await sealed(desk, 2)

    done = surga("head")

    assert done.stdout == f"{head}\n"
    assert key_id(desk.keys) in done.stderr


def test_a_head_that_is_none_is_one_line() -> None:
    with pytest.raises(CannotStart, match="HASH@N"):
        heads(["12"])


async def test_lists_newest_first_and_narrows(surga: Surga, desk: Desk) -> None:
    await record(desk, AuditKind.SIGNED_IN, "officer:1", details={"session": 4})
    await record(desk, AuditKind.SIGN_IN_FAILED, "anonymous", subject="officer:1")
    await seal_waiting(desk)
    await record(desk, AuditKind.SIGNED_OUT, "officer:1")

    def listed(*words: str) -> list[list[str]]:
        lines = surga("list", *words).stdout.splitlines()
        return [line.replace("│", " ").split() for line in lines if line.startswith("│")]

    whole = listed()
    assert [line[0] for line in whole] == ["3", "2", "1"]
    assert whole[0][3:] == ["SIGNED_OUT", "officer:1", "-", "1", "-", "waits"]
    assert whole[2][3:] == ["SIGNED_IN", "officer:1", "-", "1", '{"session":4}', "1"]
    assert [line[0] for line in listed("--kind", "SIGNED_IN", "--kind", "SIGNED_OUT", "-n", "1")] == ["3"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("15m", datetime(2026, 3, 2, 1, 45, tzinfo=UTC)),
        ("7d", datetime(2026, 2, 23, 2, 0, tzinfo=UTC)),
        ("2026-03-02T08:00:00+07:00", datetime(2026, 3, 2, 1, 0, tzinfo=UTC)),
        ("2026-03-02", datetime(2026, 3, 2, tzinfo=UTC)),
        (None, None),
    ],
)
def test_a_time_is_told_as_such_or_as_how_long_ago(text: str | None, found: datetime | None) -> None:
    assert moment(text, datetime(2026, 3, 2, 2, 0, tzinfo=UTC)) == found


def test_a_time_that_is_none_is_one_line() -> None:
    with pytest.raises(CannotStart, match="yesterday is no time: write 2026-"):
        moment("yesterday", datetime(2026, 3, 2, tzinfo=UTC))


async def test_an_earlier_secret_may_be_named(surga: Surga, desk: Desk) -> None:
    await sealed(desk, 1)
    other = {"SURGA_SECRET_KEY": "another-secret-of-the-tests-that-guards-nothing"}

    assert surga("verify", "--earlier-key", key_id(desk.keys), **other).returncode == 0


async def test_a_worker_seals_though_another_one_was_killed(desk: Desk, database_url: str, redis_url: str) -> None:
    place = {"SURGA_DATABASE_URL": database_url, "SURGA_REDIS_URL": redis_url, "SURGA_SECRET_KEY": SECRET}
    workers = [start_worker(place) for _ in range(2)]
    try:
        for worker in workers:
            assert await asyncio.to_thread(first_line, worker)
        workers[0].kill()
        for number in range(1, 4):
            await record(desk, AuditKind.SIGNED_IN, f"officer:{number}")
            await until_sealed(number)
    finally:
        for worker in workers:
            worker.terminate()
            worker.communicate(timeout=60)


def first_line(worker: subprocess.Popen[bytes]) -> bytes:
    """What a worker says once it has begun to work."""
    assert worker.stdout is not None
    return worker.stdout.readline()


def start_worker(place: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", "from api.cli import main; main()", "worker"]
    environment = {**os.environ, **place, "SURGA_ENVIRONMENT": "test"}
    return subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


async def until_sealed(position: int) -> None:
    async with asyncio.timeout(60):
        while (await current_head(connection())).position < position:  # noqa: ASYNC110 - another process seals
            await asyncio.sleep(0.05)
