"""The day of a follow-up comes once in the log, whoever runs the job and however late."""

import asyncio
from datetime import timedelta

import pytest

from models import Event, UnresolvedCase
from models.enums import ActorKind, EscalationLevel, EventKind, Role, TicketStatus, Visibility
from services.evaluation.evaluating import Closing, Evaluation, close, evaluate
from services.evaluation.follow_ups import follow_up
from services.tickets.moves import StatusChange, change_status
from tests.factories import latest, make_agency, make_scope, make_ticket


@pytest.fixture
async def pupr(desk):
    return await make_agency("pupr")


@pytest.fixture
async def coordinator(pupr):
    return await make_scope(Role.COORDINATOR)


async def evaluated(desk, coordinator, pupr, days):
    """A case that is to be looked at again in so many days."""
    liaison, ticket = await make_scope(Role.LIAISON, pupr), await make_ticket(TicketStatus.IN_PROGRESS, lead=pupr)
    change = StatusChange(ticket.id, 1, TicketStatus.UNRESOLVED, note="Belum.", reason_code="NO_BUDGET")
    await change_status(desk, liaison, change)
    row = await UnresolvedCase.get(ticket_id=ticket.id)
    return await evaluate(desk, coordinator, _evaluation(row, desk.today() + timedelta(days=days)))


def _evaluation(row, day):
    return Evaluation(row.id, row.version, EscalationLevel.AGENCY, "Tunda.", "Usulkan.", "pupr", day)


async def told(row):
    return await Event.filter(ticket_id=row.ticket_id, details__contains={"followUp": True}).count()


async def test_the_day_is_told_once_and_not_before_it_comes(desk, clock, coordinator, pupr):
    row = await evaluated(desk, coordinator, pupr, 2)
    clock.forward(days=1)
    assert await follow_up(desk) == 0

    clock.forward(days=1)
    assert [await follow_up(desk), await follow_up(desk)] == [1, 0]

    event = await latest(Event.filter(ticket_id=row.ticket_id))
    assert (event.kind, event.actor_kind, event.visibility) == (
        EventKind.CASE_EVALUATED,
        ActorKind.SYSTEM,
        Visibility.INTER_AGENCY,
    )
    assert (event.details["case"], event.details["agency"], event.details["followUp"]) == (row.id, pupr.id, True)
    assert (await UnresolvedCase.get(id=row.id)).version == row.version


async def test_another_day_is_told_again(desk, clock, coordinator, pupr):
    row = await evaluated(desk, coordinator, pupr, 1)
    clock.forward(days=3)
    await follow_up(desk)
    row = await evaluate(desk, coordinator, _evaluation(row, desk.today() + timedelta(days=1)))
    assert await follow_up(desk) == 0

    clock.forward(days=1)

    assert await follow_up(desk) == 1
    assert await told(row) == 2


async def test_what_is_done_is_not_followed_up(desk, clock, coordinator, pupr):
    row = await evaluated(desk, coordinator, pupr, 1)
    await close(desk, coordinator, Closing(row.id, row.version, "Selesai."))
    clock.forward(days=2)

    assert await follow_up(desk) == 0


async def test_two_workers_tell_it_once(desk, clock, coordinator, pupr):
    row = await evaluated(desk, coordinator, pupr, 1)
    clock.forward(days=1)

    assert sorted(await asyncio.gather(follow_up(desk), follow_up(desk))) == [0, 1]

    assert await told(row) == 1
