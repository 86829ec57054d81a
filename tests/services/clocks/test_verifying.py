"""Verifying names what is kept otherwise than the log says."""

from __future__ import annotations

from contextlib import asynccontextmanager

import pytest

from models import Ticket
from models.enums import TicketStatus
from services.clocks import verifying
from services.clocks.recounting import recount_clocks
from services.clocks.verifying import verify_clocks
from services.core.transactions import transaction
from services.tickets.clocks.replays import replays
from tests.services.clocks.given import dispatched, fresh, moved, received, verified


async def differences(desk):
    return [str(each) async for part in verify_clocks(desk) for each in part.differences]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE ticket_clock SET due_at = due_at + interval '1 day' WHERE clock = 'RESOLUTION'", "RESOLUTION: due_at"),
        ("UPDATE ticket_clock SET verdicts = '[]' WHERE clock = 'VERIFICATION'", "VERIFICATION: verdicts"),
        (
            "UPDATE ticket_clock SET verdicts = jsonb_set(verdicts, '{0,punctuality}', '\"LATE\"') "
            "WHERE clock = 'VERIFICATION'",
            "VERIFICATION: verdicts",
        ),
        (
            "UPDATE ticket_clock SET next_at = next_at + interval '1 hour' WHERE clock = 'FIRST_RESPONSE'",
            "FIRST_RESPONSE: next_at",
        ),
        ("UPDATE ticket_clock SET next_at = NULL WHERE clock = 'FIRST_RESPONSE'", "FIRST_RESPONSE: next_at"),
        ("UPDATE ticket_clock SET used = 7 WHERE clock = 'RESOLUTION'", "RESOLUTION: used"),
        ("DELETE FROM ticket_clock WHERE clock = 'RESOLUTION'", "RESOLUTION: row"),
        ("UPDATE ticket SET standing = 'OVERDUE'", "standing"),
    ],
)
async def test_what_differs_is_named(desk, coordinator, set_clock, database, pupr, change, named):
    set_clock("2026-03-02 09:00")
    ticket = await received(desk, coordinator)
    await verified(desk, coordinator, ticket)
    await dispatched(desk, coordinator, ticket)
    assert await differences(desk) == []

    await database.execute_script(change)

    found = await differences(desk)
    assert found
    assert all(f"{ticket.number}" in each and named in each for each in found)


async def test_a_ticket_that_stands_otherwise_than_its_last_event_says_is_named_for_that_too(
    desk, coordinator, set_clock, database
):
    set_clock("2026-03-02 09:00")
    ticket = await received(desk, coordinator)
    await database.execute_script("UPDATE ticket SET standing = 'OVERDUE'")

    assert await differences(desk) == [
        f"{ticket.number}: standing is OVERDUE, by the log IN_TIME",
        f"{ticket.number}: standing of the last event is IN_TIME, by the log OVERDUE",
    ]


async def test_a_closed_ticket_whose_log_tells_of_no_clocks_differs_in_nothing_once_it_has_them(
    desk, coordinator, set_clock, database
):
    set_clock("2026-03-02 09:00")
    ticket = await received(desk, coordinator)
    await moved(desk, coordinator, ticket, TicketStatus.ARCHIVED, reason_code="SPAM", note="Iklan.")
    await database.execute_script(
        "DELETE FROM ticket_clock; UPDATE ticket SET rules_version = NULL, clock_standings = '{}'; "
        "SET session_replication_role = replica; UPDATE event SET after = after - 'clocks'; "
        "RESET session_replication_role"
    )

    await recount_clocks(desk)

    assert (await fresh(ticket)).clock_standings == ["RESOLUTION:IN_TIME", "VERIFICATION:IN_TIME"]
    assert await differences(desk) == []


async def test_tickets_that_wait_for_the_job_are_counted_apart(
    desk, coordinator, set_clock, database, monkeypatch, count_queries
):
    """Open ones of other rules, and all that were never started; each portion out of one snapshot."""
    monkeypatch.setattr(verifying, "BATCH", 2)
    set_clock("2026-03-02 09:00")
    tickets = [await received(desk, coordinator, body=f"Jalan berlubang di depan sekolah {n}.") for n in (1, 2, 3)]
    for ticket in tickets[:2]:
        await moved(desk, coordinator, ticket, TicketStatus.ARCHIVED, reason_code="SPAM", note="Iklan.")
    await database.execute_script(f"DELETE FROM ticket_clock WHERE NOT ticket_id = {tickets[1].id}")
    await Ticket.filter(id=tickets[0].id).update(rules_version=None)
    await Ticket.filter(id__in=[tickets[1].id, tickets[2].id]).update(rules_version=0)

    with count_queries() as statements:
        found = [part async for part in verify_clocks(desk)]

    assert [(part.tickets, part.waiting, part.differences) for part in found] == [(2, 1, []), (1, 1, [])]
    assert statements.texts.count(verifying.ONE_SNAPSHOT) == 3  # the last finds nothing


async def test_nothing_is_counted_while_a_snapshot_is_open(desk, coordinator, set_clock, monkeypatch):
    """The database ends a transaction that is idle for some seconds, and with it the whole command."""
    set_clock("2026-03-02 09:00")
    await received(desk, coordinator)
    told = []

    @asynccontextmanager
    async def opened():
        async with transaction() as connection:
            yield connection
        told.append("ended")

    def counted(lives, measures):
        told.append("counted")
        return replays(lives, measures)

    monkeypatch.setattr(verifying, "transaction", opened)
    monkeypatch.setattr(verifying, "replays", counted)
    assert await differences(desk) == []

    assert told == ["ended", "counted", "ended"]
