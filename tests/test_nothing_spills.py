"""Marked reporters on every way in and every refusal of a served desk: what stays behind is searched after the run."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from api.settings import Settings
from models import Reporter
from models.database import connection
from models.enums import Channel
from services.core.desk import Desk
from services.core.nodes import node_id
from tests.api.partner_desk import ask, heard, make_partner, socket, subscribe
from tests.clients.town import Town, served_town
from tests.factories import make_agency, make_ticket
from tests.spills import NAME_MARK, NIK_MARK, PHONE_MARK, marks_in

pytestmark = pytest.mark.slow

NAME, PHONE, NIK = f"{NAME_MARK} Warga", f"+62{PHONE_MARK}77", f"{NIK_MARK}7"
PERSON = {"name": NAME, "phone": PHONE, "email": f"{NAME_MARK}@contoh.id", "nik": NIK}
FORM = {"title": "Lampu padam", "body": "Lampu padam di depan pasar.", "channel": Channel.PARTNER.value}
SUBMIT = """mutation ($input: SubmitTicketInput!) { submitTicket(input: $input) {
  ticket { id number } trackingSecret errors { __typename code message path } } }"""
REVEAL = """mutation ($id: ID!, $reason: String!) { revealReporter(input: {id: $id, reason: $reason}) {
  reporter { phone } errors { code } } }"""
FIND = """mutation ($phone: String, $nik: String) { findReporterTickets(input: {phone: $phone, nik: $nik}) {
  tickets { number } errors { code message } } }"""
ENTER = """mutation ($number: String!) { startCitizenSession(input: {number: $number, trackingSecret: "salah"}) {
  errors { code message } } }"""
SIGN_IN = """mutation ($email: String!) { signIn(input: {email: $email, password: "salah salah salah"}) {
  errors { code message } } }"""
FEED = """subscription { ticketFeed { ... on TicketEntered { ticket { number } } } }"""


@pytest.fixture
async def town(desk: Desk, settings: Settings) -> AsyncIterator[Town]:
    async with served_town(desk, settings) as town:
        yield town


async def test_ways_in_and_looks_leave_nothing(desk: Desk, town: Town) -> None:
    _, key = await make_partner(desk, "Pengirim")
    coordinator = town.tokens["coordinator"]
    async with socket(town, key) as line:
        await subscribe(line, "a", FEED)
        made = (
            await ask(
                town,
                key,
                SUBMIT,
                input={
                    **FORM,
                    "reporter": PERSON,
                    "anonymous": False,
                    "confidential": False,
                    "idempotencyKey": f"{NAME_MARK}-{PHONE_MARK}",
                },
            )
        ).json()
        frame = await heard(line)
    ticket = made["data"]["submitTicket"]["ticket"]

    revealed = (await ask(town, coordinator, REVEAL, id=ticket["id"], reason="Perlu dihubungi.")).json()
    found = [(await ask(town, coordinator, FIND, **each)).json() for each in ({"phone": PHONE}, {"nik": NIK})]

    assert revealed["data"]["revealReporter"]["reporter"] == {"phone": PHONE}
    assert [each["data"]["findReporterTickets"]["tickets"] for each in found] == [[{"number": ticket["number"]}]] * 2
    assert marks_in(json.dumps([made, frame, found]).encode()) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"reporter": {**PERSON, "phone": PHONE * 4}},
        {"reporter": {**PERSON, "nik": f"{NIK}9"}},
        {"reporter": {**PERSON, "email": NAME_MARK}},
        {"reporter": {**PERSON, "name": NAME * 20}},
        {"title": ""},
    ],
)
async def test_refusals_tell_and_leave_nothing(desk: Desk, town: Town, changes: dict[str, Any]) -> None:
    _, key = await make_partner(desk, "Pengirim")
    form = {**FORM, "reporter": PERSON, "anonymous": False, "confidential": False, **changes}

    refused = (await ask(town, key, SUBMIT, input=form)).json()

    assert [each["__typename"] for each in refused["data"]["submitTicket"]["errors"]] == ["InvalidInput"]
    assert marks_in(json.dumps(refused).encode()) == []
    assert await Reporter.all().count() == 0


async def test_broken_requests_leave_nothing(town: Town) -> None:
    """What somebody sent is told to nobody but them: GraphQL quotes a wrong name or value in its answer."""
    async with httpx.AsyncClient(timeout=60) as client:
        for query in (
            f'{{ tickets(filter: {{search: "{NAME}"',
            f"{{ {NAME_MARK} }}",
            f'{{ ticket(number: "{PHONE}") {{ x }} }}',
        ):
            assert (await client.post(town.graphql, json={"query": query})).status_code in (200, 400)
        asked = {
            "query": "query ($n: String!) { ticket(number: $n) { number } }",
            "variables": json.dumps({"n": PHONE}),
        }
        assert (await client.get(town.graphql, params=asked)).status_code == 200
        cut = await client.post(
            town.graphql, content=f'{{"query": "{NAME} {NIK}', headers={"content-type": "application/json"}
        )
        assert cut.status_code == 400
        strange = {
            "authorization": f"Bearer {NAME_MARK}",
            "user-agent": NAME,
            "x-request-id": PHONE,
            "referer": f"http://x/{NIK}",
        }
        assert (
            await client.post(town.graphql, json={"query": "{ viewer { kind } }"}, headers=strange)
        ).status_code == 401
    with pytest.raises(ConnectionClosed):
        async with socket(town, NAME_MARK) as line:
            await heard(line)


async def test_knocks_at_public_doors_leave_nothing(town: Town) -> None:
    for _ in range(7):
        await town.post(None, ENTER, {"number": PHONE})
        await town.post(None, SIGN_IN, {"email": f"{NAME_MARK}@contoh.id"})


async def test_a_crash_with_personal_data_at_hand_leaves_nothing(
    desk: Desk, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL quotes the row that a constraint refuses, and what breaks has the person in its hands."""
    ticket = await make_ticket(lead=await make_agency("air"), reporter=PERSON)
    twice = "INSERT INTO officer (name, email, active) VALUES ('a', $1, true), ('b', $1, true)"

    async def broken(*_: Any, **__: Any) -> None:
        await connection().execute_query(twice, ["petugas.bocor@contoh.id"])

    monkeypatch.setattr("services.reporters.reporters._stored", broken)
    key = node_id("Ticket", ticket.id)
    answer = (await ask(town, town.tokens["coordinator"], REVEAL, id=key, reason="Perlu.")).json()

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["INTERNAL"]
    assert "bocor" not in json.dumps(answer)
