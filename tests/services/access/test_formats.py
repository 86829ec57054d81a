"""Events of other formats: old ones are lifted wherever states are read; newer ones show nobody what is not sure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from models import Event, Ticket, event_formats, events
from models.database import connection
from models.enums import EventKind, PrincipalKind, Role, SubjectKind, TicketStatus, Visibility
from realtime import log
from realtime.log_reader import LogReader
from services.access.filters.filters import TicketFilter
from services.access.scopes import Scope, Sight
from services.access.states import is_complete, ticket_state
from services.board import board
from services.board.board import BoardFilter
from services.core.desk import Desk
from services.feeds import decisions, feeds, rights
from services.feeds.interests import interests
from services.queries import tickets, timelines
from services.queries.timelines import EventView
from services.tickets import moves
from services.tickets.moves import Verify
from tests.factories import make_agency, make_client_scope, make_scope, make_ticket

DISPLAY = Sight(PrincipalKind.DISPLAY)
NEWER = events.EVENT_FORMAT + 1


@pytest.fixture
async def coordinator(database: object) -> Scope:
    return await make_scope(Role.COORDINATOR, await make_agency("diskominfo"))


@pytest.fixture
def written_in(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Write the next events in this format, with their states as that format has them."""

    def write(format_: int, shape: Any = dict) -> None:
        plain = log._row
        monkeypatch.setattr(log, "EVENT_FORMAT", format_)
        monkeypatch.setattr(
            log,
            "_row",
            lambda place, event: plain(
                place, replace(event, **{name: _shaped(getattr(event, name), shape) for name in ("before", "after")})
            ),
        )

    return write


def _shaped(state: dict[str, Any] | None, shape: Any) -> dict[str, Any] | None:
    return None if state is None else shape(state)


def older(state: dict[str, Any]) -> dict[str, Any]:
    """A state of a format in which the lead had another name."""
    return {("agency" if name == "lead" else name): value for name, value in state.items()}


def lift(state: dict[str, Any]) -> dict[str, Any]:
    return {("lead" if name == "agency" else name): value for name, value in state.items()}


@pytest.fixture
def old(monkeypatch: pytest.MonkeyPatch, written_in: Any) -> None:
    """This release is one format further, and events are written in the one before."""
    monkeypatch.setattr(events, "EVENT_FORMAT", NEWER)
    monkeypatch.setitem(event_formats.UPCASTERS, NEWER - 1, lift)
    written_in(NEWER - 1, older)


async def verified(desk: Desk, scope: Scope, ticket: Ticket) -> log.LoggedEvent:
    """Verify a ticket, and give the event of it as it is read."""
    await moves.verify(desk, scope, Verify(ticket.id, ticket.version, "COMPLAINT"))  # type: ignore[arg-type]
    head = await log.head(connection())
    [event], _ = await log.read_after(connection(), head.seq - 1, 1)
    return event


async def test_an_event_says_its_format_and_is_read_with_it(desk, coordinator):
    ticket = await make_ticket()

    event = await verified(desk, coordinator, ticket)

    assert (await Event.get(seq=event.seq)).format == events.EVENT_FORMAT == event.format
    assert not event.newer


async def test_an_event_that_an_older_release_appends_is_of_the_first_format(database, monkeypatch):
    plain = log._row
    monkeypatch.setattr(
        log, "_row", lambda *given: {name: value for name, value in plain(*given).items() if name != "format"}
    )

    await make_ticket()

    [event], _ = await log.read_after(database, 0, 10)
    assert event.format == 1


@pytest.mark.usefixtures("old")
async def test_the_log_gives_old_states_in_the_form_of_now(desk, coordinator):
    ticket = await make_ticket()

    event = await verified(desk, coordinator, ticket)

    assert (await Event.get(seq=event.seq)).after.keys() > {"agency"}
    assert event.after == ticket_state(await Ticket.get(id=ticket.id))
    assert is_complete(event.before or {})
    assert interests(event) is not None


@pytest.mark.usefixtures("old")
async def test_a_board_goes_on_from_old_events(desk, coordinator, monkeypatch):
    await make_ticket()
    before = await board.snapshot(desk, DISPLAY, BoardFilter())
    await verified(desk, coordinator, await make_ticket())
    monkeypatch.setattr(board.Board, "_count", None)  # it would count everything anew

    after = await board.snapshot(desk, DISPLAY, BoardFilter())

    assert (before.total, after.total) == (1, 2)
    assert [change.to for change in after.latest] == [
        TicketStatus.VERIFIED,
        TicketStatus.RECEIVED,
        TicketStatus.RECEIVED,
    ]


async def test_a_board_counts_anew_what_a_newer_event_may_have_changed(desk, coordinator, written_in):
    await make_ticket()
    await board.snapshot(desk, DISPLAY, BoardFilter())
    written_in(NEWER, older)
    event = await verified(desk, coordinator, await make_ticket())

    after = await board.snapshot(desk, DISPLAY, BoardFilter())

    assert after.total == 2
    assert [change.to for change in after.latest] == [TicketStatus.RECEIVED]
    assert board.concerns(desk, DISPLAY, BoardFilter(), event.before, event.after)


async def test_a_newer_event_is_shown_to_nobody_for_whom_its_state_decides(desk, coordinator, written_in):
    ticket = await make_ticket()
    written_in(NEWER, older)

    event = await verified(desk, coordinator, ticket)

    assert (event.before, event.after, event.newer) == ({}, {}, True)
    assert interests(event) is None
    now = (await feeds.load(desk, [ticket.id]))[ticket.id]
    for scope in (coordinator, await make_client_scope(PrincipalKind.DISPLAY)):
        watched = await feeds.watch(desk, scope, TicketFilter(status=(TicketStatus.VERIFIED,)))
        assert decisions.status_change(event, watched, now) is None
        assert decisions.membership(event, watched, now) is None


async def test_newer_events_are_counted_once_however_often_they_are_read(desk, coordinator, written_in):
    reader, ticket = LogReader(connection), await make_ticket()
    written_in(NEWER)
    await verified(desk, coordinator, ticket)

    for seq in (0, 0, 1, 2):
        await reader.after(seq, 100)

    assert reader.newer == 1


async def test_a_change_of_rights_in_a_newer_format_may_concern_everybody():
    known = log.LoggedEvent(
        visibility=Visibility.PUBLIC,
        kind=EventKind.RIGHTS_CHANGED, at=None, actor_kind=None, subject_kind=SubjectKind.OFFICER, subject_id=7,
        seq=1, recorded_at=None,
    )  # fmt: skip

    assert rights.named_by(known) == {("officer", 7)}
    assert rights.named_by(replace(known, format=NEWER)) is None
    assert rights.named_by(replace(known, format=NEWER, kind=EventKind.REPORTER_REVEALED)) is None


async def test_a_receipt_does_not_hang_on_the_format_of_the_first_event(desk, written_in):
    written_in(NEWER, older)
    ticket = await make_ticket(TicketStatus.VERIFIED, confidential=True)

    view = await tickets.answer_of_replay(desk, await make_client_scope(), ticket.id)

    assert (view.lost, view.number, view.status) == (True, ticket.number, TicketStatus.RECEIVED)


async def test_a_timeline_reads_entries_of_a_later_release(desk, coordinator, written_in):
    ticket = await make_ticket()
    written_in(NEWER, lambda state: {**older(state), "status": "TELEPORTED"})
    event = await verified(desk, coordinator, ticket)
    row = dict(await timelines.event_by_seq(event.seq) or {})

    view = EventView(
        {**row, "visibility": "GALACTIC", "actor_kind": "ROBOT"}, await desk.reference(), coordinator.sight
    )

    assert (view.from_, view.to, view.visibility, view.actor.kind) == (None, None, "INTERNAL", "SYSTEM")
