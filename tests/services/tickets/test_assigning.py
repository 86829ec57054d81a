"""Who may be assigned to a ticket, and when."""

from datetime import UTC, date, datetime

import pytest

from models import Ticket
from models.enums import EventKind, Role, TicketStatus
from services.core.refusals import InvalidInput
from services.tickets import assigning
from services.tickets.commands import Assign
from services.tickets.workflow import IllegalTransition
from tests.factories import event_of, make_officer, make_ticket
from tests.services.tickets.given import rows

S = TicketStatus


async def test_an_officer_of_the_lead_agency_is_assigned_and_taken_back(desk, officer, pupr):
    worker = await make_officer(pupr)
    ticket = await make_ticket(S.DISPATCHED, lead=pupr)

    done = await assigning.assign(desk, officer, Assign(ticket.id, 1, worker.id))
    assigned = await Ticket.get(id=ticket.id)
    await assigning.assign(desk, officer, Assign(ticket.id, 2, None))

    event, row = await event_of(done), await Ticket.get(id=ticket.id)
    assert (assigned.assignee_id, assigned.version, assigned.status) == (worker.id, 2, S.DISPATCHED)
    assert (event.kind, event.changed) == (EventKind.ASSIGNED, ["assignee"])
    assert (row.assignee_id, row.version) == (None, 3)


async def test_nobody_is_assigned_who_does_not_work_for_the_lead_agency_today(desk, coordinator, pupr, social):
    strangers = [
        await make_officer(social),
        await make_officer(pupr, active=False),
        await make_officer(pupr, valid_to=date(2026, 3, 1)),
        await make_officer(pupr, valid_from=date(2026, 3, 3)),
        await make_officer(pupr, Role.LEADER),
    ]
    ticket = await make_ticket(S.DISPATCHED, lead=pupr)
    before = await rows()

    for officer_id in [*(stranger.id for stranger in strangers), 0, 999_999, 10**17]:
        with pytest.raises(InvalidInput) as refusal:
            await assigning.assign(desk, coordinator, Assign(ticket.id, 1, officer_id))
        assert (refusal.value.code, refusal.value.path) == ("UNKNOWN_OFFICER", ("officerId",))

    assert await rows() == before


async def test_an_assignment_counts_on_its_last_day_in_kediri(desk, clock, coordinator, pupr):
    clock.set(datetime(2026, 3, 3, 16, 59, tzinfo=UTC))
    worker = await make_officer(pupr, valid_to=date(2026, 3, 3))
    ticket = await make_ticket(S.DISPATCHED, lead=pupr)

    await assigning.assign(desk, coordinator, Assign(ticket.id, 1, worker.id))

    assert (await Ticket.get(id=ticket.id)).assignee_id == worker.id


@pytest.mark.parametrize("status", [S.RECEIVED, S.VERIFIED, S.RESOLVED])
async def test_a_ticket_without_an_agency_at_work_has_no_assignee(desk, coordinator, pupr, status):
    worker = await make_officer(pupr)
    ticket = await make_ticket(status, lead=pupr if status is S.RESOLVED else None)
    before = await rows()

    with pytest.raises(IllegalTransition, match="NOT_WITH_AN_AGENCY"):
        await assigning.assign(desk, coordinator, Assign(ticket.id, 1, worker.id))

    assert await rows() == before
