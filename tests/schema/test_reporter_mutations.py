"""What the desk may do with a reporter, through the schema; and what an answer tells of what it hid."""

from __future__ import annotations

from typing import Any

import pytest
import strawberry
from graphql import execute, parse

from models import AuditEntry, Event, Reporter, Ticket
from models.enums import AuditKind, EventKind, TicketStatus
from schema.core.context import context_for
from schema.execution.plans import PlanExecutionContext
from services.core.desk import Desk
from services.core.nodes import node_id
from services.core.refusals import Throttled
from tests.factories import make_ticket
from tests.schema.conftest import Ask, City, OpenGate

REVEAL = """mutation ($id: ID!, $reason: String!) {
  revealReporter(input: {id: $id, reason: $reason, clientMutationId: "mine"}) {
    reporter { name phone email nik } clientMutationId errors { __typename code message path } } }"""
FIND = """mutation ($phone: String, $nik: String) { findReporterTickets(input: {phone: $phone, nik: $nik}) {
  tickets { number reporter { phone nik } } errors { __typename code path } } }"""
ERASE = """mutation ($id: ID!, $version: Int!) {
  eraseReporter(input: {id: $id, expectedVersion: $version, reason: "Permintaan pelapor."}) {
    ticket { title body version reporter { name } location { address } }
    errors { __typename code ... on VersionConflict { current { version } } } } }"""
PERSON = {"name": "Siti Warga", "phone": "+62812073469134", "email": "siti@contoh.id", "nik": "3571990000000001"}


async def told(city: City, **flags: Any) -> Ticket:
    return await make_ticket(
        TicketStatus.DISPATCHED, lead=city.roads, reporter=PERSON, address="Jalan Contoh 1", **flags
    )


async def test_a_reveal_answers_once_and_leaves_its_trace(ask: Ask, city: City) -> None:
    ticket = await told(city, anonymous=True)

    result = await ask(city.coordinator, REVEAL, id=node_id("Ticket", ticket.id), reason="Perlu dihubungi.")

    assert result.data["revealReporter"] == {"reporter": PERSON, "clientMutationId": "mine", "errors": []}
    assert await Event.filter(kind=EventKind.REPORTER_REVEALED, ticket_id=ticket.id).count() == 1


@pytest.mark.parametrize(
    ("caller", "error"),
    [
        ("officer", "Forbidden"),
        ("leader", "Forbidden"),
        ("admin", "Forbidden"),
        ("partner", "Forbidden"),
        ("display", "Forbidden"),
        ("stranger", "NotFound"),
        ("inspector", "NotFound"),
        ("anonymous", "NotFound"),
    ],
)
async def test_nobody_else_reveals_finds_or_erases(ask: Ask, city: City, caller: str, error: str) -> None:
    ticket, scope = await told(city, anonymous=False), getattr(city, caller)
    key = node_id("Ticket", ticket.id)

    revealed = (await ask(scope, REVEAL, id=key, reason="Ingin tahu.")).data["revealReporter"]
    found = (await ask(scope, FIND, phone="0812073469134")).data["findReporterTickets"]
    erased = (await ask(scope, ERASE, id=key, version=1)).data["eraseReporter"]

    assert (revealed["reporter"], found["tickets"], erased["ticket"]) == (None, [], None)
    assert [each["__typename"] for each in revealed["errors"] + erased["errors"]] == [error, error]
    assert [each["__typename"] for each in found["errors"]] == ["Forbidden"]
    assert await Event.filter(kind__in=(EventKind.REPORTER_REVEALED, EventKind.REPORTER_SOUGHT)).count() == 0
    assert await Reporter.all().count() == 1


async def test_the_coordinator_finds_a_citizens_tickets_masked(ask: Ask, city: City) -> None:
    ticket = await told(city, anonymous=False)

    for given in ({"phone": "0812-0734-69134"}, {"nik": "3571990000000001"}):
        found = (await ask(city.coordinator, FIND, **given)).data["findReporterTickets"]

        masked = {"phone": "0812****34", "nik": "3571********0001"}
        assert found == {"tickets": [{"number": ticket.number, "reporter": masked}], "errors": []}


class NarrowGate(OpenGate):
    """Lets every caller unmask one reporter and look for one."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[tuple[str, str]] = set()

    async def reveal(self, principal: str) -> None:
        self._once("reveal", principal)

    async def lookup(self, principal: str) -> None:
        self._once("lookup", principal)

    def _once(self, door: str, principal: str) -> None:
        if (door, principal) in self.seen:
            raise Throttled(42)
        self.seen.add((door, principal))


@pytest.fixture
def narrow(schema: strawberry.Schema, desk: Desk) -> Ask:
    """Ask through one narrow gate."""
    gate = NarrowGate()

    async def run(scope: Any, document: str, **variables: Any) -> Any:
        context = context_for(desk, scope, "en", "test", gate)
        return await execute(  # type: ignore[misc]
            schema._schema,
            parse(document),
            context_value=context,
            variable_values=variables,
            executor_class=PlanExecutionContext,
        )

    return run


async def test_who_looks_too_often_is_held_back_and_counted(narrow: Ask, city: City, desk: Desk) -> None:
    ticket, me = await told(city, anonymous=False), city.coordinator
    key = node_id("Ticket", ticket.id)
    assert (await narrow(me, REVEAL, id=key, reason="Perlu.")).data["revealReporter"]["reporter"] == PERSON
    assert len((await narrow(me, FIND, phone="0812073469134")).data["findReporterTickets"]["tickets"]) == 1
    before = await Event.all().count(), await AuditEntry.all().count()

    revealed = (await narrow(me, REVEAL, id=key, reason="Lagi.")).data["revealReporter"]
    found = (await narrow(me, FIND, nik="3571990000000001")).data["findReporterTickets"]

    assert (revealed["reporter"], found["tickets"]) == (None, [])
    errors = [(each["__typename"], each["code"]) for each in revealed["errors"] + found["errors"]]
    assert errors == [("Throttled", "THROTTLED")] * 2
    assert (await Event.all().count(), await AuditEntry.all().count()) == before
    refused = {who: count for (_, kind, who), count in desk.counters.take().items() if kind is AuditKind.REFUSED}
    assert refused == {me.principal: 2}


async def test_an_erasure_answers_with_what_is_left(ask: Ask, city: City) -> None:
    ticket = await told(city, anonymous=False)
    key = node_id("Ticket", ticket.id)

    stale = (await ask(city.coordinator, ERASE, id=key, version=0)).data["eraseReporter"]
    done = (await ask(city.coordinator, ERASE, id=key, version=1)).data["eraseReporter"]

    assert stale["errors"] == [{"__typename": "VersionConflict", "code": "VERSION_CONFLICT", "current": {"version": 1}}]
    assert done["ticket"] == {
        "title": "(dihapus)",
        "body": "(dihapus)",
        "version": 2,
        "reporter": None,
        "location": None,
    }


OTHERS = """mutation ($id: ID!) {
  eraseReporter(input: {id: $id, expectedVersion: 1, reason: "REPORTER_REQUEST"}) {
    otherTickets { number title } errors { code } } }"""


async def test_an_erasure_names_the_other_tickets_of_the_matter_that_the_caller_sees(ask: Ask, city: City) -> None:
    ticket = await told(city, anonymous=False)
    by_hand = await told(city, merged_into_id=ticket.id)
    own = {"supervisory": True, "reported_agency_id": city.coordinator.agency_id}
    await told(city, merged_into_id=ticket.id, **own)

    done = (await ask(city.coordinator, OTHERS, id=node_id("Ticket", ticket.id))).data["eraseReporter"]

    assert done == {"otherTickets": [{"number": by_hand.number, "title": by_hand.title}], "errors": []}


async def redactions(schema: strawberry.Schema, desk: Desk, scope: Any, document: str) -> list[dict[str, Any]]:
    context = context_for(desk, scope, "en", "test", OpenGate())
    result = execute(schema._schema, parse(document), context_value=context, executor_class=PlanExecutionContext)
    assert (await result).errors is None  # type: ignore[misc]
    found: list[dict[str, Any]] = context.as_extensions().get("redactions", [])
    return found


LIST = """{ tickets(first: 10) { edges { node {
  number title again: title assignee { name } location { kelurahan address } reporter { name } } } } }"""


async def test_an_answer_tells_each_hidden_field_and_reason_once_with_its_count(
    schema: strawberry.Schema, desk: Desk, city: City
) -> None:
    for anonymous in (True, None, False):
        await told(city, anonymous=anonymous, kelurahan_id="35.71.01.1001")

    told_to = {
        name: await redactions(schema, desk, getattr(city, name), LIST)
        for name in ("coordinator", "officer", "partner", "display")
    }

    anonymous = [{"field": "Ticket.reporter", "reason": "ANONYMOUS", "count": 2}]
    hidden = [
        {"field": "Location.address", "reason": "PERSONAL_DATA", "count": 3},
        {"field": "Ticket.assignee", "reason": "NOT_YOUR_ROLE", "count": 3},
        {"field": "Ticket.reporter", "reason": "NOT_YOUR_ROLE", "count": 3},
    ]
    words = {"field": "Ticket.title", "reason": "PERSONAL_DATA", "count": 3}
    assert told_to == {"coordinator": anonymous, "officer": anonymous, "partner": hidden, "display": [*hidden, words]}


async def test_what_nobody_asked_for_is_not_told(schema: strawberry.Schema, desk: Desk, city: City) -> None:
    await told(city)

    assert await redactions(schema, desk, city.display, "{ tickets(first: 10) { edges { node { number } } } }") == []


ROTATE = """mutation ($id: ID!, $reason: String!) {
  rotateTrackingSecret(input: {id: $id, reason: $reason, clientMutationId: "mine"}) {
    trackingSecret clientMutationId errors { __typename code message path } } }"""


async def test_a_rotation_answers_once_with_the_new_secret(ask: Ask, desk: Desk, city: City) -> None:
    ticket = await told(city)

    done = await ask(city.coordinator, ROTATE, id=node_id("Ticket", ticket.id), reason="Kode lama hilang.")

    await ticket.refresh_from_db()
    secret = desk.keys.tracking_secret(ticket.id, 1, ticket.secret_salt)
    assert done.data["rotateTrackingSecret"] == {"trackingSecret": secret, "clientMutationId": "mine", "errors": []}


@pytest.mark.parametrize(
    ("caller", "error", "language", "message"),
    [
        (
            "leader",
            ("Forbidden", "NOT_YOURS_TO_ROTATE"),
            "id",
            "Kode akses laporan hanya dapat diganti oleh koordinator, atau oleh Inspektorat untuk laporan berkadar "
            "pengawasan. Instansi Anda tidak berwenang; hubungi koordinator.",
        ),
        (
            "anonymous",
            ("NotFound", "NOT_FOUND"),
            "en",
            "Nothing was found. Check the number; what is not yours to see is not shown either.",
        ),
    ],
)
async def test_a_refused_rotation_says_why(
    ask: Ask, city: City, caller: str, error: tuple[str, str], language: str, message: str
) -> None:
    ticket = await told(city)
    key = node_id("Ticket", ticket.id)

    done = await ask(getattr(city, caller), ROTATE, language, id=key, reason="Ingin tahu.")

    payload = done.data["rotateTrackingSecret"]
    assert (payload["trackingSecret"], payload["clientMutationId"]) == (None, "mine")
    path = ["id"] if error[1] == "NOT_FOUND" else []
    assert payload["errors"] == [{"__typename": error[0], "code": error[1], "message": message, "path": path}]
    await ticket.refresh_from_db()
    assert ticket.secret_rotation == 0
