"""What closes by itself when its reporter does not answer in time: one step of the system, told and reopened."""

from datetime import UTC, datetime

import pytest

from models import Answer, Event, Extension, Ticket
from models.enums import AnswerState, ClockKind, DeadlineUnit, EventKind, ExtensionState, Role, TicketStatus
from services.access import access
from services.access.scopes import SYSTEM
from services.clocks.silence import close_by_silence
from services.core.transactions import transaction
from services.tickets.case import case_of, locked_case
from services.tickets.moves import Reopen, reopen
from tests.factories import make_agency, make_scope, make_ticket

S = TicketStatus
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


async def pass_by(desk, ticket, clock):
    async with locked_case(desk, SYSTEM, ticket.id) as case:
        await close_by_silence(case, clock)


@pytest.mark.parametrize(
    ("status", "passed", "to", "reason"),
    [
        (S.ANSWERED, ClockKind.REPORTER_REPLY, S.RESOLVED, "NO_REPLY"),
        (S.INCOMPLETE, ClockKind.COMPLETION, S.ARCHIVED, "INCOMPLETE"),
    ],
)
async def test_the_system_closes_what_its_reporter_left_unanswered(desk, status, passed, to, reason):
    ticket = await make_ticket(status, lead=await make_agency("dinas-pupr"))

    await pass_by(desk, ticket, passed)

    row = await Ticket.get(id=ticket.id)
    event = await Event.filter(ticket_id=ticket.id, kind=EventKind.STATUS_CHANGED).get()
    assert (row.status, row.version, row.closed_by_silence) == (to, 2, True)
    assert (event.actor_kind, event.actor_id, event.on_behalf_of_id) == ("SYSTEM", SYSTEM.principal, None)
    assert (event.visibility, event.details["reason"], event.after["closed_by_silence"]) == ("PUBLIC", reason, True)
    assert {"status", "closedBySilence"} <= set(event.changed)


@pytest.mark.parametrize("passed", [ClockKind.REPORTER_REPLY, ClockKind.COMPLETION])
@pytest.mark.parametrize("status", [S.RECEIVED, S.IN_PROGRESS, S.ON_HOLD, S.REOPENED, S.RESOLVED, S.ARCHIVED])
async def test_what_stands_elsewhere_by_now_stays_as_it_is(desk, status, passed):
    ticket = await make_ticket(status)
    async with transaction() as connection:
        case = await case_of(desk, SYSTEM, connection, await access.ticket(connection, SYSTEM, ticket.id, lock=True))

        await close_by_silence(case, passed)

    assert (case.ticket.status, case.ticket.version, case.columns, case.events) == (status, 1, set(), [])


async def test_waiting_answers_and_requests_end_with_it(desk):
    pupr = await make_agency("dinas-pupr")
    asker = await make_scope(Role.OFFICER, pupr)
    ticket = await make_ticket(S.ANSWERED, lead=pupr, answers_waiting=1, extension_askers=[asker.officer_id])
    await Answer.create(ticket=ticket, state=AnswerState.WAITING_APPROVAL, text="Lagi.", updated_at=NOW)
    await Extension.create(
        ticket=ticket,
        clock=ClockKind.RESOLUTION,
        amount=7,
        unit=DeadlineUnit.WORKING_DAYS,
        state=ExtensionState.WAITING,
        requested_by_id=asker.officer_id,
        requested_at=NOW,
    )

    await pass_by(desk, ticket, ClockKind.REPORTER_REPLY)

    row = await Ticket.get(id=ticket.id)
    assert (row.answers_waiting, row.extension_askers) == (0, [])
    assert ((await Answer.get()).state, (await Extension.get()).state) == (AnswerState.DRAFT, ExtensionState.LAPSED)


async def test_reports_that_were_merged_into_it_are_told(desk):
    stays = await make_ticket(S.ANSWERED, lead=await make_agency("dinas-pupr"))
    merged = await make_ticket(S.ARCHIVED, merged_into_id=stays.id)

    await pass_by(desk, stays, ClockKind.REPORTER_REPLY)

    event = await Event.filter(ticket_id=merged.id, kind=EventKind.CONTINUATION_CHANGED).get()
    assert event.details == {"continuation": stays.id, "from": "ANSWERED", "to": "RESOLVED"}


async def test_what_was_merged_into_an_incomplete_report_comes_back(desk):
    stays = await make_ticket(S.INCOMPLETE)
    merged = await make_ticket(S.ARCHIVED, merged_into_id=stays.id)

    await pass_by(desk, stays, ClockKind.COMPLETION)

    row = await Ticket.get(id=merged.id)
    assert (row.status, row.merged_into_id) == (S.REOPENED, None)


async def test_it_is_reopened_as_anything_that_was_closed(desk):
    pupr = await make_agency("dinas-pupr")
    ticket, incomplete = await make_ticket(S.ANSWERED, lead=pupr), await make_ticket(S.INCOMPLETE)
    await pass_by(desk, ticket, ClockKind.REPORTER_REPLY)
    await pass_by(desk, incomplete, ClockKind.COMPLETION)
    coordinator = await make_scope(Role.COORDINATOR, await make_agency("diskominfo"))

    disputed = await reopen(desk, coordinator, Reopen(ticket.id, 2, "REPORTER_DISPUTES"))
    completed = await reopen(desk, coordinator, Reopen(incomplete.id, 2, "COMPLETED_LATER"))

    for done in (disputed, completed):
        assert (done.ticket.status, done.ticket.closed_by_silence, done.ticket.reopen_count) == (S.REOPENED, False, 1)
