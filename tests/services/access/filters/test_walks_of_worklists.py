"""Whatever happens to tickets and to those who work on them: counts equal lists, and live lists equal fresh ones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from random import Random

import orjson
import pytest
from tortoise.transactions import in_transaction

from bench.player import Player
from models import Agency, Officer, Ticket
from models.database import connection
from models.enums import (
    AGENCY_STATUSES,
    OPEN_STATUSES,
    ActorKind,
    AgencyKind,
    EventKind,
    PrincipalKind,
    Role,
    SubjectKind,
)
from realtime import log
from services.access import access
from services.access.filters.filters import TicketFilter
from services.access.filters.worklists import Worklist, worklist_rule
from services.access.scopes import SYSTEM, Scope
from services.access.states import ticket_state
from services.core.desk import Desk
from services.core.refusals import EdgeRefusal, Refusal
from services.credentials import identify
from services.credentials.credentials import issue
from services.credentials.posts import switch
from services.feeds import decisions, feeds
from services.feeds.feeds import Watch
from services.intake.open311.importer import import_open311
from services.queries.lists.lists import ticket_page
from services.queries.lists.orders import TicketOrder
from services.queries.tickets import worklist_counts
from services.staff import staff
from services.staff.assignments import WantedAssignment
from services.tickets.releases import release_left
from services.tickets.supervision import follow_posts
from tests.conftest import Clock
from tests.factories import make_agency, make_area, make_officer, make_ticket

STEPS, LARGEST = 45, 100
AGENCIES = ("diskominfo", "pupr", "dishub", "inspektorat")
# The first three stay, so that somebody coordinates and examines, and there is an admin.
PEOPLE = (
    ("diskominfo", Role.COORDINATOR),
    ("pupr", Role.ADMIN),
    ("inspektorat", Role.INSPECTOR),
    ("pupr", Role.LIAISON),
    ("pupr", Role.OFFICER),
    ("dishub", Role.OFFICER),
)
Ids = set[int]


@dataclass(slots=True)
class Walk:
    """A small desk on which anything may happen, and the lists that its people keep open."""

    desk: Desk
    clock: Clock
    rng: Random
    player: Player
    tokens: dict[int, str] = field(default_factory=dict)
    kept: dict[tuple[int, Worklist], tuple[Watch, Ids]] = field(default_factory=dict)
    seq: int = 0

    async def hire(self, code: str, role: Role) -> None:
        officer = await make_officer(await Agency.get(code=code), role)
        issued = await issue(self.desk, PrincipalKind.STAFF, name="uji", officer_id=officer.id)
        self.tokens[officer.id] = issued.token

    async def people(self) -> list[Scope]:
        """Everybody who still has an account, with the rights of now; who has several posts, as each of them."""
        found = []
        for token in self.tokens.values():
            try:
                scope = await identify.identify(self.desk, token)
            except EdgeRefusal:
                continue
            found += [scope] if len(scope.agencies) < 2 else [each async for each in self._each_post(scope)]
        return found

    async def _each_post(self, scope: Scope) -> AsyncIterator[Scope]:
        agencies = (await self.desk.reference()).agencies
        for agency in sorted(scope.agencies):
            await switch(self.desk, scope, agencies[agency].code)
            yield await identify.refreshed(self.desk, scope)

    async def act(self) -> None:
        self.player.staff = await self.people()
        await self.player.act()

    async def pass_days(self) -> None:
        self.clock.forward(days=self.rng.choice((1, 1, 3)), hours=self.rng.randint(0, 20))

    async def retire_or_bring_back(self) -> None:
        agency = await Agency.get(code=self.rng.choice(AGENCIES[1:3]))
        async with in_transaction() as using:
            await Agency.filter(id=agency.id).using_db(using).update(active=not agency.active)
            event = log.NewEvent(
                kind=EventKind.REFERENCE_CHANGED,
                at=self.desk.now(),
                actor_kind=ActorKind.SYSTEM,
                subject_kind=SubjectKind.REFERENCE,
            )
            await log.append(using, [event])

    async def change_posts(self) -> None:
        officer = await self._somebody()
        until = self.rng.choice((None, self.desk.today(), self.desk.today() + timedelta(days=1)))
        roles = self.rng.sample((Role.OFFICER, Role.LIAISON, Role.COORDINATOR), self.rng.randint(1, 2))
        posts = tuple(WantedAssignment(self.rng.choice(AGENCIES[:3]), role, valid_to=until) for role in roles)
        await staff.change(self.desk, SYSTEM, staff.AccountChange(officer.id, officer.version, assignments=posts))

    async def end_one(self) -> None:
        await staff.end(self.desk, SYSTEM, (await self._somebody()).id)
        await self.hire(self.rng.choice(AGENCIES[1:3]), self.rng.choice((Role.OFFICER, Role.LIAISON)))

    async def _somebody(self) -> Officer:
        others = await Officer.filter(id__in=list(self.tokens)[3:], active=True).order_by("id")
        return self.rng.choice(others)

    async def bring_in(self) -> None:
        record = {
            "service_request_id": str(self.desk.now()),
            "service_name": "Lampu",
            "description": "Padam",
            "agency_responsible": "Dinas pupr",
            "status": self.rng.choice(("open", "closed")),
            "requested_datetime": "2026-01-02T00:00:00Z",
            "updated_datetime": "2026-01-02T00:00:00Z",
            "lat": -7.8,
            "long": 112.0,
        }
        assert (await import_open311(self.desk, BytesIO(orjson.dumps([record])))).bad == []

    async def require_somebodys(self, people: list[Scope]) -> None:
        """Every open ticket is in a worklist of somebody who sees it."""
        reference = await self.desk.reference()
        rules = [(scope, worklist_rule(each, scope, reference)) for scope in people for each in Worklist]
        for ticket in await Ticket.filter(status__in=list(OPEN_STATUSES)):
            state = ticket_state(ticket)
            assert any(access.sees(scope, state) and rule.holds(state) for scope, rule in rules), state

    async def require_equal(self, people: list[Scope]) -> None:
        """Counts, lists and what feeds made of the lists that were open are the same."""
        head = (await log.head(connection())).seq
        events, _ = await log.read_after(connection(), self.seq, 1_000)
        self.seq = head
        rows = await feeds.load(self.desk, [event.ticket_id for event in events if event.ticket_id])
        for scope in people:
            counts = {each.worklist: each.count for each in await worklist_counts(self.desk, scope)}
            for worklist in Worklist:
                fresh = await self._fresh(scope, worklist)
                assert counts[worklist] == len(fresh), (scope, worklist)
                assert await self._live(scope, worklist, fresh, events, rows) == fresh, (scope, worklist)

    async def _fresh(self, scope: Scope, worklist: Worklist) -> Ids:
        wanted = TicketFilter(worklist=worklist)
        page = await ticket_page(self.desk, scope, wanted, TicketOrder.NEWEST_FIRST, LARGEST, None)
        return {view.pk for view in page.tickets}

    async def _live(
        self,
        scope: Scope,
        worklist: Worklist,
        fresh: Ids,
        events: list[log.LoggedEvent],
        rows: dict[int, feeds.LoadedTicket],
    ) -> Ids:
        """The list that was open, after these events; where rights or the day made another of it, it is read again."""
        key, watched = (
            (scope.officer_id or 0, worklist),
            await feeds.watch(self.desk, scope, TicketFilter(worklist=worklist)),
        )
        before, ids = self.kept.get(key, (None, set()))
        if before is None or before.mark != watched.mark:
            ids = set(fresh)
        else:
            for event in events:
                follow(ids, event, decisions.membership(event, before, rows.get(event.ticket_id or 0)))
        self.kept[key] = (watched, ids)
        return ids


def follow(ids: Ids, event: log.LoggedEvent, shown: object) -> None:
    """Do with a list what a client does with a frame."""
    if isinstance(shown, decisions.Entered):
        ids.add(event.ticket_id or 0)
    elif isinstance(shown, decisions.Left):
        ids.discard(shown.ticket_id)


# What happens, and how often; our choice.
STEPS_OF: dict[Callable[[Walk], Awaitable[None]], int] = {
    Walk.act: 30,
    Walk.pass_days: 2,
    Walk.retire_or_bring_back: 1,
    Walk.change_posts: 2,
    Walk.end_one: 1,
    Walk.bring_in: 1,
}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [6])
async def test_no_walk_leaves_an_open_ticket_to_nobody_or_makes_lists_counts_and_feeds_differ(
    desk: Desk, clock: Clock, seed: int
) -> None:
    for code in AGENCIES:
        await make_agency(code)
    await make_agency("pln", kind=AgencyKind.EXTERNAL)
    area, rng = await make_area(), Random(seed)
    walk = Walk(desk, clock, rng, Player(desk, [], AGENCIES[:3], ["pln"], [area.code], rng))
    for code, role in PEOPLE:
        await walk.hire(code, role)
    for status in sorted(OPEN_STATUSES):
        lead = await Agency.get(code="pupr") if status in AGENCY_STATUSES else None
        await make_ticket(status, lead=lead, at=desk.now(), hold_until=desk.today() if status == "ON_HOLD" else None)

    for _ in range(STEPS):
        with suppress(Refusal):  # an agency that was retired takes nobody in
            await rng.choices(list(STEPS_OF), list(STEPS_OF.values()))[0](walk)
        await release_left(desk)
        await follow_posts(desk)
        people = await walk.people()
        await walk.require_somebodys(people)
        await walk.require_equal(people)

    assert walk.player.broken == []
    assert walk.player.counts["done"] > STEPS // 3
