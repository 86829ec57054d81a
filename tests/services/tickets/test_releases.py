"""Tickets of officers who left: free for their agency again, while the history still names who had them."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from models import Assignment, Event, Officer, Ticket
from models.enums import EventKind, Role, TicketStatus
from services.access.filters.worklists import Worklist
from services.access.scopes import SYSTEM
from services.access.states import ticket_state
from services.queries.tickets import worklist_counts
from services.staff import staff
from services.staff.assignments import WantedAssignment
from services.tickets import releases
from services.tickets.assigning import assign
from services.tickets.commands import Assign
from services.tickets.moves import Dispatch, dispatch
from services.tickets.releases import release_left
from tests.factories import latest, make_agency, make_officer, make_scope, make_ticket

S = TicketStatus


@pytest.fixture
async def roads(desk):
    return await make_agency("dishub")


@pytest.fixture
async def officer(roads):
    return await make_officer(roads)


async def held(scope, desk):
    return {each.worklist: each.count for each in await worklist_counts(desk, scope) if each.count}


async def test_who_ends_leaves_no_ticket_behind(desk, roads, officer):
    liaison, coordinator = await make_scope(Role.LIAISON, roads), await make_scope(Role.COORDINATOR)
    ticket = await make_ticket(S.IN_PROGRESS, lead=roads, assignee_id=officer.id)
    closed = await make_ticket(S.RESOLVED, lead=roads, assignee_id=officer.id)

    await staff.end(desk, SYSTEM, officer.id)

    row, event = await Ticket.get(id=ticket.id), await latest(Event.filter(ticket_id=ticket.id))
    assert (row.assignee_id, row.assignee_left, row.version) == (None, True, 2)
    assert (event.kind, event.changed, event.details) == (EventKind.ASSIGNED, ["assignee"], {"reason": "OFFICER_LEFT"})
    assert (event.before["assignee"], event.after) == (officer.id, ticket_state(row))
    assert (await Ticket.get(id=closed.id)).assignee_id == officer.id
    assert await held(liaison, desk) == {Worklist.UNASSIGNED: 1, Worklist.NEEDS_ATTENTION: 1}
    assert await held(coordinator, desk) == {Worklist.NEEDS_ATTENTION: 1}


async def test_who_changes_agency_leaves_only_what_the_old_one_leads(desk, roads, officer):
    other = await make_agency("dlhkp")
    old = await make_ticket(S.DISPATCHED, lead=roads, assignee_id=officer.id)
    new = await make_ticket(S.DISPATCHED, lead=other, assignee_id=officer.id)
    posts = (WantedAssignment("dlhkp", Role.OFFICER),)

    await staff.change(desk, SYSTEM, staff.AccountChange(officer.id, officer.version, assignments=posts))

    assert (await Ticket.get(id=old.id)).assignee_id is None
    assert (await Ticket.get(id=new.id)).assignee_id == officer.id


async def test_a_post_that_ends_by_its_day_frees_its_tickets_the_day_after(desk, clock, roads):
    officer = await make_officer(roads, valid_to=desk.today())
    ticket = await make_ticket(S.ANSWERED, lead=roads, assignee_id=officer.id)

    today = await release_left(desk)
    clock.forward(days=1)
    tomorrow = await release_left(desk)

    assert (today, tomorrow, await release_left(desk)) == (0, 1, 0)
    assert (await Ticket.get(id=ticket.id)).assignee_left is True


@pytest.mark.slow
async def test_a_busy_ticket_holds_up_no_other_and_is_freed_later(desk, roads, officer, database_url):
    busy, other = [await make_ticket(S.DISPATCHED, lead=roads, assignee_id=officer.id) for _ in range(2)]
    await Assignment.filter(officer_id=officer.id).update(valid_to=desk.today() - timedelta(days=1))

    holder = await asyncpg.connect(database_url)
    try:
        await holder.execute("BEGIN")
        await holder.execute("SELECT FROM ticket WHERE id = $1 FOR UPDATE", busy.id)
        freed = await release_left(desk)
    finally:
        await holder.close()

    assert freed == 1
    assert (await Ticket.get(id=other.id)).assignee_id is None
    assert (await release_left(desk), (await Ticket.get(id=busy.id)).assignee_id) == (1, None)


async def test_assigned_again_it_needs_no_attention(desk, roads, officer):
    liaison, coordinator = await make_scope(Role.LIAISON, roads), await make_scope(Role.COORDINATOR)
    ticket = await make_ticket(S.DISPATCHED, lead=roads, assignee_left=True)
    other = await make_ticket(S.DISPATCHED, lead=roads, assignee_left=True)
    await make_officer(await make_agency("dlhkp"))

    await assign(desk, liaison, Assign(ticket.id, 1, officer.id))
    await dispatch(desk, coordinator, Dispatch(other.id, 1, "dlhkp", note="Sampah."))

    assert await Ticket.filter(assignee_left=True).count() == 0
    assert await held(coordinator, desk) == {}


async def test_ending_and_assigning_at_once_leave_nobody_with_a_ticket_who_has_gone(desk, roads, officer):
    liaison = await make_scope(Role.LIAISON, roads)
    tickets = [await make_ticket(S.DISPATCHED, lead=roads) for _ in range(6)]

    await asyncio.gather(
        *(assign(desk, liaison, Assign(ticket.id, 1, officer.id)) for ticket in tickets),
        staff.end(desk, SYSTEM, officer.id),
        return_exceptions=True,
    )
    await release_left(desk)

    assert await Ticket.filter(assignee_id=officer.id).count() == 0


async def test_who_comes_back_while_the_job_waits_keeps_the_ticket(desk, roads, officer):
    ticket = await make_ticket(S.IN_PROGRESS, lead=roads, assignee_id=officer.id)
    other = await make_ticket(S.IN_PROGRESS, lead=roads)

    assert [await releases._release(desk, each.id) for each in (ticket, other)] == [False, False]

    assert (await Ticket.get(id=ticket.id)).assignee_id == officer.id
    assert await Event.filter(ticket_id__in=[ticket.id, other.id]).count() == 2  # those by which they came


async def gone(*given):
    raise OSError("the database is away")


async def stray(*given):
    raise asyncio.CancelledError


async def endless(*given):
    await asyncio.Event().wait()


@pytest.mark.parametrize("failing", [gone, stray, endless])
async def test_what_fails_after_a_change_is_kept_is_no_error_of_the_change(desk, roads, officer, monkeypatch, failing):
    ticket = await make_ticket(S.IN_PROGRESS, lead=roads, assignee_id=officer.id)

    with monkeypatch.context() as patched:
        patched.setattr(releases, "SECONDS_AT_ONCE", 0.05)
        patched.setattr(releases, "_release", failing)
        await staff.end(desk, SYSTEM, officer.id)

    assert (await Officer.get(id=officer.id)).active is False
    assert (await Ticket.get(id=ticket.id)).assignee_id == officer.id
    assert (await release_left(desk), (await Ticket.get(id=ticket.id)).assignee_id) == (1, None)


async def test_an_admin_waits_for_a_few_tickets_and_the_job_frees_the_rest(desk, roads, officer, monkeypatch):
    monkeypatch.setattr(releases, "AT_ONCE", 2)
    tickets = [await make_ticket(S.IN_PROGRESS, lead=roads, assignee_id=officer.id) for _ in range(3)]

    await staff.end(desk, SYSTEM, officer.id)

    left = [(await Ticket.get(id=each.id)).assignee_id for each in tickets]
    assert left == [None, None, officer.id]
    assert await release_left(desk) == 1
