"""The day of a follow-up comes once in the log, whoever runs the job and however late."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from models import Event, Ticket, UnresolvedCase
from models.enums import ActorKind, EscalationLevel, EventKind, Role, TicketStatus, Visibility
from services.core.refusals import EdgeRefusal
from services.evaluation import follow_ups
from services.evaluation.evaluating import Closing, Evaluation, close, evaluate
from services.evaluation.follow_ups import follow_up
from services.tickets.moves import ChangeStatus, Reopen, change_status, reopen
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
    change = ChangeStatus(ticket.id, 1, TicketStatus.UNRESOLVED, note="Belum.", reason_code="NO_BUDGET")
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


async def reopened(desk, coordinator, row):
    version = (await Ticket.get(id=row.ticket_id)).version
    await reopen(desk, coordinator, Reopen(row.ticket_id, version, "NEW_INFORMATION"))


async def reopened_by_a_release_without_cases(desk, coordinator, row):
    await Ticket.filter(id=row.ticket_id).update(status=TicketStatus.REOPENED)


async def closed(desk, coordinator, row):
    await close(desk, coordinator, Closing(row.id, row.version, "Selesai."))


async def put_off(desk, coordinator, row):
    await evaluate(desk, coordinator, _evaluation(row, desk.today() + timedelta(days=1)))


async def told_by_another(desk, coordinator, row):
    await follow_up(desk)


@pytest.mark.parametrize("done", [reopened, reopened_by_a_release_without_cases, closed, put_off, told_by_another])
async def test_what_happened_while_the_job_waited_for_the_ticket_counts(desk, clock, coordinator, pupr, done):
    row = await evaluated(desk, coordinator, pupr, 1)
    clock.forward(days=1)
    await done(desk, coordinator, row)
    before = await Event.all().count()

    assert await follow_ups._say(desk, row.ticket_id, row.id) is False

    assert await Event.all().count() == before


async def test_a_busy_ticket_holds_up_no_other_and_the_oldest_day_comes_first(
    desk, clock, coordinator, pupr, monkeypatch
):
    rows = [await evaluated(desk, coordinator, pupr, days) for days in (2, 1, 4, 3)]
    clock.forward(days=4)
    say, rung = follow_ups._said, []

    async def one_is_busy(desk, ticket_id, case_id):
        if case_id == rows[1].id:
            raise EdgeRefusal("BUSY", "desk_busy")
        return await say(desk, ticket_id, case_id)

    async def ring(seq):
        rung.append(seq)

    ringing = replace(desk, bell=type("Bell", (), {"ring": staticmethod(ring)})())
    with monkeypatch.context() as busy:
        busy.setattr(follow_ups, "_said", one_is_busy)
        assert await follow_up(ringing) == 3
    assert await follow_up(ringing) == 1

    events = await Event.filter(details__contains={"followUp": True}).order_by("seq")
    assert [event.details["case"] for event in events] == [rows[place].id for place in (0, 3, 2, 1)]
    assert rung == [event.seq for event in events]


async def test_two_workers_tell_it_once(desk, clock, coordinator, pupr):
    row = await evaluated(desk, coordinator, pupr, 1)
    clock.forward(days=1)

    assert sorted(await asyncio.gather(follow_up(desk), follow_up(desk))) == [0, 1]

    assert await told(row) == 1
