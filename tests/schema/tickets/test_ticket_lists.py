"""Lists of tickets: every order by keyset, filters, search, counts, what they cost, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest

from models.enums import TicketStatus
from services.core.desk import Desk
from tests.conftest import Statements
from tests.factories import MOMENT, citizen_scope, make_ticket
from tests.schema.conftest import Ask, City

LIST = """
query ($filter: TicketFilter, $orderBy: TicketOrder, $first: Int!, $after: Cursor) {
  tickets(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    edges { cursor node { number } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    feedCursor
  }
}"""
RICH = """
query ($first: Int!) {
  tickets(first: $first) {
    edges { node {
      id number version title status channel receivedAt
      leadAgency { name } assignee { name } category { name parent { name } } location { kelurahan }
      hidden { field reason } allowedMoves { to by needs reasonCodes }
    } }
  }
}"""
DEEP = """
query ($first: Int!) {
  tickets(first: $first) {
    totalCount
    edges { node {
      number reporter { phone } answers { text } mergedInto { number }
      timeline(first: 5) { edges { node { kind actor { name } } } }
    } }
  }
}"""


def numbers(result: Any) -> list[str]:
    assert result.errors is None, result.errors
    return [edge["node"]["number"] for edge in result.data["tickets"]["edges"]]


async def walk(ask: Ask, city: City, order: str, **filters: Any) -> list[str]:
    """All pages of three."""
    seen: list[str] = []
    after = None
    while True:
        result = await ask(city.coordinator, LIST, first=3, orderBy=order, after=after, filter=filters or None)
        seen += numbers(result)
        info = result.data["tickets"]["pageInfo"]
        if not info["hasNextPage"]:
            return seen
        after = info["endCursor"]


@pytest.mark.parametrize(
    ("order", "key", "descending"),
    [
        ("NEWEST_FIRST", "received_at", True),
        ("OLDEST_FIRST", "received_at", False),
        ("RECENTLY_CHANGED", "updated_at", True),
        ("LONGEST_UNCHANGED", "updated_at", False),
        ("RELEVANCE", "received_at", True),
    ],
)
async def test_walks_every_order_without_gap_or_double(
    ask: Ask, city: City, order: str, key: str, descending: bool
) -> None:
    tickets = [
        await make_ticket(received_at=MOMENT + timedelta(hours=i // 2), updated_at=MOMENT + timedelta(hours=7 - i // 3))
        for i in range(8)
    ]

    seen = await walk(ask, city, order)

    tickets.sort(key=lambda ticket: (getattr(ticket, key), ticket.number), reverse=descending)
    assert seen == [ticket.number for ticket in tickets]


@pytest.mark.parametrize(
    ("order", "newest_first"),
    [("", False), ("orderBy: $order", False), ("orderBy: NEWEST_FIRST", True), ("orderBy: null", False)],
)
async def test_what_waits_comes_the_longest_waiting_first(ask: Ask, city: City, order: str, newest_first: bool) -> None:
    made = [await make_ticket(TicketStatus.INCOMPLETE, at=MOMENT + timedelta(hours=hour)) for hour in (2, 1, 3)]
    variable = "query ($order: TicketOrder) " if "$order" in order else ""
    document = (
        f"{variable}{{ tickets(first: 5, filter: {{worklist: WAITING}} {order}) {{ edges {{ node {{ number }} }} }} }}"
    )

    found = numbers(await ask(city.coordinator, document))

    oldest_first = [made[place].number for place in (1, 0, 2)]
    assert found == (oldest_first[::-1] if newest_first else oldest_first)


async def test_duplicates_and_where_a_merged_report_goes_on(
    ask: Ask, city: City, count_queries: Callable[[], AbstractContextManager[Statements]]
) -> None:
    stays = await make_ticket(TicketStatus.DISPATCHED, lead=city.roads)
    merged = [await make_ticket(TicketStatus.ARCHIVED, merged_into_id=stays.id) for _ in range(3)]
    document = "{ tickets(first: 9) { edges { node { number duplicates { number } continuedIn { number status } } } } }"

    await ask(city.coordinator, "{ tickets(first: 1) { feedCursor } }")  # reads the master data
    with count_queries() as statements:
        office = await ask(city.coordinator, document)
    own = await ask(citizen_scope(merged[0]), document)

    rows = {edge["node"]["number"]: edge["node"] for edge in office.data["tickets"]["edges"]}
    assert [each["number"] for each in rows[stays.number]["duplicates"]] == [each.number for each in merged]
    assert {row["continuedIn"] for row in rows.values()} == {None}
    assert own.data["tickets"]["edges"] == [
        {
            "node": {
                "number": merged[0].number,
                "duplicates": [],
                "continuedIn": {"number": stays.number, "status": "DISPATCHED"},
            }
        }
    ]
    assert len(statements.texts) == 2


async def test_a_row_that_comes_in_between_two_pages_disturbs_neither(ask: Ask, city: City) -> None:
    old = [await make_ticket(received_at=MOMENT + timedelta(hours=i)) for i in range(4)]
    first = await ask(city.coordinator, LIST, first=2, orderBy="NEWEST_FIRST")

    await make_ticket(received_at=MOMENT + timedelta(hours=9))
    second = await ask(
        city.coordinator, LIST, first=2, orderBy="NEWEST_FIRST", after=first.data["tickets"]["pageInfo"]["endCursor"]
    )

    assert numbers(first) + numbers(second) == [ticket.number for ticket in reversed(old)]
    assert second.data["tickets"]["pageInfo"]["hasPreviousPage"] is True
    assert second.data["tickets"]["pageInfo"]["hasNextPage"] is False


async def test_equal_lists_do_not_tell_whether_something_hidden_happened_in_between(
    ask: Ask, city: City, desk: Desk
) -> None:
    asked = "{ tickets(first: 1) { feedCursor } wallboard { cursor } }"
    first, second = [(await ask(city.display, asked)).data for _ in range(2)]
    cursors = [each["tickets"]["feedCursor"] for each in (first, second)]
    boards = [each["wallboard"]["cursor"] for each in (first, second)]

    assert len({*cursors, *boards}) == 4
    assert desk.cursors.open_feed(cursors[0]) == desk.cursors.open_feed(cursors[1])
    assert desk.cursors.open_feed(boards[0]) == desk.cursors.open_feed(boards[1])


async def test_an_empty_list_has_a_feed_cursor_and_no_ends(ask: Ask, city: City) -> None:
    result = await ask(city.coordinator, LIST, first=5)

    assert numbers(result) == []
    assert result.data["tickets"]["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": False,
        "startCursor": None,
        "endCursor": None,
    }
    assert result.data["tickets"]["feedCursor"]


@pytest.mark.parametrize("document", [RICH, DEEP])
async def test_a_list_costs_the_same_for_one_row_and_for_many(
    ask: Ask, city: City, document: str, count_queries: Callable[[], AbstractContextManager[Statements]]
) -> None:
    for _ in range(50):
        await make_ticket(TicketStatus.DISPATCHED, lead=city.roads, reporter={"phone": "+62812086237590"})
    await ask(city.coordinator, document, first=1)

    with count_queries() as one:
        await ask(city.coordinator, document, first=1)
    with count_queries() as fifty:
        result = await ask(city.coordinator, document, first=50)

    assert len(numbers(result)) == 50
    assert fifty.count == one.count


async def test_a_list_with_agency_and_assignee_is_one_statement(
    ask: Ask, city: City, count_queries: Callable[[], AbstractContextManager[Statements]]
) -> None:
    for _ in range(3):
        await make_ticket(TicketStatus.DISPATCHED, lead=city.roads)
    await ask(city.coordinator, RICH, first=50)

    with count_queries() as statements:
        await ask(city.coordinator, RICH, first=50)

    assert statements.count == 1


async def test_filters_combine(ask: Ask, city: City) -> None:
    wanted = await make_ticket(
        TicketStatus.IN_PROGRESS,
        lead=city.roads,
        supporting=(city.health,),
        category_id=city.drains.id,
        kelurahan_id="35.71.01.1001",
        received_at=MOMENT,
    )
    await make_ticket(TicketStatus.IN_PROGRESS, lead=city.health, received_at=MOMENT)
    await make_ticket(TicketStatus.RESOLVED, lead=city.roads, received_at=MOMENT)
    await make_ticket(received_at=MOMENT - timedelta(days=1))
    filters = {
        "status": ["IN_PROGRESS", "ON_HOLD"],
        "open": True,
        "agencyCode": ["pupr", "dinkes"],
        "categoryCode": ["drainase"],
        "kecamatanCode": ["35.71.01"],
        "receivedFrom": MOMENT.isoformat(),
        "receivedTo": (MOMENT + timedelta(seconds=1)).isoformat(),
        "channel": ["SURGA_WEB"],
        "search": "lampu",
    }

    assert await walk(ask, city, "NEWEST_FIRST", **filters) == [wanted.number]
    assert await walk(ask, city, "NEWEST_FIRST", agencyCode=["dinkes"], agencyRole="SUPPORTING") == [wanted.number]
    assert await walk(ask, city, "NEWEST_FIRST", status=[]) == []
    assert await walk(ask, city, "NEWEST_FIRST", receivedTo=MOMENT.isoformat(), open=False) == []


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("jembatan rusak", ["jembatan"]),
        ("jembtan", ["jembatan"]),
        ("perbaikan", ["jembatan"]),  # Indonesian stems: perbaikan and diperbaiki are one word
        ("KDR-2026-000002", ["sampah"]),
        ("000002", ["sampah"]),
        ("%", []),
        ("_", []),
        ("\\", []),
        ("'; DROP TABLE ticket; --", []),
        ("sampah OR jembatan", ["jembatan", "sampah"]),
    ],
)
async def test_searches_words_likeness_and_numbers(ask: Ask, city: City, search: str, found: list[str]) -> None:
    titles = {
        (await make_ticket(title="Jembatan rusak di Semampir", body="Mohon segera diperbaiki.")).number: "jembatan",
        (await make_ticket(title="Tumpukan sampah", body="Sudah seminggu tidak diangkut.")).number: "sampah",
    }

    result = await ask(city.coordinator, LIST, first=10, orderBy="RELEVANCE", filter={"search": search})

    assert sorted(titles[number] for number in numbers(result)) == found


async def test_search_pages_by_relevance(ask: Ask, city: City) -> None:
    for i in range(7):
        await make_ticket(title="Lampu jalan mati" if i % 2 else "Lampu", received_at=MOMENT + timedelta(hours=i))

    seen = await walk(ask, city, "RELEVANCE", search="lampu jalan")

    assert len(seen) == len(set(seen)) == 7


async def test_a_hidden_ticket_is_found_by_no_search_number_or_count(ask: Ask, city: City) -> None:
    await make_ticket(TicketStatus.DISPATCHED, lead=city.health, title="Rahasia besar", confidential=True)
    document = LIST.replace("feedCursor", "totalCount")

    for search in ("rahasia", "KDR-2026-000001"):
        result = await ask(city.officer, document, first=10, filter={"search": search})
        assert numbers(result) == []
        assert result.data["tickets"]["totalCount"] == 0


@pytest.mark.parametrize("first", [0, -1, 101, 10**6])
async def test_refuses_pages_out_of_bounds(ask: Ask, city: City, first: int) -> None:
    result = await ask(city.coordinator, LIST, first=first)

    assert result.data == {"tickets": None}
    assert result.errors[0].original_error.code == "BAD_INPUT"


async def test_refuses_foreign_garbled_and_wrong_kind_cursors(ask: Ask, city: City) -> None:
    for _ in range(3):
        await make_ticket()
    page = (await ask(city.coordinator, LIST, first=1)).data["tickets"]
    other_order = page["edges"][0]["cursor"]

    for cursor, order in (
        ("abc", "NEWEST_FIRST"),
        ("", "NEWEST_FIRST"),
        (page["feedCursor"], "NEWEST_FIRST"),
        (other_order, "OLDEST_FIRST"),
        (other_order[:-2] + "AA", "NEWEST_FIRST"),
    ):
        result = await ask(city.coordinator, LIST, first=1, orderBy=order, after=cursor)
        assert result.errors[0].original_error.code == "BAD_CURSOR", cursor


@pytest.mark.parametrize(
    "filters",
    [
        {"agencyCode": ["no-such"]},
        {"categoryCode": ["no-such"]},
        {"kelurahanCode": ["99.99"]},
        {"kecamatanCode": ["Mojoroto"]},
        {"assigneeId": "nonsense"},
        {"search": "x" * 201},
        {"search": "a\u0007b"},
        {"externalId": ""},
        {"agencyRole": "LEAD"},
        {"agencyRole": "SUPPORTING", "open": True},
    ],
)
async def test_refuses_filters_that_mean_nothing(ask: Ask, city: City, filters: dict[str, Any]) -> None:
    result = await ask(city.coordinator, LIST, first=1, filter=filters)

    assert result.errors[0].original_error.code == "BAD_INPUT"


async def test_asks_strangers_to_sign_in(ask: Ask, city: City) -> None:
    result = await ask(city.anonymous, LIST, first=1)

    assert result.errors[0].original_error.code == "UNAUTHENTICATED"


async def test_partners_do_not_filter_by_officers(ask: Ask, city: City) -> None:
    for filters in ({"unassigned": True}, {"worklist": "MINE"}):
        result = await ask(city.partner, LIST, first=1, filter=filters)
        assert result.errors[0].original_error.code == "FORBIDDEN"
