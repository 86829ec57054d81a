"""Extensions, classes, replies and silence against the clocks of Kediri: in both orders, by the job and before it."""

from datetime import datetime

import pytest

from models import Answer, Event, Extension, Ticket, TicketClock
from models.enums import (
    AnswerState,
    Channel,
    Classification,
    ClockKind,
    EventKind,
    ExtensionState,
    HandlingClass,
    TicketStatus,
    Visibility,
)
from services.clocks.extensions import ExtensionDecision, ExtensionRequest, decide_extension, request_extension
from services.clocks.handling_class import ClassChange, change_class
from services.clocks.passing import pass_clocks
from services.clocks.replies import RecordReply, record_reply
from services.core.refusals import InvalidInput, VersionConflict
from services.tickets.answers import Send, send
from services.tickets.editing import Note, add_note
from services.tickets.moves import Reopen, reopen
from tests.factories import make_ticket
from tests.services.clocks.given import fresh, moved, passings
from tests.services.deadlines.lives import WIB, said

S, C = TicketStatus, ClockKind
X = ExtensionState
FOR_DAYS = (C.RESOLUTION, X.WAITING)
QUESTION = {"classification": Classification.INFORMATION_REQUEST}


def wib(text):
    return datetime.fromisoformat(text).replace(tzinfo=WIB)


async def led(pupr, status=S.IN_PROGRESS, **columns):
    """A ticket that PUPR has since Monday, 2 March 2026."""
    return await make_ticket(status, lead=pupr, at=wib("2026-03-02 09:00"), **columns)


async def due(ticket, clock):
    return said((await TicketClock.get(ticket_id=ticket.id, clock=clock)).due_at)


async def test_a_deadline_that_has_passed_at_once_by_another_class_passes_as_that_alone(
    desk, coordinator, pupr, set_clock
):
    ticket = await led(pupr, classification=Classification.COMPLAINT)
    set_clock("2026-03-11 10:00")

    await change_class(desk, coordinator, ClassChange(ticket.id, 1, HandlingClass.NORMATIVE, "Ada pedoman."))
    await pass_clocks(desk)

    assert await passings(ticket) == [("2026-03-10 00:00", {"clock": C.RESOLUTION, "standing": "OVERDUE"})]


async def waiting(desk, officer, ticket):
    row = await fresh(ticket)
    await request_extension(desk, officer, ExtensionRequest(row.id, row.version, C.RESOLUTION, 7, "Arsip di gudang."))
    return await Extension.get()


async def stays_or_ends(ticket):
    row = await fresh(ticket)
    return row.status, row.version, row.closed_by_silence


async def test_a_granted_extension_moves_the_deadline_and_the_log_says_so(desk, coordinator, officer, pupr, set_clock):
    set_clock("2026-03-03 10:00")
    ticket = await led(pupr, **QUESTION)
    before = await due(ticket, C.RESOLUTION)
    row = await waiting(desk, officer, ticket)

    await decide_extension(desk, coordinator, ExtensionDecision(row.id, 2, grant=True))

    clock = await TicketClock.get(ticket_id=ticket.id, clock=C.RESOLUTION)
    event = await Event.filter(ticket_id=ticket.id, kind=EventKind.DEADLINE_MOVED).get()
    assert (before, said(clock.due_at), clock.extension) == ("2026-03-17 00:00", "2026-04-02 00:00", 7)
    assert (await fresh(ticket)).due_at == clock.due_at
    assert event.details == {
        "reason": "EXTENSION",
        "clocks": ["RESOLUTION"],
        "moves": [
            {
                "clock": "RESOLUTION",
                "before": "2026-03-16T17:00:00.000000Z",
                "after": "2026-04-01T17:00:00.000000Z",
            }
        ],
    }
    assert (event.version, event.visibility) == (3, "INTER_AGENCY")


async def test_a_refused_one_moves_nothing(desk, coordinator, officer, pupr, set_clock):
    set_clock("2026-03-03 10:00")
    ticket = await led(pupr, **QUESTION)
    row = await waiting(desk, officer, ticket)

    await decide_extension(desk, coordinator, ExtensionDecision(row.id, 2, grant=False, note="Cukup."))

    assert await due(ticket, C.RESOLUTION) == "2026-03-17 00:00"
    assert not await Event.filter(ticket_id=ticket.id, kind=EventKind.DEADLINE_MOVED).exists()


async def test_an_undecided_request_lapses_as_the_deadline_passes(desk, officer, pupr, set_clock):
    set_clock("2026-03-03 10:00")
    ticket = await led(pupr, **QUESTION)
    row = await waiting(desk, officer, ticket)
    other = await led(pupr)
    for each, clock, state in ((ticket, C.NATIONAL, X.WAITING), (ticket, C.RESOLUTION, X.REFUSED), (other, *FOR_DAYS)):
        await Extension.create(
            ticket=each,
            clock=clock,
            amount=7,
            unit=row.unit,
            state=state,
            requested_by_id=officer.officer_id,
            requested_at=desk.now(),
        )
    await Ticket.filter(id=ticket.id).update(extension_askers=[officer.officer_id] * 2)

    set_clock("2026-03-17 00:00")
    await pass_clocks(desk)

    event = await Event.filter(ticket_id=ticket.id, kind=EventKind.EXTENSION_DECIDED).get()
    states = await Extension.all().order_by("id").values_list("state", flat=True)
    assert (states, (await fresh(ticket)).extension_askers) == (
        [X.LAPSED, X.WAITING, X.REFUSED, X.WAITING],
        [officer.officer_id],
    )
    assert (event.actor_kind, event.details["extensionState"], said(event.at)) == (
        "SYSTEM",
        "LAPSED",
        "2026-03-17 00:00",
    )


@pytest.mark.parametrize(("status", "kind"), [(S.RECEIVED, C.VERIFICATION), (S.DISPATCHED, C.FIRST_RESPONSE)])
async def test_a_request_for_any_clock_lapses_with_it(desk, officer, pupr, set_clock, status, kind):
    ticket = await led(pupr, status)
    ends = (await TicketClock.get(ticket_id=ticket.id, clock=kind)).due_at
    ticket.extension_askers = [officer.officer_id]
    await ticket.save(update_fields=["extension_askers"])
    values = {"amount": 1, "unit": "DAYS", "state": X.WAITING, "requested_at": ends}
    await Extension.create(ticket=ticket, clock=kind, requested_by_id=officer.officer_id, **values)
    set_clock(said(ends))

    await pass_clocks(desk)

    assert (await Extension.get()).state is X.LAPSED


async def test_a_decision_that_is_faster_than_the_job_finds_it_lapsed(desk, coordinator, officer, pupr, set_clock):
    set_clock("2026-03-03 10:00")
    ticket = await led(pupr, **QUESTION)
    row = await waiting(desk, officer, ticket)
    set_clock("2026-03-17 08:00")

    with pytest.raises(InvalidInput) as refusal:
        await decide_extension(desk, coordinator, ExtensionDecision(row.id, 2, grant=True))

    assert (refusal.value.code, (await Extension.get()).state) == ("EXTENSION_NOT_WAITING", ExtensionState.LAPSED)
    assert await due(ticket, C.RESOLUTION) == "2026-03-17 00:00"


async def test_another_class_moves_the_deadline_and_what_was_used_stays_used(desk, coordinator, pupr, set_clock):
    ticket = await led(pupr, classification=Classification.COMPLAINT)
    before = await due(ticket, C.RESOLUTION)
    set_clock("2026-03-05 10:00")

    await change_class(desk, coordinator, ClassChange(ticket.id, 1, HandlingClass.NORMATIVE, "Ada pedoman."))

    clock = await TicketClock.get(ticket_id=ticket.id, clock=C.RESOLUTION)
    event = await Event.filter(ticket_id=ticket.id, kind=EventKind.DEADLINE_MOVED).get()
    assert (before, said(clock.due_at), clock.used) == ("2026-03-28 00:00", "2026-03-10 00:00", 2)
    assert [each["clock"] for each in event.details["moves"]] == ["RESOLUTION"]


@pytest.mark.parametrize(
    ("status", "passed", "at", "end"),
    [
        (S.ANSWERED, C.REPORTER_REPLY, "2026-03-17 00:00", S.RESOLVED),
        (S.INCOMPLETE, C.COMPLETION, "2026-04-02 00:00", S.ARCHIVED),
    ],
)
async def test_the_job_closes_what_its_reporter_left_at_the_true_moment(desk, pupr, set_clock, status, passed, at, end):
    ticket = await led(pupr, status)
    set_clock(at.replace("00:00", "06:30"))

    await pass_clocks(desk)

    closing = await Event.filter(ticket_id=ticket.id, kind=EventKind.STATUS_CHANGED).get()
    assert await stays_or_ends(ticket) == (end, 2, True)
    assert (said(closing.at), closing.actor_kind) == (at, "SYSTEM")
    assert (await passings(ticket))[-1] == (at, {"clock": passed, "standing": "OVERDUE"})
    assert await pass_clocks(desk) == 0


async def test_a_reply_in_time_starts_the_reporter_s_time_anew(desk, officer, pupr, set_clock):
    ticket = await led(pupr, S.ANSWERED)
    set_clock("2026-03-11 08:00")
    await record_reply(
        desk, officer, RecordReply(ticket.id, "Masih gelap.", Channel.PHONE, received_at=wib("2026-03-10 10:00"))
    )

    set_clock("2026-03-18 08:00")
    await pass_clocks(desk)
    first = await stays_or_ends(ticket)
    set_clock("2026-04-01 00:00")
    await pass_clocks(desk)

    assert first == (S.ANSWERED, 1, False)
    assert await stays_or_ends(ticket) == (S.RESOLVED, 2, True)


@pytest.mark.parametrize(
    ("status", "visibility", "ends"),
    [
        (S.ANSWERED, Visibility.PUBLIC, "2026-04-01 00:00"),
        (S.ANSWERED, Visibility.INTER_AGENCY, "2026-03-17 00:00"),
        (S.INCOMPLETE, Visibility.PUBLIC, "2026-04-02 00:00"),
    ],
)
async def test_a_note_that_the_reporter_reads_gives_time_to_answer_it(
    desk, coordinator, pupr, set_clock, status, visibility, ends
):
    ticket = await led(pupr, status)
    set_clock("2026-03-10 10:00")

    await add_note(desk, coordinator, Note(ticket.id, "Sudah dicek lagi.", visibility))

    assert await due(ticket, C.REPORTER_REPLY if status is S.ANSWERED else C.COMPLETION) == ends


async def test_a_reply_after_the_deadline_comes_to_a_closed_report_however_slow_the_job(desk, officer, pupr, set_clock):
    ticket = await led(pupr, S.ANSWERED)
    set_clock("2026-03-17 08:00")

    await record_reply(
        desk, officer, RecordReply(ticket.id, "Masih gelap.", Channel.PHONE, received_at=wib("2026-03-16 20:00"))
    )

    event = await Event.filter(ticket_id=ticket.id, kind=EventKind.REPLY_RECEIVED).get()
    assert await stays_or_ends(ticket) == (S.RESOLVED, 2, True)
    assert (event.after["status"], said(event.at)) == ("RESOLVED", "2026-03-16 20:00")
    assert await pass_clocks(desk) == 0


@pytest.mark.parametrize("status", [S.IN_PROGRESS, S.ARCHIVED])
async def test_a_move_after_the_deadline_is_told_of_the_close(desk, coordinator, pupr, set_clock, status):
    ticket = await led(pupr, S.ANSWERED)
    set_clock("2026-03-17 08:00")
    reason = {"reason_code": "WITHDRAWN"} if status is S.ARCHIVED else {}

    with pytest.raises(VersionConflict) as conflict:
        await moved(desk, coordinator, ticket, status, **reason)

    assert conflict.value.params["actual"] == 2
    assert await stays_or_ends(ticket) == (S.RESOLVED, 2, True)


async def test_a_move_or_a_hold_before_the_deadline_leaves_nothing_to_close(desk, officer, pupr, set_clock):
    ticket = await led(pupr, S.ANSWERED)
    set_clock("2026-03-16 15:00")
    await moved(desk, officer, ticket, S.IN_PROGRESS)
    await moved(desk, officer, ticket, S.ON_HOLD, reason_code="SCHEDULED", until=wib("2026-04-30 00:00").date())

    set_clock("2026-03-17 08:00")
    await pass_clocks(desk)

    assert await stays_or_ends(ticket) == (S.ON_HOLD, 3, False)


async def answered_anew(desk, coordinator, ticket):
    await moved(desk, coordinator, ticket, S.IN_PROGRESS)
    answer = await Answer.create(
        ticket=ticket,
        state=AnswerState.WAITING_APPROVAL,
        approver_id=coordinator.officer_id,
        text="Sudah diperbaiki.",
        updated_at=desk.now(),
    )
    await send(desk, coordinator, Send(ticket.id, (await fresh(ticket)).version, answer.id))


async def test_a_report_that_is_answered_anew_waits_anew(desk, coordinator, pupr, set_clock):
    ticket = await led(pupr, S.ANSWERED)
    set_clock("2026-03-16 15:00")
    await answered_anew(desk, coordinator, ticket)
    set_clock("2026-03-17 08:00")

    await pass_clocks(desk)

    assert (await stays_or_ends(ticket), await due(ticket, C.REPORTER_REPLY)) == (
        (S.ANSWERED, 3, False),
        "2026-04-08 00:00",
    )


async def test_a_reopened_report_goes_on_and_closes_by_silence_again(desk, coordinator, officer, pupr, set_clock):
    ticket = await led(pupr, S.ANSWERED)
    set_clock("2026-03-17 08:00")
    await pass_clocks(desk)
    await reopen(desk, coordinator, Reopen(ticket.id, 2, "REPORTER_DISPUTES"))
    after = await stays_or_ends(ticket)
    set_clock("2026-03-30 08:00")
    await pass_clocks(desk)
    later = await stays_or_ends(ticket)
    await answered_anew(desk, coordinator, ticket)

    set_clock("2026-05-04 08:00")
    await pass_clocks(desk)

    assert after == later == (S.REOPENED, 3, False)
    assert await stays_or_ends(ticket) == (S.RESOLVED, 6, True)
    silences = [at for at, each in await passings(ticket) if each == {"clock": C.REPORTER_REPLY, "standing": "OVERDUE"}]
    assert silences == ["2026-03-17 00:00", "2026-04-15 00:00"]
    assert (await Ticket.get(id=ticket.id)).reopen_count == 1
