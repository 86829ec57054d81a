"""The admin frontend before it exists: each of its documents, run as it would be, against the served desk."""

from typing import Any

import pytest
from gql.client import AsyncClientSession

from models.enums import ClockKind
from tests.clients import documents
from tests.clients.sessions import over_socket, request
from tests.clients.town import Town
from tests.root import ROOT
from tests.services.clocks.rules import give_policy
from tests.spills import note

pytestmark = pytest.mark.slow

FORM = {
    "title": "Lubang di jalan",
    "body": "Ada lubang besar di depan pasar, sudah dua orang jatuh.",
    "channel": "PHONE",
    "anonymous": False,
    "confidential": False,
    "categoryCode": "jalan-rusak",
    "location": {"kelurahanCode": "35.71.01.1001", "address": "Depan pasar"},
    "reporter": {"name": "Warga Uji", "phone": "+62812095183647"},
}


class Case:
    """One ticket, moved by one person after another through the frontend's own documents."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.ticket: dict[str, Any] = {}

    async def submit(self, **fields: Any) -> None:
        """Enter the ticket as the coordinator who took the call."""
        payload = (await self.town.ask("coordinator", "submit-ticket", input={**FORM, **fields}))["submitTicket"]
        assert payload["errors"] == []
        assert payload["trackingSecret"] is None
        self.ticket = payload["ticket"]

    async def move(self, who: str, name: str, **fields: Any) -> dict[str, Any]:
        """Run one action with the version last seen; a refusal fails the test."""
        ids = {"id": self.ticket["id"], "expectedVersion": self.ticket["version"]}
        (payload,) = (await self.town.ask(who, name, input={**ids, **fields})).values()
        assert payload["errors"] == []
        assert payload["feedCursor"]
        self.ticket = payload["ticket"]
        return self.ticket

    def state(self) -> tuple[str, int]:
        """Where the ticket is, and how often it was changed."""
        return self.ticket["status"], self.ticket["version"]


@pytest.fixture
async def case(town: Town) -> Case:
    """A ticket that was just entered."""
    case = Case(town)
    await case.submit()
    return case


async def dispatched(case: Case) -> None:
    await case.move("coordinator", "verify-ticket", classification="COMPLAINT")
    await case.move("coordinator", "dispatch-ticket", leadAgencyCode="dpupr")


async def answer(case: Case, text: str) -> dict[str, Any]:
    """Write an answer, have it approved, and send it."""
    draft = {"ticketId": case.ticket["id"], "text": text, "submit": True}
    written = (await case.town.ask("officer", "save-answer-draft", input=draft))["saveAnswerDraft"]
    assert (written["errors"], written["answer"]["state"]) == ([], "WAITING_APPROVAL")
    recall = {"answerId": written["answer"]["id"], "expectedAnswerVersion": written["answer"]["version"]}
    recalled = (await case.town.ask("officer", "recall-answer", input=recall))["recallAnswer"]
    assert (recalled["errors"], recalled["answer"]["state"]) == ([], "DRAFT")
    draft |= {"answerId": recalled["answer"]["id"], "expectedAnswerVersion": recalled["answer"]["version"]}
    written = (await case.town.ask("officer", "save-answer-draft", input=draft))["saveAnswerDraft"]
    review = {"answerId": written["answer"]["id"], "expectedAnswerVersion": written["answer"]["version"]}
    approved = (await case.town.ask("liaison", "review-answer", input={**review, "approve": True}))["reviewAnswer"]
    assert (approved["errors"], approved["answer"]["approver"]["name"]) == ([], "Penghubung Uji")
    send = {"ticketId": case.ticket["id"], "expectedVersion": case.ticket["version"]}
    sent = await case.town.ask("liaison", "send-answer", input={**send, "answerId": approved["answer"]["id"]})
    assert sent["sendAnswer"]["errors"] == []
    return sent["sendAnswer"]["ticket"]


def test_every_document_is_run_by_a_test() -> None:
    told = "".join(path.read_text() for path in sorted((ROOT / "tests").rglob("test_*.py")))

    assert [name for name in documents.NAMES if f'"{name}"' not in told] == []


async def test_signs_in(town: Town) -> None:
    viewer = (await town.ask("officer", "viewer"))["viewer"]

    assert (viewer["kind"], viewer["name"], viewer["roles"]) == ("STAFF", "Petugas Uji", ["OFFICER"])
    assert viewer["agency"] == {"id": viewer["agency"]["id"], "code": "dpupr", "name": "Dinas PUPR"}
    assert viewer["officer"]["name"] == "Petugas Uji"


async def test_counts_what_waits(town: Town, case: Case) -> None:
    viewer = (await town.ask("coordinator", "worklists"))["viewer"]

    assert {each["worklist"]: each["count"] for each in viewer["worklists"]}["TO_VERIFY"] == 1


async def test_fills_the_pick_lists(town: Town) -> None:
    agencies = (await town.ask("officer", "agencies"))["agencies"]
    categories = (await town.ask("officer", "categories"))["categories"]
    areas = (await town.ask("officer", "areas"))["areas"]
    officers = (await town.ask("liaison", "officers", agencyCode="dpupr"))["officers"]

    assert {agency["code"]: agency["kind"] for agency in agencies} == {"diskominfo": "OPD", "dpupr": "OPD"}
    assert {each["code"]: each["parent"] and each["parent"]["code"] for each in categories} == {
        "infrastruktur": None,
        "jalan-rusak": "infrastruktur",
    }
    assert areas == [{"code": "35.71.01.1001", "name": "Bandar Lor", "kecamatan": "Mojoroto"}]
    assert [edge["node"]["name"] for edge in officers["edges"]] == ["Penghubung Uji", "Petugas Uji"]


async def test_pages_through_a_list(town: Town, case: Case) -> None:
    numbers = [case.ticket["number"]]
    for title in ("Lampu jalan mati", "Saluran tersumbat"):
        await case.submit(title=title)
        numbers.append(case.ticket["number"])

    order = {"filter": {"open": True}, "orderBy": "OLDEST_FIRST", "first": 2}
    first = (await town.ask("coordinator", "ticket-list", **order, withTotal=True))["tickets"]
    rest = (await town.ask("coordinator", "ticket-list", **order, after=first["pageInfo"]["endCursor"]))["tickets"]

    assert first["totalCount"] == 3
    assert "totalCount" not in rest
    assert [edge["node"]["number"] for edge in first["edges"] + rest["edges"]] == numbers
    assert [first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]] == [True, False]


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"worklist": "TO_VERIFY"}, 1),
        ({"status": ["VERIFIED"]}, 0),
        ({"categoryCode": ["jalan-rusak"], "channel": ["PHONE"], "kelurahanCode": ["35.71.01.1001"]}, 1),
        ({"channel": []}, 0),
        ({"search": "lubang"}, 1),
    ],
)
async def test_filters_a_list(town: Town, case: Case, wanted: dict[str, Any], count: int) -> None:
    listed = (await town.ask("coordinator", "ticket-list", filter=wanted, first=10))["tickets"]

    assert len(listed["edges"]) == count


async def test_shows_a_ticket_by_id_and_by_number(town: Town, case: Case) -> None:
    by_number = (await town.ask("coordinator", "ticket-page", number=case.ticket["number"]))["ticket"]
    by_id = (await town.ask("coordinator", "ticket-page", id=case.ticket["id"]))["ticket"]
    row = (await town.ask("coordinator", "ticket-row", id=case.ticket["id"]))["ticket"]

    assert by_id == by_number
    assert (by_id["title"], by_id["category"]["code"]) == ("Lubang di jalan", "jalan-rusak")
    assert by_id["location"]["kelurahan"] == "Bandar Lor"
    assert {key: by_id[key] for key in row if key != "location"} == {k: v for k, v in row.items() if k != "location"}
    assert [edge["node"]["kind"] for edge in by_id["timeline"]["edges"]] == ["SUBMITTED"]
    moves = {(move["by"], move["to"]) for move in by_id["allowedMoves"]}
    assert ("VERIFY", "VERIFIED") in moves


async def test_reads_older_entries_of_a_timeline(town: Town, case: Case) -> None:
    for text in ("Satu", "Dua", "Tiga"):
        note = {"id": case.ticket["id"], "text": text, "visibility": "INTERNAL"}
        assert (await town.ask("coordinator", "add-note", input=note))["addNote"]["errors"] == []

    page = (await town.ask("coordinator", "ticket-page", id=case.ticket["id"], entries=2))["ticket"]["timeline"]
    before = page["pageInfo"]["startCursor"]
    older = await town.ask("coordinator", "ticket-timeline", id=case.ticket["id"], before=before)

    assert [edge["node"]["text"] for edge in page["edges"]] == ["Dua", "Tiga"]
    assert page["pageInfo"]["hasPreviousPage"] is True
    assert [edge["node"]["kind"] for edge in older["ticket"]["timeline"]["edges"]] == ["SUBMITTED", "NOTE_ADDED"]
    assert older["ticket"]["timeline"]["pageInfo"]["hasPreviousPage"] is False


async def test_works_a_case_from_intake_to_closure_and_back(town: Town, case: Case) -> None:
    await case.move("coordinator", "edit-ticket", title="Lubang besar di jalan")
    await dispatched(case)
    await case.move("officer", "return-ticket", reasonCode="TOO_LITTLE_DATA", note="Titiknya di mana?")
    assert (case.state(), case.ticket["returnCount"]) == (("VERIFIED", 5), 1)

    await case.move("coordinator", "dispatch-ticket", leadAgencyCode="dpupr", note="Depan pasar, sisi timur.")
    officers = (await town.ask("liaison", "officers", search="Petugas"))["officers"]["edges"]
    await case.move("liaison", "assign-officer", officerId=officers[0]["node"]["id"])
    await case.move("officer", "change-ticket-status", status="IN_PROGRESS")
    assert (case.state(), case.ticket["assignee"]["name"]) == (("IN_PROGRESS", 8), "Petugas Uji")

    case.ticket = await answer(case, "Lubang sudah ditambal.")
    assert case.state() == ("ANSWERED", 9)
    await case.move("liaison", "change-ticket-status", status="RESOLVED", evidence=[{"description": "Foto"}])
    await case.move("liaison", "reopen-ticket", reasonCode="PROBLEM_RETURNED")
    assert (case.state(), case.ticket["reopenCount"]) == (("REOPENED", 11), 1)


async def test_merges_a_duplicate_into_its_original(town: Town, case: Case) -> None:
    original = case.ticket
    await case.submit(title="Jalan berlubang")

    await case.move("coordinator", "merge-ticket", intoNumber=original["number"])

    assert case.state() == ("ARCHIVED", 2)
    assert case.ticket["mergedInto"] == {"id": original["id"], "number": original["number"]}


async def test_opens_a_citizens_door_with_number_and_secret(town: Town) -> None:
    form = {"title": "Lampu mati", "body": "Lampu jalan mati.", "channel": "SURGA_WEB"}
    submitted = (await town.ask(None, "submit-ticket", input=form))["submitTicket"]

    key = {"number": submitted["ticket"]["number"], "secret": submitted["trackingSecret"]}
    session = (await town.ask(None, "start-citizen-session", input=key))["startCitizenSession"]

    assert (submitted["errors"], session["errors"]) == ([], [])
    assert session["ticket"]["number"] == key["number"]
    page = await town.post(session["accessToken"], documents.text("ticket-page"), {"number": key["number"]})
    assert page["data"]["ticket"]["title"] == "Lampu mati"


async def test_prints_a_receipt_once(town: Town) -> None:
    form = {**FORM, "receipt": True, "idempotencyKey": "loket-1"}
    submitted = (await town.ask("officer", "submit-ticket", input=form))["submitTicket"]
    note("tracking secret", submitted["trackingSecret"])  # logs, bus and metrics are searched for it after the run

    again = (await town.ask("officer", "submit-ticket", input=form))["submitTicket"]
    refused = (await town.ask("officer", "submit-ticket", input={**form, "channel": "EMAIL"}))["submitTicket"]

    key = {"number": submitted["ticket"]["number"], "secret": submitted["trackingSecret"]}
    session = (await town.ask(None, "start-citizen-session", input=key))["startCitizenSession"]
    assert (submitted["errors"], session["errors"], again["errors"]) == ([], [], [])
    assert (again["ticket"]["number"], again["trackingSecret"]) == (key["number"], None)
    assert [(error["code"], error["path"]) for error in refused["errors"]] == [("NO_RECEIPT_BY_CHANNEL", ["receipt"])]
    assert (refused["ticket"], refused["trackingSecret"]) == (None, None)


async def test_reads_a_conflict_whole(town: Town, case: Case) -> None:
    stale = {"id": case.ticket["id"], "expectedVersion": 1}
    await case.move("coordinator", "edit-ticket", title="Lubang besar di jalan")

    verified = await town.ask("coordinator", "verify-ticket", input={**stale, "classification": "COMPLAINT"})

    (refusal,) = verified["verifyTicket"]["errors"]
    assert verified["verifyTicket"]["ticket"] is None
    assert (refusal["__typename"], refusal["currentTicket"]["version"]) == ("VersionConflict", 2)
    assert [event["kind"] for event in refusal["changedSince"]] == ["FIELD_CHANGED"]


async def test_reads_an_illegal_move_with_what_is_allowed(town: Town, case: Case) -> None:
    move = {"id": case.ticket["id"], "expectedVersion": 1, "status": "RESOLVED"}

    changed = await town.ask("coordinator", "change-ticket-status", input=move)

    refusal, missing = changed["changeTicketStatus"]["errors"]
    assert (refusal["__typename"], refusal["currentStatus"]) == ("IllegalTransition", "RECEIVED")
    assert (missing["__typename"], missing["code"], missing["path"]) == (
        "InvalidInput",
        "EVIDENCE_NEEDED",
        ["evidence"],
    )
    assert ("VERIFY", "VERIFIED") in {(each["by"], each["to"]) for each in refusal["allowed"]}


async def test_asks_when_a_report_would_be_due(town: Town) -> None:
    question = {"receivedAt": "2026-03-02T09:00:00+07:00", "classification": "COMPLAINT"}
    answered = (await town.ask("coordinator", "deadline-for", input=question))["deadlineFor"]
    rules = await town.ask("coordinator", "deadline-rules", year=2026)

    assert answered is None  # this town has no policies
    assert rules["deadlinePolicies"] == rules["escalationRules"] == rules["calendarDays"] == []
    (standard,) = rules["workCalendars"]
    assert (standard["code"], standard["agencies"], len(standard["weeks"])) == ("STANDARD", [], 1)
    assert standard["weeks"][0]["windows"][0] == {"weekday": 1, "opens": "07:30", "closes": "12:00"}


async def test_pulls_what_the_live_list_was_told(town: Town, case: Case) -> None:
    start = (await town.ask("coordinator", "ticket-list", first=1))["tickets"]["feedCursor"]
    async with over_socket(town, town.tokens["coordinator"]) as session:
        await dispatched(case)
        told = await live(session, start, 2)

    pulled = (await town.ask("coordinator", "ticket-status-changes", after=start))["ticketStatusChanges"]

    assert [(change["from"], change["to"]) for change in told] == [("RECEIVED", "VERIFIED"), ("VERIFIED", "DISPATCHED")]
    assert [edge["node"] for edge in pulled["edges"]] == told
    assert (pulled["hasNextPage"], pulled["reset"]) == (False, False)


async def test_follows_a_list_through_its_feed(town: Town, case: Case) -> None:
    wanted = {"status": ["VERIFIED"]}
    listed = (await town.ask("coordinator", "ticket-list", filter=wanted, first=10))["tickets"]
    async with over_socket(town, town.tokens["coordinator"]) as session:
        feed = session.subscribe(request("ticket-feed", filter=wanted, after=listed["feedCursor"]))
        first = (await anext(feed))["ticketFeed"]

        await dispatched(case)
        entered, left = [(await anext(feed))["ticketFeed"] for _ in range(2)]
        await feed.aclose()

    assert (listed["edges"], first["__typename"]) == ([], "FeedHeartbeat")
    assert (entered["__typename"], entered["ticket"]["id"]) == ("TicketEntered", case.ticket["id"])
    assert (left["__typename"], left["ticketId"], left["reason"]) == ("TicketLeft", case.ticket["id"], "FILTER")


async def live(session: AsyncClientSession, after: str, count: int) -> list[dict[str, Any]]:
    """Take so many changes from the live list."""
    told: list[dict[str, Any]] = []
    async for event in session.subscribe(request("ticket-status-changed", after=after)):
        told.append(event["ticketStatusChanged"])
        if len(told) == count:
            break
    return told


async def test_changes_a_class_extends_a_deadline_and_notes_a_reply(town: Town, case: Case) -> None:
    await give_policy(ClockKind.RESOLUTION, 30, extension=7, extensions=1)
    await dispatched(case)
    await case.move("coordinator", "change-handling-class", handlingClass="NORMATIVE", reason="Menurut aturan.")
    asked = await case.move("officer", "request-extension", amount=7, reason="Menunggu aspal.")
    extension = asked["extensions"][0]
    assert (extension["state"], extension["reason"]) == ("WAITING", "Menunggu aspal.")
    worklists = (await town.ask("coordinator", "worklists"))["viewer"]["worklists"]
    assert {each["worklist"]: each["count"] for each in worklists}["EXTENSIONS"] == 1

    decide = {"extensionId": extension["id"], "expectedVersion": case.ticket["version"], "grant": True}
    decided = (await town.ask("coordinator", "decide-extension", input=decide))["decideExtension"]
    assert (decided["errors"], decided["ticket"]["extensions"][0]["state"]) == ([], "GRANTED")
    case.ticket = decided["ticket"]
    await case.move("officer", "change-ticket-status", status="IN_PROGRESS")
    case.ticket = await answer(case, "Lubang sudah ditambal.")
    reply = {"id": case.ticket["id"], "text": "Masih bergelombang.", "channel": "PHONE"}
    noted = (await town.ask("coordinator", "record-reporter-reply", input=reply))["recordReporterReply"]

    assert (noted["errors"], noted["ticket"]["version"]) == ([], case.ticket["version"])


async def test_takes_a_ticket_upwards_and_acknowledges_it(town: Town, case: Case) -> None:
    await dispatched(case)
    raised = await case.move("officer", "escalate-ticket", level="COORDINATOR", reason="Tidak ada alat berat.")
    [escalation] = raised["escalations"]
    assert (escalation["level"], escalation["rule"], escalation["reason"]) == (
        "COORDINATOR",
        None,
        "Tidak ada alat berat.",
    )
    worklists = (await town.ask("coordinator", "worklists"))["viewer"]["worklists"]
    assert {each["worklist"]: each["count"] for each in worklists}["ESCALATED"] == 1

    taken = {"escalationId": escalation["id"], "note": "Saya pinjamkan alat kota.", "clientMutationId": "terima-1"}
    payload = (await town.ask("coordinator", "acknowledge-escalation", input=taken))["acknowledgeEscalation"]
    asked = await case.move("coordinator", "record-ombudsman-consent", consent="ASKED", note="Ditelepon.")
    page = (await town.ask("officer", "ticket-page", id=case.ticket["id"]))["ticket"]

    assert (payload["errors"], payload["clientMutationId"]) == ([], "terima-1")
    assert payload["escalation"]["note"] == "Saya pinjamkan alat kota."
    assert payload["escalation"]["acknowledgedBy"] == payload["escalation"]["notified"][0]
    assert asked["escalations"] == page["escalations"] == [payload["escalation"]]
    kinds = [edge["node"]["kind"] for edge in page["timeline"]["edges"]]
    assert kinds[-3:] == ["ESCALATED", "ESCALATION_ACKNOWLEDGED", "FIELD_CHANGED"]
