"""Closed tickets go a period after the last thing that happened to them, whatever it was and whenever it arrives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import asyncpg
import pytest

from models import Ticket, TicketText
from models.enums import ActorKind, EventKind, Role, TicketStatus, Visibility
from realtime import log
from services.access.scopes import Scope
from services.access.states import ticket_state
from services.core.desk import Desk, Rules
from services.core.transactions import transaction
from services.reporters import retention
from services.reporters.erasure import ERASED, ErasureReason
from services.reporters.retention import erase_expired_reporters
from services.tickets.case import Case
from services.tickets.editing import Edit, Note, add_note, edit
from tests.factories import make_agency, make_scope, make_ticket
from tests.services.reporters.test_citizens import somebody_waits

PERIOD = timedelta(days=365)
COPY_OF_LAST = """
INSERT INTO event_waiting (events, count, last_reference)
SELECT jsonb_build_array(to_jsonb(e) || jsonb_build_object('place', 1, 'kind', 'NOTE_ADDED', 'at', $2::timestamptz)),
    1, 0 FROM event e WHERE ticket_id = $1 ORDER BY seq DESC LIMIT 1
"""


@pytest.fixture
def keeping(desk: Desk) -> Desk:
    return replace(desk, rules=replace(Rules(), retention=((None, PERIOD),)))


@pytest.fixture
async def coordinator(desk: Desk) -> Scope:
    return await make_scope(Role.COORDINATOR, await make_agency("diskominfo"))


@pytest.fixture
async def held(desk: Desk, database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """The connection of somebody else."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def closed(desk: Desk, days: int) -> Ticket:
    return await make_ticket(TicketStatus.RESOLVED, at=desk.now() - timedelta(days=days), reporter={"name": "Sekar"})


async def erased() -> list[int]:
    return await Ticket.exclude(erased_at=None).order_by("id").values_list("id", flat=True)  # type: ignore[return-value]


@pytest.mark.parametrize("visibility", [Visibility.PUBLIC, Visibility.INTERNAL, Visibility.INTER_AGENCY])
async def test_a_note_of_yesterday_keeps_a_ticket_that_was_closed_long_ago(
    keeping: Desk, coordinator: Scope, visibility: Visibility
) -> None:
    noted, other = await closed(keeping, 400), await closed(keeping, 400)
    yesterday = keeping.at(keeping.now() - timedelta(days=1))
    await add_note(yesterday, coordinator, Note(noted.id, "Kept for now", visibility))

    assert await erase_expired_reporters(keeping) == 1

    assert await erased() == [other.id]
    assert await TicketText.filter(ticket_id=noted.id).values_list("body", flat=True) == ["Kept for now"]
    later = keeping.at(keeping.now() + PERIOD)
    assert await erase_expired_reporters(later) == 1
    assert await TicketText.filter(ticket_id=noted.id).values_list("body", flat=True) == [None]


async def test_what_happens_while_the_job_runs_keeps_its_ticket(
    keeping: Desk, coordinator: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await closed(keeping, 402), await closed(keeping, 401)
    wipe = retention.wipe_with_duplicates

    async def wiped(case: Case, reason: ErasureReason) -> None:
        if case.ticket.id == first.id:  # the second was found to be due already
            await add_note(keeping, coordinator, Note(second.id, "Just in time", Visibility.INTERNAL))
        await wipe(case, reason)

    monkeypatch.setattr(retention, "wipe_with_duplicates", wiped)

    assert await erase_expired_reporters(keeping) == 1
    assert await erased() == [first.id]
    assert (await Ticket.get(id=second.id)).title != ERASED


async def test_an_event_that_holds_the_ticket_is_waited_for(keeping: Desk, held: asyncpg.Connection) -> None:
    ticket = await closed(keeping, 400)

    async with held.transaction():
        await held.execute("SELECT 1 FROM ticket WHERE id = $1 FOR UPDATE", ticket.id)
        job = asyncio.create_task(erase_expired_reporters(keeping))
        while not await somebody_waits():
            assert not job.done()
        await held.execute(COPY_OF_LAST, ticket.id, keeping.now())

    assert await job == 0
    assert await erased() == []


async def test_the_period_runs_from_the_last_event_and_not_from_the_moment_of_the_job(
    keeping: Desk, coordinator: Scope
) -> None:
    ticket = await closed(keeping, 400)
    old = keeping.at(keeping.now() - timedelta(days=399))
    await edit(old, coordinator, Edit(ticket.id, 1, title="Another title"))

    assert await erase_expired_reporters(keeping) == 1


async def test_the_day_of_an_import_keeps_nothing(keeping: Desk) -> None:
    ticket = await closed(keeping, 400)
    async with transaction() as using:
        await log.append(using, [replace(note_event(ticket, keeping.now()), kind=EventKind.IMPORTED)])

    assert await erase_expired_reporters(keeping) == 1


@pytest.mark.slow
async def test_tickets_that_can_not_be_had_hold_up_no_later_batch(
    keeping: Desk, held: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 1)
    first, other = await closed(keeping, 402), await closed(keeping, 401)

    async with held.transaction():
        await held.execute("SELECT 1 FROM ticket WHERE id = $1 FOR UPDATE", first.id)
        assert await erase_expired_reporters(keeping) == 1

    assert await erased() == [other.id]


def note_event(ticket: Ticket, at: datetime) -> log.NewEvent:
    state = ticket_state(ticket)
    return log.NewEvent(
        kind=EventKind.NOTE_ADDED,
        visibility=Visibility.PUBLIC,
        at=at,
        actor_kind=ActorKind.SYSTEM,
        ticket_id=ticket.id,
        version=ticket.version,
        before=state,
        after=state,
    )
