"""Mutations through the schema: one ticket's whole life, and every refusal as typed data that changes nothing."""

from __future__ import annotations

from typing import Any

from models import Event, Ticket
from models.enums import TicketStatus
from services.nodes import node_id
from services.scopes import Scope
from tests.factories import make_ticket
from tests.schema.conftest import Ask, City, OpenGate

PAYLOAD = """
ticket { id number version status allowedMoves { to by } title hidden { field } }
errors {
  __typename code message path
  ... on IllegalTransition { current allowed { to by } }
  ... on VersionConflict { conflicting: current { version status } changedSince { kind version to } }
}
feedCursor clientMutationId trackingSecret"""


def mutation(name: str, input_type: str) -> str:
    return f"mutation ($input: {input_type}!) {{ {name}(input: $input) {{ {PAYLOAD} }} }}"


async def do(ask: Ask, scope: Scope, name: str, language: str = "en", **given: Any) -> dict[str, Any]:
    input_type = name[0].upper() + name[1:] + "Input"
    result = await ask(scope, mutation(name, input_type), language, input=given)
    assert result.errors is None, result.errors
    payload: dict[str, Any] = result.data[name]
    return payload


def ticket_input(**more: Any) -> dict[str, Any]:
    return {"title": "Lubang di jalan", "body": "Ada lubang besar di depan sekolah.", "channel": "SURGA_WEB", **more}


async def counts() -> tuple[int, int]:
    return await Ticket.all().count(), await Event.all().count()


async def test_a_ticket_lives_from_intake_to_reopening(ask: Ask, city: City) -> None:
    made = await do(ask, city.coordinator, "submitTicket", **ticket_input(channel="WHATSAPP"))
    key = made["ticket"]["id"]

    async def step(scope: Scope, name: str, version: int, **given: Any) -> dict[str, Any]:
        payload = await do(ask, scope, name, id=key, expectedVersion=version, **given)
        assert payload["errors"] == []
        ticket: dict[str, Any] = payload["ticket"]
        return ticket

    verified = await step(
        city.coordinator, "verifyTicket", 1, classification="COMPLAINT", dispatch={"leadAgencyCode": "pupr"}
    )
    started = await step(city.officer, "changeTicketStatus", verified["version"], status="IN_PROGRESS")
    assigned = await step(
        city.liaison,
        "assignOfficer",
        started["version"],
        officerId=node_id("Officer", city.officer.officer_id or 0),
    )

    assert (made["ticket"]["status"], made["ticket"]["version"], made["trackingSecret"]) == ("RECEIVED", 1, None)
    assert (verified["status"], verified["version"]) == ("DISPATCHED", 3)
    assert (started["status"], assigned["version"]) == ("IN_PROGRESS", 5)

    draft = """mutation ($input: SaveAnswerDraftInput!) { saveAnswerDraft(input: $input) {
        answer { id version state text author { name } } errors { code } } }"""
    saved = (await ask(city.officer, draft, input={"ticketId": key, "text": "Sudah ditambal.", "submit": True})).data
    answer = saved["saveAnswerDraft"]["answer"]
    review = """mutation ($input: ReviewAnswerInput!) { reviewAnswer(input: $input) {
        answer { id version state approver { name } } errors { code } } }"""
    given = {"answerId": answer["id"], "expectedAnswerVersion": answer["version"], "approve": True}
    reviewed = (await ask(city.liaison, review, input=given)).data["reviewAnswer"]
    sent = await do(ask, city.liaison, "sendAnswer", ticketId=key, expectedVersion=5, answerId=answer["id"])

    assert answer["author"]["name"] == city.officer.name
    assert reviewed["answer"]["approver"]["name"] == city.liaison.name
    assert sent["errors"] == []
    assert (sent["ticket"]["status"], sent["ticket"]["version"]) == ("ANSWERED", 6)

    resolved = await step(
        city.officer, "changeTicketStatus", 6, status="RESOLVED", evidence=[{"description": "Foto jalan yang ditambal"}]
    )
    reasons = await ask(
        city.coordinator, "query ($id: ID!) { ticket(id: $id) { allowedMoves { by reasonCodes } } }", id=key
    )
    reason = next(m["reasonCodes"][0] for m in reasons.data["ticket"]["allowedMoves"] if m["by"] == "REOPEN")
    reopened = await step(city.coordinator, "reopenTicket", 7, reasonCode=reason, note="Lubangnya kembali.")
    assert (resolved["status"], reopened["status"]) == ("RESOLVED", "REOPENED")


async def test_strangers_submit_once_and_open_their_ticket_with_its_secret(
    ask: Ask, city: City, gate: OpenGate
) -> None:
    given = ticket_input(idempotencyKey="formulir-1", clientMutationId="tab-7")

    first = await do(ask, city.anonymous, "submitTicket", **given)
    again = await do(ask, city.anonymous, "submitTicket", **given)

    assert first["trackingSecret"] == again["trackingSecret"]
    assert first["ticket"]["number"] == again["ticket"]["number"]
    assert first["clientMutationId"] == "tab-7"
    assert {"title", "reporter"} <= {entry["field"] for entry in first["ticket"]["hidden"]}
    assert await Ticket.all().count() == 1
    assert gate.knocks == 2

    start = """mutation ($input: StartCitizenSessionInput!) { startCitizenSession(input: $input) {
        accessToken expiresAt ticket { number title } errors { __typename code } } }"""
    opened = await ask(
        city.anonymous, start, input={"number": first["ticket"]["number"], "secret": first["trackingSecret"].lower()}
    )
    wrong = await ask(
        city.anonymous, start, input={"number": first["ticket"]["number"], "secret": "AAAA-AAAA-AAAA-AAAA"}
    )
    absent = await ask(city.anonymous, start, input={"number": "KDR-2026-999999", "secret": "AAAA-AAAA-AAAA-AAAA"})

    assert opened.data["startCitizenSession"]["ticket"]["title"] == "Lubang di jalan"
    assert opened.data["startCitizenSession"]["accessToken"].startswith("srg_")
    assert wrong.data == absent.data
    assert wrong.data["startCitizenSession"]["errors"] == [{"__typename": "NotFound", "code": "WRONG_NUMBER_OR_SECRET"}]


async def test_a_stale_version_shows_what_happened_meanwhile(ask: Ask, city: City) -> None:
    ticket = await make_ticket(TicketStatus.DISPATCHED, lead=city.roads)
    key = node_id("Ticket", ticket.id)
    await do(ask, city.officer, "changeTicketStatus", id=key, expectedVersion=1, status="IN_PROGRESS")
    before = await counts()

    late = await do(ask, city.liaison, "returnTicket", id=key, expectedVersion=1, reasonCode="NOT_OUR_DUTY", note="x")

    assert late["ticket"] is None
    assert late["errors"][0]["__typename"] == "VersionConflict"
    assert late["errors"][0]["conflicting"] == {"version": 2, "status": "IN_PROGRESS"}
    assert late["errors"][0]["changedSince"] == [{"kind": "STATUS_CHANGED", "version": 2, "to": "IN_PROGRESS"}]
    assert await counts() == before


async def test_an_illegal_move_names_what_is_allowed(ask: Ask, city: City) -> None:
    ticket = await make_ticket(TicketStatus.DISPATCHED, lead=city.roads)
    before = await counts()

    refused = await do(
        ask, city.officer, "changeTicketStatus", id=node_id("Ticket", ticket.id), expectedVersion=1, status="RESOLVED"
    )

    error = refused["errors"][0]
    assert (error["__typename"], error["current"]) == ("IllegalTransition", "DISPATCHED")
    assert {"to": "IN_PROGRESS", "by": "CHANGE_STATUS"} in error["allowed"]
    assert await counts() == before


async def test_another_agencys_ticket_and_no_ticket_at_all_give_the_same_answer(ask: Ask, city: City) -> None:
    theirs = await make_ticket(TicketStatus.DISPATCHED, lead=city.roads)
    given = {"expectedVersion": 1, "reasonCode": "NOT_OUR_DUTY"}

    answers = [
        await do(ask, city.stranger, "returnTicket", id=key, **given)
        for key in (node_id("Ticket", theirs.id), node_id("Ticket", 999), node_id("Agency", 1), "nonsense", "")
    ]

    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["errors"][0]["__typename"] == "NotFound"


async def test_refusals_speak_the_callers_language(ask: Ask, city: City) -> None:
    english = await do(ask, city.coordinator, "submitTicket", **ticket_input(title=" "))
    indonesian = await do(ask, city.coordinator, "submitTicket", "id", **ticket_input(title=" "))

    assert english["errors"][0]["path"] == ["title"]
    assert english["errors"][0]["code"] == indonesian["errors"][0]["code"]
    assert english["errors"][0]["message"] != indonesian["errors"][0]["message"]


async def test_the_one_who_gives_a_ticket_away_gets_a_last_look_without_its_words(ask: Ask, city: City) -> None:
    ticket = await make_ticket(TicketStatus.DISPATCHED, lead=city.roads)

    returned = await do(
        ask,
        city.officer,
        "returnTicket",
        id=node_id("Ticket", ticket.id),
        expectedVersion=1,
        reasonCode="NOT_OUR_DUTY",
        note="Jalan provinsi.",
    )

    assert returned["errors"] == []
    assert returned["ticket"]["status"] == "VERIFIED"
    assert (returned["ticket"]["title"], returned["ticket"]["allowedMoves"]) == (None, [])


async def test_viewer_and_worklists_count_what_waits(ask: Ask, city: City) -> None:
    await make_ticket(TicketStatus.RECEIVED)
    await make_ticket(TicketStatus.VERIFIED)
    await make_ticket(TicketStatus.VERIFIED, return_count=1)
    await make_ticket(TicketStatus.DISPATCHED, lead=city.roads)
    await make_ticket(TicketStatus.IN_PROGRESS, lead=city.roads, assignee_id=city.officer.officer_id)
    document = "{ viewer { kind name roles agency { code } worklists { worklist count } } }"

    coordinator = (await ask(city.coordinator, document)).data["viewer"]
    officer = (await ask(city.officer, document)).data["viewer"]
    partner = (await ask(city.partner, document)).data["viewer"]

    def waiting(viewer: dict[str, Any]) -> dict[str, int]:
        return {entry["worklist"]: entry["count"] for entry in viewer["worklists"]}

    assert waiting(coordinator) == {
        "TO_VERIFY": 1,
        "TO_DISPATCH": 1,
        "RETURNED": 1,
        "MINE": 0,
        "UNASSIGNED": 0,
        "TO_APPROVE": 0,
    }
    assert (waiting(officer)["MINE"], waiting(officer)["UNASSIGNED"]) == (1, 1)
    assert officer["agency"] == {"code": "pupr"}
    assert (partner["kind"], partner["worklists"]) == ("PARTNER", [])
