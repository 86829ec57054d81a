"""Mutations through the schema: one ticket's whole life, and every refusal as typed data that changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from models import AuditEntry, Event, Ticket
from models.enums import TicketStatus
from services.access.scopes import Scope
from services.core.nodes import node_id
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


DRAFT = """mutation ($input: SaveAnswerDraftInput!) { saveAnswerDraft(input: $input) {
    answer { id version state text author { name } } errors { code } } }"""
REVIEW = """mutation ($input: ReviewAnswerInput!) { reviewAnswer(input: $input) {
    answer { id version state approver { name } } errors { code } } }"""


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


@dataclass
class Case:
    """One ticket on its way; every step is taken at the version that the one before left."""

    ask: Ask
    city: City
    key: str
    version: int = 1

    async def step(self, scope: Scope, name: str, **given: Any) -> dict[str, Any]:
        payload = await do(self.ask, scope, name, expectedVersion=self.version, **given)
        assert payload["errors"] == []
        ticket: dict[str, Any] = payload["ticket"]
        self.version = ticket["version"]
        return ticket

    async def begin(self) -> None:
        verdict = {"classification": "COMPLAINT", "dispatch": {"leadAgencyCode": "pupr"}}
        verified = await self.step(self.city.coordinator, "verifyTicket", id=self.key, **verdict)
        started = await self.step(self.city.officer, "changeTicketStatus", id=self.key, status="IN_PROGRESS")
        whom = node_id("Officer", self.city.officer.officer_id or 0)
        assigned = await self.step(self.city.liaison, "assignOfficer", id=self.key, officerId=whom)

        assert (verified["status"], verified["version"]) == ("DISPATCHED", 3)
        assert (started["status"], assigned["version"]) == ("IN_PROGRESS", 5)

    async def approved_answer(self) -> str:
        """The id of an answer that the officer wrote and the liaison approved."""
        given = {"ticketId": self.key, "text": "Sudah ditambal.", "submit": True}
        answer = (await self.ask(self.city.officer, DRAFT, input=given)).data["saveAnswerDraft"]["answer"]
        given = {"answerId": answer["id"], "expectedAnswerVersion": answer["version"], "approve": True}
        reviewed = (await self.ask(self.city.liaison, REVIEW, input=given)).data["reviewAnswer"]

        assert answer["author"]["name"] == self.city.officer.name
        assert reviewed["answer"]["approver"]["name"] == self.city.liaison.name
        return str(answer["id"])

    async def reason_to_reopen(self) -> str:
        asked = "query ($id: ID!) { ticket(id: $id) { allowedMoves { by reasonCodes } } }"
        moves = (await self.ask(self.city.coordinator, asked, id=self.key)).data["ticket"]["allowedMoves"]
        return str(next(move["reasonCodes"][0] for move in moves if move["by"] == "REOPEN"))


async def test_a_ticket_lives_from_intake_to_reopening(ask: Ask, city: City) -> None:
    made = await do(ask, city.coordinator, "submitTicket", **ticket_input(channel="WHATSAPP"))
    key = made["ticket"]["id"]
    case = Case(ask, city, key)

    await case.begin()
    sent = await case.step(city.liaison, "sendAnswer", ticketId=key, answerId=await case.approved_answer())
    proof = [{"description": "Foto jalan yang ditambal"}]
    resolved = await case.step(city.liaison, "changeTicketStatus", id=key, status="RESOLVED", evidence=proof)
    why = {"reasonCode": await case.reason_to_reopen(), "note": "Lubangnya kembali."}
    reopened = await case.step(city.coordinator, "reopenTicket", id=key, **why)

    assert (made["ticket"]["status"], made["ticket"]["version"], made["trackingSecret"]) == ("RECEIVED", 1, None)
    assert (sent["status"], sent["version"]) == ("ANSWERED", 6)
    assert (resolved["status"], resolved["version"], reopened["status"]) == ("RESOLVED", 7, "REOPENED")


async def test_an_answer_says_where_it_stands_and_why_it_was_rejected(ask: Ask, city: City) -> None:
    ticket = await make_ticket(TicketStatus.IN_PROGRESS, lead=city.roads)
    key, shown = node_id("Ticket", ticket.id), "answer { id version state reviewNote } errors { __typename code }"
    draft = f"mutation ($input: SaveAnswerDraftInput!) {{ saveAnswerDraft(input: $input) {{ {shown} }} }}"
    review = f"mutation ($input: ReviewAnswerInput!) {{ reviewAnswer(input: $input) {{ {shown} }} }}"
    recall = f"mutation ($input: RecallAnswerInput!) {{ recallAnswer(input: $input) {{ {shown} }} }}"

    async def said(scope: Scope, document: str, **given: Any) -> Any:
        answer = next(iter((await ask(scope, document, input=given)).data.values()))["answer"]
        return answer["id"], answer["version"], (answer["state"], answer["reviewNote"])

    own, version, waiting = await said(city.officer, draft, ticketId=key, text="Sudah.", submit=True)
    decided = {"answerId": own, "expectedAnswerVersion": version}
    _, version, rejected = await said(city.liaison, review, **decided, approve=False, note="Kapan?")
    again = {"ticketId": key, "text": "Kemarin.", "submit": True, "answerId": own, "expectedAnswerVersion": version}
    _, version, _ = await said(city.officer, draft, **again)
    _, version, approved = await said(city.liaison, review, answerId=own, expectedAnswerVersion=version, approve=True)
    _, _, recalled = await said(city.officer, recall, answerId=own, expectedAnswerVersion=version)

    assert waiting == ("WAITING_APPROVAL", None)
    assert (rejected, approved, recalled) == (("REJECTED", "Kapan?"), ("APPROVED", None), ("DRAFT", None))
    kinds = "query ($id: ID!) { ticket(id: $id) { timeline(first: 9) { edges { node { kind } } } } }"
    entries = (await ask(city.coordinator, kinds, id=key)).data["ticket"]["timeline"]["edges"]
    assert [entry["node"]["kind"] for entry in entries][1:] == [
        "ANSWER_DRAFTED",
        "ANSWER_REJECTED",
        "ANSWER_DRAFTED",
        "ANSWER_APPROVED",
        "ANSWER_RECALLED",
    ]


@pytest.mark.parametrize(("asked", "given"), [({"receipt": True}, True), ({"receipt": None}, False), ({}, False)])
async def test_a_receipt_is_given_where_it_is_asked_for(ask: Ask, city: City, asked: Any, given: bool) -> None:
    made = await do(ask, city.officer, "submitTicket", **ticket_input(channel="LETTER", **asked))

    assert (made["trackingSecret"] is not None) is given
    assert await AuditEntry.filter(kind="SECRET_ROTATED").count() == int(given)


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


ALIASES = " ".join(f"place{number}: feedCursor" for number in range(50))
BARE = "ticket { version status title } errors { code }"


@pytest.mark.parametrize(("asked", "more"), [(BARE, 0), (PAYLOAD, 1), (f"{BARE} {ALIASES}", 1)])
async def test_a_move_reads_no_row_that_it_has_written(
    ask: Ask, city: City, count_queries: Callable[[], AbstractContextManager[Any]], asked: str, more: int
) -> None:
    lock_histories_append = 3
    document = f"mutation ($input: ChangeTicketStatusInput!) {{ changeTicketStatus(input: $input) {{ {asked} }} }}"
    first, second = [await make_ticket(TicketStatus.DISPATCHED, lead=city.roads) for _ in range(2)]
    given = {"expectedVersion": 1, "status": "IN_PROGRESS"}
    await ask(city.officer, document, input=given | {"id": node_id("Ticket", first.id)})  # reads the master data

    with count_queries() as statements:
        payload = (await ask(city.officer, document, input=given | {"id": node_id("Ticket", second.id)})).data[
            "changeTicketStatus"
        ]

    assert (payload["ticket"]["version"], payload["ticket"]["status"]) == (2, "IN_PROGRESS")
    assert len(statements.texts) == lock_histories_append + more


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
    await make_ticket(TicketStatus.REOPENED, return_count=1)
    await make_ticket(TicketStatus.INCOMPLETE)
    await make_ticket(TicketStatus.ON_HOLD, hold_until=date(2026, 3, 2))
    await make_ticket(TicketStatus.ON_HOLD, hold_until=date(2026, 3, 3))
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
        "TO_DISPATCH": 2,
        "RETURNED": 1,
        "MINE": 0,
        "UNASSIGNED": 0,
        "TO_APPROVE": 0,
        "WAITING": 3,
        "NEEDS_ATTENTION": 1,
        "ESCALATED": 0,
        "EXTENSIONS": 0,
        "UNRESOLVED_CASES": 0,
        "MISMATCHED": 0,
        "DUE_SOON": 0,
        "OVERDUE": 0,
    }
    assert (waiting(officer)["MINE"], waiting(officer)["UNASSIGNED"]) == (1, 1)
    assert officer["agency"] == {"code": "pupr"}
    assert (partner["kind"], partner["worklists"]) == ("PARTNER", [])
