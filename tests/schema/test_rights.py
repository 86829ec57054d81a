"""Who sees which ticket and which fields of it, on every path that leads to one."""

from __future__ import annotations

from typing import Any

import pytest

from models import Ticket
from models.enums import TicketStatus
from services.access.scopes import Scope
from services.core.nodes import node_id
from tests.factories import make_ticket
from tests.schema.conftest import Ask, City

CALLERS = [
    "coordinator",
    "officer",
    "liaison",
    "stranger",
    "leader",
    "inspector",
    "admin",
    "partner",
    "display",
    "anonymous",
]
EVERY_PATH = """
query ($id: ID!, $number: String!) {
  byId: ticket(id: $id) { number }
  byNumber: ticket(number: $number) { number }
  node(id: $id) { id }
}"""
LIST = "{ tickets(first: 10) { totalCount edges { node { number } } } }"
FIELDS = """
query ($id: ID!) {
  ticket(id: $id) {
    title body assignee { name } location { kelurahan address latitude longitude } reporter { name phone email }
    hidden { field reason } answers { text } timeline(first: 20) { edges { node { kind text actor { name } } } }
  }
}"""


def caller(city: City, name: str) -> Scope:
    scope: Scope = getattr(city, name)
    return scope


async def sees(ask: Ask, scope: Scope, ticket: Ticket) -> bool:
    """Whether any path shows the ticket; all of them must agree."""
    result = await ask(scope, EVERY_PATH, id=node_id("Ticket", ticket.id), number=ticket.number.lower())
    assert result.errors is None
    found = {value is not None for value in result.data.values()}
    if scope.kind != "ANONYMOUS":
        listed = (await ask(scope, LIST)).data["tickets"]
        found.add(listed["totalCount"] == 1)
        found.add(len(listed["edges"]) == 1)
    assert len(found) == 1
    return found.pop()


@pytest.mark.parametrize(
    ("flags", "seen_by"),
    [
        ({}, "coordinator officer liaison leader admin partner display"),
        ({"anonymous": None}, "coordinator officer liaison leader admin partner display"),
        ({"confidential": True}, "coordinator officer liaison"),
        ({"confidential": None}, "coordinator officer liaison"),
        ({"supervisory": True}, "coordinator officer liaison inspector"),
        ({"supervisory": True, "reported": "desk_agency"}, "officer liaison inspector"),
        ({"supervisory": True, "confidential": True}, "coordinator officer liaison inspector"),
    ],
)
async def test_rows_exist_for_those_that_the_flags_allow(
    ask: Ask, city: City, flags: dict[str, Any], seen_by: str
) -> None:
    columns = dict(flags)
    reported = columns.pop("reported", None)
    ticket = await make_ticket(
        TicketStatus.DISPATCHED,
        lead=city.roads,
        reported_agency_id=getattr(city, reported).id if reported else None,
        **columns,
    )

    seen = [name for name in CALLERS if await sees(ask, caller(city, name), ticket)]

    assert set(seen) == set(seen_by.split())


async def test_supporting_agencies_see_the_ticket_and_others_do_not(ask: Ask, city: City) -> None:
    supported = await make_ticket(TicketStatus.DISPATCHED, lead=city.roads, supporting=(city.health,))

    assert await sees(ask, city.stranger, supported)


async def fields(ask: Ask, scope: Scope, ticket: Ticket) -> dict[str, Any]:
    result = await ask(scope, FIELDS, id=node_id("Ticket", ticket.id))
    assert result.errors is None
    found: dict[str, Any] = result.data["ticket"]
    return found


async def told_ticket(city: City, **flags: Any) -> Ticket:
    return await make_ticket(
        TicketStatus.DISPATCHED,
        lead=city.roads,
        kelurahan_id="35.71.01.1001",
        address="Jalan Contoh 1",
        latitude=-7.81,
        longitude=112.01,
        reporter={"name": "Siti Warga", "phone": "+62812073469134", "email": "siti@contoh.id"},
        **flags,
    )


@pytest.mark.parametrize("name", ["coordinator", "officer", "liaison"])
async def test_handlers_see_a_masked_reporter_only_where_anonymity_was_declined(
    ask: Ask, city: City, name: str
) -> None:
    open_ticket = await told_ticket(city, anonymous=False)
    unasked = await told_ticket(city, anonymous=None)
    anonymous = await told_ticket(city, anonymous=True)

    shown = await fields(ask, caller(city, name), open_ticket)

    assert shown["reporter"] == {"name": "S*** W***", "phone": "0812****34", "email": "s***@contoh.id"}
    assert shown["hidden"] == []
    for ticket in (unasked, anonymous):
        hidden = await fields(ask, caller(city, name), ticket)
        assert hidden["reporter"] is None
        assert hidden["hidden"] == [{"field": "reporter", "reason": "ANONYMOUS"}]


@pytest.mark.parametrize("name", ["leader", "admin", "partner", "display"])
async def test_nobody_else_sees_a_reporter(ask: Ask, city: City, name: str) -> None:
    shown = await fields(ask, caller(city, name), await told_ticket(city, anonymous=False))

    assert shown["reporter"] is None
    assert {"field": "reporter", "reason": "NOT_YOUR_ROLE"} in shown["hidden"]


async def test_partners_see_words_but_no_exact_place_and_no_officer(ask: Ask, city: City) -> None:
    shown = await fields(ask, city.partner, await told_ticket(city))

    assert shown["title"] == "Lampu jalan mati"
    assert shown["location"] == {"kelurahan": "Bandar Lor", "address": None, "latitude": None, "longitude": None}
    assert [entry["field"] for entry in shown["hidden"]] == [
        "assignee",
        "escalations",
        "location.address",
        "location.latitude",
        "location.longitude",
        "reporter",
        "sp4n",
        "unresolvedCases",
    ]


async def test_displays_see_no_words_at_all(ask: Ask, city: City) -> None:
    shown = await fields(ask, city.display, await told_ticket(city))

    assert (shown["title"], shown["body"], shown["answers"]) == (None, None, [])
    assert {"title", "body"} <= {entry["field"] for entry in shown["hidden"]}


async def test_what_is_hidden_does_not_depend_on_what_is_stored(ask: Ask, city: City) -> None:
    with_reporter = await told_ticket(city, anonymous=True)
    without = await make_ticket(TicketStatus.DISPATCHED, lead=city.roads, anonymous=True)

    for name in ("coordinator", "officer", "liaison", "leader", "admin", "partner", "display"):
        shown = [await fields(ask, caller(city, name), ticket) for ticket in (with_reporter, without)]
        assert shown[0]["hidden"] == shown[1]["hidden"], name
