"""A receipt as docs/tanda-terima.md says, by who never saw its code: on a served desk, over HTTP and over a socket."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from api.settings import Settings
from models import AuditEntry, Event, IdempotencyKey, Ticket
from models.enums import AuditKind, PrincipalKind, Role
from services.core.desk import Desk
from services.credentials.credentials import issue
from tests.api.partner_desk import heard, make_partner, subscribe
from tests.clients.town import served
from tests.factories import make_agency, make_officer

SUBMIT = """mutation ($input: SubmitTicketInput!) { submitTicket(input: $input) {
  ticket { id number } trackingSecret errors { __typename code path message } } }"""
OPEN = """mutation ($input: StartCitizenSessionInput!) { startCitizenSession(input: $input) {
  ticket { number } errors { code } } }"""
CHANGE = """mutation ($input: RotateTrackingSecretInput!) { rotateTrackingSecret(input: $input) {
  trackingSecret errors { code } } }"""
FORM = {"title": "Jalan berlubang", "body": "Ada lubang besar.", "channel": "WALK_IN", "receipt": True}
Ways = Callable[[str, str | None, dict[str, Any]], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class Counter:
    """The desk with its officer at the counter, and one way to it."""

    ask: Ways
    tokens: dict[str, str]

    async def submit(self, who: str | None, **more: Any) -> dict[str, Any]:
        given = {"input": {**FORM, **more}}
        answer: dict[str, Any] = (await self.ask(SUBMIT, self.tokens[who] if who else None, given))["submitTicket"]
        return answer

    async def opens(self, number: str, secret: str) -> list[str]:
        """The codes for which the reporter's door stays shut; none where it opens."""
        given = {"input": {"number": number, "secret": secret}}
        answer = (await self.ask(OPEN, None, given))["startCitizenSession"]
        return [error["code"] for error in answer["errors"]]


async def kept() -> list[int]:
    """All that a refusal must leave as it was."""
    return [await model.all().count() for model in (Ticket, Event, AuditEntry, IdempotencyKey)]


def over_http(place: str) -> Ways:
    async def ask(query: str, token: str | None, variables: dict[str, Any]) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        async with httpx.AsyncClient(headers=headers, timeout=60) as client:
            found = await client.post(f"http://{place}/graphql", json={"query": query, "variables": variables})
        data: dict[str, Any] = found.json()["data"]
        return data

    return ask


def over_a_socket(place: str) -> Ways:
    async def ask(query: str, token: str | None, variables: dict[str, Any]) -> dict[str, Any]:
        protocols = [Subprotocol("graphql-transport-ws")]
        async with connect(f"ws://{place}/graphql", subprotocols=protocols, open_timeout=60) as line:
            payload = {"authorization": f"Bearer {token}"} if token else {}
            await line.send(json.dumps({"type": "connection_init", "payload": payload}))
            assert (await heard(line))["type"] == "connection_ack"
            await subscribe(line, "a", query, **variables)
            message = await heard(line)
        data: dict[str, Any] = message["payload"]["data"]
        return data

    return ask


@pytest.fixture(params=[over_http, over_a_socket])
async def counter(desk: Desk, settings: Settings, request: pytest.FixtureRequest) -> AsyncIterator[Counter]:
    pupr, tokens = await make_agency("pupr"), {}
    for role in (Role.OFFICER, Role.COORDINATOR, Role.LEADER, Role.ADMIN):
        officer = await make_officer(await make_agency("diskominfo") if role is Role.COORDINATOR else pupr, role)
        tokens[role.value] = (await issue(desk, PrincipalKind.STAFF, name=f"uji {role}", officer_id=officer.id)).token
    tokens["PARTNER"] = (await make_partner(desk, "Mitra Uji"))[1]
    async with served(desk, settings) as place:
        yield Counter(request.param(place), tokens)


async def test_the_reporter_leaves_with_a_number_and_a_code_that_open_the_report_as_typed(counter: Counter) -> None:
    given = await counter.submit("OFFICER", idempotencyKey="k")
    number, secret = given["ticket"]["number"], given["trackingSecret"]
    again = await counter.submit("OFFICER", idempotencyKey="k")

    typed = (secret, secret.lower(), f" {secret.replace('-', ' ').upper()} ", secret.replace("-", ""))
    assert given["errors"] == []
    assert [await counter.opens(number, each) for each in typed] == [[]] * 4
    assert (again["ticket"]["number"], again["trackingSecret"], again["errors"]) == (number, None, [])
    assert await AuditEntry.filter(kind=AuditKind.SECRET_ROTATED).count() == 1


async def test_a_lost_code_is_changed_by_the_coordinator_and_by_nobody_at_the_counter(counter: Counter) -> None:
    given = await counter.submit("OFFICER")
    number = given["ticket"]["number"]
    order = {"input": {"id": given["ticket"]["id"], "reason": "Kode hilang, pelapor datang lagi ke loket."}}

    refused = await counter.ask(CHANGE, counter.tokens["OFFICER"], order)
    changed = await counter.ask(CHANGE, counter.tokens["COORDINATOR"], order)

    assert refused["rotateTrackingSecret"]["trackingSecret"] is None
    assert [error["code"] for error in refused["rotateTrackingSecret"]["errors"]] == ["NOT_FOUND"]
    assert changed["rotateTrackingSecret"]["errors"] == []
    assert await counter.opens(number, given["trackingSecret"]) == ["WRONG_NUMBER_OR_SECRET"]
    assert await counter.opens(number, changed["rotateTrackingSecret"]["trackingSecret"]) == []
    assert await AuditEntry.filter(kind=AuditKind.SECRET_ROTATED).count() == 2


@pytest.mark.parametrize(
    ("who", "more", "code"),
    [
        ("OFFICER", {"channel": "WHATSAPP"}, "NO_RECEIPT_BY_CHANNEL"),
        ("OFFICER", {"channel": "EMAIL"}, "NO_RECEIPT_BY_CHANNEL"),
        ("OFFICER", {"reportedAgencyCode": "pupr"}, "RECEIPT_OF_OWN_AGENCY"),
        (None, {}, "TOKEN_NEEDED"),
        ("PARTNER", {}, "NOT_YOUR_ROLE"),
        ("LEADER", {}, "NOT_YOUR_ROLE"),
        ("ADMIN", {}, "NOT_YOUR_ROLE"),
    ],
)
async def test_what_the_page_says_is_refused_records_nothing(
    counter: Counter, who: str | None, more: dict[str, Any], code: str
) -> None:
    before = await kept()

    answer = await counter.submit(who, idempotencyKey="k", **more)

    assert code in [error["code"] for error in answer["errors"]]
    assert all(error["message"] for error in answer["errors"])
    assert (answer["ticket"], answer["trackingSecret"]) == (None, None)
    assert await kept() == before
