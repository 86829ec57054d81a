"""What callers of every kind read of a ticket's clocks: fields, filters, order, worklists, timelines and counts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from models import CalendarDay, DeadlinePolicy, Ticket, TicketClock
from models.enums import ClockKind, DeadlineStanding, DeadlineUnit, HandlingClass, PrincipalKind
from models.enums import TicketStatus as S
from services.access.filters.filters import TicketFilter
from services.access.filters.worklists import Worklist
from services.access.scopes import Scope
from services.clocks.passing import pass_clocks
from services.core.desk import Desk
from services.core.nodes import node_id
from services.core.refusals import EdgeRefusal
from services.deadline_rules import checking
from services.deadline_rules.change import change
from services.deadline_rules.commands import GivenPolicy, GivenWeek, GivenWindow, RulesChange
from services.queries.lists.lists import ticket_page
from services.queries.lists.orders import TicketOrder
from services.queries.tickets import worklist_counts
from services.tickets import moves
from services.tickets.commands import ChangeStatus, Dispatch, Verify
from tests.conftest import Clock
from tests.factories import citizen_scope, make_client_scope, make_ticket
from tests.root import ROOT
from tests.schema.conftest import Ask, City
from tests.services.feeds.clocked_lists import set_rules

NAME = "ticket-deadlines"
DEADLINES = (ROOT / "web" / "admin" / "operations" / f"{NAME}.graphql").read_text("utf-8")
LIST = """query ($filter: TicketFilter, $order: TicketOrder, $first: Int = 50, $after: Cursor) {
  tickets(filter: $filter, orderBy: $order, first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    edges { node { number dueAt standing deadlines { clock state standing dueAt used left } } } } }"""
TIMELINE = "query ($id: ID!) { ticket(id: $id) { timeline(first: 50) { edges { node { kind at } } } } }"
HIDDEN = "query ($id: ID!) { ticket(id: $id) { dueAt standing hidden { field reason } } }"
Count = Callable[[], AbstractContextManager[Any]]
C, D = ClockKind, DeadlineStanding


@pytest.fixture
async def ruled(desk: Desk, database: BaseDBAsyncClient, city: City) -> None:
    """Kediri's calendars and policies. Today is Monday, 2 March 2026, 08:00 WIB."""
    await set_rules(desk, database)


async def live_ticket(desk: Desk, city: City, clock: Clock, **columns: Any) -> Ticket:
    """A complaint that was verified after a day, dispatched after two and is worked on."""
    ticket = await make_ticket(at=clock(), **columns)
    clock.forward(days=1)
    supervisory = columns.get("supervisory")
    steering = city.inspector if supervisory else city.coordinator
    await moves.verify(desk, steering, Verify(ticket.id, 1, "COMPLAINT", "drainase"))
    clock.forward(days=1)
    await moves.dispatch(desk, steering, Dispatch(ticket.id, 2, "pupr"))
    clock.forward(days=1)
    await moves.change_status(desk, city.officer, ChangeStatus(ticket.id, 3, S.IN_PROGRESS))
    return ticket


async def read(ask: Ask, scope: Scope, document: str, ticket: Ticket) -> Any:
    result = await ask(scope, document, "id", id=node_id("Ticket", ticket.id))
    assert result.errors is None
    return result.data["ticket"]


async def test_every_clock_that_started_is_told_with_what_it_takes_to_count_it_again(
    ask: Ask, desk: Desk, city: City, clock: Clock, ruled: None
) -> None:
    ticket = await live_ticket(desk, city, clock)

    found = await read(ask, city.officer, DEADLINES, ticket)

    assert [(each["clock"], each["state"], each["standing"]) for each in found["deadlines"]] == [
        ("RESOLUTION", "RUNNING", "IN_TIME"),
        ("VERIFICATION", "STOPPED", "IN_TIME"),
        ("FIRST_RESPONSE", "STOPPED", "IN_TIME"),
    ]
    assert (found["dueAt"], found["standing"]) == (found["deadlines"][0]["dueAt"], "IN_TIME")
    for each in found["deadlines"]:
        counted = sum(one["days"] for one in each["explanation"]["segments"])
        assert each["used"] + each["left"] == each["amount"] + each["extension"]
        assert counted == (each["used"] if each["state"] == "STOPPED" else each["amount"])
    verdicts = {each["clock"]: [one["punctuality"] for one in each["verdicts"]] for each in found["deadlines"]}
    assert verdicts == {"RESOLUTION": [], "VERIFICATION": ["ON_TIME"], "FIRST_RESPONSE": ["ON_TIME"]}
    assert "14 hari kerja" in found["deadlines"][0]["explanation"]["text"]


async def test_the_reporter_reads_the_clocks_of_the_desk_of_the_city_and_their_own(
    ask: Ask, desk: Desk, city: City, clock: Clock, ruled: None
) -> None:
    ticket = await live_ticket(desk, city, clock)
    reporter = citizen_scope(ticket)

    found = await read(ask, reporter, DEADLINES, ticket)
    hidden = await read(ask, reporter, HIDDEN, ticket)
    await moves.change_status(desk, city.officer, ChangeStatus(ticket.id, 4, S.INCOMPLETE, missing=("TIME",)))
    asked = await read(ask, reporter, DEADLINES, ticket)

    assert [each["clock"] for each in found["deadlines"]] == ["RESOLUTION", "VERIFICATION"]
    assert [each["clock"] for each in asked["deadlines"]] == ["COMPLETION", "RESOLUTION", "VERIFICATION"]
    assert (found["dueAt"], found["standing"], found["handlingClass"]) == (None, None, "ORDINARY")
    assert {(each["field"], each["reason"]) for each in hidden["hidden"]} >= {
        ("dueAt", "NOT_YOUR_ROLE"),
        ("standing", "NOT_YOUR_ROLE"),
    }


async def test_the_clocks_of_a_supervisory_report_name_no_agency_to_its_reporter(
    ask: Ask, desk: Desk, city: City, clock: Clock, ruled: None
) -> None:
    await DeadlinePolicy.create(
        code="OF-ROADS",
        clock=C.RESOLUTION,
        classification="COMPLAINT",
        handling_class="SUPERVISORY",
        agency_code="pupr",
        amount=30,
        unit="WORKING_DAYS",
        rests=["INCOMPLETE"],
        extension=0,
        extensions=0,
        verified=False,
        valid_from=date(2020, 1, 1),
        legal_basis="SK Kepala Dinas Pekerjaan Umum",
    )
    ticket = await live_ticket(desk, city, clock, supervisory=True, reported_agency_id=city.health.id)

    reporter = await read(ask, citizen_scope(ticket), DEADLINES, ticket)
    inspector = await read(ask, city.inspector, DEADLINES, ticket)

    def told(found: Any) -> set[str]:
        return {word for word in ("pupr", "PUPR", "OF-ROADS", "Dinas Pekerjaan Umum") if word in str(found)}

    assert (told(reporter), told(inspector)) == (set(), {"pupr", "OF-ROADS", "Dinas Pekerjaan Umum"})
    assert {one["calendarCode"] for each in reporter["deadlines"] for one in each["explanation"]["segments"]} == {""}


async def test_a_day_off_of_one_calendar_is_told_without_its_name_to_the_reporter_of_a_supervisory_report(
    ask: Ask, desk: Desk, city: City, clock: Clock, ruled: None
) -> None:
    decreed = {"kind": "LOCAL", "name": "Libur Dinas Pekerjaan Umum", "source": "SK Kepala Dinas Pekerjaan Umum"}
    await CalendarDay.create(day=date(2026, 3, 10), calendar_code="KEDIRI", **decreed)
    ticket = await live_ticket(desk, city, clock, supervisory=True, reported_agency_id=city.health.id)

    reporter = await read(ask, citizen_scope(ticket), DEADLINES, ticket)
    inspector = await read(ask, city.inspector, DEADLINES, ticket)

    def tenth(found: Any) -> list[Any]:
        days = (day for each in found["deadlines"] for day in each["explanation"]["daysOff"])
        return [(day["day"], day["name"], day["decree"]) for day in days if day["day"] == "2026-03-10"]

    assert tenth(reporter) == [("2026-03-10", "", "")]
    assert set(tenth(inspector)) == {("2026-03-10", decreed["name"], decreed["source"])}
    assert "Selasa, 10 Maret 2026" in reporter["deadlines"][0]["explanation"]["text"]
    assert "Dinas Pekerjaan Umum" not in str(reporter)


async def test_a_clock_that_nobody_will_live_to_see_pass_is_told_as_unbound(
    ask: Ask, desk: Desk, city: City, clock: Clock, ruled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rules of before such an amount was refused."""
    monkeypatch.setattr(checking, "check_reach", lambda *_: None)
    ticket = await live_ticket(desk, city, clock)
    minute = RulesChange(
        1,
        "SK 1/2026",
        weeks=(GivenWeek("KEDIRI", "Semenit", date(2026, 3, 5), None, (GivenWindow(1, "00:00", "00:01"),)),),
        policies=(
            GivenPolicy("tidak-berkadar", C.RESOLUTION, 1_000, DeadlineUnit.WORKING_HOURS, date(2026, 3, 1), rests=()),
        ),
    )

    await change(desk, city.coordinator, minute)
    found = await read(ask, city.officer, DEADLINES, ticket)

    told = {each["clock"]: (each["standing"], each["dueAt"]) for each in found["deadlines"]}
    assert told["RESOLUTION"] == ("UNBOUND", None)


async def test_displays_read_where_a_ticket_stands_and_no_clock(
    ask: Ask, desk: Desk, city: City, clock: Clock, ruled: None
) -> None:
    ticket = await live_ticket(desk, city, clock)

    found = await read(ask, city.display, DEADLINES, ticket)
    hidden = await read(ask, city.display, HIDDEN, ticket)

    assert (found["standing"], found["dueAt"] is None, found["deadlines"]) == ("IN_TIME", False, [])
    fields = {each["field"] for each in hidden["hidden"]}
    assert fields >= {"deadlines", "handlingClass", "closedBySilence"}
    assert not fields & {"dueAt", "standing"}


async def test_a_list_reads_the_clocks_of_all_its_tickets_in_one_statement(
    ask: Ask, desk: Desk, city: City, clock: Clock, ruled: None, count_queries: Count
) -> None:
    numbers = []
    for _ in range(2):
        for _ in range(4):
            await make_ticket(at=clock())
        await ask(city.coordinator, LIST)
        with count_queries() as statements:
            result = await ask(city.coordinator, LIST)
        assert result.errors is None
        numbers.append((len(result.data["tickets"]["edges"]), statements.count))

    assert numbers == [(4, 2), (8, 2)]


async def many(desk: Desk, city: City, clock: Clock) -> dict[str, Ticket]:
    """Tickets in every status, some of which passed a deadline."""
    made = {}
    for number, (status, days) in enumerate(product(S, (1, 9, 40))):
        lead = None if status in (S.RECEIVED, S.VERIFIED) else city.roads
        hold = date(2026, 3, 20) if status is S.ON_HOLD else None
        ticket = await make_ticket(
            status,
            at=clock() - timedelta(days=days, minutes=number),
            lead=lead,
            hold_until=hold,
            classification="COMPLAINT",
            handling_class="LIGHT" if number % 4 == 0 else "ORDINARY",
        )
        made[ticket.number] = ticket
    await pass_clocks(desk)
    return made


async def numbers(desk: Desk, scope: Scope, wanted: TicketFilter) -> set[str]:
    page = await ticket_page(desk, scope, wanted, TicketOrder.NEWEST_FIRST, 100, None)
    return {ticket.number for ticket in page.tickets}


async def test_filters_by_clocks_find_what_the_clocks_say(
    ask: Ask, desk: Desk, city: City, clock: Clock, ruled: None
) -> None:
    made = await many(desk, city, clock)
    rows = await TicketClock.all()
    by_key = {ticket.id: number for number, ticket in made.items()}
    fresh = {number: await Ticket.get(id=ticket.id) for number, ticket in made.items()}

    for standing in D:
        wanted = {number for number, ticket in fresh.items() if ticket.standing is standing}
        assert await numbers(desk, city.coordinator, TicketFilter(standing=(standing,))) == wanted
        for clock_kind in C:
            stands = {by_key[row.ticket_id] for row in rows if (row.clock, row.standing) == (clock_kind, standing)}
            asked = TicketFilter(standing=(standing,), clock=(clock_kind,))
            assert await numbers(desk, city.coordinator, asked) == stands
    for clock_kind in C:
        active = {by_key[row.ticket_id] for row in rows if row.clock is clock_kind and row.state != "STOPPED"}
        assert await numbers(desk, city.coordinator, TicketFilter(clock=(clock_kind,))) == active
    assert {ticket.standing for ticket in fresh.values()} >= {None, D.IN_TIME, D.OVERDUE, D.RESTING, D.UNBOUND} - {
        D.UNBOUND
    }


async def test_filters_by_class_time_and_silence_are_those_of_the_fields(desk: Desk, city: City) -> None:
    light = await make_ticket(handling_class="LIGHT", due_at=datetime(2026, 3, 5, 17, tzinfo=UTC))
    grave = await make_ticket(handling_class="LIGHT", supervisory=True)
    silent = await make_ticket(S.RESOLVED, closed_by_silence=True)
    callers = city.coordinator

    async def found(**wanted: Any) -> set[str]:
        return await numbers(desk, callers, TicketFilter(**wanted))

    assert await found(handling_class=(HandlingClass.LIGHT,)) == {light.number}
    assert await found(handling_class=(HandlingClass.SUPERVISORY,)) == {grave.number}
    assert await found(handling_class=(HandlingClass.SUPERVISORY, HandlingClass.ORDINARY)) == {
        grave.number,
        silent.number,
    }
    assert await found(due_from=datetime(2026, 3, 5, 17, tzinfo=UTC)) == {light.number}
    assert await found(due_to=datetime(2026, 3, 5, 17, tzinfo=UTC)) == set()
    assert await found(due_to=datetime(2026, 3, 5, 17, 1, tzinfo=UTC)) == {light.number}
    assert await found(closed_by_silence=True) == {silent.number}
    assert await found(standing=()) == set()
    assert await found(clock=(), standing=(D.UNBOUND,)) == set()


@pytest.mark.parametrize(
    "wanted",
    [
        {"standing": (D.OVERDUE,)},
        {"due_from": datetime(2026, 3, 5, tzinfo=UTC)},
        {"due_to": datetime(2026, 3, 5, tzinfo=UTC)},
    ],
)
async def test_the_reporter_asks_for_no_standing(desk: Desk, city: City, wanted: dict[str, Any]) -> None:
    ticket = await make_ticket(standing="OVERDUE", due_at=datetime(2026, 3, 1, tzinfo=UTC))

    with pytest.raises(EdgeRefusal) as refused:
        await numbers(desk, citizen_scope(ticket), TicketFilter(**wanted))

    assert refused.value.code == "FORBIDDEN"


async def test_the_reporter_finds_their_report_by_the_clocks_that_they_read(
    desk: Desk, city: City, clock: Clock, ruled: None
) -> None:
    ticket = await make_ticket(S.DISPATCHED, lead=city.roads, classification="COMPLAINT")
    everybody = [citizen_scope(ticket), city.officer]

    found = {kind: [bool(await numbers(desk, each, TicketFilter(clock=(kind,)))) for each in everybody] for kind in C}

    assert found == {
        C.VERIFICATION: [False, False],
        C.FIRST_RESPONSE: [False, True],
        C.RESOLUTION: [True, True],
        C.REPORTER_REPLY: [False, False],
        C.COMPLETION: [False, False],
        C.NATIONAL: [False, False],
    }


@pytest.mark.parametrize("wanted", [{"clock": (C.RESOLUTION,)}, {"handling_class": (HandlingClass.LIGHT,)}])
async def test_a_display_asks_for_nothing_that_it_does_not_read(desk: Desk, city: City, wanted: dict[str, Any]) -> None:
    with pytest.raises(EdgeRefusal) as refused:
        await numbers(desk, await make_client_scope(PrincipalKind.DISPLAY), TicketFilter(**wanted))

    assert refused.value.code == "FORBIDDEN"


async def test_what_is_due_first_comes_first_and_what_has_no_deadline_last(ask: Ask, city: City) -> None:
    """Pages end before, within and behind the tickets without a deadline."""
    moments = [datetime(2026, 3, day, tzinfo=UTC) for day in (9, 3, 3, 5)]
    made = [await make_ticket(due_at=at) for at in (moments[0], None, *moments[1:], None, None)]
    order = [made[number].number for number in (2, 3, 4, 0, 1, 5, 6)]

    for size in (1, 2, 3, 7):
        seen: list[str] = []
        after = None
        while True:
            result = await ask(city.coordinator, LIST, first=size, after=after, order="DUE_FIRST")
            page = result.data["tickets"]
            seen += [edge["node"]["number"] for edge in page["edges"]]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        assert seen == order


async def test_worklists_hold_what_is_due_and_is_the_caller_s_to_do(desk: Desk, city: City) -> None:
    mine = city.officer.officer_id
    kinds = {
        "mine": {"status": S.IN_PROGRESS, "lead": city.roads, "assignee_id": mine},
        "free": {"status": S.DISPATCHED, "lead": city.roads},
        "somebody's": {"status": S.DISPATCHED, "lead": city.roads, "assignee_id": city.liaison.officer_id},
        "supported": {"status": S.DISPATCHED, "lead": city.health, "supporting": (city.roads,)},
        "new": {"status": S.RECEIVED},
        "grave": {"status": S.RECEIVED, "supervisory": True},
        "verified": {"status": S.VERIFIED},
    }
    made = {
        (await make_ticket(**columns, standing=standing)).number: (name, standing)
        for name, columns in kinds.items()
        for standing in ("DUE_SOON", "OVERDUE", "IN_TIME")
    }
    await make_ticket(S.RESOLVED, lead=city.roads, standing="OVERDUE")
    wanted = {
        "officer": {"mine", "free"},
        "liaison": {"free", "somebody's"},
        "stranger": {"supported"},
        "coordinator": {"new", "grave", "verified"},
        "inspector": {"grave"},
        "leader": set(),
    }

    for name, kinds_of in wanted.items():
        scope = getattr(city, name)
        counts = {each.worklist: each.count for each in await worklist_counts(desk, scope)}
        for worklist, standing in ((Worklist.DUE_SOON, "DUE_SOON"), (Worklist.OVERDUE, "OVERDUE")):
            found = await numbers(desk, scope, TicketFilter(worklist=worklist))
            assert {made[number] for number in found} == {(kind, standing) for kind in kinds_of}, (name, worklist)
            assert counts[worklist] == len(kinds_of)


async def test_a_passing_stands_in_the_timeline_of_staff_at_its_true_moment_and_in_no_other(
    ask: Ask, desk: Desk, city: City, clock: Clock, ruled: None
) -> None:
    ticket = await make_ticket()
    clock.forward(days=4)
    await pass_clocks(desk)
    staff = (city.coordinator, city.leader, city.admin)
    others = (citizen_scope(ticket), city.partner, city.display)

    shown, hidden = [
        [[each["node"] for each in (await read(ask, scope, TIMELINE, ticket))["timeline"]["edges"]] for scope in scopes]
        for scopes in (staff, others)
    ]

    assert (
        shown
        == [
            [
                {"kind": "SUBMITTED", "at": "2026-03-02T01:00:00+00:00"},
                {"kind": "CLOCK_PASSED", "at": "2026-03-03T17:00:00+00:00"},
                {"kind": "CLOCK_PASSED", "at": "2026-03-05T17:00:00+00:00"},
            ]
        ]
        * 3
    )
    assert [[each["kind"] for each in entries] for entries in hidden] == [["SUBMITTED"]] * 3
