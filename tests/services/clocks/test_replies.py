"""What reporters reply, noted by the desk and by who handles the ticket: no version, no move, their own words."""

from datetime import UTC, datetime, timedelta

import pytest

from models import Event, Ticket, TicketText
from models.enums import Channel, EventKind, Role, TicketStatus, Visibility
from services.clocks.replies import RecordReply, record_reply
from services.core.refusals import Forbidden, InvalidInput, NotFound
from services.tickets import answers
from services.tickets.answers import Draft, Review, Send
from services.tickets.commands import ChangeStatus
from services.tickets.editing import Note, add_note
from services.tickets.moves import change_status
from services.tickets.workflow import IllegalTransition
from tests.factories import citizen_scope, make_agency, make_client_scope, make_scope, make_ticket

S = TicketStatus
ANSWERED = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
LATER = ANSWERED + timedelta(days=2)


@pytest.fixture
async def pupr(desk):
    return await make_agency("dinas-pupr")


@pytest.fixture
async def officer(pupr):
    return await make_scope(Role.OFFICER, pupr)


@pytest.fixture
async def coordinator(desk):
    return await make_scope(Role.COORDINATOR, await make_agency("diskominfo"))


@pytest.fixture
async def ticket(desk, pupr, clock):
    ticket = await make_ticket(S.ANSWERED, lead=pupr, at=ANSWERED)
    clock.set(LATER)
    return ticket


def said(ticket, **more):
    return RecordReply(ticket.id, more.pop("text", " Masih gelap. "), more.pop("channel", Channel.PHONE), **more)


async def rows():
    return (
        await Ticket.all().order_by("id").values(),
        await TicketText.all().order_by("id").values(),
        await Event.all().order_by("seq").values("seq"),
    )


@pytest.mark.parametrize("who", ["officer", "coordinator"])
async def test_a_reply_is_an_entry_that_the_reporter_reads_and_changes_no_version(
    desk, officer, coordinator, ticket, who
):
    await record_reply(desk, {"officer": officer, "coordinator": coordinator}[who], said(ticket))

    event = await Event.filter(ticket_id=ticket.id, kind=EventKind.REPLY_RECEIVED).get()
    row = await Ticket.get(id=ticket.id)
    assert (event.at, event.version, event.visibility) == (LATER, 1, "PUBLIC")
    assert (event.details, row.version, row.status) == ({"channel": "PHONE"}, 1, S.ANSWERED)
    assert "timeline" in event.changed
    assert (await TicketText.get(id=event.text_id)).body == "Masih gelap."


@pytest.mark.parametrize("at", [ANSWERED, ANSWERED + timedelta(hours=3)])
async def test_it_is_of_the_time_at_which_the_reporter_said_it(desk, officer, ticket, at):
    """Whatever was noted since the answer."""
    await add_note(desk, officer, Note(ticket.id, "Sudah ditelepon.", Visibility.INTERNAL))

    await record_reply(desk, officer, said(ticket, received_at=at))

    assert (await Event.filter(ticket_id=ticket.id, kind=EventKind.REPLY_RECEIVED).get()).at == at


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (ANSWERED - timedelta(microseconds=1), "BEFORE_THE_ANSWER"),
        (LATER + timedelta(minutes=5), "IN_THE_FUTURE"),
        (datetime(1999, 1, 1, tzinfo=UTC), "TOO_LONG_AGO"),
    ],
)
async def test_it_is_never_before_the_answer_nor_in_the_future(desk, officer, ticket, at, code):
    before = await rows()

    with pytest.raises(InvalidInput) as refusal:
        await record_reply(desk, officer, said(ticket, received_at=at))

    assert (refusal.value.code, refusal.value.path) == (code, ("receivedAt",))
    assert await rows() == before


async def test_the_last_answer_counts(desk, officer, pupr, ticket, clock):
    liaison = await make_scope(Role.LIAISON, pupr)
    await change_status(desk, officer, ChangeStatus(ticket.id, 1, S.IN_PROGRESS))
    draft = await answers.save_draft(desk, officer, Draft(ticket.id, "Sudah.", submit=True))
    await answers.review(desk, liaison, Review(draft.id, 1, approve=True))
    await answers.send(desk, liaison, Send(ticket.id, 2, draft.id))
    clock.set(LATER + timedelta(hours=1))

    with pytest.raises(InvalidInput) as refusal:
        await record_reply(desk, officer, said(ticket, received_at=LATER - timedelta(minutes=1)))

    assert refusal.value.code == "BEFORE_THE_ANSWER"


@pytest.mark.parametrize("status", [S.RECEIVED, S.VERIFIED, S.DISPATCHED, S.IN_PROGRESS, S.ON_HOLD, S.INCOMPLETE])
async def test_what_was_never_answered_has_no_reply(desk, coordinator, pupr, ticket, status):
    new = await make_ticket(status, lead=pupr if status in (S.DISPATCHED, S.IN_PROGRESS) else None, at=ANSWERED)
    before = await rows()

    with pytest.raises(IllegalTransition) as refusal:
        await record_reply(desk, coordinator, said(new))

    assert (refusal.value.code, refusal.value.current) == ("NOT_ANSWERED", status)
    assert await rows() == before


@pytest.mark.parametrize("status", [S.RESOLVED, S.UNRESOLVED, S.ARCHIVED, S.OUT_OF_JURISDICTION])
async def test_what_is_closed_takes_replies(desk, coordinator, ticket, status):
    closed = await make_ticket(status, at=ANSWERED)

    done = await record_reply(desk, coordinator, said(closed, received_at=ANSWERED))
    with pytest.raises(InvalidInput, match="BEFORE_THE_ANSWER"):
        await record_reply(desk, coordinator, said(closed, received_at=ANSWERED - timedelta(seconds=1)))

    event = await Event.filter(ticket_id=closed.id, kind=EventKind.REPLY_RECEIVED).get()
    assert (event.after["status"], done.ticket.status, done.ticket.version) == (status, status, 1)


@pytest.mark.parametrize("caller", ["other", "leader", "partner", "citizen"])
async def test_nobody_notes_one_who_neither_handles_nor_steers(desk, pupr, ticket, caller):
    scopes = {
        "other": lambda: make_scope(Role.OFFICER),
        "leader": lambda: make_scope(Role.LEADER, pupr),
        "partner": make_client_scope,
    }
    scope = citizen_scope(ticket) if caller == "citizen" else await scopes[caller]()
    before = await rows()

    with pytest.raises(NotFound if caller == "other" else Forbidden):
        await record_reply(desk, scope, said(ticket))

    assert await rows() == before


async def test_it_needs_words(desk, officer, ticket):
    with pytest.raises(InvalidInput) as refusal:
        await record_reply(desk, officer, said(ticket, text=" \n", received_at=LATER + timedelta(days=1)))

    assert {one.path for one in refusal.value.each()} == {("text",), ("receivedAt",)}
