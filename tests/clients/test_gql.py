"""PyPI gql, as Python programs of other offices would use it."""

from typing import Any

import pytest
from gql.client import AsyncClientSession
from gql.transport.exceptions import TransportConnectionFailed, TransportQueryError
from websockets.exceptions import ConnectionClosedError

from tests.clients.sessions import over_http, over_socket, request
from tests.clients.town import Town

pytestmark = pytest.mark.slow


async def submitted(session: AsyncClientSession) -> dict[str, Any]:
    form = {"title": "Lubang di jalan", "body": "Ada lubang besar di depan pasar.", "channel": "WALK_IN"}
    done = await session.execute(request("submit-ticket", input={**form, "anonymous": False, "confidential": False}))
    return done["submitTicket"]["ticket"]


async def moved(session: AsyncClientSession, name: str, ticket: dict[str, Any], **fields: Any) -> dict[str, Any]:
    done = await session.execute(
        request(name, input={"id": ticket["id"], "expectedVersion": ticket["version"], **fields})
    )
    (payload,) = done.values()
    assert payload["errors"] == []
    return payload["ticket"]


async def test_sees_each_change_once_over_two_connections(town: Town) -> None:
    token = town.tokens["coordinator"]
    async with over_http(town, token) as http:
        start = (await http.execute(request("ticket-list", first=1)))["tickets"]["feedCursor"]
        ticket = await submitted(http)
        ticket = await moved(http, "verify-ticket", ticket, classification="COMPLAINT")
        first = await seen(town, token, start, 2)

        ticket = await moved(http, "dispatch-ticket", ticket, leadAgencyCode="dpupr")
        await moved(http, "change-ticket-status", ticket, status="IN_PROGRESS")
        second = await seen(town, token, first[-1]["cursor"], 2)

    assert [(change["from"], change["to"]) for change in first + second] == [
        (None, "RECEIVED"),
        ("RECEIVED", "VERIFIED"),
        ("VERIFIED", "DISPATCHED"),
        ("DISPATCHED", "IN_PROGRESS"),
    ]


async def seen(town: Town, token: str, after: str, count: int) -> list[dict[str, Any]]:
    """Subscribe after a cursor and hang up once so many changes have come."""
    changes: list[dict[str, Any]] = []
    async with over_socket(town, token) as session:
        async for event in session.subscribe(request("ticket-status-changed", after=after)):
            changes.append(event["ticketStatusChanged"])
            if len(changes) == count:
                break
    return changes


async def test_asks_over_the_socket_too(town: Town) -> None:
    async with over_socket(town, town.tokens["officer"]) as session:
        answer = await session.execute(request("viewer"))

    assert answer["viewer"]["name"] == "Petugas Uji"
    assert answer["viewer"]["agency"]["code"] == "dpupr"


async def test_is_told_that_a_token_is_wrong(town: Town) -> None:
    async with over_http(town, "srg_" + "x" * 43) as http:
        with pytest.raises(TransportQueryError) as refused:
            await http.execute(request("viewer"))

    assert [error["extensions"]["code"] for error in refused.value.errors or []] == ["UNAUTHENTICATED"]


async def test_a_socket_with_a_wrong_token_is_closed_as_forbidden(town: Town) -> None:
    with pytest.raises(TransportConnectionFailed) as refused:
        async with over_socket(town, "srg_" + "x" * 43):
            pass

    closed = refused.value.__cause__
    assert isinstance(closed, ConnectionClosedError)
    assert closed.rcvd is not None
    assert closed.rcvd.code == 4403
