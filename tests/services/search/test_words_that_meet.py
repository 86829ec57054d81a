"""What is asked and what is stored meet, or must not, in the same way whatever the database takes for a letter."""

from __future__ import annotations

import random
from typing import Any

import asyncpg
import pytest
import yaml

from services.master_data.cities import load_city
from tests.conftest import KEDIRI
from tests.root import ROOT

PAIRS = yaml.safe_load((ROOT / "tests" / "data" / "search-pairs.yaml").read_text("utf-8"))
MEETINGS = """
SELECT asked, stored, search_vector(stored) @@ (search_asked(asked)).words::tsquery AS meet
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS pair(asked, stored, place) ORDER BY place
"""
ALL = """
SELECT search_clean($1), search_vector($1)::text, a.*, a.words::tsquery, a.without::tsquery FROM search_asked($1) a
"""
MISSED = """
WITH asked AS MATERIALIZED (SELECT t, (search_asked(t)).words::tsquery AS words FROM unnest($1::text[]) t),
stored AS MATERIALIZED (SELECT t, search_vector('Lapor: ' || t || ' di sini.') AS words FROM unnest($1::text[]) t)
SELECT asked.t, stored.t FROM asked, stored WHERE NOT stored.words @@ asked.words
"""
LETTER = "SELECT U&'\\00e9' ~ '^[[:alpha:]]$'"
# Signs that have led parsers, patterns and quoting astray.
ODD = """0 1 9 62 08 rt rw iii x jam pagi 1/2 e- ktp smp n
agustus 2026 / . , - : ' " \\ % _ juta rb k or & | ! ( ) < > * lampu jalan jl rp e
\u2013 \u2019 \u201c \U0001f525 \u00e9 \u00df \u0130 \u01c5 \ufb01 \u00bd \u00b2 \u0131 \u2163 \u0663 \u4e2d
\u200b \u0301 \ue000 \U000e0001 \x01 \x07"""
BITS = [*ODD.split(), "RT ", "+62 ", " ", "\u00a0", "\n", "\t"]


async def meetings(held: asyncpg.Connection, pairs: list[list[str]]) -> list[tuple[str, str]]:
    """The pairs that meet."""
    rows = await held.fetch(MEETINGS, [pair[0] for pair in pairs], [pair[1] for pair in pairs])
    return [(row["asked"], row["stored"]) for row in rows if row["meet"]]


async def test_the_two_databases_disagree_on_letters(both: dict[str, asyncpg.Connection]) -> None:
    assert {name: await held.fetchval(LETTER) for name, held in both.items()} == {"C.UTF-8": True, "C": False}


async def test_at_least_150_pairs_meet_on_every_database(both: dict[str, asyncpg.Connection]) -> None:
    assert len(PAIRS["meets"]) >= 150

    for held in both.values():
        assert await meetings(held, PAIRS["meets"]) == [tuple(pair) for pair in PAIRS["meets"]]


async def test_words_meet_both_ways(both: dict[str, asyncpg.Connection]) -> None:
    words = [[stored, asked] for asked, stored in PAIRS["meets"] if asked.islower() and (asked + stored).isalpha()]

    assert len(words) > 100
    assert await meetings(both["C"], words) == [tuple(pair) for pair in words]


@pytest.mark.slow
async def test_what_is_written_in_several_ways_is_one_thing(both: dict[str, asyncpg.Connection]) -> None:
    assert len(PAIRS["same"]) >= 30

    for held in both.values():
        missed = [tuple(row) for group in PAIRS["same"] for row in await held.fetch(MISSED, group)]
        assert missed == []


async def test_what_must_not_meet_does_not(both: dict[str, asyncpg.Connection]) -> None:
    for held in both.values():
        assert await meetings(held, PAIRS["never"]) == []


@pytest.mark.slow
async def test_every_category_and_every_text_of_the_demo_is_found_by_itself(
    both: dict[str, asyncpg.Connection],
) -> None:
    cases = [
        case for file in sorted((KEDIRI / "cases").glob("*.yaml")) for case in yaml.safe_load(file.read_text("utf-8"))
    ]
    texts = [category.name for category in load_city(KEDIRI).categories]
    texts += [text for case in cases for text in (*case["titles"], *(said[0] for said in case["say"].values()))]
    streets = yaml.safe_load((KEDIRI / "places.yaml").read_text("utf-8"))["streets"]
    texts += [street for named in streets.values() for street in named]

    assert len(texts) > 300
    for held in both.values():
        assert await meetings(held, [[text, text] for text in texts]) == [(text, text) for text in texts]


async def test_a_letter_or_two_are_like_no_title(both: dict[str, asyncpg.Connection]) -> None:
    for held in both.values():
        assert [await held.fetchval("SELECT alike FROM search_asked($1)", text) for text in ("n", "ñx", "rus")] == [
            None,
            None,
            "rus",
        ]


@pytest.mark.slow
async def test_no_text_is_too_odd_and_both_databases_read_it_alike(both: dict[str, asyncpg.Connection]) -> None:
    rng = random.Random(7)
    texts = ["".join(rng.choices(BITS, k=rng.randrange(1, 14))) for _ in range(400)]
    texts += ["0" * 10 + " " + "0" * 10, "'" * 5, '"', "", " ", "a" * 3000, "1" * 3000]

    for text in texts:
        read: list[Any] = [tuple(await held.fetchrow(ALL, text)) for held in both.values()]
        assert read[0] == read[1], text


@pytest.mark.slow
async def test_a_long_text_of_one_sign_is_read_in_time(both: dict[str, asyncpg.Connection]) -> None:
    await both["C"].execute("SET statement_timeout = '15s'")

    for sign in (
        "0-",
        "rt ",
        "+62 ",
        "0812 345 ",
        "1.500.",
        "1 500 000 ",
        "a'",
        "🔥“é",
        "jam 8 ",
        "rw ii ",
        "a_",
        "a.",
        "1 juta ",
    ):
        assert await both["C"].fetchval("SELECT search_vector($1)::text <> ''", (sign * 10_000)[:10_000]), sign
