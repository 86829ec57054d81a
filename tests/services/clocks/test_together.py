"""Clocks of several tickets that pass in one transaction, and what a move shows of those that it began."""

from __future__ import annotations

import pytest

from models import Ticket
from models.enums import Classification, EventKind, MoveMutation, TicketStatus
from services.clocks import passing
from services.clocks.passing import pass_clocks
from services.core.refusals import VersionConflict
from services.queries.tickets import as_left, look_after
from services.tickets.case import locked_case
from services.tickets.merging import Merge, merge
from tests.factories import make_officer, make_ticket
from tests.moving import Means, make_move

S, BY = TicketStatus, MoveMutation
LIFE = (
    ("coordinator", BY.VERIFY, S.VERIFIED),
    ("coordinator", BY.DISPATCH, S.DISPATCHED),
    ("officer", BY.CHANGE_STATUS, S.IN_PROGRESS),
    ("officer", BY.CHANGE_STATUS, S.ON_HOLD),
    ("officer", BY.CHANGE_STATUS, S.IN_PROGRESS),
    ("officer", BY.RETURN, S.VERIFIED),
    ("coordinator", BY.CHANGE_STATUS, S.ARCHIVED),
    ("coordinator", BY.REOPEN, S.REOPENED),
)


@pytest.fixture
async def silent(pupr, clock):
    """Two answered reports whose reporters have said nothing for 60 days."""
    made = [await make_ticket(S.ANSWERED, lead=pupr, classification=Classification.COMPLAINT) for _ in range(2)]
    clock.forward(days=60)
    return made


async def test_of_two_reports_that_silence_closes_neither_is_merged(desk, coordinator, silent):
    stays, other = silent

    with pytest.raises(VersionConflict):
        await merge(desk, coordinator, Merge(other.id, 1, stays.number))

    assert await Ticket.all().order_by("id").values_list("status", flat=True) == [S.RESOLVED, S.RESOLVED]


async def test_several_tickets_pass_together(desk, silent, monkeypatch):
    alone = []

    async def pass_alone(_, ticket_id, left):
        alone.append(ticket_id)
        left.add(ticket_id)
        return 0

    monkeypatch.setattr(passing, "_pass_alone", pass_alone)

    assert await pass_clocks(desk) > len(silent)
    assert alone == []
    assert await Ticket.all().values_list("status", flat=True) == [S.RESOLVED, S.RESOLVED]


async def test_a_move_shows_the_clocks_that_it_began_as_a_look_does(desk, coordinator, officer, pupr):
    ticket, callers = await make_ticket(S.RECEIVED), {"coordinator": coordinator, "officer": officer}
    started = set()

    for caller, by, to in LIFE:
        scope = callers[caller]
        done = await make_move(desk, scope, ticket, by, to, Means(agency_code=pupr.code))
        looked, _ = await look_after(desk, scope, done.ticket.id, done.appended)
        shown = as_left(done.ticket, done.reference, scope)
        assert {name: str(value) for name, value in shown.row.items()} == {
            name: str(looked.row[name]) for name in shown.row
        }
        started.add(str(shown.due_at))
        ticket = await Ticket.get(id=ticket.id)

    assert len(started) > 3


async def test_whoever_came_after_the_lock_is_looked_up(desk, coordinator, pupr):
    ticket, names = await make_ticket(S.DISPATCHED, lead=pupr), {}
    for came in ("before", "after"):
        officer = await make_officer(pupr)
        async with locked_case(desk, coordinator, ticket.id) as case:
            later = await make_officer(pupr)
            case.set(assignee_id=(officer if came == "before" else later).id)
            case.raise_version()
            case.record(EventKind.ASSIGNED)
        names[came] = case.done().reference

    assert names["before"] is not None
    assert names["after"] is None
