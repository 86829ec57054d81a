"""What a change of rules would move, and that it moves just that."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from models import Event, Ticket, TicketClock
from models.calendars import DayKind
from models.enums import OPEN_STATUSES, ClockKind, DeadlineStanding, EventKind, MoveMutation, Role, TicketStatus
from realtime.yielding import Pace
from services.access.scopes import Scope
from services.clocks import recounting
from services.clocks.recounting import recount_clocks
from services.core.desk import Desk
from services.deadline_rules import impact
from services.deadline_rules.change import change, preview
from services.deadline_rules.commands import GivenDay
from services.deadline_rules.comparing import Impact
from services.tickets.clocks.measures import measures_of
from services.tickets.clocks.replays import replay
from tests.conftest import Clock
from tests.factories import make_agency, make_scope, make_ticket
from tests.moving import Means, make_move
from tests.realtime.world import eventually
from tests.services.deadline_rules.rules_city import policy, rules_change, seed_rules, week

MONDAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # 09:00 WIB, in Ramadan
FRIDAY = date(2026, 3, 6)
OFF = GivenDay(FRIDAY, DayKind.LOCAL, "Hari jadi Kota Kediri")


@pytest.fixture
async def coordinator(desk: Desk, database: BaseDBAsyncClient) -> Scope:
    await seed_rules(database, desk)
    return await make_scope(Role.COORDINATOR, await make_agency("DISKOMINFO"))


async def make_city(desk: Desk, clock: Clock, coordinator: Scope) -> list[Ticket]:
    """Six open tickets on the morning of Friday, 6 March, of different days: two are dispatched, one is on hold."""
    await make_agency("DISHUB")
    tickets = [await make_ticket(at=MONDAY - timedelta(days=3 * number)) for number in range(6)]
    await make_ticket(TicketStatus.RESOLVED, at=MONDAY)
    clock.set(MONDAY + timedelta(days=1))
    await recount_clocks(desk)
    for place, steps in ((0, ["DISPATCHED"]), (1, ["DISPATCHED", "IN_PROGRESS"]), (2, ["ON_HOLD"])):
        for status in steps:
            await move(desk, coordinator, tickets[place], TicketStatus(status))
    clock.set(MONDAY + timedelta(days=4))
    return tickets


async def move(desk: Desk, scope: Scope, ticket: Ticket, to: TicketStatus) -> None:
    by = MoveMutation.DISPATCH if to is TicketStatus.DISPATCHED else MoveMutation.CHANGE_STATUS
    await ticket.refresh_from_db()
    if ticket.status is TicketStatus.RECEIVED:
        await make_move(desk, scope, ticket, MoveMutation.VERIFY, TicketStatus.VERIFIED)
        await ticket.refresh_from_db()
    await make_move(desk, scope, ticket, by, to, Means(agency_code="DISHUB"))


async def deadlines() -> dict[tuple[int, ClockKind], tuple[datetime | None, bool]]:
    """Every clock that has not stopped: its deadline, and whether it is overdue."""
    rows = await TicketClock.exclude(state="STOPPED")
    return {(row.ticket_id, row.clock): (row.due_at, row.standing is DeadlineStanding.OVERDUE) for row in rows}


def told(found: Impact) -> set[tuple[int, ClockKind, datetime | None, datetime | None]]:
    return {(each.ticket_id, each.moved.clock, each.moved.before, each.moved.after) for each in found.moves}


CHANGES = {
    "a day off": rules_change(days=[OFF]),
    "a day that is worked": rules_change(days=[GivenDay(date(2026, 2, 28), DayKind.WORKING, "Hari kerja pengganti")]),
    "a day that is off no more": rules_change(remove_days=[date(2026, 2, 17), date(2026, 3, 18)]),
    "a longer policy": rules_change(
        policies=[
            policy(code="verifikasi", clock=ClockKind.VERIFICATION, amount=9, valid_from=date(2014, 10, 7)),
            policy(amount=1, valid_from=date(2014, 10, 7)),
        ]
    ),
    "no deadline": rules_change(
        policies=[policy(code="verifikasi", clock=ClockKind.VERIFICATION, amount=0, valid_from=date(2026, 2, 20))]
    ),
    "weeks without Friday": rules_change(
        weeks=[week(*[(day, "08:00", "15:00") for day in (1, 2, 3, 4)], valid_from=date(2026, 2, 20))]
    ),
}


@pytest.mark.parametrize("name", CHANGES)
async def test_a_preview_tells_what_the_change_does(
    desk: Desk, clock: Clock, coordinator: Scope, database: BaseDBAsyncClient, name: str
) -> None:
    tickets = await make_city(desk, clock, coordinator)
    wanted = CHANGES[name]
    await desk.pass_first(desk, [each.id for each in tickets])
    before = await deadlines()

    seen = await preview(desk, coordinator, wanted)
    done = await change(desk, coordinator, wanted)
    unmoved = await deadlines()
    await recount_clocks(desk)

    after = await deadlines()
    moved = {
        (*key, before[key][0], after[key][0]) for key in before if key in after and before[key][0] != after[key][0]
    }
    assert (done.impact, unmoved) == (seen, before)
    assert (seen.version, seen.open) == (1, 6)
    assert told(seen) == moved
    assert moved
    assert seen.moved == len({key for key, *_ in moved})
    assert seen.become_overdue == len({key[0] for key in after if after[key][1] > before[key][1]})
    assert seen.no_longer_overdue == len({key[0] for key in after if before[key][1] > after[key][1]})
    events = await Event.filter(kind=EventKind.DEADLINE_MOVED, details__contains={"version": 2})
    assert len({event.ticket_id for event in events}) == len(events)
    assert {event.ticket_id for event in events} >= {key for key, *_ in moved}
    await hold_equal_to_a_recount(desk, database)


async def hold_equal_to_a_recount(desk: Desk, database: BaseDBAsyncClient) -> None:
    """Every open ticket is at the version of now, and its clocks are those that the whole log gives."""
    reference = await desk.reference()
    measures = measures_of(reference, desk.rules.zone)
    tickets = await Ticket.filter(status__in=list(OPEN_STATUSES))
    assert {each.rules_version for each in tickets} == {reference.rules_version}
    fresh = await replay(database, [each.id for each in tickets], measures)
    for each in tickets:
        rows = {row.clock: (row.state, row.due_at) for row in await TicketClock.filter(ticket_id=each.id)}
        counted = {clock: (kept.state, kept.due_at) for clock, kept in fresh[each.id].kept.items()}
        going = {clock for clock, (state, _) in counted.items() if state.value != "STOPPED"}
        assert {clock: rows[clock] for clock in going} == {clock: counted[clock] for clock in going}


async def test_a_new_day_off_undoes_what_was_overdue(desk: Desk, clock: Clock, coordinator: Scope) -> None:
    ticket = await make_ticket(at=MONDAY)
    await recount_clocks(desk)
    clock.set(MONDAY + timedelta(days=4, hours=1))
    await desk.pass_first(desk, [ticket.id])
    await ticket.refresh_from_db()
    assert (ticket.standing, ticket.due_at.isoformat()) == (DeadlineStanding.OVERDUE, "2026-03-05T17:00:00+00:00")

    late = await change(desk, coordinator, rules_change(days=[GivenDay(date(2026, 3, 5), DayKind.LOCAL, "Libur")]))
    await recount_clocks(desk)

    await ticket.refresh_from_db()
    assert (late.impact.become_overdue, late.impact.no_longer_overdue) == (0, 1)
    assert (ticket.standing, ticket.due_at.isoformat()) == (DeadlineStanding.DUE_SOON, "2026-03-06T17:00:00+00:00")


async def test_what_jobs_have_yet_to_write_down_is_no_move_of_a_change(
    desk: Desk, clock: Clock, coordinator: Scope
) -> None:
    await make_ticket(at=MONDAY)
    await recount_clocks(desk)
    await change(desk, coordinator, rules_change(days=[OFF]))

    to_recount = await preview(desk, coordinator, rules_change(2, days=[replace(OFF, day=date(2026, 12, 30))]))
    await recount_clocks(desk)
    clock.set(MONDAY + timedelta(days=14))  # overdue by now, whatever the day before that Friday is
    to_pass = await preview(desk, coordinator, rules_change(2, days=[replace(OFF, day=date(2026, 3, 5))]))

    assert (to_recount.open, to_recount.moved) == (1, 0)
    assert (to_pass.open, to_pass.moved, to_pass.become_overdue) == (1, 1, 0)


async def test_verdicts_stay_as_they_were_given(desk: Desk, clock: Clock, coordinator: Scope) -> None:
    tickets = await make_city(desk, clock, coordinator)
    given = {row.id: row.verdicts for row in await TicketClock.all() if row.verdicts}
    assert given

    await change(desk, coordinator, CHANGES["a longer policy"])
    await recount_clocks(desk)
    await move(desk, coordinator, tickets[3], TicketStatus.DISPATCHED)

    after = {row.id: row.verdicts for row in await TicketClock.filter(id__in=list(given))}
    assert after == given


async def test_admins_are_told_of_the_tickets_that_they_see(desk: Desk, clock: Clock, coordinator: Scope) -> None:
    await make_ticket(at=MONDAY)
    await make_ticket(at=MONDAY, confidential=True)
    await recount_clocks(desk)
    admin = await make_scope(Role.ADMIN)

    mine = await preview(desk, admin, rules_change(days=[OFF]))
    all_of_them = await preview(desk, coordinator, rules_change(days=[OFF]))

    assert [(each.open, each.moved, len(each.moves)) for each in (mine, all_of_them)] == [(1, 1, 1), (2, 2, 2)]


async def test_a_page_of_tickets_costs_two_statements(
    desk: Desk, coordinator: Scope, count_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        await make_ticket(at=MONDAY)
    await recount_clocks(desk)
    await desk.reference()

    async def asked() -> int:
        with count_queries() as queries:
            await preview(desk, coordinator, rules_change(days=[OFF]))
        return int(queries.count)

    whole = await asked()
    monkeypatch.setattr(impact, "PAGE", 2)

    assert await asked() - whole == 2


async def test_the_moves_are_those_that_become_overdue_and_then_the_longest(
    desk: Desk, clock: Clock, coordinator: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.deadline_rules.comparing.MOST_MOVES", 3)
    await make_city(desk, clock, coordinator)

    seen = await preview(desk, coordinator, CHANGES["a longer policy"])

    lengths = [abs(each.moved.after - each.moved.before) for each in seen.moves if not each.moved.late_now]
    flags = [each.moved.late_now for each in seen.moves]
    assert len(seen.moves) == 3
    assert flags == sorted(flags, reverse=True)
    assert lengths == sorted(lengths, reverse=True)


async def test_a_change_does_not_wait_for_its_impact_for_ever(
    desk: Desk, coordinator: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.deadline_rules.change.PATIENCE", 0)

    done = await change(desk, coordinator, rules_change(days=[OFF]))

    assert (done.version, done.impact) == (2, None)
    assert (await desk.reference()).calendar.desk.special(FRIDAY) is not None


async def test_moves_while_a_change_is_carried_out_leave_no_ticket_behind(
    desk: Desk, clock: Clock, coordinator: Scope, database: BaseDBAsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recounting, "BATCH", 2)
    tickets = [*await make_city(desk, clock, coordinator), *[await make_ticket(at=MONDAY) for _ in range(6)]]
    await recount_clocks(desk)

    await change(desk, coordinator, CHANGES["a longer policy"])
    await asyncio.gather(
        recount_clocks(desk),
        recount_clocks(desk),
        *(move(desk, coordinator, ticket, TicketStatus.DISPATCHED) for ticket in tickets[6:]),
        change(desk, coordinator, rules_change(2, days=[OFF])),
    )
    await recount_clocks(desk)

    await hold_equal_to_a_recount(desk, database)
    told_twice = """SELECT ticket_id, details->>'version' AS version FROM event WHERE kind = 'DEADLINE_MOVED'
        GROUP BY 1, 2 HAVING count(*) > 1"""
    assert await database.execute_query_dict(told_twice) == []


class Pauses(Pace):
    """Always due, and counts how often somebody gave the loop back; meanwhile is called the first time."""

    def __init__(self, meanwhile: Callable[[], Awaitable[Any]] | None = None) -> None:
        super().__init__()
        self.count = 0
        self.meanwhile = meanwhile

    def is_due(self, account: object) -> bool:
        return True

    async def pause(self, account: object) -> None:
        self.count += 1
        if self.count == 1 and self.meanwhile is not None:
            await self.meanwhile()


async def test_a_preview_gives_the_loop_back_and_reads_one_moment(
    desk: Desk, coordinator: Scope, database: BaseDBAsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(impact, "PAGE", 2)
    tickets = [await make_ticket(at=MONDAY) for _ in range(5)]
    await recount_clocks(desk)

    async def close_the_last() -> None:
        closed = Ticket.filter(id=tickets[-1].id).using_db(database)  # a connection of its own
        await closed.update(status=TicketStatus.ARCHIVED)

    pauses = Pauses(close_the_last)
    seen = await preview(replace(desk, pace=pauses), coordinator, rules_change(days=[OFF]))

    assert (seen.open, seen.moved, pauses.count) == (5, 5, 5)
    assert (await preview(desk, coordinator, rules_change(days=[OFF]))).open == 4


async def test_one_preview_is_counted_at_a_time(desk: Desk, coordinator: Scope) -> None:
    await make_ticket(at=MONDAY)
    await recount_clocks(desk)
    wanted, counted_before = rules_change(days=[OFF]), list[int]()

    async def ask_again() -> None:
        again = preview(replace(desk, pace=other), coordinator, wanted)
        asked.append(asyncio.create_task(again, context=outside))
        await eventually(lambda: bool(desk.previews._waiters) or other.count > 0)
        counted_before.append(other.count)

    asked: list[asyncio.Task[Impact]] = []
    other, outside = Pauses(), copy_context()  # that of no transaction
    seen = await preview(replace(desk, pace=Pauses(ask_again)), coordinator, wanted)

    assert (await asked[0], counted_before, other.count) == (seen, [0], 1)
