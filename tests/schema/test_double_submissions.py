"""A report sent twice is one report to its sender: one number, whatever sent it again, and a way to follow it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from models import Event, Ticket
from models.enums import TicketStatus
from services.core.nodes import node_id
from services.reporters.citizens import start_session
from services.tickets import moves
from services.tickets.commands import Reopen
from tests.schema.conftest import Ask, City

SUBMIT = """mutation ($input: SubmitTicketInput!) { submitTicket(input: $input) {
  ticket { id number status channel mergedInto { id } continuedIn { number } title hidden { field } }
  trackingSecret clientMutationId errors { code } } }"""
OPEN = """mutation ($input: StartCitizenSessionInput!) { startCitizenSession(input: $input) {
  ticket { number status title continuedIn { number status } } errors { code } } }"""
FORM = {"title": "Lampu padam", "body": "Lampu di depan pasar padam.", "channel": "SURGA_WEB"}
FIRST = "KDR-2026-000001"


async def submitted(ask: Ask, scope: Any, **more: Any) -> dict[str, Any]:
    result = await ask(scope, SUBMIT, input={**FORM, **more})
    assert result.errors is None
    payload: dict[str, Any] = result.data["submitTicket"]
    assert payload["errors"] == []
    return payload


async def opened(ask: Ask, city: City, number: str, secret: str) -> dict[str, Any]:
    result = await ask(city.anonymous, OPEN, input={"number": number, "secret": secret})
    found: dict[str, Any] = result.data["startCitizenSession"]
    return found


@pytest.mark.parametrize(
    ("once", "twice"),
    [
        ({}, {}),
        ({"clientMutationId": "a"}, {"clientMutationId": "a"}),
        ({"clientMutationId": "a"}, {"clientMutationId": "b"}),
        ({"idempotencyKey": "k-1"}, {"idempotencyKey": "k-2"}),
        ({"idempotencyKey": "k-1"}, {}),
    ],
)
async def test_the_second_answer_is_the_first_ticket_s(ask: Ask, city: City, once: Any, twice: Any) -> None:
    first = await submitted(ask, city.anonymous, **once)

    second = await submitted(ask, city.anonymous, **twice)

    assert (second["ticket"]["number"], second["ticket"]["id"]) == (FIRST, first["ticket"]["id"])
    assert second["clientMutationId"] == twice.get("clientMutationId")
    assert await Ticket.all().count() == 2


async def test_nothing_of_the_first_is_told_but_its_number(ask: Ask, city: City) -> None:
    first = await submitted(ask, city.anonymous)
    await Ticket.filter(number=FIRST).update(status=TicketStatus.VERIFIED, title="Diubah petugas")

    second = await submitted(ask, city.anonymous)

    told = {name: second["ticket"][name] for name in ("status", "title", "channel", "mergedInto", "continuedIn")}
    assert told == {
        "status": "RECEIVED", "title": None, "channel": "SURGA_WEB", "mergedInto": None, "continuedIn": None,
    }  # fmt: skip
    assert second["trackingSecret"] not in (None, first["trackingSecret"])


async def test_the_sender_follows_the_matter_with_what_the_second_answer_told(ask: Ask, city: City) -> None:
    first = await submitted(ask, city.anonymous)
    second = await submitted(ask, city.anonymous)
    await Ticket.filter(number=FIRST).update(status=TicketStatus.IN_PROGRESS)

    own = await opened(ask, city, FIRST, first["trackingSecret"])
    other = await opened(ask, city, second["ticket"]["number"], second["trackingSecret"])

    assert (own["ticket"]["number"], own["ticket"]["continuedIn"]) == (FIRST, None)
    assert other["errors"] == []
    assert other["ticket"] == {
        "number": "KDR-2026-000002",
        "status": "ARCHIVED",
        "title": "Lampu padam",
        "continuedIn": {"number": FIRST, "status": "IN_PROGRESS"},
    }


async def test_the_second_s_secret_opens_nothing_of_the_first(ask: Ask, city: City, desk: Any) -> None:
    """Who says the same words behind the same address may be somebody else."""
    await submitted(ask, city.anonymous)
    second = await submitted(ask, city.anonymous)

    session = await start_session(desk, FIRST, second["trackingSecret"])

    assert session.ticket_id == (await Ticket.get(number="KDR-2026-000002")).id


async def test_a_retry_is_told_the_same_whatever_became_of_the_two(ask: Ask, city: City, desk: Any) -> None:
    await submitted(ask, city.anonymous)
    second = await submitted(ask, city.anonymous, idempotencyKey="k-2")
    twin = await Ticket.get(number="KDR-2026-000002")
    await moves.reopen(desk, city.coordinator, Reopen(twin.id, twin.version, "NOT_A_DUPLICATE"))

    again = await submitted(ask, city.anonymous, idempotencyKey="k-2")
    found = await opened(ask, city, FIRST, second["trackingSecret"])

    assert {**again, "ticket": again["ticket"]["number"]} == {**second, "ticket": FIRST}
    assert found["ticket"]["number"] == "KDR-2026-000002"
    assert found["ticket"]["continuedIn"] is None
    assert await Event.filter(kind="SUBMITTED").count() == 2


@pytest.mark.parametrize("keys", [("k-1", "k-1"), (None, None), ("k-1", "k-2")])
async def test_two_at_the_same_moment_are_told_one_number(ask: Ask, city: City, keys: Any) -> None:
    answers = await asyncio.gather(
        *(submitted(ask, city.anonymous, **({"idempotencyKey": key} if key else {})) for key in keys)
    )

    assert {answer["ticket"]["number"] for answer in answers} == {FIRST}
    assert await Ticket.filter(merged_into_id=None).count() == 1
    for answer in answers:
        assert (await opened(ask, city, FIRST, answer["trackingSecret"]))["errors"] == []


@pytest.mark.parametrize("caller", ["partner", "officer"])
@pytest.mark.parametrize("name", ["idempotencyKey", "externalId"])
async def test_who_is_known_names_a_report_and_gets_the_first_again(
    ask: Ask, city: City, caller: str, name: str
) -> None:
    scope = getattr(city, caller)
    form = {"channel": "PHONE", name: "satu"}
    answers = await asyncio.gather(*(submitted(ask, scope, **form) for _ in range(2)))

    assert [answer["ticket"]["id"] for answer in answers] == [node_id("Ticket", (await Ticket.get()).id)] * 2


@pytest.mark.parametrize("caller", ["partner", "officer"])
async def test_who_is_known_and_names_nothing_enters_two(ask: Ask, city: City, caller: str) -> None:
    """An officer takes the same words from five callers; clientMutationId makes nothing happen once only."""
    form = {"channel": "PHONE", "clientMutationId": "a"}
    answers = [await submitted(ask, getattr(city, caller), **form) for _ in range(2)]

    assert [answer["ticket"]["number"] for answer in answers] == [FIRST, "KDR-2026-000002"]
    assert await Ticket.filter(merged_into_id=None).count() == 2


async def test_a_secret_of_a_duplicate_that_people_merged_opens_its_own_number_only(ask: Ask, city: City) -> None:
    first = await submitted(ask, city.anonymous)
    other = await submitted(ask, city.anonymous, title="Lampu mati")
    rows = {row.number: row.id for row in await Ticket.all()}
    await Ticket.filter(number=other["ticket"]["number"]).update(
        status=TicketStatus.ARCHIVED, merged_into_id=rows[FIRST]
    )

    found = await opened(ask, city, FIRST, other["trackingSecret"])

    assert first["ticket"]["number"] == FIRST
    assert [error["code"] for error in found["errors"]] == ["WRONG_NUMBER_OR_SECRET"]
