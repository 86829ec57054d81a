"""A citizen follows one ticket live, and whoever held an old secret is out at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from api.settings import Settings
from models import AuditEntry, Ticket
from models.enums import AuditKind
from services.core.desk import Desk
from services.core.nodes import node_id
from services.reporters.citizens import start_session
from tests.api.partner_desk import ask, heard, socket, subscribe
from tests.clients.town import served, served_town
from tests.factories import make_ticket

LIVE = """subscription ($after: Cursor) { ticketStatusChanged(after: $after) {
  from to ticket { number status timeline(last: 1) { edges { node { to } } } } } }"""
VERIFY = """mutation ($id: ID!) { verifyTicket(input: {id: $id, expectedVersion: 1, classification: COMPLAINT,
  anonymous: false, confidential: false, supervisory: false, categoryCode: "jalan-rusak"}) {
  ticket { status } errors { code path } } }"""
ROTATE = """mutation ($id: ID!) { rotateTrackingSecret(input: {id: $id, reason: "Kode lama bocor."}) {
  trackingSecret errors { code } } }"""
OWN = """query ($number: String!) { ticket(number: $number) { id number timeline(first: 9) { edges { node { kind } } } }
  tickets(first: 9) { feedCursor totalCount } }"""


async def until_closed(line: ClientConnection) -> None:
    while True:
        await heard(line)


async def test_number_and_secret_show_one_ticket_live_until_the_secret_is_rotated(
    desk: Desk, settings: Settings
) -> None:
    ticket, other = await make_ticket(), await make_ticket()
    session = await start_session(desk, ticket.number, desk.keys.tracking_secret(ticket.id, 0))
    async with served_town(desk, settings) as town:
        own = (await ask(town, session.token, OWN, number=ticket.number)).json()["data"]
        foreign = (await ask(town, session.token, OWN, number=other.number)).json()["data"]
        assert own["ticket"]["timeline"]["edges"] == [{"node": {"kind": "SUBMITTED"}}]
        assert (foreign["ticket"], foreign["tickets"]["totalCount"]) == (None, 1)

        async with socket(town, session.token) as line:
            await subscribe(line, "a", LIVE, after=own["tickets"]["feedCursor"])
            for moved in (other, ticket):
                done = (await ask(town, town.tokens["coordinator"], VERIFY, id=node_id("Ticket", moved.id))).json()
                assert done["data"]["verifyTicket"] == {"ticket": {"status": "VERIFIED"}, "errors": []}
            change = (await heard(line))["payload"]["data"]["ticketStatusChanged"]

            rotated = (await ask(town, town.tokens["coordinator"], ROTATE, id=own["ticket"]["id"])).json()
            with pytest.raises(ConnectionClosed) as closed:
                await until_closed(line)
        assert (await ask(town, session.token, OWN, number=ticket.number)).status_code == 401

    assert (change["from"], change["to"], change["ticket"]["number"]) == ("RECEIVED", "VERIFIED", ticket.number)
    assert change["ticket"]["timeline"]["edges"] == [{"node": {"to": "VERIFIED"}}]
    await ticket.refresh_from_db()
    secret = desk.keys.tracking_secret(ticket.id, 1, ticket.secret_salt)
    assert rotated["data"]["rotateTrackingSecret"]["trackingSecret"] == secret
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403


START = """mutation ($input: StartCitizenSessionInput!) { startCitizenSession(input: $input) {
  ticket { number } errors { __typename code ... on Throttled { retryAfterSeconds } } } }"""


async def test_who_guesses_waits_while_the_citizen_next_door_comes_in(desk: Desk, settings: Settings) -> None:
    ticket, other = await make_ticket(), await make_ticket()
    async with served_town(desk, settings) as town:

        async def start(number: str, secret: str) -> dict[str, Any]:
            answer = await town.post(None, START, {"input": {"number": number, "secret": secret}})
            payload: dict[str, Any] = answer["data"]["startCitizenSession"]
            return payload

        spellings = (ticket.number, ticket.number.lower(), f" {ticket.number}", ticket.number, ticket.number)
        wrong = [(await start(spelt, "SALAH"))["errors"][0]["code"] for spelt in spellings]
        (throttled,) = (await start(ticket.number, desk.keys.tracking_secret(ticket.id, 0)))["errors"]
        opened = await start(other.number, desk.keys.tracking_secret(other.id, 0))

    assert wrong == ["WRONG_NUMBER_OR_SECRET"] * 5
    assert (throttled["__typename"], throttled["code"]) == ("Throttled", "THROTTLED")
    assert 1 <= throttled["retryAfterSeconds"] <= 900
    assert opened == {"ticket": {"number": other.number}, "errors": []}


OPEN = """mutation ($number: String!, $secret: String!) {
  startCitizenSession(input: {number: $number, secret: $secret}) { accessToken errors { __typename code } } }"""


class Line:
    """Somebody at one address who opens tickets."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def open(self, number: str, secret: str) -> str | None:
        """The code of the refusal; None where the ticket was opened."""
        variables = {"number": number, "secret": secret}
        answer = await self.client.post("/graphql", json={"query": OPEN, "variables": variables})
        errors = answer.json()["data"]["startCitizenSession"]["errors"]
        return errors[0]["code"] if errors else None


def secret_of(desk: Desk, ticket: Ticket) -> str:
    return desk.keys.tracking_secret(ticket.id, ticket.secret_rotation, ticket.secret_salt)


async def test_wrong_secrets_of_neighbours_shut_no_citizen_out(desk: Desk, settings: Settings) -> None:
    mine, other = await make_ticket(), await make_ticket()
    few = settings.model_copy(update={"guesses_per_address": "3/hour"})
    async with served(desk, few) as place, httpx.AsyncClient(base_url=f"http://{place}", timeout=60) as client:
        line = Line(client)
        first = [await line.open(f"KDR-2026-90000{each}", "SALAH") for each in range(3)]
        shut = [await line.open(number, "SALAH") for number in (other.number, "KDR-2026-900009") for _ in range(3)]
        opened = [await line.open(mine.number, secret_of(desk, mine)) for _ in range(3)]
        guessed_at = await line.open(other.number, secret_of(desk, other))

    assert (set(first), set(shut), set(opened)) == ({"WRONG_NUMBER_OR_SECRET"}, {"THROTTLED"}, {None})
    assert guessed_at == "THROTTLED"
    failed = await AuditEntry.filter(kind=AuditKind.SIGN_IN_FAILED).order_by("id").values_list("subject", flat=True)
    assert failed == [None, None, None, f"ticket:{other.id}", None]


async def test_ninety_wrong_secrets_at_once_are_as_many_as_one_after_another(desk: Desk, settings: Settings) -> None:
    ticket = await make_ticket()
    async with served(desk, settings) as place, httpx.AsyncClient(base_url=f"http://{place}", timeout=60) as client:
        line = Line(client)
        answers = await asyncio.gather(*(line.open(f"KDR-2026-{each:06}", "SALAH") for each in range(900_000, 900_090)))

        assert Counter(answers) == {"WRONG_NUMBER_OR_SECRET": 20, "THROTTLED": 70}
        assert await line.open(ticket.number, secret_of(desk, ticket)) is None
