"""`surga search`: what becomes of words, and the index made anew."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from tests.conftest import SECRET
from tests.forking import Program


@pytest.fixture
def environment(database: BaseDBAsyncClient, database_url: str, redis_url: str) -> dict[str, str]:
    return {
        "SURGA_ENVIRONMENT": "test",
        "SURGA_DATABASE_URL": database_url,
        "SURGA_REDIS_URL": redis_url,
        "SURGA_SECRET_KEY": SECRET,
    }


def test_explains_words_and_why(program: Program, environment: dict[str, str]) -> None:
    done = program.run("search", "explain", "Menerima Jl.Dhoho RT05 penggusuran lampu2", **environment)

    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in done.stdout.splitlines() if "│" in line]
    assert done.returncode == 0
    assert done.stdout.startswith("normalised: menerima jl.dhoho rt:5 penggusuran lampu2\n")
    assert ["1", "menerima", "terima", "a form of this root in the city's list"] in rows
    assert ["2", "jl", "jalan", "an abbreviation of the city's list"] in rows
    assert ["3", "dhoho", "dhoho", "as it is"] in rows
    assert ["4", "5", "5", "a number"] in rows
    assert ["4", "rt5", "rt5", "the whole, in one writing"] in rows
    assert "asks for: " in done.stdout
    assert "'terima'" in done.stdout


def test_what_leaves_nothing_to_search_for_ends_with_1_and_what_is_too_long_with_2(
    program: Program, environment: dict[str, str]
) -> None:
    nothing = program.run("search", "explain", "!!!", **environment)
    long = program.run("search", "explain", "x" * 201, **environment)

    assert (nothing.returncode, nothing.stderr) == (1, "Nothing is left to search for.\n")
    assert long.returncode == 2
    assert "a search has at most 200 characters" in long.stderr


def test_a_dash_is_no_option_and_the_help_says_how_it_ends(program: Program, environment: dict[str, str]) -> None:
    without = program.run("search", "explain", "-lampu", **environment)
    helped = program.run("search", "explain", "--help", **environment)

    assert without.returncode == 0
    assert "asks for: !('lampu')" in without.stdout
    assert "Ends with 1 where nothing is left to search for" in helped.stdout


def test_rebuilds_and_says_what_is_left(program: Program, environment: dict[str, str]) -> None:
    done = program.run("search", "rebuild", **environment)

    assert (done.returncode, done.stdout) == (0, "The words of 0 tickets are made anew; 0 are left.\n")
