"""What is kept for a long subscription does not grow with its events."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import strawberry
import structlog

from api.documents.documents import DocumentLimits, Documents
from schema.board.board import wallboard_of
from schema.core import context as schema_context
from schema.core.context import context_for
from schema.core.scalars import Cursor
from schema.feeds.changes import FeedHeartbeat, TicketEntered, TicketLeft, TicketStatusChange, TicketUpdated
from schema.feeds.followed import BoardSubscription, Followed, NotificationSubscription
from schema.feeds.live import LiveSchema
from schema.feeds.notifications import NotificationAdded, NotificationsCleared
from services.access.scopes import Scope
from services.board import board
from services.core.desk import Desk
from services.feeds.decisions import LeftReason
from services.notifications.notifications import NotificationView
from services.queries import tickets, timelines
from services.queries.views import TicketView
from services.reporters import reporters
from tests.factories import make_ticket
from tests.schema.conftest import City, OpenGate
from tests.schema.live_documents import of_this_repository, random_one

MOMENT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
OF_A_KIND = """subscription { ticketFeed { __typename
  ... on TicketUpdated { cursor ticket { id number status @include(if: true) leadAgency { name } } }
  ... on FeedHeartbeat { cursor } } }"""
HEAVY = """subscription { ticketFeed { __typename
  ... on TicketUpdated { cursor ticket { id reporter { name } timeline(first: 3) { edges { node { kind } } } } } } }"""
OURS = of_this_repository()
WARM, SOME, MANY = 20, 40, 10_000
STRETCHES = 40  # free lists and tables were seen to grow in nine of them by chance; what leaks grows in all
Frames = Callable[[Followed], list[Any]]


@pytest.fixture
async def frames(desk: Desk, city: City, monkeypatch: pytest.MonkeyPatch) -> Frames:
    """The frames that a group gets in turn; what hangs on their ticket was read once and for all."""
    ticket = await make_ticket(category=city.drains, lead=city.roads, reporter={"name": "Sri Rahayu"})
    view = await tickets.last_look(desk, city.coordinator, ticket.id)
    shown = wallboard_of(desk, await board.snapshot(desk, city.coordinator.sight, board.BoardFilter()))
    await kept(monkeypatch, desk, city.coordinator, view)

    def of(followed: Followed) -> list[Any]:
        if isinstance(followed, BoardSubscription):
            return [shown]
        if isinstance(followed, NotificationSubscription):
            return told()
        return feed(view) if followed.feed else [changed(view)]

    return of


def feed(view: TicketView) -> list[Any]:
    ticket: Any = view
    return [
        TicketEntered(cursor=Cursor("a"), ticket=ticket, client_mutation_id=None),
        TicketUpdated(cursor=Cursor("b"), changed=["status"], ticket=ticket, client_mutation_id="x"),
        TicketLeft(cursor=Cursor("c"), ticket_id=strawberry.ID("t"), id=strawberry.ID("t"), reason=LeftReason.FILTER),
        FeedHeartbeat(cursor=Cursor("d"), as_of=MOMENT, lag_milliseconds=0),
    ]


def told() -> list[Any]:
    """A notification of no ticket, those that were read, and a heartbeat."""
    row = {"id": 1, "kind": "SUMMARY", "at": MOMENT, "ticket_id": None, "escalation_id": None, "shown": 2}
    new: Any = NotificationView({**row, "read_at": None, "clock": None, "number": None, "year": None}, "en")
    return [
        NotificationAdded(cursor=Cursor("a"), notification=new, unread=1),
        NotificationsCleared(cursor=Cursor("b"), ids=[strawberry.ID("n")], unread=0),
        FeedHeartbeat(cursor=Cursor("d"), as_of=MOMENT, lag_milliseconds=0),
    ]


def changed(view: TicketView) -> TicketStatusChange:
    ticket: Any = view
    return TicketStatusChange(
        cursor=Cursor("a"), at=MOMENT, version=2, from_=None, to=view.status, ticket=ticket, client_mutation_id=None
    )


async def kept(monkeypatch: pytest.MonkeyPatch, desk: Desk, scope: Scope, view: TicketView) -> None:
    """Read what hangs on a ticket now, for all who ask later."""
    identities = await reporters.masked_reporters(desk, [view.pk])
    answers = await tickets.answers([view.pk])
    parts = {size: timelines.Window(size, None, None, None) for size in (1, 3, 5, 20, 50, 100)}
    reference = await desk.reference()
    pages = {part: await timelines.timelines(desk, reference, scope.sight, [view.pk], part) for part in parts.values()}

    async def load_timelines(_desk: Any, _sight: Any, _told: Any, part: timelines.Window, keys: list[int]) -> list[Any]:
        return [pages[part][key] for key in keys]

    monkeypatch.setattr(schema_context, "load_tickets", given(lambda key: view))
    monkeypatch.setattr(schema_context, "load_reporters", given(identities.get))
    monkeypatch.setattr(schema_context, "load_answers", given(answers.__getitem__))
    monkeypatch.setattr(schema_context, "load_timelines", load_timelines)


def given(value: Callable[[int], Any]) -> Callable[..., Awaitable[list[Any]]]:
    async def load(*arguments: Any) -> list[Any]:
        return [value(key) for key in arguments[-1]]

    return load


async def followed(desk: Desk, schema: strawberry.Schema, scope: Scope, document: str) -> tuple[LiveSchema, Followed]:
    live = LiveSchema(desk, schema, structlog.get_logger("tests"))
    prepared = Documents(schema._schema, DocumentLimits(directives=60)).prepare(document, None, {})
    request = await live.plan(prepared, context_for(desk, scope, "en", "test", OpenGate()))
    return live, request.plan.domain


async def grows(live: LiveSchema, group: Followed, frames: list[Any], rounds: int) -> bool:
    """Whether each of some stretches leaves a byte per frame behind; the interpreter's free lists come and go."""

    async def show(times: int) -> int:
        for place in range(times):
            await live.frames.executed(group, frames[place % len(frames)])
        gc.collect()
        sys._clear_type_cache()  # it keeps the last few thousand names that attributes were asked for by
        return tracemalloc.get_traced_memory()[0]

    gc.collect()
    gc.freeze()  # what was there before need not be looked at each time, neither here nor by later tests
    tracemalloc.start()
    try:
        held = await show(WARM)
        for _ in range(STRETCHES):
            before, held = held, await show(rounds)
            if held - before < rounds:
                return False
        return True
    finally:
        tracemalloc.stop()


@pytest.mark.slow
@pytest.mark.parametrize("document", [OF_A_KIND, HEAVY], ids=["directive", "resolvers"])
async def test_ten_thousand_frames_leave_memory_where_it_was(
    desk: Desk, schema: strawberry.Schema, city: City, frames: Frames, document: str
) -> None:
    live, group = await followed(desk, schema, city.coordinator, document)

    assert not await grows(live, group, frames(group), MANY)


@pytest.mark.parametrize("name", OURS)
async def test_no_document_of_ours_grows_with_its_frames(
    desk: Desk, schema: strawberry.Schema, city: City, frames: Frames, name: str
) -> None:
    live, group = await followed(desk, schema, city.coordinator, OURS[name])

    assert not await grows(live, group, frames(group), SOME)


@pytest.mark.slow
async def test_no_random_document_grows_with_its_frames(
    desk: Desk, schema: strawberry.Schema, city: City, frames: Frames
) -> None:
    growing = []
    for seed in range(50):
        live, group = await followed(desk, schema, city.coordinator, random_one(seed))
        if await grows(live, group, frames(group), SOME):
            growing.append(seed)

    assert growing == []


@pytest.mark.slow
async def test_a_frame_leaves_nothing_to_the_collector_of_garbage(
    desk: Desk, schema: strawberry.Schema, city: City, frames: Frames
) -> None:
    live, group = await followed(desk, schema, city.coordinator, HEAVY)
    await live.frames.executed(group, frames(group)[1])
    while gc.collect():
        pass
    gc.freeze()  # what was there before may end meanwhile, by a timer of an earlier test
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        for _ in range(3):  # a frame may make garbage of what the one before it made
            await live.frames.executed(group, frames(group)[1])
        gc.collect()
        left = Counter(type(each).__qualname__ for each in gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()

    assert left == Counter()
