"""An officer of two agencies on a served desk: asked, switched over HTTP, cookie and sockets, on two servers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from api.settings import Settings
from models import Agency, Assignment, Credential, Event, Officer, Ticket
from models.enums import EventKind, Role
from services.core.desk import Desk
from services.core.nodes import node_id
from services.feeds import rights
from services.tickets.case import Case
from tests.api.partner_desk import heard, subscribe
from tests.clients import documents
from tests.clients.town import served
from tests.factories import FIRST_DAY, give_password, make_agency, make_officer, make_ticket

PASSWORD = "sepeda-biru-di-teras"
SIGN_IN = """mutation ($input: SignInInput!) { signIn(input: $input) {
  accessToken csrfToken viewer { agency { code } roles assignments { agency { code } role } } errors { code } } }"""
SWITCH, POSTS = documents.text("switch-assignment"), documents.text("assignments")
FEED = "subscription { ticketFeed { __typename ... on TicketEntered { ticket { number } } } }"
WHO = "{ viewer { agency { code } roles } }"
NOTE = """mutation ($code: String!, $id: ID!) {
  switchAssignment(agencyCode: $code) { viewer { agency { code } } errors { code } }
  addNote(input: {id: $id, text: "Dicek.", visibility: INTERNAL}) {
    ticket { leadAgency { code } } errors { code } } }"""
BOTH = [
    {"agency": {"code": "dishub"}, "role": "LIAISON"},
    {"agency": {"code": "pupr"}, "role": "OFFICER"},
]


@dataclass
class Desks:
    """Two servers of one desk, and somebody with a post in each of two agencies."""

    places: tuple[str, str]
    officer: Officer

    async def post(self, query: str, token: str | None = None, at: int = 0, **variables: Any) -> dict[str, Any]:
        headers = {"accept-language": "en", **({"authorization": f"Bearer {token}"} if token else {})}
        async with httpx.AsyncClient(headers=headers, timeout=60) as client:
            asked = {"query": query, "variables": variables}
            found: dict[str, Any] = (await client.post(f"http://{self.places[at]}/graphql", json=asked)).json()
        return found

    async def sign_in(self) -> dict[str, Any]:
        given = {"email": self.officer.email, "password": PASSWORD}
        payload: dict[str, Any] = (await self.post(SIGN_IN, input=given))["data"]["signIn"]
        return payload

    async def switch(self, token: str, code: str, at: int = 0) -> dict[str, Any]:
        payload: dict[str, Any] = (await self.post(SWITCH, token, at, agencyCode=code))["data"]["switchAssignment"]
        return payload

    def socket(self, at: int = 0) -> connect:
        return connect(f"ws://{self.places[at]}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")])


@pytest.fixture
async def desks(desk: Desk, settings: Settings) -> AsyncIterator[Desks]:
    officer = await make_officer(await make_agency("pupr"), Role.OFFICER)
    await Assignment.create(
        officer=officer, agency=await make_agency("dishub"), role=Role.LIAISON, valid_from=FIRST_DAY, valid_to=None
    )
    await Assignment.filter(role=Role.OFFICER).update(valid_from=desk.today())
    await give_password(desk, officer, PASSWORD)
    async with served(desk, settings) as one, served(desk, settings) as two:
        yield Desks((one, two), officer)


async def begun(line: ClientConnection, token: str) -> None:
    await line.send(json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}))
    assert (await heard(line))["type"] == "connection_ack"


async def of(line: ClientConnection, id_: str, kind: str) -> dict[str, Any]:
    """The next message of this kind for an operation; what comes in between is passed over."""
    async with asyncio.timeout(60):
        while (message := await heard(line)).get("id") != id_ or message["type"] != kind:
            pass
    return message


async def followed(line: ClientConnection, id_: str) -> None:
    """Subscribe, and wait until the feed has begun."""
    await subscribe(line, id_, FEED)
    frame = await of(line, id_, "next")
    assert frame["payload"]["data"]["ticketFeed"]["__typename"] == "FeedHeartbeat"


async def entered(line: ClientConnection, id_: str) -> str:
    while True:
        shown = (await of(line, id_, "next"))["payload"]["data"]["ticketFeed"]
        if shown["__typename"] == "TicketEntered":
            return str(shown["ticket"]["number"])


async def asked(line: ClientConnection, id_: str, query: str, **variables: Any) -> dict[str, Any]:
    await subscribe(line, id_, query, **variables)
    data: dict[str, Any] = (await of(line, id_, "next"))["payload"]["data"]
    return data


async def test_who_was_not_asked_yet_reads_their_viewer_and_chooses(desks: Desks) -> None:
    signed_in = await desks.sign_in()
    token = signed_in["accessToken"]
    form = {"title": "Lubang", "body": "Ada lubang.", "channel": "PHONE", "clientMutationId": "a"}
    submit = (
        "mutation ($input: SubmitTicketInput!) { submitTicket(input: $input) { clientMutationId errors { code } } }"
    )

    read = await desks.post("{ viewer { agency { code } } tickets(first: 1) { totalCount } agencies { code } }", token)
    refused = await desks.post(submit, token, input=form)
    async with desks.socket() as line:
        await begun(line, token)
        await subscribe(line, "a", FEED)
        followed_by = await of(line, "a", "error")

    assert signed_in["viewer"] == {"agency": None, "roles": [], "assignments": BOTH}
    assert read["data"] == {"viewer": {"agency": None}, "tickets": None, "agencies": None}
    assert [error["extensions"]["code"] for error in read["errors"]] == ["FORBIDDEN"] * 2
    assert refused["data"]["submitTicket"] == {"clientMutationId": "a", "errors": [{"code": "POST_NOT_CHOSEN"}]}
    assert followed_by["payload"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await Ticket.all().count() == 0
    assert (await desks.switch(token, "pupr"))["viewer"]["agency"]["code"] == "pupr"
    assert (await desks.post(POSTS, token))["data"]["viewer"]["agency"] == {"code": "pupr", "name": "Dinas pupr"}
    assert (await desks.post(submit, token, input=form))["data"]["submitTicket"]["errors"] == []


async def test_who_was_not_asked_yet_opens_a_link_of_invitation(desks: Desks) -> None:
    check = "mutation ($input: CheckInvitationInput!) { checkInvitation(input: $input) { errors { code } } }"
    token = (await desks.sign_in())["accessToken"]

    told = [await desks.post(check, caller, input={"token": "a-link-of-nobody"}) for caller in (None, token)]

    assert [each["data"]["checkInvitation"] for each in told] == [{"errors": [{"code": "INVITATION_UNKNOWN"}]}] * 2


@pytest.mark.slow
async def test_subscriptions_end_on_both_servers_and_go_on_under_the_new_post(desks: Desks) -> None:
    token = (await desks.sign_in())["accessToken"]
    await desks.switch(token, "pupr")
    async with desks.socket(0) as one, desks.socket(1) as two:
        for line in (one, two):
            await begun(line, token)
            await followed(line, "a")

        await desks.switch(token, "dishub", at=1)

        for line in (one, two):
            ended = await of(line, "a", "error")
            assert ended["payload"][0]["extensions"]["code"] == "FORBIDDEN"
            await followed(line, "b")
        await make_ticket(lead=await Agency.get(code="pupr"))
        shown = await make_ticket(lead=await Agency.get(code="dishub"))
        assert [await entered(line, "b") for line in (one, two)] == [shown.number] * 2


async def test_what_a_socket_asks_after_its_own_switch_is_answered_for_the_new_post(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rights, "named_by", lambda _: frozenset())  # the hub has not heard of it yet
    token = (await desks.sign_in())["accessToken"]
    async with desks.socket() as line:
        await begun(line, token)
        for place, code in enumerate(("pupr", "dishub", "pupr")):
            done = await asked(line, f"s{place}", SWITCH, agencyCode=code, clientMutationId="m")
            shown = await asked(line, f"q{place}", WHO)

            assert (done["switchAssignment"]["errors"], done["switchAssignment"]["clientMutationId"]) == ([], "m")
            assert shown["viewer"]["agency"] == {"code": code}


async def test_what_follows_a_switch_in_one_document_acts_for_the_new_post(desks: Desks) -> None:
    token = (await desks.sign_in())["accessToken"]
    await desks.switch(token, "pupr")
    dishub = await Agency.get(code="dishub")
    ticket = await make_ticket(lead=dishub)

    done = (await desks.post(NOTE, token, code="dishub", id=node_id("Ticket", ticket.id)))["data"]

    event = await Event.filter(ticket_id=ticket.id).order_by("-seq").first()
    assert event is not None
    assert done["addNote"] == {"ticket": {"leadAgency": {"code": "dishub"}}, "errors": []}
    assert event.actor_agency_id == dishub.id


async def test_who_chooses_first_goes_on_in_the_same_document(desks: Desks) -> None:
    token = (await desks.sign_in())["accessToken"]
    dishub = await Agency.get(code="dishub")
    ticket = await make_ticket(lead=dishub)
    events = Event.filter(ticket_id=ticket.id).order_by("-seq")

    refused = (await desks.post(NOTE, token, code="satpol", id=node_id("Ticket", ticket.id)))["data"]
    before = await events.count()
    done = (await desks.post(NOTE, token, code="dishub", id=node_id("Ticket", ticket.id)))["data"]

    event = await events.first()
    assert event is not None
    assert (refused["addNote"], before) == ({"ticket": None, "errors": [{"code": "POST_NOT_CHOSEN"}]}, 1)
    assert done["addNote"] == {"ticket": {"leadAgency": {"code": "dishub"}}, "errors": []}
    assert event.actor_agency_id == dishub.id


async def test_a_page_of_ours_switches_with_its_cookie_and_its_header_only(desks: Desks) -> None:
    async with httpx.AsyncClient(base_url=f"http://{desks.places[0]}", timeout=60) as page:
        given = {"email": desks.officer.email, "password": PASSWORD, "cookie": True}
        answer = await page.post("/graphql", json={"query": SIGN_IN, "variables": {"input": given}})
        csrf = answer.json()["data"]["signIn"]["csrfToken"]
        asked = {"query": SWITCH, "variables": {"agencyCode": "dishub"}}

        without = await page.post("/graphql", json=asked)
        before = (await Credential.get()).acting_agency_id
        done = await page.post("/graphql", json=asked, headers={"x-surga-csrf": csrf})
        shown = await page.get("/graphql", params={"query": WHO})

    assert (without.json()["errors"][0]["extensions"]["code"], before) == ("FORBIDDEN", None)
    assert done.json()["data"]["switchAssignment"]["viewer"]["agency"]["code"] == "dishub"
    assert shown.json()["data"]["viewer"] == {"agency": {"code": "dishub"}, "roles": ["LIAISON"]}


async def test_an_agency_without_a_post_is_a_typed_error(desks: Desks) -> None:
    token = (await desks.sign_in())["accessToken"]

    refused = await desks.switch(token, "satpol")

    assert refused["viewer"] is None
    assert [(error["__typename"], error["code"], error["path"]) for error in refused["errors"]] == [
        ("InvalidInput", "NO_POST_THERE", ["agencyCode"])
    ]


@pytest.fixture
def held_before_writing(monkeypatch: pytest.MonkeyPatch) -> tuple[asyncio.Event, asyncio.Event]:
    """The next change of a ticket stops before it is written: set when it has come there, and to let it go on."""
    began, go_on, write = asyncio.Event(), asyncio.Event(), Case.write

    async def held(case: Case) -> None:
        first = not began.is_set()
        began.set()
        if first:
            await go_on.wait()
        await write(case)

    monkeypatch.setattr(Case, "write", held)
    return began, go_on


ADD = """mutation ($id: ID!, $text: String!) { addNote(input: {id: $id, text: $text, visibility: INTERNAL}) {
  ticket { leadAgency { code } } errors { code } } }"""
ADDED = {"addNote": {"ticket": {"leadAgency": {"code": "pupr"}}, "errors": []}}
HIDDEN = {"addNote": {"ticket": None, "errors": [{"code": "NOT_FOUND"}]}}


@pytest.mark.parametrize("server", [0, 1])
async def test_a_mutation_that_runs_while_its_session_switches_ends_under_the_post_it_began_with(
    desks: Desks, held_before_writing: tuple[asyncio.Event, asyncio.Event], server: int
) -> None:
    began, go_on = held_before_writing
    token = (await desks.sign_in())["accessToken"]
    await desks.switch(token, "pupr")
    pupr = await Agency.get(code="pupr")
    ticket = await make_ticket(lead=pupr)
    which = node_id("Ticket", ticket.id)

    running = asyncio.create_task(desks.post(ADD, token, id=which, text="Satu."))
    await began.wait()
    switched = await desks.switch(token, "dishub", at=server)
    go_on.set()
    done, later = (await running)["data"], (await desks.post(ADD, token, id=which, text="Dua."))["data"]

    notes = await Event.filter(ticket_id=ticket.id, kind=EventKind.NOTE_ADDED)
    assert (switched["errors"], done, later) == ([], ADDED, HIDDEN)
    assert [note.actor_agency_id for note in notes] == [pupr.id]
    assert (await desks.post(WHO, token))["data"]["viewer"]["agency"] == {"code": "dishub"}


async def test_a_mutation_on_a_socket_ends_under_the_post_it_began_with_when_the_same_socket_switches(
    desks: Desks, held_before_writing: tuple[asyncio.Event, asyncio.Event]
) -> None:
    began, go_on = held_before_writing
    token = (await desks.sign_in())["accessToken"]
    await desks.switch(token, "pupr")
    pupr = await Agency.get(code="pupr")
    ticket = await make_ticket(lead=pupr)
    which = node_id("Ticket", ticket.id)
    async with desks.socket() as line:
        await begun(line, token)
        await subscribe(line, "a", ADD, id=which, text="Satu.")
        await began.wait()
        switched = await asked(line, "b", SWITCH, agencyCode="dishub")
        go_on.set()
        done = (await of(line, "a", "next"))["payload"]["data"]
        later = await asked(line, "c", ADD, id=which, text="Dua.")

    notes = await Event.filter(ticket_id=ticket.id, kind=EventKind.NOTE_ADDED)
    assert (switched["switchAssignment"]["errors"], done, later) == ([], ADDED, HIDDEN)
    assert [note.actor_agency_id for note in notes] == [pupr.id]
