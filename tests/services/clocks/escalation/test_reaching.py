"""Rungs that are reached by themselves: once, at their true moment, and told to who sees the ticket."""

import asyncio
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from models import Escalation, Event, Installation, Ticket, TicketClock
from models.database import connection
from models.enums import ActorKind, EventKind, Role, TicketStatus, Visibility
from models.enums import EscalationLevel as Level
from realtime.log import append
from services.access.states import ticket_state
from services.clocks.escalation.people import recipients
from services.clocks.passing import pass_clocks
from services.clocks.recounting import recount_clocks
from services.core.transactions import transaction
from services.deadlines.rows.escalation import sync_ladder
from services.master_data.people import people_of
from services.tickets.commands import ChangeStatus
from services.tickets.moves import change_status
from tests.factories import make_agency, make_officer, make_scope, make_ticket, reference_changed
from tests.services.clocks.escalation.town import KEDIRI, at, climbed, events_of, passed

S = TicketStatus
RECEIVED = at("2026-02-02 09:00")


async def dispatched(town, status=S.DISPATCHED, **columns):
    """A ticket that the lead agency has, received on Monday 2 February."""
    return await make_ticket(status, lead=town.lead, at=RECEIVED, **columns)


async def test_a_report_that_nobody_finishes_climbs_the_ladder_of_its_clock(desk, clock, town):
    ticket = await dispatched(town, S.IN_PROGRESS, assignee_id=town.officer.officer_id)

    await passed(desk, clock, "2026-03-06 00:00")

    assert await climbed(ticket) == [
        ("penyelesaian-petugas", "2026-02-23 00:00", [town.officer.officer_id]),
        ("penyelesaian-instansi", "2026-02-25 00:00", [town.head.officer_id]),
        ("penyelesaian-koordinator", "2026-02-28 00:00", [town.coordinator.officer_id]),
        ("penyelesaian-pimpinan", "2026-03-06 00:00", [town.leader.officer_id]),
    ]
    row = await Ticket.get(id=ticket.id)
    told = sorted(each.officer_id for each in (town.officer, town.head, town.coordinator, town.leader))
    assert (row.escalated_to, row.version) == (told, 1)
    events = await events_of(ticket)
    assert {(each.actor_kind, each.visibility, each.version) for each in events} == {
        (ActorKind.SYSTEM, Visibility.INTER_AGENCY, 1)
    }
    assert events[-1].after == ticket_state(row)
    last = await Escalation.all().order_by("-id").first()
    assert events[-1].details == {
        "escalation": last.id,
        "level": "LEADER",
        "notified": [town.leader.officer_id],
        "atOnce": False,
        "rule": "penyelesaian-pimpinan",
        "clock": "RESOLUTION",
        "life": "2026-02-02T02:00:00.000000Z",
    }


async def test_a_rung_is_reached_when_its_moment_comes_and_not_before(desk, clock, town):
    ticket = await dispatched(town, S.IN_PROGRESS)

    await passed(desk, clock, "2026-02-22 23:59")
    before = await climbed(ticket)
    await passed(desk, clock, "2026-02-23 00:00")
    after = await climbed(ticket)
    await pass_clocks(desk)

    assert before == []
    assert [code for code, _, _ in after] == ["penyelesaian-petugas"]
    assert await climbed(ticket) == after


async def test_several_workers_and_a_desk_that_was_down_write_each_rung_once(desk, clock, town):
    tickets = [await dispatched(town, S.IN_PROGRESS) for _ in range(3)]
    clock.set(at("2026-04-01 00:00"))

    await asyncio.gather(*(pass_clocks(desk) for _ in range(3)))
    await pass_clocks(desk)

    for ticket in tickets:
        assert [moment for _, moment, _ in await climbed(ticket)] == [
            "2026-02-23 00:00",
            "2026-02-25 00:00",
            "2026-02-28 00:00",
            "2026-03-06 00:00",
        ]
    assert await Escalation.all().count() == 12


async def test_the_promise_of_2014_is_told_to_the_city_at_once(desk, clock, town):
    ticket = await make_ticket(at=at("2026-02-07 22:30"))

    await passed(desk, clock, "2026-02-08 22:30")

    assert await climbed(ticket) == [("janji-2014", "2026-02-08 22:30", [town.leader.officer_id])]
    assert (await events_of(ticket))[0].details["atOnce"] is True


async def test_a_move_that_is_faster_than_the_job_writes_the_rung_first(desk, clock, town):
    ticket = await dispatched(town, S.IN_PROGRESS)
    clock.set(at("2026-02-25 08:00"))

    change = ChangeStatus(
        ticket.id, 1, S.ON_HOLD, "Menunggu suku cadang.", "FIELD_SURVEY", at("2026-03-05 00:00").date()
    )
    await change_status(desk, town.liaison, change)

    kinds = await Event.filter(ticket_id=ticket.id).order_by("seq").values_list("kind", flat=True)
    assert kinds[-1] == EventKind.STATUS_CHANGED
    assert kinds.count(EventKind.ESCALATED) == 2
    assert [code for code, _, _ in await climbed(ticket)] == ["penyelesaian-petugas", "penyelesaian-instansi"]


async def test_a_clock_that_stops_before_reaches_nothing(desk, clock, town):
    ticket = await make_ticket(at=RECEIVED)
    await Ticket.filter(id=ticket.id).update(status=S.RECEIVED)
    clock.set(at("2026-02-02 10:00"))
    change = ChangeStatus(ticket.id, 1, S.ARCHIVED, "Bukan laporan.", "SPAM")
    await change_status(desk, town.coordinator, change)

    await passed(desk, clock, "2026-06-01 00:00")

    assert await climbed(ticket) == []


async def test_what_had_passed_before_clocks_were_started_escalates_nobody(desk, clock, town):
    ticket = await dispatched(town, S.IN_PROGRESS)
    await TicketClock.filter(ticket_id=ticket.id).delete()
    await Ticket.filter(id=ticket.id).update(rules_version=None)
    clock.set(at("2026-02-26 12:00"))
    await recount_clocks(desk)

    await passed(desk, clock, "2026-03-10 00:00")

    assert [code for code, _, _ in await climbed(ticket)] == ["penyelesaian-koordinator", "penyelesaian-pimpinan"]


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({}, ["head", "coordinator", "leader"]),
        ({"confidential": True}, ["liaison", "coordinator", "coordinator"]),
        ({"supervisory": True}, ["liaison", "inspector", "inspector"]),
    ],
)
async def test_nobody_hears_of_a_ticket_that_they_do_not_see(desk, clock, town, columns, told):
    ticket = await dispatched(town, S.IN_PROGRESS, **columns)

    await passed(desk, clock, "2026-09-01 00:00")

    found = [notified for code, _, notified in await climbed(ticket) if code != "penyelesaian-petugas"]
    assert found == [[getattr(town, name).officer_id] for name in told]


async def test_whom_each_level_is_told_where_people_are_missing(desk, clock):
    """Above the level first, then below it; leaders of the city first, then those of other agencies."""
    lead, other = await make_agency("DISHUB"), await make_agency("DLHKP")
    officer, liaison = await make_scope(Role.OFFICER, lead), await make_scope(Role.LIAISON, lead)
    ticket = await make_ticket(S.IN_PROGRESS, lead=lead, assignee_id=officer.officer_id)
    state, seen = ticket_state(ticket), []

    async def look():
        people = await people_of(connection(), desk.today())
        seen.append([recipients(people, level, state) for level in (Level.LEADER, Level.COORDINATOR, Level.AGENCY)])

    await look()
    head = [(await make_scope(Role.LEADER, lead)).officer_id]
    await look()
    desk_of_the_city = [(await make_scope(Role.COORDINATOR)).officer_id]
    await look()
    await make_scope(Role.OFFICER, other)
    elsewhere = (await make_scope(Role.LEADER, other)).officer_id
    await look()
    mayor = (await make_scope(Role.LEADER, await make_agency("SETDA"))).officer_id
    await look()

    assert seen == [
        [[liaison.officer_id]] * 3,
        [head] * 3,
        [head, desk_of_the_city, head],
        [[elsewhere], desk_of_the_city, head],
        [[mayor], desk_of_the_city, head],
    ]


async def test_without_an_assignee_the_agency_is_told_and_without_a_leader_its_liaison(desk, clock, town):
    other = await make_agency("DLHKP")
    liaison = await make_scope(Role.LIAISON, other)
    ticket = await make_ticket(S.IN_PROGRESS, lead=other, at=RECEIVED)

    await passed(desk, clock, "2026-02-25 00:00")

    assert [notified for _, _, notified in await climbed(ticket)] == [[liaison.officer_id]] * 2


async def test_of_the_reported_agency_of_a_supervisory_ticket_nobody_is_told(desk, clock, town):
    ticket = await dispatched(town, S.IN_PROGRESS, supervisory=True, reported_agency_id=town.lead.id)

    await passed(desk, clock, "2026-09-01 00:00")

    assert {key for _, _, notified in await climbed(ticket) for key in notified} == {town.inspector.officer_id}


async def test_somebody_whose_post_has_ended_is_not_told(desk, clock, town):
    await make_officer(town.lead, Role.LEADER, valid_to=at("2026-02-24 00:00").date())
    ticket = await dispatched(town, S.IN_PROGRESS)

    await passed(desk, clock, "2026-02-25 00:00")

    assert (await climbed(ticket))[-1][2] == [town.head.officer_id]


async def test_a_rung_that_waits_for_the_reporter_holds_up_nothing(desk, clock, town, database):
    rule = next(rule for rule in KEDIRI.escalations if rule.code == "penyelesaian-koordinator")
    await sync_ladder(database, [replace(rule, level=Level.OMBUDSMAN)])
    ticket = await dispatched(town, S.IN_PROGRESS)

    with capture_logs() as said:
        await passed(desk, clock, "2026-09-01 00:00")

    assert (said, await climbed(ticket), await pass_clocks(desk)) == ([], [], 0)


async def test_a_ladder_that_changes_moves_what_was_not_reached(desk, clock, town, database):
    ticket = await dispatched(town, S.IN_PROGRESS)
    await passed(desk, clock, "2026-02-25 00:00")
    rule = next(rule for rule in KEDIRI.escalations if rule.code == "penyelesaian-koordinator")

    async with transaction() as using:
        await sync_ladder(using, [*KEDIRI.escalations, replace(rule, code="baru", amount=1, level=Level.LEADER)])
        await Installation.filter(id=1).using_db(using).update(rules_version=2)
        await append(using, [reference_changed()])
    await recount_clocks(desk)
    await passed(desk, clock, "2026-02-26 00:00")

    assert [(code, moment) for code, moment, _ in await climbed(ticket)] == [
        ("penyelesaian-petugas", "2026-02-23 00:00"),
        ("penyelesaian-instansi", "2026-02-25 00:00"),
        ("baru", "2026-02-26 00:00"),
    ]
    assert await events_of(ticket, EventKind.DEADLINE_MOVED) == []
