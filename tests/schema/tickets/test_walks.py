"""A walk over the pages of a list: each has the feed cursor of the first, and following it misses nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models import Ticket
from models.enums import MoveMutation, TicketStatus
from services.core.desk import Desk
from tests.factories import MOMENT, make_ticket
from tests.moving import make_move
from tests.schema.conftest import Ask, City

PAGE = """
query ($filter: TicketFilter, $orderBy: TicketOrder, $after: Cursor) {
  tickets(filter: $filter, orderBy: $orderBy, first: 2, after: $after) {
    edges { cursor node { number } }
    pageInfo { hasNextPage startCursor endCursor }
    feedCursor
  }
}"""
PULL = "query ($after: Cursor) { ticketStatusChanges(first: 9, after: $after) { edges { node { to } } reset } }"


async def page(ask: Ask, city: City, **given: Any) -> dict[str, Any]:
    result = await ask(city.coordinator, PAGE, **given)
    assert result.errors is None, result.errors
    found: dict[str, Any] = result.data["tickets"]
    return found


@pytest.fixture
async def tickets(database: object) -> list[Ticket]:
    """Six, the newest first."""
    made = [await make_ticket(received_at=MOMENT + timedelta(hours=hour)) for hour in range(6)]
    return made[::-1]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"orderBy": "LONGEST_UNCHANGED"},
        {"filter": {"open": True}},
        {"filter": {"search": "lampu"}, "orderBy": "RELEVANCE"},
    ],
)
async def test_every_page_of_a_walk_has_the_feed_cursor_of_the_first(
    ask: Ask, city: City, tickets: list[Ticket], given: dict[str, Any]
) -> None:
    pages = [await page(ask, city, **given)]
    while pages[-1]["pageInfo"]["hasNextPage"]:
        await make_ticket(TicketStatus.ARCHIVED, title="Selokan")  # the log goes on meanwhile
        pages.append(await page(ask, city, after=pages[-1]["pageInfo"]["endCursor"], **given))

    assert len(pages) > 2
    assert len({each["feedCursor"] for each in pages}) == 1


async def test_a_walk_goes_on_from_any_of_its_cursors_and_a_new_one_has_a_place_of_its_own(
    ask: Ask, city: City, tickets: list[Ticket]
) -> None:
    first = await page(ask, city)
    second = await page(ask, city, after=first["edges"][0]["cursor"])
    back = await page(ask, city, after=second["pageInfo"]["startCursor"])
    again = await page(ask, city)

    assert [edge["node"]["number"] for edge in back["edges"]] == [each.number for each in tickets[2:4]]
    assert {second["feedCursor"], back["feedCursor"]} == {first["feedCursor"]}
    assert again["feedCursor"] != first["feedCursor"]


async def test_what_changed_on_the_first_page_is_followed_from_the_last(
    ask: Ask, city: City, desk: Desk, tickets: list[Ticket]
) -> None:
    first = await page(ask, city)
    await make_move(desk, city.coordinator, tickets[0], MoveMutation.VERIFY, TicketStatus.VERIFIED)
    second = await page(ask, city, after=first["pageInfo"]["endCursor"])

    followed = await ask(city.coordinator, PULL, after=second["feedCursor"])

    assert followed.data["ticketStatusChanges"] == {"edges": [{"node": {"to": "VERIFIED"}}], "reset": False}


async def test_a_cursor_of_a_release_that_told_no_place_goes_on_with_the_place_of_its_page(
    ask: Ask, city: City, desk: Desk, tickets: list[Ticket]
) -> None:
    cursor = (await page(ask, city))["pageInfo"]["endCursor"]
    old = desk.cursors.seal_page("NEWEST_FIRST", desk.cursors.open_page(cursor, "NEWEST_FIRST")[:2])

    second = await page(ask, city, after=old)
    third = await page(ask, city, after=second["pageInfo"]["endCursor"])

    assert [edge["node"]["number"] for edge in second["edges"]] == [each.number for each in tickets[2:4]]
    assert third["feedCursor"] == second["feedCursor"]
