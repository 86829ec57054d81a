"""Random moves and passings, with lists and boards that are kept by events and compared with fresh queries."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from models import Agency
from models.database import connection
from models.enums import (
    Classification,
    ClockKind,
    DeadlineStanding,
    HandlingClass,
    PrincipalKind,
    Role,
    TicketStatus,
)
from realtime import log
from services.access.filters.filters import TicketFilter
from services.access.filters.worklists import Worklist
from services.access.scopes import Scope, Sight
from services.board.board import Board, BoardFilter
from services.clocks.passing import pass_clocks
from services.core.desk import Desk
from services.core.refusals import EdgeRefusal, Refusal
from services.deadlines.rows.calendars import sync_calendars, sync_days
from services.deadlines.rows.policies import sync_policies
from services.feeds import decisions, feeds
from services.master_data.cities import load_city
from services.queries.lists.lists import ticket_page
from services.queries.lists.orders import TicketOrder
from services.queries.views import TicketView
from tests.conftest import Clock
from tests.factories import citizen_scope, make_agency, make_client_scope, make_scope, make_ticket
from tests.root import ROOT
from tests.services.feeds.test_live import random_move

CITY = load_city(ROOT / "cities" / "kediri")
TICKETS = 14
NEVER = datetime.max.replace(tzinfo=UTC)
STANDING, KIND = DeadlineStanding, ClockKind
FILTERS = (
    TicketFilter(),
    TicketFilter(standing=(STANDING.OVERDUE,)),
    TicketFilter(standing=(STANDING.RESTING, STANDING.DUE_SOON)),
    TicketFilter(clock=(KIND.FIRST_RESPONSE,)),
    TicketFilter(clock=(KIND.RESOLUTION, KIND.REPORTER_REPLY), standing=(STANDING.OVERDUE, STANDING.DUE_SOON)),
    TicketFilter(handling_class=(HandlingClass.SUPERVISORY,)),
    TicketFilter(due_to=datetime(2026, 3, 20, tzinfo=UTC)),
)
LISTS_OF_STAFF = (TicketFilter(worklist=Worklist.OVERDUE), TicketFilter(worklist=Worklist.DUE_SOON))
Told = dict[int, tuple[int, datetime | None, DeadlineStanding | None, str]]


@dataclass
class Kept:
    """A list that a feed keeps."""

    scope: Scope
    wanted: TicketFilter
    watch: feeds.Watch
    rows: Told

    def apply(self, frame: decisions.Entered | decisions.Updated | decisions.Left | None) -> None:
        if isinstance(frame, decisions.Left):
            self.rows.pop(frame.ticket_id, None)
        elif frame is not None:
            self.rows[frame.ticket.pk] = told(frame.ticket)

    def in_order(self) -> list[int]:
        """As docs/live-clients.md says: by dueAt, those without one last, ties by number."""
        return sorted(self.rows, key=lambda pk: (self.rows[pk][1] or NEVER, self.rows[pk][3]))


@dataclass
class Play:
    """A desk with random tickets, who moves them, and what is kept of them."""

    desk: Desk
    clock: Clock
    chance: random.Random
    movers: list[Scope]
    lists: list[Kept]
    boards: list[tuple[Sight, BoardFilter, Board]]
    seq: int
    kinds: set[str] = field(default_factory=set)

    async def step(self) -> None:
        """A move or some hours, and what has passed by then; then the lists take the events."""
        self.clock.forward(minutes=self.chance.choice((0, 1, 90, 700, 1_500)))
        if self.chance.random() < 0.4:
            await pass_clocks(self.desk)
        else:
            with suppress(Refusal, EdgeRefusal):  # some moves need what a draw does not give
                await random_move(self.desk, self.chance, self.chance.choice(self.movers))
        events, head = await log.read_after(connection(), self.seq, 1_000)
        self.seq = head.seq
        self.kinds |= {str(event.kind) for event in events}
        rows = await feeds.load(self.desk, {event.ticket_id for event in events if event.ticket_id})
        for event in events:
            for kept in self.lists:
                kept.apply(decisions.membership(event, kept.watch, rows.get(event.ticket_id or 0)))

    async def compare(self) -> None:
        """Every list and every board is what a fresh query gives, in its order."""
        for kept in self.lists:
            rows = await due_first(self.desk, kept.scope, kept.wanted)
            assert kept.rows == rows, (kept.scope, kept.wanted)
            if kept.scope.kind is not PrincipalKind.CITIZEN:
                assert kept.in_order() == list(rows), (kept.scope, kept.wanted)
        for sight, wanted, board in self.boards:
            assert await board.read(self.desk) == await Board(sight, wanted).read(self.desk), (sight, wanted)


def told(view: TicketView) -> tuple[int, datetime | None, DeadlineStanding | None, str]:
    due_at: Any = view.due_at  # type: ignore[attr-defined]
    return view.version, due_at, view.standing, view.number


async def due_first(desk: Desk, scope: Scope, wanted: TicketFilter) -> Told:
    page = await ticket_page(desk, scope, wanted, TicketOrder.DUE_FIRST, 100, None)
    return {view.pk: told(view) for view in page.tickets}


async def set_rules(desk: Desk, database: BaseDBAsyncClient) -> None:
    """Let clocks be counted by Kediri's calendars and policies."""
    await sync_calendars(database, CITY.calendar.calendars)
    await sync_days(database, desk.today(), CITY.calendar.days)
    await sync_policies(database, CITY.deadlines)


async def begin(desk: Desk, database: BaseDBAsyncClient, clock: Clock, seed: int) -> Play:
    """Kediri's rules, two agencies, and callers of every kind with their lists."""
    chance = random.Random(seed)
    await set_rules(desk, database)
    roads, health, police = [await make_agency(code) for code in ("pupr", "dinkes", "satpol-pp")]
    await make_agency("pln")
    movers = [
        await make_scope(Role.COORDINATOR, await make_agency("diskominfo")),
        await make_scope(Role.LIAISON, roads),
        await make_scope(Role.LIAISON, health),
    ]
    tickets = [await _ticket(chance, clock, police, chance.choice([None, roads, health])) for _ in range(TICKETS)]
    others = [await make_client_scope(PrincipalKind.PARTNER), await make_client_scope(PrincipalKind.DISPLAY)]
    lists = [(scope, wanted) for scope in movers for wanted in (*FILTERS, *LISTS_OF_STAFF)]
    lists += [(others[0], wanted) for wanted in FILTERS]
    lists += [(others[1], FILTERS[number]) for number in (0, 1, 2, 6)]
    lists += [(citizen_scope(tickets[0]), FILTERS[number]) for number in (0, 3)]
    kept = [
        Kept(scope, wanted, await feeds.watch(desk, scope, wanted), await due_first(desk, scope, wanted))
        for scope, wanted in lists
    ]
    sights = [(movers[0].sight, BoardFilter()), (others[1].sight, BoardFilter(agency_code=("pupr",)))]
    boards = [(sight, wanted, Board(sight, wanted)) for sight, wanted in sights]
    return Play(desk, clock, chance, movers, kept, boards, (await log.head(connection())).seq)


async def _ticket(chance: random.Random, clock: Clock, police: Agency, lead: Agency | None) -> Any:
    return await make_ticket(
        TicketStatus.RECEIVED if lead is None else TicketStatus.DISPATCHED,
        lead=lead,
        classification=None if lead is None else Classification.COMPLAINT,
        at=clock() - timedelta(hours=chance.randrange(60)),
        confidential=chance.choice([True, False, False]),
        reported_agency_id=chance.choice([police.id, None]),
        handling_class=chance.choice(["LIGHT", "NORMATIVE", "ORDINARY"]),
    )


async def play(desk: Desk, database: BaseDBAsyncClient, clock: Clock, seed: int, steps: int, compared: int) -> Play:
    """So many steps, compared after every so many."""
    made = await begin(desk, database, clock, seed)
    for number in range(1, steps + 1):
        await made.step()
        if number % compared == 0 or number == steps:
            await made.compare()
    return made
