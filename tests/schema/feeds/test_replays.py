"""Who hands the same report in again is told it once more, and nothing that a fresh query hides from them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from models import Event, Ticket
from models.enums import Classification, Role, TicketStatus
from services.access.grant_rows import narrowed_by, row_rule
from services.access.scopes import Budget, Granted
from services.core.desk import Desk
from services.core.nodes import node_id
from services.reporters.citizens import RotateSecret, rotate_secret
from services.tickets import moves
from services.tickets.commands import DispatchTarget
from tests.factories import make_scope
from tests.schema.conftest import Ask, City

SUBMIT = """mutation ($input: SubmitTicketInput!) { submitTicket(input: $input) {
  ticket { id number version reportedAgency { code }
    status classification category { code } confidential supervisory updatedAt holdUntil
    leadAgency { code } supportingAgencies { code } location { kelurahanCode } allowedMoves { to } hidden { field }
    timeline(first: 9) { edges { node { to } } } mergedInto { id } returnCount title body answers { text } }
  trackingSecret feedCursor errors { code } } }"""
READ = "query ($id: ID!) { ticket(id: $id) { status } }"
FORM = {
    "title": "Lampu padam",
    "body": "Lampu di depan pasar padam.",
    "channel": "SURGA_WEB",
    "idempotencyKey": "satu",
    "anonymous": False,
    "confidential": False,
}


async def worked_on(desk: Desk, city: City, ticket: Ticket, *, confidential: bool) -> None:
    """Verified and sent to an agency, and protected where that is asked for."""
    order = moves.Verify(
        ticket.id,
        ticket.version,
        Classification.COMPLAINT,
        category_code="drainase",
        confidential=True if confidential else None,
        dispatch=DispatchTarget("pupr"),
    )
    await moves.verify(desk, city.coordinator, order)


async def submitted(ask: Ask, scope: Any, form: dict[str, Any]) -> Any:
    result = await ask(scope, SUBMIT, input=form)
    assert result.errors is None
    return result.data["submitTicket"]


def is_number_only(told: dict[str, Any], first: dict[str, Any]) -> bool:
    """Whether a ticket is told by its number, and otherwise as any new report is."""
    known = {"id", "number"}
    empty = {name: told[name] for name in told.keys() - known - {"status", "version", "updatedAt", "hidden"}}
    blank = {name: value for name, value in empty.items() if value in (None, [], 0, False, {"edges": []})}
    same = {name: told[name] for name in known} == {name: first[name] for name in known}
    return same and blank == empty and (told["status"], told["version"]) == ("RECEIVED", 1)


@pytest.mark.parametrize("caller", ["partner", "anonymous", "officer"])
async def test_a_ticket_that_became_confidential_is_told_again_by_its_number(
    ask: Ask, desk: Desk, city: City, caller: str
) -> None:
    scope = await make_scope(Role.OFFICER, city.health) if caller == "officer" else getattr(city, caller)
    form = {**FORM, "classification": "ASPIRATION", "categoryCode": "drainase", "reportedAgencyCode": "pupr"}
    first = await submitted(ask, scope, form)
    await worked_on(desk, city, await Ticket.get(), confidential=True)
    events = await Event.all().count()

    again = await submitted(ask, scope, form)

    assert (await ask(scope, READ, id=first["ticket"]["id"])).data == {"ticket": None}
    assert is_number_only(again["ticket"], first["ticket"])
    assert {"classification", "leadAgency", "reportedAgency", "status", "title"} <= {
        each["field"] for each in again["ticket"]["hidden"]
    }
    assert again["trackingSecret"] == first["trackingSecret"]
    assert await Event.all().count() == events


async def test_a_ticket_whose_secret_was_rotated_is_told_again_by_its_number(ask: Ask, desk: Desk, city: City) -> None:
    first = await submitted(ask, city.partner, FORM)
    ticket = await Ticket.get()
    await worked_on(desk, city, ticket, confidential=False)
    assert not is_number_only((await submitted(ask, city.partner, FORM))["ticket"], first["ticket"])
    await rotate_secret(desk, city.coordinator, RotateSecret(ticket.id, "Kode bocor."))

    again = await submitted(ask, city.partner, FORM)

    assert is_number_only(again["ticket"], first["ticket"])
    assert again["trackingSecret"] is None


async def test_a_partner_that_still_sees_its_ticket_is_told_where_it_stands(ask: Ask, desk: Desk, city: City) -> None:
    await submitted(ask, city.partner, FORM)
    await worked_on(desk, city, await Ticket.get(), confidential=False)

    again = await submitted(ask, city.partner, FORM)

    assert (again["ticket"]["status"], again["ticket"]["leadAgency"]) == ("DISPATCHED", {"code": "pupr"})
    assert again["ticket"]["title"] == "Lampu padam"


async def test_a_replay_does_not_tell_whether_anything_happened_since(ask: Ask, desk: Desk, city: City) -> None:
    await submitted(ask, city.partner, FORM)

    still = [(await submitted(ask, city.partner, FORM))["feedCursor"] for _ in range(2)]

    assert len(set(still)) == 2


async def test_rows_that_were_taken_from_a_partner_are_not_read_by_replays(ask: Ask, desk: Desk, city: City) -> None:
    await submitted(ask, city.partner, FORM)
    await worked_on(desk, city, await Ticket.get(), confidential=False)
    rows = {"status": [TicketStatus.RESOLVED.value]}
    granted = Granted("c", "d", Budget(1, 1), row_rule(rows, await desk.reference()), narrowed_by(rows))

    again = await submitted(ask, replace(city.partner, granted=granted), FORM)

    assert again["ticket"]["status"] == "RECEIVED"
    assert node_id("Ticket", (await Ticket.get()).id) == again["ticket"]["id"]
