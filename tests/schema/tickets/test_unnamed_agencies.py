"""The reporter of a supervisory report is told of no agency, on any path; everybody else who sees it reads them."""

from __future__ import annotations

import json
from typing import Any

import pytest
import strawberry

from models import Ticket
from models.enums import AgencyKind, Role
from models.enums import TicketStatus as S
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.nodes import node_id
from services.tickets import moves
from services.tickets.commands import ChangeStatus, Dispatch, Reopen
from tests.factories import citizen_scope, make_agency, make_scope, make_ticket
from tests.schema.conftest import Ask, City
from tests.schema.planted import Planted
from tests.schema.test_matrix import FIELDS, LIST, PATHS, TICKET, Walk

NAMES = ("pupr", "dinkes", "zxreported", "zxpln", "inspektorat")
HIDDEN = {"leadAgency", "referredTo", "reportedAgency", "supportingAgencies"}
DOOR = (
    """mutation ($input: StartCitizenSessionInput!) { startCitizenSession(input: $input) {
  ticket { ...Nested } errors { code } } }"""
    + FIELDS
)
SUBMIT = """mutation ($input: SubmitTicketInput!) { submitTicket(input: $input) {
  ticket { supervisory reportedAgency { code } hidden { field reason } } errors { code } } }"""
EMPTY = {"leadAgency": None, "referredTo": None, "reportedAgency": None, "supportingAgencies": []}


async def plant(desk: Desk, city: City, *, supervisory: bool) -> Ticket:
    """A report that went through several agencies and was passed on in the end."""
    reported = await make_agency("zxreported")
    await make_agency("zxpln", kind=AgencyKind.EXTERNAL)
    known = {"supervisory": supervisory, "reported_agency_id": reported.id}
    ticket = await make_ticket(S.VERIFIED, **known)
    examiner = city.inspector if supervisory else city.coordinator
    await moves.dispatch(desk, examiner, Dispatch(ticket.id, 1, "pupr", ("dinkes",)))
    await moves.change_status(desk, city.officer, ChangeStatus(ticket.id, 2, S.IN_PROGRESS))
    await moves.change_status(desk, city.officer, ChangeStatus(ticket.id, 3, S.INCOMPLETE, missing=("TIME",)))
    await moves.change_status(desk, city.officer, ChangeStatus(ticket.id, 4, S.IN_PROGRESS))
    passed_on = {"reason_code": "STATE_COMPANY", "referred_to_agency_code": "zxpln", "referred": True}
    await moves.change_status(desk, examiner, ChangeStatus(ticket.id, 5, S.OUT_OF_JURISDICTION, **passed_on))
    return ticket


def walk_of(ask: Ask, desk: Desk, schema: strawberry.Schema, scope: Scope, ticket: Ticket) -> Walk:
    planted = Planted({"closed": ticket}, {}, list(range(1, 40)), [], [], [])
    return Walk(ask, desk, schema, planted, scope)


def named(answer: Any) -> set[str]:
    text = json.dumps(answer, default=str).casefold()
    return {name for name in (*NAMES, "pekerjaan umum", "dinas ", "inspektorat") if name in text}


@pytest.mark.parametrize("path", PATHS)
async def test_no_path_names_an_agency_to_the_reporter_of_a_supervisory_report(
    ask: Ask, desk: Desk, schema: strawberry.Schema, city: City, path: str
) -> None:
    ticket = await plant(desk, city, supervisory=True)
    walk = walk_of(ask, desk, schema, citizen_scope(ticket), ticket)

    answer = await PATHS[path](walk)

    assert named(answer) == set()


@pytest.mark.parametrize("path", ["by id", "by number", "node", "list", "ticketStatusChanges", "ticketFeed"])
async def test_the_reporter_of_an_ordinary_report_reads_them(
    ask: Ask, desk: Desk, schema: strawberry.Schema, city: City, path: str
) -> None:
    ticket = await plant(desk, city, supervisory=False)

    answer = await PATHS[path](walk_of(ask, desk, schema, citizen_scope(ticket), ticket))

    assert named(answer) >= {"pupr", "dinkes", "zxreported", "zxpln"}


async def test_what_is_hidden_is_empty_and_says_so(ask: Ask, desk: Desk, city: City) -> None:
    ticket = await plant(desk, city, supervisory=True)

    reporter, examiner = [
        (await ask(scope, TICKET, id=node_id("Ticket", ticket.id))).data["ticket"]
        for scope in (citizen_scope(ticket), city.inspector)
    ]

    hidden = {each["field"]: each["reason"] for each in reporter["hidden"] if each["field"] in HIDDEN}
    assert hidden == dict.fromkeys(HIDDEN, "SUPERVISORY")
    assert {name: reporter[name] for name in EMPTY} == EMPTY
    agencies = [edge["node"]["actor"]["agency"] for edge in reporter["timeline"]["edges"]]
    assert (len(agencies), set(map(str, agencies))) == (6, {"None"})
    assert (examiner["leadAgency"], examiner["referredTo"]) == ({"code": "pupr"}, {"code": "zxpln"})
    assert not HIDDEN & {each["field"] for each in examiner["hidden"]}


async def test_the_door_reads_as_the_reporter_whoever_opens_it(ask: Ask, desk: Desk, city: City) -> None:
    ticket = await plant(desk, city, supervisory=True)
    secret = desk.keys.tracking_secret(ticket.id, ticket.secret_rotation, ticket.secret_salt)
    given = {"number": ticket.number, "secret": secret}
    own = (await ask(citizen_scope(ticket), TICKET, id=node_id("Ticket", ticket.id))).data["ticket"]

    for caller in (city.anonymous, city.partner, city.officer, city.inspector):
        opened = (await ask(caller, DOOR, input=given)).data["startCitizenSession"]

        assert (opened["errors"], named(opened["ticket"])) == ([], set())
        assert opened["ticket"]["timeline"] == own["timeline"]


async def test_who_hands_in_a_supervisory_report_is_answered_as_its_reporter(ask: Ask, city: City) -> None:
    await make_scope(Role.COORDINATOR, city.roads)
    form = {"title": "Pungutan", "body": "Ada pungutan.", "channel": "SURGA_WEB", "reportedAgencyCode": "pupr"}

    payload = (await ask(city.anonymous, SUBMIT, input=form)).data["submitTicket"]

    assert (payload["errors"], payload["ticket"]["supervisory"]) == ([], True)
    assert payload["ticket"]["reportedAgency"] is None
    hidden = {each["field"]: each["reason"] for each in payload["ticket"]["hidden"]}
    assert {name: hidden[name] for name in HIDDEN} == dict.fromkeys(HIDDEN, "SUPERVISORY")


async def test_it_is_hidden_whether_there_is_an_agency_or_not(ask: Ask, city: City) -> None:
    ticket = await make_ticket(S.RECEIVED, supervisory=True)

    shown = (await ask(citizen_scope(ticket), TICKET, id=node_id("Ticket", ticket.id))).data["ticket"]

    assert {each["field"] for each in shown["hidden"]} >= HIDDEN


@pytest.mark.parametrize("role", ["LEAD", "SUPPORTING", "ANY"])
@pytest.mark.parametrize(("supervisory", "found"), [(True, 0), (False, 1)])
async def test_no_filter_tells_the_reporter_which_agency_it_is(
    ask: Ask, city: City, role: str, supervisory: bool, found: int
) -> None:
    ticket = await make_ticket(S.DISPATCHED, lead=city.roads, supporting=(city.health,), supervisory=supervisory)
    code = "dinkes" if role == "SUPPORTING" else "pupr"

    answer = await ask(citizen_scope(ticket), LIST, filter={"agencyCode": [code], "agencyRole": role})

    assert answer.data["tickets"]["totalCount"] == len(answer.data["tickets"]["edges"]) == found


async def test_a_report_that_was_supervisory_keeps_its_history_to_itself(ask: Ask, desk: Desk, city: City) -> None:
    ticket = await plant(desk, city, supervisory=True)
    await Ticket.filter(id=ticket.id).update(supervisory=False)

    shown = (await ask(citizen_scope(ticket), TICKET, id=node_id("Ticket", ticket.id))).data["ticket"]

    assert shown["leadAgency"] == {"code": "pupr"}
    assert named(shown["timeline"]) == set()


async def test_nothing_of_the_referral_is_left_once_the_report_is_back(ask: Ask, desk: Desk, city: City) -> None:
    ticket = await plant(desk, city, supervisory=False)
    before, after = [], []

    for found in (before, after):
        for scope in (city.coordinator, citizen_scope(ticket)):
            shown = (await ask(scope, TICKET, id=node_id("Ticket", ticket.id))).data["ticket"]
            found.append(shown["referredTo"])
        if found is before:
            await moves.reopen(desk, city.coordinator, Reopen(ticket.id, 6, "SENT_BACK"))

    assert (before, after) == ([{"code": "zxpln"}] * 2, [None] * 2)


async def test_what_an_earlier_release_left_of_a_referral_is_told_to_nobody(ask: Ask, city: City) -> None:
    ticket = await make_ticket(S.REOPENED, lead=city.roads, referred_to_id=city.health.id)

    shown = (await ask(city.coordinator, TICKET, id=node_id("Ticket", ticket.id))).data["ticket"]

    assert shown["referredTo"] is None


async def test_a_partner_reads_where_a_report_went(desk: Desk, city: City, ask: Ask) -> None:
    ticket = await plant(desk, city, supervisory=False)

    shown = (await ask(city.partner, TICKET, id=node_id("Ticket", ticket.id))).data["ticket"]

    assert shown["referredTo"] == {"code": "zxpln"}


async def test_holds_are_counted_from_the_log_and_a_longer_hold_is_one(ask: Ask, desk: Desk, city: City) -> None:
    liaison = await make_scope(Role.LIAISON, city.roads)
    ticket = await make_ticket(S.IN_PROGRESS, lead=city.roads)
    until = desk.today().replace(year=2027)
    counts = []

    for to, more in (
        (S.ON_HOLD, {"reason_code": "WEATHER", "until": until}),
        (S.ON_HOLD, {"reason_code": "WEATHER", "until": desk.today().replace(month=6), "prolong": True}),
        (S.IN_PROGRESS, {}),
        (S.ON_HOLD, {"reason_code": "SCHEDULED", "until": until}),
    ):
        row = await Ticket.get(id=ticket.id)
        await moves.change_status(desk, liaison, ChangeStatus(ticket.id, row.version, to, **more))
        shown = (await ask(liaison, TICKET, id=node_id("Ticket", ticket.id))).data["ticket"]
        counts.append(shown["holdCount"])

    assert counts == [1, 1, 1, 2]
