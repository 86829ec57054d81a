"""What passes by the clock and what people do at the same moment: who has the ticket first counts, in both orders."""

from __future__ import annotations

import asyncio
from contextvars import Context
from datetime import datetime

import pytest

from models import Event, Extension
from models.enums import Channel, Classification, ClockKind, EventKind, ExtensionState, TicketStatus
from services.clocks import passing
from services.clocks.extensions import ExtensionDecision, ExtensionRequest, decide_extension, request_extension
from services.clocks.passing import pass_clocks
from services.clocks.replies import RecordReply, record_reply
from services.core.refusals import InvalidInput, VersionConflict
from services.tickets import case
from services.tickets.commands import ChangeStatus
from services.tickets.merging import Merge, merge
from services.tickets.moves import Reopen, change_status, reopen
from tests.factories import make_ticket
from tests.services.clocks.given import fresh, passings
from tests.services.deadlines.lives import WIB

S, C = TicketStatus, ClockKind
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=WIB)
BEFORE, SILENT = "2026-03-16 23:59", "2026-03-17 00:00"  # of what was answered, or asked for more time, that Monday


def apart(doing):
    """A task with a connection of its own, whatever transaction whoever starts it is in."""
    return asyncio.create_task(doing, context=Context())


async def is_somebody_waiting(database):
    found = await database.execute_query_dict("SELECT count(*) AS number FROM pg_locks WHERE NOT granted")
    return bool(found[0]["number"])


@pytest.fixture
def while_it_is_done(desk, set_clock, monkeypatch):
    """Do something before the deadline; the deadline passes and the job runs before that is committed."""
    write = case.Case.write

    async def write_meanwhile(given):
        if not done:
            set_clock(SILENT)
            done.append(await apart(pass_clocks(desk)))
        await write(given)

    done, moments = [], []

    async def run(doing, at=SILENT):
        moments.append(at)
        monkeypatch.setattr(case.Case, "write", write_meanwhile)
        await doing
        return [*done, await pass_clocks(desk)]

    return run


@pytest.fixture
def while_it_passes(desk, set_clock, database, monkeypatch):
    """Let the job pass what is due; somebody does something before that is committed, and waits for it."""
    write = passing._write

    async def write_meanwhile(*given):
        appended = await write(*given)
        if not begun:
            begun.append(apart(doing[0]))
            while not (begun[0].done() or await is_somebody_waiting(database)):
                pass
        return appended

    begun, doing = [], []

    async def run(other, at=SILENT):
        doing.append(other)
        set_clock(at)
        monkeypatch.setattr(passing, "_write", write_meanwhile)
        await pass_clocks(desk)
        await asyncio.wait(begun)
        return begun[0]

    return run


@pytest.fixture
async def answered(desk, pupr, set_clock):
    """A ticket that is resolved by silence on 17 March, a minute before that."""
    ticket = await make_ticket(S.ANSWERED, lead=pupr, at=MONDAY)
    set_clock("2026-03-16 00:00")
    await pass_clocks(desk)
    set_clock(BEFORE)
    return ticket


@pytest.fixture
async def asked(desk, officer, pupr, set_clock):
    """A ticket whose deadline passes on 17 March, with a request for more time, a minute before that."""
    ticket = await make_ticket(S.IN_PROGRESS, lead=pupr, at=MONDAY, classification=Classification.INFORMATION_REQUEST)
    set_clock("2026-03-16 00:00")
    await pass_clocks(desk)
    set_clock(BEFORE)
    await request_extension(desk, officer, ExtensionRequest(ticket.id, 1, C.RESOLUTION, 7, "Arsip di gudang."))
    return ticket


def reply(desk, officer, ticket):
    return record_reply(desk, officer, RecordReply(ticket.id, "Masih gelap.", Channel.PHONE))


def go_on(desk, officer, ticket):
    return change_status(desk, officer, ChangeStatus(ticket.id, 1, S.IN_PROGRESS))


def reopen_it(desk, officer, ticket):
    return reopen(desk, officer, Reopen(ticket.id, 1, "REPORTER_DISPUTES"))


async def kinds(ticket):
    return list(await Event.filter(ticket_id=ticket.id).order_by("seq").values_list("kind", flat=True))


@pytest.mark.parametrize(("act", "status", "version"), [(reply, S.ANSWERED, 1), (go_on, S.IN_PROGRESS, 2)])
async def test_what_was_begun_before_the_silence_passes_leaves_nothing_to_close(
    desk, officer, answered, while_it_is_done, act, status, version
):
    assert await while_it_is_done(act(desk, officer, answered)) == [0, 0]

    row = await fresh(answered)
    assert (row.status, row.version, row.closed_by_silence) == (status, version, False)


@pytest.mark.parametrize("act", [go_on, reopen_it])
async def test_a_move_that_waits_for_the_automatic_close_is_told_of_it(desk, officer, answered, while_it_passes, act):
    waited = await while_it_passes(act(desk, officer, answered))

    assert isinstance(waited.exception(), VersionConflict)
    row = await fresh(answered)
    assert (row.status, row.version, row.closed_by_silence) == (S.RESOLVED, 2, True)
    assert await kinds(answered) == ["SUBMITTED", "CLOCK_PASSED", "CLOCK_PASSED", "STATUS_CHANGED"]


async def test_a_reply_that_waits_for_the_automatic_close_comes_to_a_closed_ticket(
    desk, officer, answered, while_it_passes
):
    waited = await while_it_passes(reply(desk, officer, answered))

    assert waited.exception() is None
    row = await fresh(answered)
    assert (row.status, row.version, row.closed_by_silence) == (S.RESOLVED, 2, True)
    assert (await kinds(answered))[-2:] == ["STATUS_CHANGED", "REPLY_RECEIVED"]
    assert (await Event.get(ticket_id=answered.id, kind=EventKind.REPLY_RECEIVED)).after["status"] == "RESOLVED"


@pytest.mark.parametrize("first", ["desk", "clock"])
async def test_what_is_completed_as_its_time_ends_is_archived_or_goes_on(
    desk, coordinator, set_clock, while_it_is_done, while_it_passes, first
):
    ticket = await make_ticket(S.INCOMPLETE, at=MONDAY)
    set_clock("2026-04-01 00:00")
    await pass_clocks(desk)
    set_clock("2026-04-01 23:59")
    completed = change_status(desk, coordinator, ChangeStatus(ticket.id, 1, S.RECEIVED))

    if first == "desk":
        assert await while_it_is_done(completed, "2026-04-02 00:00") == [0, 0]
    else:
        assert isinstance((await while_it_passes(completed, "2026-04-02 00:00")).exception(), VersionConflict)

    row = await fresh(ticket)
    assert (row.status, row.closed_by_silence) == ((S.RECEIVED, False) if first == "desk" else (S.ARCHIVED, True))


async def test_nothing_is_merged_into_a_ticket_that_had_closed_by_silence(desk, coordinator, answered, set_clock):
    duplicate = await make_ticket(at=datetime(2026, 3, 16, 9, 0, tzinfo=WIB))
    set_clock(SILENT)

    with pytest.raises(InvalidInput, match="MERGES_INTO_CLOSED"):
        await merge(desk, coordinator, Merge(duplicate.id, 1, answered.number))

    assert ((await fresh(answered)).status, (await fresh(duplicate)).status) == (S.RESOLVED, S.RECEIVED)


async def test_a_decision_that_was_begun_before_the_deadline_moves_it(desk, coordinator, asked, while_it_is_done):
    row = await Extension.get()

    assert await while_it_is_done(decide_extension(desk, coordinator, ExtensionDecision(row.id, 2, grant=True))) == [
        0,
        0,
    ]

    assert (await Extension.get()).state is ExtensionState.GRANTED
    assert [details["standing"] for _, details in await passings(asked)] == ["DUE_SOON"]


async def test_a_decision_that_waits_for_the_deadline_finds_its_request_lapsed(
    desk, coordinator, asked, while_it_passes
):
    row = await Extension.get()

    waited = await while_it_passes(decide_extension(desk, coordinator, ExtensionDecision(row.id, 2, grant=True)))

    refusal = waited.exception()
    assert isinstance(refusal, InvalidInput)
    assert (refusal.code, (await Extension.get()).state) == ("EXTENSION_NOT_WAITING", ExtensionState.LAPSED)


async def test_of_two_who_decide_at_once_one_does(desk, coordinator, asked):
    row = await Extension.get()
    decisions = [ExtensionDecision(row.id, 2, grant=True), ExtensionDecision(row.id, 2, grant=False, note="Cukup.")]

    outcomes = await asyncio.gather(
        *(decide_extension(desk, coordinator, each) for each in decisions), return_exceptions=True
    )

    assert sorted(type(each).__name__ for each in outcomes) == ["Done", "VersionConflict"]
    granted = not isinstance(outcomes[0], VersionConflict)
    assert (await Extension.get()).state is (ExtensionState.GRANTED if granted else ExtensionState.REFUSED)
    assert (await kinds(asked)).count(EventKind.EXTENSION_DECIDED) == 1
