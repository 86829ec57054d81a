"""The wallboard: parts that add up, what a display never learns, and snapshots that events keep up."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from models import Ticket
from models.enums import ActorKind, AgencyKind, Channel, EventKind, TicketStatus, Visibility
from realtime import log
from services.access.states import ticket_state
from services.board import board
from services.board.board import BoardFilter
from tests.factories import make_agency, make_area, make_ticket

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # a Monday, 09:00 WIB
LOAD = "agency { code } open overdue dueSoon oldestOpenAt"
BOARD = (
    """query Board($filter: BoardFilter) { wallboard(filter: $filter) {
  asOf cursor build city agency { code } total open overdue dueSoon dueToday dispatchedToday openWithoutAgency
  overdueWithoutAgency overdueLimit receivedToday resolvedToday usualReceived withheld links { link ok since }
  byStatus { status count } byAgency { LOAD } byLateness { LOAD } byCategory { category { code } count }
  byKecamatan { code name count } trend { day received resolved dispatched workingDay dayOff }
  dueFirst { number status standing dueOn workingDaysLeft holdUntil agency { code } category { code } receivedAt }
  oldestOpen { number agency { code } receivedAt } latest { number to agency { code } category { code } at } } }"""
).replace("LOAD", LOAD)


async def shown(ask, scope, **wanted):
    result = await ask(scope, BOARD, filter=wanted or None)
    assert result.errors is None, result.errors
    return result.data["wallboard"]


async def move(ticket: Ticket, at: datetime = NOW, **columns) -> None:
    """Change a ticket as a use case would: row and event together."""
    before = ticket_state(ticket)
    ticket.update_from_dict({**columns, "version": ticket.version + 1, "updated_at": at})
    await ticket.save()
    event = log.NewEvent(
        kind=EventKind.STATUS_CHANGED, at=at, actor_kind=ActorKind.SYSTEM, ticket_id=ticket.id,
        visibility=Visibility.PUBLIC, version=ticket.version, before=before, after=ticket_state(ticket),
    )  # fmt: skip
    await log.append(Ticket._meta.db, [event])


def by_code(load) -> str:
    return load["agency"]["code"]


def assert_adds_up(found) -> None:
    assert sum(each["count"] for each in found["byStatus"]) == found["total"]
    assert sum(each["count"] for each in found["byCategory"]) == found["total"]
    assert sum(each["count"] for each in found["byKecamatan"]) == found["total"]
    assert sum(each["open"] for each in found["byAgency"]) + found["openWithoutAgency"] == found["open"]
    assert sum(each["dueSoon"] for each in found["byAgency"]) <= found["dueSoon"]
    assert sorted(found["byLateness"], key=by_code) == sorted(found["byAgency"], key=by_code)
    assert found["trend"][-1]["dispatched"] == found["dispatchedToday"]
    assert sum(each["overdue"] for each in found["byAgency"]) + found["overdueWithoutAgency"] == found["overdue"]
    assert (found["trend"][-1]["received"], found["trend"][-1]["resolved"]) == (
        found["receivedToday"],
        found["resolvedToday"],
    )
    assert len(found["trend"]) == 30


async def test_counts_and_adds_up(ask, city):
    await make_ticket(TicketStatus.RECEIVED, at=NOW, kelurahan_id="35.71.01.1001", category_id=city.drains.id)
    await make_ticket(TicketStatus.IN_PROGRESS, lead=city.roads, at=NOW - timedelta(days=1))
    resolved = await make_ticket(TicketStatus.IN_PROGRESS, lead=city.roads, at=NOW - timedelta(days=3))
    await move(resolved, status=TicketStatus.RESOLVED)

    found = await shown(ask, city.display)

    assert_adds_up(found)
    assert (found["total"], found["open"], found["receivedToday"], found["resolvedToday"]) == (3, 2, 1, 1)
    assert {each["status"]: each["count"] for each in found["byStatus"] if each["count"]} == {
        "RECEIVED": 1,
        "IN_PROGRESS": 1,
        "RESOLVED": 1,
    }
    assert [(each["agency"]["code"], each["open"]) for each in found["byAgency"]] == [("pupr", 1)]
    assert [(each["category"] and each["category"]["code"], each["count"]) for each in found["byCategory"]] == [
        ("drainase", 1),
        (None, 2),
    ]
    assert [(each["code"], each["count"]) for each in found["byKecamatan"]] == [("35.71.01", 1), ("", 2)]
    assert (found["latest"][0]["number"], found["latest"][0]["to"]) == (resolved.number, "RESOLVED")
    assert [each["receivedAt"] for each in found["oldestOpen"]] == [
        "2026-03-01T02:00:00+00:00",
        "2026-03-02T02:00:00+00:00",
    ]


async def test_a_display_learns_only_the_number_of_what_is_withheld(ask, city):
    for _ in range(4):
        await make_ticket(TicketStatus.IN_PROGRESS, lead=city.roads, at=NOW, confidential=True)
    before = await shown(ask, city.display)
    await make_ticket(TicketStatus.IN_PROGRESS, lead=city.roads, at=NOW, supervisory=True)

    after = await shown(ask, city.display)

    assert (before["total"], before["withheld"]) == (0, None)
    assert (after["total"], after["withheld"], after["latest"], after["oldestOpen"]) == (0, 5, [], [])
    assert after["trend"] == before["trend"]
    assert (await shown(ask, city.coordinator))["total"] == 5
    assert (await shown(ask, city.coordinator))["withheld"] is None


async def few_in_one_place(city) -> None:
    """Six drains in one kecamatan, and two in another."""
    await make_area("35.71.02.1001", name="Burengan", kecamatan="Pesantren")
    for number in range(8):
        place = "35.71.01.1001" if number < 6 else "35.71.02.1001"
        await make_ticket(TicketStatus.RECEIVED, at=NOW, kelurahan_id=place, category_id=city.drains.id)
    await make_ticket(TicketStatus.RECEIVED, at=NOW, kelurahan_id="35.71.02.1001")


async def test_a_narrowed_board_points_at_nobody_for_who_is_not_of_the_desk(ask, city):
    await few_in_one_place(city)

    for caller in (city.display, city.partner):
        found = await shown(ask, caller, categoryCode=["drainase"])
        there = await shown(ask, caller, kecamatanCode=["35.71.02"])
        whole = await shown(ask, caller)

        assert_adds_up(found)
        assert [(each["code"], each["count"]) for each in found["byKecamatan"]] == [("", 8)]
        assert_adds_up(there)
        assert [(each["category"], each["count"]) for each in there["byCategory"]] == [(None, 3)]
        assert [(each["code"], each["count"]) for each in whole["byKecamatan"]] == [("35.71.01", 6), ("35.71.02", 3)]
    inside = await shown(ask, city.coordinator, categoryCode=["drainase"])
    assert [(each["code"], each["count"]) for each in inside["byKecamatan"]] == [("35.71.01", 6), ("35.71.02", 2)]


async def test_the_smallest_number_that_is_told_can_be_set(ask, city, desk):
    await few_in_one_place(city)
    object.__setattr__(desk, "rules", replace(desk.rules, least_cell=2))

    found = await shown(ask, city.display, categoryCode=["drainase"])

    assert [(each["code"], each["count"]) for each in found["byKecamatan"]] == [("35.71.01", 6), ("35.71.02", 2)]


async def test_no_difference_of_two_boards_tells_of_one_withheld_ticket(ask, city):
    for number in range(7):
        lead = city.health if number == 6 else city.roads
        await make_ticket(TicketStatus.IN_PROGRESS, lead=lead, at=NOW, confidential=True)

    boards = [{}, {"agencyCode": ["pupr"]}, {"agencyCode": ["dinkes"]}, {"agencyCode": ["pupr", "dinkes"]}]
    told = {
        kind: [(await shown(ask, getattr(city, kind), **wanted))["withheld"] for wanted in boards]
        for kind in ("partner", "display", "stranger")
    }

    assert told == {"partner": [5, *[None] * 3], "display": [5, *[None] * 3], "stranger": [6, 5, None, 5]}


async def test_external_agencies_are_left_out_unless_named(ask, city):
    pln = await make_agency("pln", kind=AgencyKind.EXTERNAL)
    await make_ticket(TicketStatus.IN_PROGRESS, lead=pln, at=NOW)
    await make_ticket(TicketStatus.IN_PROGRESS, lead=city.roads, at=NOW)

    whole, named = await shown(ask, city.display), await shown(ask, city.display, agencyCode=["pln"])

    assert (whole["total"], [each["agency"]["code"] for each in whole["byAgency"]]) == (1, ["pupr"])
    assert (named["total"], [each["agency"]["code"] for each in named["byAgency"]]) == (1, ["pln"])


async def test_overdue_and_due_soon_are_what_the_clocks_of_open_tickets_say(ask, city):
    await make_ticket(TicketStatus.RECEIVED, standing="OVERDUE")
    for standing in ("OVERDUE", "DUE_SOON", "IN_TIME", "RESTING", "UNBOUND", None):
        await make_ticket(TicketStatus.IN_PROGRESS, lead=city.roads, standing=standing)
    await make_ticket(TicketStatus.ON_HOLD, lead=city.roads, standing="OVERDUE")

    found = await shown(ask, city.display)

    assert_adds_up(found)
    assert (found["overdue"], found["dueSoon"], found["overdueWithoutAgency"]) == (3, 1, 1)
    assert (found["byAgency"][0]["overdue"], found["byAgency"][0]["dueSoon"]) == (2, 1)


async def test_the_latest_agencies_come_first_and_the_most_loaded_after_them(ask, city):
    busy = await make_agency("dinsos")
    for lead, standing in ((city.roads, "OVERDUE"), (city.health, "DUE_SOON"), (busy, "IN_TIME"), (busy, None)):
        await make_ticket(TicketStatus.IN_PROGRESS, lead=lead, standing=standing)

    found = await shown(ask, city.display)

    assert [by_code(each) for each in found["byAgency"]] == ["dinsos", "dinkes", "pupr"]
    assert [(by_code(each), each["overdue"], each["dueSoon"]) for each in found["byLateness"]] == [
        ("pupr", 1, 0),
        ("dinkes", 0, 1),
        ("dinsos", 0, 0),
    ]


async def test_every_kind_of_caller_reads_the_clock_of_what_it_sees_and_of_nothing_else(ask, city):
    for number, columns in enumerate(({}, {"confidential": True}, {"supervisory": True})):
        due_at = datetime(2026, 2, 24 + number, 17, tzinfo=UTC)
        await make_ticket(
            TicketStatus.DISPATCHED,
            lead=city.roads,
            category_id=city.drains.id,
            standing="OVERDUE",
            due_at=due_at,
            **columns,
        )
    callers = ("coordinator", "officer", "stranger", "partner", "display")

    told = {name: (await shown(ask, getattr(city, name)))["dueFirst"] for name in callers}

    assert {name: [each["standing"] for each in rows] for name, rows in told.items()} == {
        "coordinator": ["OVERDUE"] * 3,
        "officer": ["OVERDUE"] * 3,
        "stranger": [],
        "partner": ["OVERDUE"],
        "display": ["OVERDUE"],
    }
    assert {key: value for key, value in told["display"][0].items() if key not in ("number", "receivedAt")} == {
        "status": "DISPATCHED",
        "standing": "OVERDUE",
        "dueOn": "2026-02-24",
        "workingDaysLeft": -4,
        "holdUntil": None,
        "agency": {"code": "pupr"},
        "category": {"code": "drainase"},
    }


async def test_a_board_that_is_too_small_to_be_told_tells_of_no_clock_and_of_no_arrival(ask, city):
    for number in range(4):
        at = NOW - timedelta(days=11 * number)
        await make_ticket(kelurahan_id="35.71.01.1001", category_id=city.drains.id, at=at)

    found = await shown(ask, city.partner, categoryCode=["drainase"], kecamatanCode=["35.71.01"])

    assert (found["total"], found["dueFirst"], found["byLateness"]) == (0, [], [])
    assert (found["dueToday"], found["usualReceived"], found["dispatchedToday"]) == (0, None, None)


async def test_midnight_in_wib_moves_the_day(ask, city, clock):
    clock.set(datetime(2026, 3, 2, 16, 59, tzinfo=UTC))
    await make_ticket(TicketStatus.RECEIVED, at=datetime(2026, 3, 2, 16, 30, tzinfo=UTC))
    before = await shown(ask, city.display)

    clock.set(datetime(2026, 3, 2, 17, 0, tzinfo=UTC))
    after = await shown(ask, city.display)

    assert (before["receivedToday"], before["trend"][-1]["day"]) == (1, "2026-03-02")
    assert (after["receivedToday"], after["trend"][-1]["day"], after["trend"][-2]["received"]) == (0, "2026-03-03", 1)


async def test_events_keep_a_board_equal_to_one_that_is_counted_anew(ask, city, desk):
    tickets = [
        await make_ticket(TicketStatus.RECEIVED, at=NOW - timedelta(days=number), category_id=city.drains.id)
        for number in range(6)
    ]
    filters = ({}, {"agencyCode": ["pupr"]}, {"categoryCode": ["drainase"], "channel": ["SURGA_WEB"]})
    steps = [
        (0, {"status": TicketStatus.IN_PROGRESS, "lead_agency_id": city.roads.id}),
        (1, {"confidential": True}),
        (0, {"status": TicketStatus.RESOLVED}),
        (2, {"status": TicketStatus.RESOLVED, "lead_agency_id": city.roads.id}),
        (0, {"status": TicketStatus.REOPENED}),
        (1, {"confidential": False}),
        (3, {"category_id": None, "status": TicketStatus.ARCHIVED}),
        (2, {"lead_agency_id": city.health.id}),
        (2, {"lead_agency_id": city.roads.id}),
        (4, {"supervisory": True}),
    ]
    for wanted in filters:
        await shown(ask, city.display, **wanted)
    for place, columns in steps:
        await move(tickets[place], **columns)

        kept = [await shown(ask, city.display, **wanted) for wanted in filters]
        desk.boards.clear()
        fresh = [await shown(ask, city.display, **wanted) for wanted in filters]

        for found in (*kept, *fresh):  # no two of them are the same
            found["cursor"] = desk.cursors.open_feed(found["cursor"])
        assert kept == fresh, columns
        for found in kept:
            assert_adds_up(found)


@pytest.mark.parametrize("tickets", [1, 60])
async def test_asks_the_database_little_however_much_there_is(ask, city, count_queries, tickets):
    for _ in range(tickets):
        await make_ticket(TicketStatus.IN_PROGRESS, lead=city.roads, at=NOW)

    with count_queries() as first:
        await shown(ask, city.display)
    with count_queries() as second:
        await shown(ask, city.display)

    assert first.count <= 3
    assert second.count == 1


async def test_many_who_ask_at_once_are_one_computation(city, desk):

    before = desk.boards.made
    await asyncio.gather(*(board.snapshot(desk, city.display.sight, BoardFilter()) for _ in range(20)))

    assert 1 <= desk.boards.made - before <= 2  # the one that had begun, and one for all who asked after that


@pytest.mark.parametrize(
    ("wanted", "code"), [({"agencyCode": ["nobody"]}, "BAD_INPUT"), ({"kecamatanCode": ["0"]}, "BAD_INPUT")]
)
async def test_refuses_codes_that_the_city_does_not_have(ask, city, wanted, code):
    result = await ask(city.display, BOARD, filter=wanted)

    assert result.errors[0].original_error.code == code


async def test_an_empty_list_matches_nothing(ask, city):
    await make_ticket(TicketStatus.IN_PROGRESS, lead=city.roads, at=NOW, channel=Channel.PHONE)

    assert (await shown(ask, city.display, channel=[]))["total"] == 0
    assert (await shown(ask, city.display, channel=["PHONE"]))["total"] == 1


async def test_is_for_the_office_only(ask, city):
    result = await ask(city.anonymous, BOARD)

    assert result.errors[0].original_error.code == "UNAUTHENTICATED"
