"""Everything that is wrong with an input is told at once, on paths that the input has; nothing is written."""

from typing import Any

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLList, GraphQLNonNull, get_named_type

from models import Answer, Client, Event, Extension, Officer, Reporter, Ticket
from models.enums import TicketStatus as S
from schema import build_schema
from services.access.filters.filters import NAMES, RULES_OF_FIELDS
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.nodes import node_id
from services.credentials import identify, sign_in
from services.credentials.sign_in import SignIn
from tests.factories import give_password, make_ticket
from tests.schema.conftest import Ask, City

SCHEMA = build_schema()._schema
SOUGHT = [root for root in (SCHEMA.mutation_type,) if root is not None]
INPUTS: dict[str, Any] = {
    name: field.args["input"].type for root in SOUGHT for name, field in root.fields.items() if "input" in field.args
}
SCHEMA_FIELDS = {name: get_named_type(kind).fields for name, kind in INPUTS.items()}
TABLES = (Ticket, Event, Officer, Client, Answer, Reporter, Extension)
NOTE = {"text": "", "visibility": "PUBLIC"}
SIGN = "\x07"  # no text may hold it, and no code, number or address is it
SPECIAL: dict[str, Any] = {
    "latitude": 91.0,
    "longitude": -181.0,
    "receivedAt": "2100-01-01T00:00:00+07:00",
    "occurredOn": "2100-01-01",
    "until": "2000-01-01",
    "validFrom": "1900-01-01",
    "validTo": "1899-01-01",
    "endsAt": "2000-01-01T00:00:00+07:00",
    "expiresAt": "2000-01-01T00:00:00+07:00",
    "points": 0,
    "amount": 0,
    "restorePerSecond": 0,
    "day": "1900-01-01",
    "followUpOn": "2000-01-01",
    "weekday": 0,
    "extension": -1,
    "extensions": -1,
    "expectedVersion": 1,
    "expectedAnswerVersion": 1,
}


def kinds_of(kind: Any) -> tuple[Any, ...]:
    """A type, and what it is without the sign that it must be given."""
    return kind, getattr(kind, "of_type", None)


def broken(kind: Any, name: str = "", path: tuple[str, ...] = ()) -> tuple[Any, set[tuple[str, ...]]]:
    """A value of which every part is wrong, and the paths of what is wrong; None where nothing can be."""
    if isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
    if isinstance(kind, GraphQLList):
        inner, paths = broken(kind.of_type, name, (*path, "0"))
        return ([inner], paths) if paths else (None, set())
    if isinstance(kind, GraphQLInputObjectType):
        values, found = {}, set()
        for field, each in kind.fields.items():
            value, paths = broken(each.type, field, (*path, field))
            if value is not None or isinstance(each.type, GraphQLNonNull):
                values[field] = [] if value is None and GraphQLList in map(type, kinds_of(each.type)) else value
            found |= paths
        return values, found
    if name in SPECIAL:
        return SPECIAL[name], set() if name.startswith("expected") else {path}
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values)), set()
    if kind.name in ("String", "ID"):
        return SIGN, {path}
    return False if kind.name == "Boolean" else None, set()


# Who may do it at all, where that is not the coordinator: what one may not do is refused alone.
CALLERS = {
    **dict.fromkeys(("inviteStaff", "changeStaff", "endStaff", "renewInvitation"), "admin"),
    **dict.fromkeys(("createPartner", "changePartnerGrant", "endPartner", "storePartnerDocument"), "admin"),
    **dict.fromkeys(("createPartnerKey", "revokePartnerKey"), "admin"),
}
# These have tests of their own: nothing but a session changes a password, and of a guess nobody learns what is wrong.
SECRET = {"changePassword", "signIn"}
RIGHT, WRONG = "sepeda-biru-di-teras", "sepeda-merah-di-teras"
# A name of the client's own is kept where a ticket or a look-up is concerned; everywhere else it is only given back.
ONLY_GIVEN_BACK = {
    *CALLERS,
    *("approveDisplay", "denyDisplay", "renameDisplay", "revokeDisplay", "revokeSession"),
    *("acceptInvitation", "checkInvitation", "startCitizenSession", "changePassword", "changeDeadlineRules"),
}
# What hangs on the move that the ticket would make, or on its policy, and so is told of a ticket that is seen only.
OF_MOVES = {("reasonCode",), ("until",), ("amount",), ("referred",)}
NO_DEADLINE = ("policies", "0", "amount")  # 0 is what a policy may give


def of_no_grant() -> set[str]:
    """The fields of a filter that no grant can hold, whatever they are."""
    values, _ = broken(SCHEMA.type_map["TicketFilter"])
    return {field for field in values if not RULES_OF_FIELDS[NAMES[field]].granted}


def wrong_paths(name: str) -> set[tuple[str, ...]]:
    """The paths of all that is wrong with the broken input of a mutation."""
    _, paths = broken(INPUTS[name])
    # Coordinates are a set, without an order; a grant can not hold every field of a filter.
    paths = {("coordinates",) if path[0] == "coordinates" else path for path in paths}
    paths = {path[:2] if path[0] == "rows" else path for path in paths}
    paths |= {("rows", field) for field in of_no_grant()} if "rows" in SCHEMA_FIELDS[name] else set()
    paths -= {("clientMutationId",)} if name in ONLY_GIVEN_BACK else set()
    paths |= {("referred",)} if name == "changeTicketStatus" else set()  # false, too, where nothing is passed on
    paths |= {("sp4n",)} if name == "submitTicket" else set()  # of a report that came another way
    if name == "markNotificationsRead":  # both can not be meant, whatever they hold
        paths = paths - {("allUpTo",), ("ids", "0")} | {("ids",)}
    return paths - ({("secret",)} if name == "startCitizenSession" else set())  # a guess, of whatever form


async def refused(ask: Ask, caller: Scope, name: str, values: dict[str, Any]) -> list[tuple[str, ...]]:
    document = f"mutation ($input: {INPUTS[name]}) {{ {name}(input: $input) {{ errors {{ path }} }} }}"
    answer = await ask(caller, document, input=values)
    assert answer.errors is None, answer.errors
    return [tuple(error["path"]) for error in answer.data[name]["errors"]]


async def state() -> list[Any]:
    return [await table.all().order_by("id" if table is not Event else "seq").values() for table in TABLES]


@pytest.mark.parametrize("name", sorted(INPUTS.keys() - SECRET))
async def test_a_broken_input_is_refused_for_every_field(ask: Ask, city: City, name: str) -> None:
    await make_ticket()
    before, (values, _) = await state(), broken(INPUTS[name])

    first, second = [await refused(ask, caller_of(city, name), name, values) for _ in range(2)]

    assert set(first) == wrong_paths(name) - OF_MOVES - {NO_DEADLINE}
    once = [path for path in first if path != ("coordinates",)]  # of which several may open nothing
    assert (len(once), second) == (len(set(once)), first)
    assert await state() == before


async def test_so_is_a_change_of_the_password_by_a_session(ask: Ask, city: City, desk: Desk) -> None:
    officer = await Officer.get(id=city.officer.officer_id)
    await give_password(desk, officer, RIGHT)
    session = await sign_in.sign_in(desk, SignIn(officer.email, RIGHT))
    caller, (values, _) = await identify.identify(desk, session.token), broken(INPUTS["changePassword"])

    first, second = [await refused(ask, caller, "changePassword", values) for _ in range(2)]

    assert (set(first), len(first), second) == (wrong_paths("changePassword"), 2, first)
    assert await sign_in.sign_in(desk, SignIn(officer.email, RIGHT))


async def test_a_sign_in_tells_a_stranger_nothing_of_what_is_wrong(ask: Ask, city: City, desk: Desk) -> None:
    officer = await Officer.get(id=city.officer.officer_id)
    await give_password(desk, officer, RIGHT)
    tries = [(SIGN, SIGN), ("", ""), (officer.email, WRONG), (officer.email, ""), ("tidak.ada@example.test", RIGHT)]
    document = "mutation ($i: SignInInput!) { signIn(input: $i) { viewer { name } errors { code message path } } }"
    told = []

    for email, password in tries:
        values = {"email": email, "password": password, "clientMutationId": SIGN}
        told.append((await ask(city.anonymous, document, i=values)).data)

    [error] = told[0]["signIn"].pop("errors")
    assert (error["code"], error["path"]) == ("WRONG_EMAIL_OR_PASSWORD", [])
    assert told[1:] == [{"signIn": {"viewer": None, "errors": [error]}}] * 4


def caller_of(city: City, name: str) -> Scope:
    caller: Scope = getattr(city, CALLERS.get(name, "coordinator"))
    return caller


@pytest.mark.parametrize(
    ("name", "status", "kept"),
    [
        ("verifyTicket", S.RECEIVED, {}),
        ("dispatchTicket", S.VERIFIED, {}),
        ("returnTicket", S.DISPATCHED, {}),
        ("assignOfficer", S.DISPATCHED, {}),
        ("changeTicketStatus", S.IN_PROGRESS, {"status": "ON_HOLD"}),
        ("reopenTicket", S.ARCHIVED, {}),
        ("mergeTicket", S.RECEIVED, {}),
        ("addNote", S.RECEIVED, {}),
        ("editTicket", S.RECEIVED, {}),
        ("eraseReporter", S.RECEIVED, {}),
        ("revealReporter", S.RECEIVED, {}),
        ("rotateTrackingSecret", S.RECEIVED, {}),
        ("saveAnswerDraft", S.IN_PROGRESS, {}),
    ],
)
async def test_so_is_one_for_a_ticket_that_the_caller_sees(
    ask: Ask, city: City, name: str, status: S, kept: dict[str, Any]
) -> None:
    lead = None if status in (S.RECEIVED, S.VERIFIED) else city.roads
    ticket = await make_ticket(status, lead=lead, version=1)
    named = "ticketId" if name == "saveAnswerDraft" else "id"
    values, _ = broken(INPUTS[name])
    before = await state()

    paths = await refused(ask, worker(city, name), name, values | {named: node_id("Ticket", ticket.id)} | kept)

    # Nobody wants evidence, or what is missing, of a ticket that is put on hold.
    assert set(paths) - {("evidence",), ("missing",)} == wrong_paths(name) - {(named,)}
    assert len(paths) == len(set(paths))
    assert await state() == before


def worker(city: City, name: str) -> Scope:
    return city.officer if name in ("returnTicket", "changeTicketStatus", "assignOfficer") else city.coordinator


async def test_a_version_of_before_is_told_with_all_else(ask: Ask, city: City) -> None:
    ticket = await make_ticket(version=2)
    values = {"id": node_id("Ticket", ticket.id), "expectedVersion": 1, "title": "", "categoryCode": "no-such"}

    paths = await refused(ask, city.coordinator, "editTicket", values)

    assert paths == [("expectedVersion",), ("title",), ("categoryCode",)]


async def test_one_wrong_row_of_a_grant_is_told_alone(ask: Ask, city: City) -> None:
    made = {"name": "Ombudsman", "purpose": "Uji", "coordinates": ["Query.agencies", "Agency.code"]}

    for row, field in (({"assigneeId": "x"}, "assigneeId"), ({"agencyRole": "LEAD"}, "agencyRole")):
        assert await refused(ask, city.admin, "createPartner", made | {"rows": row}) == [("rows", field)]


async def test_what_is_not_theirs_to_do_is_told_alone(ask: Ask, city: City) -> None:
    ticket = await make_ticket(S.DISPATCHED, lead=city.roads)

    paths = await refused(ask, city.leader, "addNote", {**NOTE, "id": node_id("Ticket", ticket.id)})

    assert paths == [()]


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("mergeTicket", S.ARCHIVED),
        ("verifyTicket", S.ON_HOLD),
        ("reopenTicket", S.ON_HOLD),
        ("assignOfficer", S.ARCHIVED),
    ],
)
async def test_a_move_that_is_none_names_no_field_that_is_not_there(ask: Ask, city: City, name: str, status: S) -> None:
    ticket = await make_ticket(status, lead=city.roads)
    given = {"id": node_id("Ticket", ticket.id), "ticketId": node_id("Ticket", ticket.id), "expectedVersion": 1}
    given |= {"reasonCode": "NEW_INFORMATION", "classification": "COMPLAINT", "intoNumber": "KDR-2026-000001"}
    given |= {"answerId": node_id("Answer", 1)}
    fields = SCHEMA_FIELDS[name]
    given["intoNumber"] = (await make_ticket()).number

    paths = await refused(ask, city.coordinator, name, {key: value for key, value in given.items() if key in fields})

    assert paths == [()]


@pytest.mark.parametrize(
    ("name", "status", "kept"),
    [
        ("verifyTicket", S.ON_HOLD, {}),
        ("dispatchTicket", S.ARCHIVED, {}),
        ("returnTicket", S.ANSWERED, {}),
        ("assignOfficer", S.ARCHIVED, {}),
        ("changeTicketStatus", S.ARCHIVED, {"status": "UNRESOLVED"}),
        ("reopenTicket", S.IN_PROGRESS, {}),
        ("mergeTicket", S.ARCHIVED, {}),
        ("saveAnswerDraft", S.ARCHIVED, {}),
        ("sendAnswer", S.ON_HOLD, {}),
    ],
)
async def test_a_move_that_is_none_is_told_with_all_else(
    ask: Ask, city: City, name: str, status: S, kept: dict[str, Any]
) -> None:
    ticket = await make_ticket(status, lead=city.roads, version=1)
    named = "ticketId" if "Answer" in name else "id"
    values, _ = broken(INPUTS[name])
    before = await state()

    paths = await refused(ask, city.coordinator, name, values | {named: node_id("Ticket", ticket.id)} | kept)

    move = ("status",) if name == "changeTicketStatus" else ()
    assert (paths[0], len(paths)) == (move, len(set(paths)))
    assert set(paths[1:]) == wrong_paths(name) - {(named,)}
    assert await state() == before


@pytest.mark.parametrize(
    ("start", "to", "given", "wrong"),
    [
        (S.ANSWERED, "ON_HOLD", {}, {"reasonCode", "until"}),
        (S.ANSWERED, "ON_HOLD", {"until": "2000-01-01", "prolong": True}, {"reasonCode", "until"}),
        (S.IN_PROGRESS, "RESOLVED", {"until": "2100-01-01", "referred": True}, {"evidence", "until", "referred"}),
        (S.DISPATCHED, "RESOLVED", {"prolong": True, "missing": ["LOCATION"]}, {"evidence", "missing", "prolong"}),
        (S.ON_HOLD, "INCOMPLETE", {"evidence": [{"description": "Foto"}]}, {"note", "evidence"}),
        (S.ON_HOLD, "INCOMPLETE", {"missing": ["LOCATION"]}, set()),
        (S.ANSWERED, "OUT_OF_JURISDICTION", {}, {"reasonCode", "referredToAgencyCode"}),
        (S.RESOLVED, "UNRESOLVED", {"reasonCode": "NO_BUDGET"}, {"note"}),
        (S.RESOLVED, "IN_PROGRESS", {"note": "Lanjut"}, set()),
    ],
)
async def test_what_no_move_to_a_status_takes_is_told_with_a_move_that_is_none(
    ask: Ask, city: City, start: S, to: str, given: dict[str, Any], wrong: set[str]
) -> None:
    ticket = await make_ticket(start, lead=city.roads, version=1, classification="COMPLAINT")
    before = await state()

    values = {"id": node_id("Ticket", ticket.id), "expectedVersion": 1, "status": to}
    paths = await refused(ask, city.coordinator, "changeTicketStatus", values | given)

    assert paths[0] == ("status",)
    assert sorted(paths[1:]) == sorted((each,) for each in wrong)
    assert await state() == before


async def test_whoever_may_not_move_a_ticket_is_told_nothing_else(ask: Ask, city: City) -> None:
    ticket = await make_ticket(S.DISPATCHED, lead=city.roads, version=1)
    named = {"id": node_id("Ticket", ticket.id)}

    for name in ("verifyTicket", "dispatchTicket", "returnTicket", "changeTicketStatus", "mergeTicket"):
        values, _ = broken(INPUTS[name])

        assert await refused(ask, city.leader, name, values | named) == [()]


async def test_recipients_of_a_supervisory_report_are_told_with_all_else(ask: Ask, city: City) -> None:
    ticket = await make_ticket(S.RECEIVED, version=1, supervisory=True)
    target = {"leadAgencyCode": "inspektorat", "supportingAgencyCodes": ["pupr", "no-such"], "note": SIGN}
    values = {"classification": "COMPLAINT", "expectedVersion": 1, "title": SIGN, "categoryCode": "no-such"}
    values |= {"id": node_id("Ticket", ticket.id), "reportedAgencyCode": "pupr"}
    before = await state()

    paths = await refused(ask, city.inspector, "verifyTicket", values | {"dispatch": target})

    supporting = ("dispatch", "supportingAgencyCodes")
    assert set(paths) == {("title",), ("categoryCode",), (*supporting, "1"), supporting, ("dispatch", "note")}
    assert await state() == before
