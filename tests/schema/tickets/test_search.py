"""The search of lists: all words or a number, what looks alike where nothing is found, and the walk over both."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from models.enums import TicketStatus
from tests.conftest import Statements
from tests.factories import make_ticket
from tests.schema.conftest import Ask, City

LIST = """
query ($search: String, $first: Int = 10, $after: Cursor, $order: TicketOrder = RELEVANCE) {
  tickets(filter: {search: $search}, first: $first, after: $after, orderBy: $order) {
    totalCount searchedAlike edges { node { number title } } pageInfo { hasNextPage endCursor }
  }
}"""


async def listed(ask: Ask, city: City, search: str, **variables: Any) -> dict[str, Any]:
    result = await ask(city.coordinator, LIST, search=search, **variables)
    assert result.errors is None, result.errors
    found: dict[str, Any] = result.data["tickets"]
    return found


def titles(found: dict[str, Any]) -> list[str]:
    return [edge["node"]["title"] for edge in found["edges"]]


@pytest.mark.parametrize(
    ("body", "searches"),
    [
        ("Selokan buntu di gang.tolong dibersihkan", ["tolong", "gang", "gang.tolong"]),
        ("Alamat Jl.Dhoho nomor 15", ["Dhoho", "jalan dhoho", "no. 15"]),
        ("Rumah di RT05/RW02 banjir", ["RW02", "rw 2", "05/02", "RT 05 RW 02"]),
        ("Diminta Rp1.500.000 oleh petugas", ["1.500.000", "1500000", "Rp 1.500.000,00", "1,5 juta"]),
    ],
)
async def test_words_joined_by_a_dot_or_a_slash_are_found(ask: Ask, city: City, body: str, searches: list[str]) -> None:
    await make_ticket(title="Laporan", body=body)
    await make_ticket(title="Lain", body="Tidak ada apa-apa.")

    found = {search: await listed(ask, city, search) for search in searches}

    assert {search: (titles(each), each["searchedAlike"]) for search, each in found.items()} == dict.fromkeys(
        searches, (["Laporan"], False)
    )


@pytest.mark.parametrize("body", ["“lampu” padam", "lampu\u00a0padam", "🔥lampu🔥padam", "lam\u00adpu\u2011padam"])
async def test_typographic_signs_and_emoji_hide_no_words(ask: Ask, city: City, body: str) -> None:
    await make_ticket(title="Laporan", body=body)

    for search in ("lampu", "padam", "lampu padam", "“lampu” padam", "lampu\u200e"):
        assert titles(await listed(ask, city, search)) == ["Laporan"], search


async def test_a_dash_between_blanks_is_punctuation_and_one_before_a_word_means_not(ask: Ask, city: City) -> None:
    await make_ticket(title="Pojok", body="Lampu mati - pojok timur")
    await make_ticket(title="Lain", body="Sampah di pasar")

    found = [
        titles(await listed(ask, city, search)) for search in ("Lampu mati - pojok timur", "- lampu", "\u2013lampu")
    ]

    assert found == [["Pojok"]] * 3
    assert titles(await listed(ask, city, "-lampu")) == ["Lain"]
    assert (await listed(ask, city, "sampah -pasar"))["totalCount"] == 0


@pytest.mark.parametrize(
    ("body", "search", "finds"),
    [
        ("Kami menerima bantuan", "terima", True),
        ("Penebangan pohon", "tebang", True),
        ("Hari Jum'at", "jumat", True),
        ("lampu2 padam", "lampu", True),
        ("Mohon berikan penjelasan", "ikan", False),
    ],
)
async def test_common_words_that_the_stemmer_brings_together_or_apart(
    ask: Ask, city: City, body: str, search: str, finds: bool
) -> None:
    await make_ticket(title="Judul", body=body)

    assert titles(await listed(ask, city, search)) == (["Judul"] if finds else [])


async def test_more_words_give_fewer_rows_and_likeness_comes_in_only_where_nothing_is_found(
    ask: Ask, city: City
) -> None:
    for title in ("Lampu jalan mati", "Lampu taman mati", "Jalan berlubang"):
        await make_ticket(title=title, body="Mohon dicek.")

    found = {search: await listed(ask, city, search) for search in ("lampu", "jalan", "lampu jalan", "lampu xyzzyq")}
    nonsense = await listed(ask, city, "xyzzyq")

    assert {search: each["totalCount"] for search, each in found.items()} == {
        "lampu": 2,
        "jalan": 2,
        "lampu jalan": 1,
        "lampu xyzzyq": 2,
    }
    assert [each["searchedAlike"] for each in found.values()] == [False, False, False, True]
    assert (nonsense["totalCount"], nonsense["searchedAlike"]) == (0, False)


async def test_what_holds_all_words_stands_before_a_title_that_looks_alike(ask: Ask, city: City) -> None:
    await make_ticket(title="Lampu jalan", body="Lampu jalan.")
    await make_ticket(title="Laporan warga", body="Di gang kami lampu dan jalan sama-sama rusak.")
    await make_ticket(title="Lampu jalanan", body="Padam.")

    found = await listed(ask, city, "lampu jalan")

    assert titles(found)[-1:] == ["Laporan warga"]
    assert "Laporan warga" in titles(found)


@pytest.mark.parametrize("order", ["RELEVANCE", "NEWEST_FIRST", "LONGEST_UNCHANGED"])
async def test_a_walk_over_what_looks_alike_stays_one(ask: Ask, city: City, order: str) -> None:
    for place in range(5):
        await make_ticket(title=f"Jembatan {place}", body="Retak.")
    seen, after = [], None

    for page in range(3):
        found = await listed(ask, city, "jembtan", first=2, after=after, order=order)
        seen += titles(found)
        after = found["pageInfo"]["endCursor"]
        assert found["searchedAlike"]
        if page == 0:  # now there is one that holds the word
            await make_ticket(title="Salah ketik", body="jembtan")

    assert sorted(seen) == [f"Jembatan {place}" for place in range(5)]
    assert titles(await listed(ask, city, "jembtan")) == ["Salah ketik"]


async def test_the_cursor_of_a_walk_goes_on_with_no_other_search_or_order(ask: Ask, city: City) -> None:
    for place in range(3):
        await make_ticket(title=f"Jembatan {place}", body="Retak.")
    after = (await listed(ask, city, "jembtan", first=1))["pageInfo"]["endCursor"]

    other = await ask(city.coordinator, LIST, search="jembtan", after=after, order="NEWEST_FIRST")
    none = await ask(city.coordinator, LIST, search=None, after=after)

    assert [each.errors[0].original_error.code for each in (other, none)] == ["BAD_CURSOR", "BAD_CURSOR"]


@pytest.mark.parametrize(
    "pasted",
    ["KDR-2026-000002", "#KDR-2026-000002", "KDR 2026 000002", "kdr2026000002", "KDR-2026-000002\u200e", "000002"],
)
async def test_a_tracking_number_is_found_as_people_paste_it(ask: Ask, city: City, pasted: str) -> None:
    for _ in range(3):
        await make_ticket()

    found = await listed(ask, city, pasted)

    assert [edge["node"]["number"] for edge in found["edges"]] == ["KDR-2026-000002"]


async def test_words_and_years_are_no_parts_of_numbers(ask: Ask, city: City) -> None:
    await make_ticket(title="Lampu", body="Padam.")

    for search in ("dr", "k", "2026", "26"):
        assert (await listed(ask, city, search))["totalCount"] == 0, search


async def test_what_looks_alike_is_looked_for_among_what_the_caller_sees(ask: Ask, city: City) -> None:
    await make_ticket(TicketStatus.DISPATCHED, lead=city.health, title="Jembatan", body="Retak.", confidential=True)

    hidden = await ask(city.officer, LIST, search="jembtan")

    assert (hidden.data["tickets"]["totalCount"], hidden.data["tickets"]["searchedAlike"]) == (0, False)


@pytest.mark.parametrize(("search", "statements"), [("jembatan", 2), ("jembtan", 3), ("xyzzyq", 3)])
async def test_what_a_search_costs(
    ask: Ask,
    city: City,
    count_queries: Callable[[], AbstractContextManager[Statements]],
    search: str,
    statements: int,
) -> None:
    await make_ticket(title="Jembatan", body="Retak.")
    document = LIST.replace("totalCount", "")
    await ask(city.coordinator, document, search="lain")

    with count_queries() as counted:
        await ask(city.coordinator, document, search=search)

    assert counted.count == statements
