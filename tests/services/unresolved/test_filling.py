"""Cases of what the log tells and nobody opened: of before there were any, and of releases that know none."""

import pytest

from models import Event, Ticket, UnresolvedCase, UnresolvedFilling
from models.enums import Role, TicketStatus
from services.tickets.moves import ChangeStatus, Reopen, change_status, reopen
from services.unresolved import filling
from services.unresolved.filling import fill
from tests.factories import make_agency, make_scope, make_ticket

S = TicketStatus


@pytest.fixture
async def pupr(desk):
    return await make_agency("pupr")


async def forgotten():
    """Nothing is known of cases, as before the migration."""
    rows = await UnresolvedCase.all().order_by("ticket_id", "entered").values()
    await UnresolvedCase.all().delete()
    await UnresolvedFilling.all().delete()
    return [{name: value for name, value in row.items() if name != "id"} for row in rows]


async def filled():
    rows = await UnresolvedCase.all().order_by("ticket_id", "entered").values()
    return [{name: value for name, value in row.items() if name != "id"} for row in rows]


@pytest.mark.parametrize("batch", [1, 2, 20_000])
async def test_the_log_gives_the_same_cases_as_their_writers(desk, clock, pupr, monkeypatch, batch):
    liaison, coordinator = await make_scope(Role.LIAISON, pupr), await make_scope(Role.COORDINATOR)
    for reopened in (True, False):
        ticket = await make_ticket(S.IN_PROGRESS, lead=pupr)
        for reason in ("NO_BUDGET", "PLANNED"):
            clock.forward(minutes=1)
            row = await Ticket.get(id=ticket.id)
            change = ChangeStatus(row.id, row.version, S.UNRESOLVED, note="Belum.", reason_code=reason)
            await change_status(desk, liaison, change)
            if reopened or reason == "NO_BUDGET":
                await reopen(desk, coordinator, Reopen(row.id, row.version + 1, "NEW_INFORMATION"))
                await change_status(desk, liaison, ChangeStatus(row.id, row.version + 2, S.IN_PROGRESS))
    known = await forgotten()
    monkeypatch.setattr(filling, "BATCH", batch)

    assert await fill(desk) == await Event.all().count() if batch > 20 else await fill(desk) > 0
    while await fill(desk):
        pass

    assert await filled() == known
    assert [(each["state"], each["cause"]) for each in known] == [
        ("REOPENED", "NO_BUDGET"),
        ("REOPENED", "PLANNED"),
        ("REOPENED", "NO_BUDGET"),
        ("TO_EVALUATE", "PLANNED"),
    ]
    assert await fill(desk) == 0


async def test_a_report_that_came_unresolved_has_a_case_without_a_known_cause(desk, pupr):
    ticket = await make_ticket(S.UNRESOLVED, lead=pupr)

    await fill(desk)

    row = await UnresolvedCase.get(ticket_id=ticket.id)
    assert (row.cause, row.state, row.lead_agency_id) == ("UNKNOWN", "TO_EVALUATE", pupr.id)


async def test_what_was_opened_is_not_opened_again(desk, pupr):
    liaison, ticket = await make_scope(Role.LIAISON, pupr), await make_ticket(S.IN_PROGRESS, lead=pupr)
    await change_status(desk, liaison, ChangeStatus(ticket.id, 1, S.UNRESOLVED, note="Belum.", reason_code="NO_BUDGET"))
    known = await filled()

    await fill(desk)

    assert await filled() == known


@pytest.mark.parametrize(
    ("status", "mark"), [(S.UNRESOLVED, "case_done"), (S.RESOLVED, "closed_by_silence")], ids=["case", "silence"]
)
async def test_a_release_that_knows_nothing_of_a_mark_ends_it_with_the_stay(desk, database, pupr, status, mark):
    ticket = await make_ticket(status, lead=pupr, **{mark: True})
    other = await make_ticket(status, lead=pupr, **{mark: True})

    await database.execute_query("UPDATE ticket SET status = 'REOPENED', version = 2 WHERE id = $1", [ticket.id])
    await database.execute_query("UPDATE ticket SET status = status, version = 2 WHERE id = $1", [other.id])

    marks = [getattr(await Ticket.get(id=each.id), mark) for each in (ticket, other)]
    assert marks == [False, True]
