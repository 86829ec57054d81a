"""Links to SP4N-LAPOR! over GraphQL, with the documents of the admin pages."""

from __future__ import annotations

from typing import Any

from models import Sp4nTerm, Ticket
from models.enums import TicketStatus
from services.core.nodes import node_id
from tests.factories import citizen_scope, make_ticket
from tests.root import ROOT
from tests.schema.conftest import Ask, City

OPERATIONS = ROOT / "web" / "admin" / "operations"
LINK, UNLINK, SAID, SHOWN = (
    (OPERATIONS / f"{name}.graphql").read_text("utf-8")
    for name in ("link-sp4n", "unlink-sp4n", "record-sp4n-status", "ticket-sp4n")
)
SUBMIT = """mutation ($input: SubmitTicketInput!) { submitTicket(input: $input) {
  ticket { number sp4n { trackingId createdAt } } errors { __typename code path } } }"""


async def shown(ask: Ask, scope: Any, ticket: Ticket) -> dict[str, Any] | None:
    result = await ask(scope, SHOWN, id=node_id("Ticket", ticket.id))
    assert result.errors is None
    found: dict[str, Any] | None = result.data["ticket"]["sp4n"]
    return found


async def test_a_link_is_typed_heard_of_and_removed(ask: Ask, city: City) -> None:
    await Sp4nTerm.create(word="selesai", status="RESOLVED")
    ticket = await make_ticket(TicketStatus.RECEIVED)
    key = {"id": node_id("Ticket", ticket.id)}
    given = {**key, "expectedVersion": 1, "trackingId": "#7654321", "direction": "OUTBOUND", "clientMutationId": "a"}

    linked = (await ask(city.coordinator, LINK, input=given)).data["linkSp4n"]
    heard = (await ask(city.coordinator, SAID, input={**key, "rawStatus": "SELESAI"})).data["recordSp4nStatus"]
    found = await shown(ask, city.coordinator, ticket)
    gone = await ask(city.coordinator, UNLINK, input={**key, "expectedVersion": 2, "reason": "Salah."})

    assert (linked["errors"], linked["clientMutationId"], linked["ticket"]["version"]) == ([], "a", 2)
    assert (heard["errors"], heard["ticket"]["version"]) == ([], 2)
    assert found is not None
    history = found.pop("history")
    assert found == {
        "trackingId": "7654321",
        "direction": "OUTBOUND",
        "createdAt": None,
        "rawStatus": "SELESAI",
        "status": "RESOLVED",
        "statusAt": "2026-03-02T02:00:00+00:00",
        "mismatch": "CLOSED_THERE_ONLY",
    }
    assert [(each["rawStatus"], each["recordedBy"]["name"]) for each in history] == [("SELESAI", city.coordinator.name)]
    assert (gone.data["unlinkSp4n"]["errors"], await shown(ask, city.coordinator, ticket)) == ([], None)


async def test_a_report_of_sp4n_is_entered_once(ask: Ask, city: City) -> None:
    given = {
        "title": "Lampu",
        "body": "Lampu mati.",
        "channel": "SP4N_LAPOR",
        "sp4n": {"trackingId": "#77", "createdAt": "2026-02-23T09:00:00+07:00"},
    }

    first = (await ask(city.coordinator, SUBMIT, input=given)).data["submitTicket"]
    second = (await ask(city.inspector, SUBMIT, input=given)).data["submitTicket"]

    assert first["ticket"]["sp4n"] == {"trackingId": "77", "createdAt": "2026-02-23T02:00:00+00:00"}
    assert second["errors"] == [
        {"__typename": "IdempotencyConflict", "code": "SP4N_TAKEN", "path": ["sp4n", "trackingId"]}
    ]
    assert await Ticket.all().count() == 1


async def test_only_staff_read_links_and_filter_by_them(ask: Ask, city: City) -> None:
    ticket = await make_ticket(TicketStatus.RECEIVED)
    given = {"id": node_id("Ticket", ticket.id), "expectedVersion": 1, "trackingId": "7", "direction": "INBOUND"}
    await ask(city.coordinator, LINK, input=given)
    document = "query ($f: TicketFilter) { tickets(first: 5, filter: $f) { edges { node { number } } } }"

    for scope in (city.coordinator, city.leader):
        assert (await shown(ask, scope, ticket) or {})["trackingId"] == "7"
    for scope in (city.partner, city.display, citizen_scope(ticket)):
        assert await shown(ask, scope, ticket) is None
        for wanted in ({"sp4nTrackingId": "7"}, {"sp4nMismatch": ["UNKNOWN_STATUS"]}):
            assert (await ask(scope, document, f=wanted)).errors[0].original_error.code == "FORBIDDEN"
