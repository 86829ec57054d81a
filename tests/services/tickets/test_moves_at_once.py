"""Moves in their order of checks, and at the same moment: versions, statements, the bell and the log."""

import asyncio
import contextvars
from dataclasses import replace
from datetime import date

import pytest
from tortoise.transactions import in_transaction

from models import Event, Ticket
from models.database import CONNECTION, connection
from models.enums import Role, TicketStatus
from realtime import log
from services.access import access
from services.core.refusals import InvalidInput, NotFound, VersionConflict
from services.core.transactions import transaction
from services.tickets import moves
from services.tickets.case import Done
from services.tickets.moves import (
    ChangeStatus,
    DispatchTarget,
    Return,
)
from services.tickets.records.saving import TYPES
from services.tickets.workflow import IllegalTransition
from tests.factories import make_agency, make_scope, make_ticket, reference_changed
from tests.services.credentials.test_endings import settled
from tests.services.tickets.given import rows, verification

S = TicketStatus


async def test_checks_come_in_the_order_visible_version_move_needs(desk, pupr, social):
    stranger, liaison = await make_scope(Role.LIAISON, social), await make_scope(Role.LIAISON, pupr)
    ticket = await make_ticket(S.IN_PROGRESS, lead=pupr)
    bad = {"reason_code": "NO_SUCH", "client_mutation_id": None}

    with pytest.raises(NotFound):
        await moves.change_status(desk, stranger, ChangeStatus(ticket.id, 9, S.RECEIVED, **bad))
    with pytest.raises(VersionConflict):
        await moves.change_status(desk, liaison, ChangeStatus(ticket.id, 0, S.RECEIVED, **bad))
    with pytest.raises(IllegalTransition):
        await moves.change_status(desk, liaison, ChangeStatus(ticket.id, 1, S.RECEIVED, **bad))
    with pytest.raises(InvalidInput):
        await moves.change_status(desk, liaison, ChangeStatus(ticket.id, 1, S.UNRESOLVED, **bad))


@pytest.mark.parametrize("expected", [2, 99, 2**31])
async def test_a_version_that_never_was_is_no_conflict(desk, officer, pupr, expected):
    ticket = await make_ticket(S.DISPATCHED, lead=pupr)
    before = await rows()

    with pytest.raises(InvalidInput, match="VERSION_AHEAD") as refusal:
        await moves.change_status(desk, officer, ChangeStatus(ticket.id, expected, S.IN_PROGRESS))

    assert (refusal.value.path, refusal.value.params) == (("expectedVersion",), {"actual": 1})
    assert await rows() == before


@pytest.mark.parametrize("expected", [0, -1])
async def test_a_stale_version_changes_nothing(desk, officer, pupr, expected):
    ticket = await make_ticket(S.DISPATCHED, lead=pupr)
    before = await rows()

    with pytest.raises(VersionConflict) as refusal:
        await moves.change_status(desk, officer, ChangeStatus(ticket.id, expected, S.IN_PROGRESS))

    assert (refusal.value.ticket_id, refusal.value.expected) == (ticket.id, expected)
    assert await rows() == before


async def test_hidden_and_absent_tickets_cost_the_same_statements(desk, officer, social, count_queries):
    hidden = await make_ticket(S.DISPATCHED, lead=social)
    seen = []

    for ticket_id in (hidden.id, 999_999, None):
        with count_queries() as statements, pytest.raises(NotFound) as refusal:
            await moves.change_status(desk, officer, ChangeStatus(ticket_id, 1, S.IN_PROGRESS))
        seen.append((statements.texts, refusal.value.code, refusal.value.path))

    assert seen[0] == seen[1] == seen[2]


async def test_of_two_officers_at_the_same_moment_one_wins(desk, officer, pupr):
    other = await make_scope(Role.OFFICER, pupr)
    ticket = await make_ticket(S.DISPATCHED, lead=pupr)

    outcomes = await asyncio.gather(
        moves.change_status(desk, officer, ChangeStatus(ticket.id, 1, S.IN_PROGRESS)),
        moves.return_(desk, other, Return(ticket.id, 1, "NOT_OUR_DUTY")),
        return_exceptions=True,
    )

    row = await Ticket.get(id=ticket.id)
    assert sorted(isinstance(outcome, Done) for outcome in outcomes) == [False, True]
    assert row.version == 2
    assert await Event.filter(ticket_id=ticket.id).count() == 2
    # Who came second lost sight of the ticket if it was returned, and else holds an old version.
    lost = next(outcome for outcome in outcomes if isinstance(outcome, Exception))
    assert isinstance(lost, VersionConflict if row.status is S.IN_PROGRESS else NotFound)


async def test_of_twenty_moves_at_the_same_moment_one_wins(desk, officer, pupr):
    ticket = await make_ticket(S.DISPATCHED, lead=pupr)
    command = ChangeStatus(ticket.id, 1, S.IN_PROGRESS)

    outcomes = await asyncio.gather(
        *(moves.change_status(desk, officer, command) for _ in range(20)), return_exceptions=True
    )

    assert sum(isinstance(outcome, VersionConflict) for outcome in outcomes) == 19
    assert (await Ticket.get(id=ticket.id)).version == 2


FROM_NOW_ON = "'2020-01-01', 'Uji'"
REASONS = f"(list_name, codes, valid_from, legal_basis) VALUES ('RETURN', '[]', {FROM_NOW_ON})"
ONE_DAY = f"(working_days, valid_from, legal_basis) VALUES (1, {FROM_NOW_ON})"


@pytest.mark.parametrize(
    ("changed", "before", "code"),
    [
        (f"reason_rule {REASONS}", S.DISPATCHED, "UNKNOWN_REASON"),
        (f"hold_rule {ONE_DAY}", S.IN_PROGRESS, "HOLD_TOO_LONG"),
    ],
)
async def test_a_move_that_waited_is_judged_by_what_the_city_says_by_then(desk, liaison, pupr, changed, before, code):
    ticket, outside = await make_ticket(before, lead=pupr), contextvars.copy_context()
    hold = ChangeStatus(ticket.id, 1, S.ON_HOLD, reason_code="WEATHER", until=date(2026, 3, 20))
    work = (
        moves.return_(desk, liaison, Return(ticket.id, 1, "NOT_OUR_DUTY"))
        if before is S.DISPATCHED
        else moves.change_status(desk, liaison, hold)
    )
    await desk.reference()

    async def change():
        async with in_transaction(CONNECTION) as using:
            await using.execute_query(f"INSERT INTO {changed}")
            await log.append(using, [reference_changed()])

    async with in_transaction(CONNECTION) as using:
        await using.execute_query("SELECT FROM ticket WHERE id = $1 FOR UPDATE", [ticket.id])
        moving = asyncio.create_task(work, context=outside.copy())
        await settled([moving], outside)
        await asyncio.create_task(change(), context=outside.copy())

    with pytest.raises(InvalidInput, match=code):
        await moving
    assert (await Ticket.get(id=ticket.id)).version == 1


async def test_the_bell_rings_after_commit_and_not_after_a_refusal(desk, officer, pupr):
    rung = []

    class Listening:
        async def ring(self, seq):
            rung.append((seq, (await Ticket.get(id=ticket.id)).status))

    ticket = await make_ticket(S.DISPATCHED, lead=pupr)
    heard = replace(desk, bell=Listening())

    done = await moves.change_status(heard, officer, ChangeStatus(ticket.id, 1, S.IN_PROGRESS))
    with pytest.raises(VersionConflict):
        await moves.change_status(heard, officer, ChangeStatus(ticket.id, 1, S.IN_PROGRESS))

    assert rung == [(done.appended.least_seq, S.IN_PROGRESS)]


async def test_the_event_is_the_last_write_before_commit(desk, coordinator, pupr, count_queries):
    ticket = await make_ticket()

    with count_queries() as statements:
        await moves.verify(
            desk, coordinator, verification(ticket, note="Jelas.", dispatch=DispatchTarget("dinas-pupr"))
        )

    assert "INSERT INTO event_waiting" in statements.texts[-1]
    assert sum("INSERT INTO event_waiting" in text for text in statements.texts) == 1


LOCK, HISTORIES, TEXT, APPEND = "FOR UPDATE", "has_duplicates", "INSERT INTO ticket_text", "INSERT INTO event_waiting"
HOLD = {"reason_code": "WEATHER", "until": date(2026, 3, 9)}


@pytest.mark.parametrize(
    ("status", "order", "sent"),
    [
        (S.IN_PROGRESS, {}, [LOCK, HISTORIES, APPEND]),
        (S.IN_PROGRESS, {"note": "Jalan."}, [LOCK, HISTORIES, TEXT, APPEND]),
        (S.ON_HOLD, HOLD, [LOCK, HISTORIES, APPEND]),
    ],
)
async def test_a_move_sends_no_statement_that_it_does_not_need(desk, liaison, pupr, count_queries, status, order, sent):
    before = S.DISPATCHED if status is S.IN_PROGRESS else S.IN_PROGRESS
    ticket = await make_ticket(before, lead=pupr)
    await desk.reference()

    with count_queries() as statements:
        await moves.change_status(desk, liaison, ChangeStatus(ticket.id, 1, status, **order))

    assert len(statements.texts) == len(sent)
    assert all(part in text for part, text in zip(sent, statements.texts, strict=True))


async def test_a_ticket_that_is_locked_is_the_row_that_a_query_gives(desk, coordinator, pupr):
    made = await make_ticket(
        S.ON_HOLD, lead=pupr, supporting=(await make_agency("dinas-lain"),), hold_until=date(2026, 3, 9)
    )

    async with transaction() as using:
        locked = await access.ticket(using, coordinator, made.id, lock=True)
    asked = await Ticket.get(id=made.id)

    differing = {name for name in Ticket._meta.db_fields if getattr(locked, name) != getattr(asked, name)}
    assert differing == {"search"}
    assert [type(getattr(locked, name)) for name in sorted(Ticket._meta.db_fields - differing)] == [
        type(getattr(asked, name)) for name in sorted(Ticket._meta.db_fields - differing)
    ]


async def test_what_a_move_changes_is_written_as_the_types_of_the_table(desk):
    names = await connection().execute_query_dict(
        "SELECT attname, format_type(atttypid, NULL) AS type FROM pg_attribute WHERE attrelid = 'ticket'::regclass"
    )
    types = {row["attname"]: SHORT.get(row["type"], row["type"]) for row in names}
    assert {name: types[name] for name in TYPES} == TYPES


SHORT = {
    "integer": "int",
    "integer[]": "int[]",
    "character varying": "text",
    "timestamp with time zone": "timestamptz",
}
