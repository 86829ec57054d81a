"""`surga deadline`: the calculator on the command line, and the worked examples of docs/tenggat.md."""

from __future__ import annotations

import re
import shlex

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from services.core.desk import Desk
from services.deadlines.rows.calendars import sync_calendars, sync_days
from services.deadlines.rows.policies import sync_policies
from services.master_data.cities import load_city
from tests.conftest import SECRET
from tests.factories import make_agency
from tests.forking import Program
from tests.root import ROOT

PAGE = (ROOT / "docs" / "tenggat.md").read_text("utf-8")
KEDIRI = load_city(ROOT / "cities" / "kediri")
COMMANDS = re.findall(r"^```\nsurga (deadline .*?)\n```$", PAGE, re.MULTILINE | re.DOTALL)
TOLD = re.findall(r"^> (.*?)\n\n((?:\|[^\n]*\n)+)", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
async def environment(desk: Desk, database: BaseDBAsyncClient, database_url: str, redis_url: str) -> dict[str, str]:
    """A database with Kediri's calendars and policies."""
    await sync_calendars(database, KEDIRI.calendar.calendars)
    await sync_days(database, desk.today(), KEDIRI.calendar.days)
    await sync_policies(database, KEDIRI.deadlines)
    for code in ("DISHUB", "BPBD"):
        await make_agency(code, name=code)
    return {
        "SURGA_ENVIRONMENT": "test",
        "SURGA_DATABASE_URL": database_url,
        "SURGA_REDIS_URL": redis_url,
        "SURGA_SECRET_KEY": SECRET,
    }


def cells(text: str, edge: str) -> list[list[str]]:
    """The rows of a table, each a list of what stands in it."""
    lines = (line for line in text.splitlines() if line.startswith(edge))
    return [[cell.strip() for cell in line.split(edge)[1:-1]] for line in lines]


async def test_the_page_has_three_worked_examples_that_the_program_counts_alike(
    program: Program, environment: dict[str, str]
) -> None:
    assert len(COMMANDS) == len(TOLD) == 3
    for command, (said, table) in zip(COMMANDS, TOLD, strict=True):
        done = program.run(*shlex.split(command.replace("\\\n", " ")), **environment)

        head, _, *rows = cells(table, "|")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines()[0] == " ".join(said.replace("\n> ", " ").split())
        assert cells(done.stdout, "┃") == [head]
        assert cells(done.stdout, "│") == rows


async def test_english_words_and_hours_by_the_clock(program: Program, environment: dict[str, str]) -> None:
    done = program.run(
        "deadline", "2026-03-21 22:30", "--class", "LIGHT", "--step", "2026-03-21 22:30 DISPATCHED bpbd",
        "--language", "en", **environment,
    )  # fmt: skip

    assert done.returncode == 0
    assert "late from Sunday, 22 March 2026, 01:30 WIB on" in done.stdout
    assert cells(done.stdout, "│") == [
        ["Saturday, 21 March 2026", "counted", "1 h 30 min", "1 h 30 min", "Dispatched", "BPBD"],
        ["Sunday, 22 March 2026", "counted", "1 h 30 min", "3 h 0 min", "Dispatched", "BPBD"],
    ]


async def test_what_no_rule_bounds_ends_with_1_and_what_can_not_be_with_2(
    program: Program, environment: dict[str, str]
) -> None:
    old = program.run("deadline", "2010-03-16 09:00", **environment)
    far = program.run("deadline", "2031-03-16 09:00", **environment)
    many = program.run("deadline", "2026-03-16 09:00", "--extension", "1000000", **environment)
    odd = [
        program.run("deadline", *words, **environment).returncode
        for words in (
            ["besok"],
            ["0001-01-01"],
            ["2026-03-16", "--clock", "NATIONAL", "--sp4n", "1900-01-01"],
            ["2026-03-16", "--step", "2026-03-17 10:00"],
            ["2026-03-16", "--step", "2026-03-17 10:00 MENUNGGU"],
            ["2026-03-16", "--step", "2026-03-15 10:00 VERIFIED"],
            ["2026-03-16", "--language", "nl"],
        )
    ]

    assert (old.returncode, old.stdout) == (1, "Tidak ada aturan yang memberi tenggat, atau jam ini belum mulai.\n")
    assert far.returncode == many.returncode == 2
    assert "2031" in far.stderr
    assert "366" in many.stderr
    assert odd == [2] * 7
