"""What officers are told of: whom each event concerns, when they hear of it, and never twice."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from models import Assignment, Event, Notification, Officer, Ticket
from models.database import connection
from models.enums import ActorKind, EventKind, NotificationKind, Role, TicketStatus, Visibility
from realtime import log
from services.access.scopes import Scope
from services.access.states import ticket_state
from services.core.desk import Desk
from services.core.refusals import InvalidInput
from services.core.transactions import transaction
from services.deadlines.rows.calendars import sync_calendars
from services.master_data.cities import load_city
from services.notifications import projection
from services.notifications.notifications import NotificationReader, notification_page, reader_of, unread_count
from services.notifications.projection import read_on
from services.notifications.table import TABLE
from services.tickets import assigning, moves
from services.tickets.answers import Draft, save_draft
from services.tickets.commands import Assign, Dispatch
from services.tickets.editing import Note, add_note
from tests.conftest import Clock
from tests.factories import make_agency, make_officer, make_scope, make_ticket, scope_of
from tests.root import ROOT
from tests.services.notifications.conftest import Office
from workers.notifications import notify

EVENING = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # 19:00 WIB, a Monday
NEXT_MORNING = datetime(2026, 3, 3, 0, 30, tzinfo=UTC)  # 07:30 WIB


async def kinds(scope: Scope) -> list[str]:
    """What an officer is told, the oldest first."""
    rows = await Notification.filter(officer_id=scope.officer_id, told=True).order_by("at", "id")
    return [row.kind.value for row in rows]


async def told(office: Office) -> dict[str, list[str]]:
    """What everybody is told who is told something."""
    people = ("coordinator", "liaison", "officer", "stranger", "inspector")
    found = {name: await kinds(getattr(office, name)) for name in people}
    return {name: each for name, each in found.items() if each}


async def happened(ticket: Ticket, kind: str, at: datetime, **given: Any) -> None:
    """Append an event of a ticket that changes nothing of it, as the clocks and other use cases write them."""
    state = ticket_state(ticket)
    before = state | given.pop("was", {})
    event = log.NewEvent(
        kind=kind,  # type: ignore[arg-type]
        at=at,
        **{"actor_kind": ActorKind.SYSTEM, "visibility": Visibility.INTER_AGENCY, **given},
        ticket_id=ticket.id,
        before=before,
        after=state,
    )
    async with transaction() as using:
        await log.append(using, [event])


async def passed(
    ticket: Ticket, at: datetime, clock: str = "RESOLUTION", standing: str = "OVERDUE", **more: Any
) -> None:
    await happened(ticket, "CLOCK_PASSED", at, details={"clock": clock, "standing": standing, **more})


async def test_who_is_assigned_is_told_and_who_assigned_is_not(desk: Desk, office: Office) -> None:
    ticket = await make_ticket(TicketStatus.DISPATCHED, lead=office.roads)
    await notify(desk)

    await assigning.assign(desk, office.liaison, Assign(ticket.id, 1, office.officer.officer_id))
    await assigning.assign(desk, office.liaison, Assign(ticket.id, 2, office.liaison.officer_id))
    await notify(desk)

    # The factory's own event, of nobody, brought the ticket to the agency.
    assert await told(office) == {"liaison": ["DISPATCHED"], "officer": ["ASSIGNED"]}
    row = await Notification.get(kind=NotificationKind.ASSIGNED)
    assert (row.at, row.ticket_id, row.read_at) == (desk.now(), ticket.id, None)


async def test_liaisons_of_every_agency_that_a_ticket_comes_to_are_told(desk: Desk, office: Office) -> None:
    ticket = await make_ticket(TicketStatus.VERIFIED)
    dispatch = Dispatch(ticket.id, 1, "pupr", ("dinkes",))
    await moves.dispatch(desk, office.coordinator, dispatch)

    await notify(desk)

    assert await told(office) == {"liaison": ["DISPATCHED"], "stranger": ["DISPATCHED"]}


async def test_officers_speak_for_an_agency_without_a_liaison(desk: Desk, office: Office) -> None:
    parks = await make_agency("dlhkp")
    officer = await make_scope(Role.OFFICER, parks)
    await make_ticket(TicketStatus.DISPATCHED, lead=parks)

    await notify(desk)

    assert await kinds(officer) == ["DISPATCHED"]


async def test_who_is_mentioned_is_told(desk: Desk, office: Office) -> None:
    ticket = await make_ticket(TicketStatus.RECEIVED)
    named = (office.coordinator.officer_id, office.coordinator.officer_id)
    other = await make_scope(Role.COORDINATOR)

    await add_note(desk, other, Note(ticket.id, "Mohon dilihat.", Visibility.INTERNAL, mentions=named))
    await notify(desk)

    assert await told(office) == {"coordinator": ["MENTIONED"]}


@pytest.mark.parametrize(
    ("who", "refused", "path"),
    [
        ("stranger", "MENTION_UNKNOWN", ("mentions", "0")),
        ("nobody", "MENTION_UNKNOWN", ("mentions", "1")),
        ("many", "TOO_MANY_MENTIONS", ("mentions",)),
    ],
)
async def test_a_mention_of_who_does_not_see_the_ticket_changes_nothing(
    desk: Desk, office: Office, who: str, refused: str, path: tuple[str, ...]
) -> None:
    ticket = await make_ticket(TicketStatus.DISPATCHED, lead=office.roads)
    mentions = {
        "stranger": (office.stranger.officer_id,),
        "nobody": (office.officer.officer_id, None),
        "many": (office.officer.officer_id,) * 11,
    }
    events = await Event.all().count()

    with pytest.raises(InvalidInput) as refusal:
        await add_note(desk, office.liaison, Note(ticket.id, "Halo.", Visibility.INTERNAL, mentions=mentions[who]))

    assert (refusal.value.code, refusal.value.path) == (refused, path)
    assert await Event.all().count() == events


async def test_an_answer_that_waits_for_approval_is_told_to_the_lead_agencys_liaison(
    desk: Desk, office: Office
) -> None:
    ticket = await make_ticket(TicketStatus.IN_PROGRESS, lead=office.roads)
    await notify(desk)
    await save_draft(desk, office.officer, Draft(ticket.id, "Sudah diperbaiki."))
    await save_draft(desk, office.officer, Draft(ticket.id, "Sudah diperbaiki lagi.", submit=True))

    await notify(desk)

    assert await told(office) == {"liaison": ["DISPATCHED", "ANSWER_TO_APPROVE"]}


@pytest.mark.parametrize(
    ("clock_kind", "standing", "expected"),
    [
        ("RESOLUTION", "DUE_SOON", {"officer": ["DUE_SOON"]}),
        ("FIRST_RESPONSE", "OVERDUE", {"liaison": ["OVERDUE"], "officer": ["OVERDUE"]}),
        ("VERIFICATION", "DUE_SOON", {"coordinator": ["DUE_SOON"]}),
        ("NATIONAL", "OVERDUE", {"coordinator": ["OVERDUE"]}),
        ("REPORTER_REPLY", "OVERDUE", {}),
        ("COMPLETION", "OVERDUE", {}),
    ],
)
async def test_a_passing_is_told_to_whose_clock_it_is(
    desk: Desk, office: Office, clock_kind: str, standing: str, expected: dict[str, list[str]]
) -> None:
    officer = await Officer.get(id=office.officer.officer_id)
    ticket = await make_ticket(TicketStatus.IN_PROGRESS, lead=office.roads, assignee=officer)
    await notify(desk)
    await Notification.all().delete()

    await passed(ticket, desk.now(), clock_kind, standing)
    await notify(desk)

    assert await told(office) == expected


async def test_of_a_supervisory_ticket_the_inspector_is_told_instead_of_the_desk(desk: Desk, office: Office) -> None:
    ticket = await make_ticket(TicketStatus.RECEIVED, supervisory=True, confidential=True)

    await passed(ticket, desk.now(), "VERIFICATION")
    await notify(desk)

    assert await told(office) == {"inspector": ["OVERDUE"]}


@pytest.mark.parametrize("details", [{"silent": True}, {"hold": True}])
async def test_what_had_passed_before_and_the_end_of_a_hold_are_told_to_nobody(
    desk: Desk, office: Office, details: dict[str, bool]
) -> None:
    ticket = await make_ticket(TicketStatus.RECEIVED)

    await passed(ticket, desk.now(), "VERIFICATION", **details)
    await notify(desk)

    assert await told(office) == {}


async def test_what_came_from_elsewhere_is_told_to_nobody(desk: Desk, office: Office) -> None:
    ticket = await make_ticket(TicketStatus.IN_PROGRESS, lead=office.roads)
    await notify(desk)
    await Notification.all().delete()

    await happened(ticket, "IMPORTED", desk.now(), was={"lead": None})
    await happened(ticket, "REPLY_RECEIVED", desk.now(), actor_kind=ActorKind.IMPORT)
    await notify(desk)

    assert await told(office) == {}


async def test_an_agency_that_has_a_ticket_is_not_told_of_another_one_that_joins(desk: Desk, office: Office) -> None:
    ticket = await make_ticket(TicketStatus.DISPATCHED, lead=office.roads, supporting=(office.health,))
    await notify(desk)
    await Notification.all().delete()

    await happened(ticket, "DISPATCHED", desk.now(), was={"supporting": []})
    await notify(desk)

    assert await told(office) == {"stranger": ["DISPATCHED"]}


async def test_an_agency_that_the_desk_thinks_of_has_no_ticket_yet(desk: Desk, office: Office) -> None:
    ticket = await make_ticket(TicketStatus.VERIFIED, lead=office.roads)
    await notify(desk)

    await happened(ticket, "FIELD_CHANGED", desk.now(), was={"lead": None})
    await notify(desk)

    assert await told(office) == {}


async def test_of_one_event_somebody_is_told_once_by_the_first_row_that_fits(desk: Desk, office: Office) -> None:
    ticket = await make_ticket(TicketStatus.DISPATCHED, lead=office.roads, assignee_id=office.liaison.officer_id)
    await notify(desk)
    await Notification.all().delete()

    await happened(ticket, "DISPATCHED", desk.now(), was={"lead": None, "assignee": None})
    await notify(desk)

    assert await told(office) == {"liaison": ["ASSIGNED"]}


async def test_an_event_that_nobody_understands_holds_up_no_other(
    desk: Desk, office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    ticket = await make_ticket(TicketStatus.IN_PROGRESS, lead=office.roads)
    await notify(desk)
    await Notification.all().delete()

    await happened(ticket, "EXTENSION_DECIDED", desk.now(), was={"askers": 5})
    await happened(ticket, "REPLY_RECEIVED", desk.now())
    await notify(desk)

    assert await told(office) == {"liaison": ["REPORTER_REPLIED"]}
    assert [record.levelname for record in caplog.records] == ["ERROR"]


async def test_a_rung_that_is_read_late_goes_into_a_summary_and_what_people_escalate_does_not(
    desk: Desk, office: Office
) -> None:
    ticket = await make_ticket(TicketStatus.RECEIVED)
    before, details = desk.now() - timedelta(hours=1), {"notified": [office.coordinator.officer_id], "escalation": 7}

    await happened(ticket, "ESCALATED", before, details=details)
    await happened(ticket, "ESCALATED", before, details=details, actor_kind=ActorKind.STAFF)
    await notify(desk)

    assert await told(office) == {"coordinator": ["ESCALATED"]}
    assert await Notification.all().order_by("id").values_list("late", flat=True) == [True, False]


async def test_nobody_is_told_of_a_ticket_that_they_do_not_see(desk: Desk, office: Office) -> None:
    ticket = await make_ticket(TicketStatus.DISPATCHED, lead=office.roads)
    ids = [office.liaison.officer_id, office.stranger.officer_id]
    await notify(desk)

    await happened(ticket, "ESCALATED", desk.now(), details={"notified": ids, "escalation": 7})
    await notify(desk)

    assert await told(office) == {"liaison": ["DISPATCHED", "ESCALATED"]}
    assert (await Notification.get(kind=NotificationKind.ESCALATED)).escalation_id == 7


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("REPLY_RECEIVED", {}, {"liaison": ["REPORTER_REPLIED"]}),
        ("EXTENSION_REQUESTED", {}, {"coordinator": ["EXTENSION"]}),
        ("CASE_EVALUATED", {"followUp": True}, {"coordinator": ["CASE_FOLLOW_UP"]}),
        ("CASE_EVALUATED", {}, {}),
    ],
)
async def test_what_other_use_cases_write_is_told(
    desk: Desk, office: Office, kind: str, given: dict[str, Any], expected: dict[str, list[str]]
) -> None:
    ticket = await make_ticket(TicketStatus.IN_PROGRESS, lead=office.roads)
    await notify(desk)
    await Notification.all().delete()

    await happened(ticket, kind, desk.now(), details=given)
    if given:
        await happened(ticket, kind, desk.now(), details={**given, "agency": office.roads.id})
        expected = {"coordinator": [*expected["coordinator"]] * 2, "liaison": expected["coordinator"]}
    await notify(desk)

    assert await told(office) == expected


async def test_a_reply_to_a_closed_ticket_is_told_to_lead_and_desk(desk: Desk, office: Office) -> None:
    ticket = await make_ticket(TicketStatus.RESOLVED, lead=office.roads)
    await notify(desk)
    await Notification.all().delete()

    await happened(ticket, "REPLY_RECEIVED", desk.now())
    await notify(desk)

    assert await told(office) == {"coordinator": ["REPORTER_REPLIED"], "liaison": ["REPORTER_REPLIED"]}


async def test_who_asked_for_an_extension_hears_of_its_decision_and_who_decided_does_not(
    desk: Desk, office: Office
) -> None:
    ticket = await make_ticket(TicketStatus.IN_PROGRESS, lead=office.roads)
    await notify(desk)
    await Notification.all().delete()
    actor = {"actor_kind": ActorKind.STAFF, "actor_officer_id": office.coordinator.officer_id}

    was = {"askers": [office.officer.officer_id]}
    await happened(ticket, "EXTENSION_DECIDED", desk.now(), was=was, **actor)
    await happened(ticket, "EXTENSION_REQUESTED", desk.now(), **actor)
    await notify(desk)

    assert await told(office) == {"officer": ["EXTENSION"]}


# ------------------------------------------------------------------------------------------------------------ when


async def test_a_passing_at_night_waits_for_office_hours(desk: Desk, office: Office, clock: Clock) -> None:
    ticket = await make_ticket(TicketStatus.RECEIVED)
    clock.set(EVENING)

    await passed(ticket, EVENING, "VERIFICATION")
    await notify(desk)
    reader = reader_of(office.coordinator, "id")
    assert (await told(office), await unread_count(reader)) == ({}, 0)
    clock.set(NEXT_MORNING)
    await notify(desk)

    assert (await told(office), await unread_count(reader)) == ({"coordinator": ["OVERDUE"]}, 1)
    assert (await Notification.get()).at == NEXT_MORNING


async def test_who_has_several_posts_hears_when_any_of_them_is_at_work(
    desk: Desk, office: Office, clock: Clock, database: BaseDBAsyncClient
) -> None:
    await sync_calendars(database, load_city(ROOT / "cities" / "kediri").calendar.calendars)
    await Assignment.create(
        officer_id=office.liaison.officer_id,
        agency=await make_agency("BPBD"),  # which never closes
        role=Role.LIAISON,
        valid_from=desk.today(),
    )
    ticket = await make_ticket(TicketStatus.IN_PROGRESS, lead=office.roads)
    await notify(desk)
    await Notification.all().delete()
    clock.set(EVENING)

    await passed(ticket, EVENING)
    await notify(desk)

    assert await told(office) == {"liaison": ["OVERDUE"]}
    assert (await Notification.get()).at == EVENING


async def test_what_a_rule_says_is_for_at_once_is_told_at_night(desk: Desk, office: Office, clock: Clock) -> None:
    ticket = await make_ticket(TicketStatus.RECEIVED)
    clock.set(EVENING)

    await passed(ticket, EVENING, "VERIFICATION", atOnce=True)
    await notify(desk)

    assert await told(office) == {"coordinator": ["OVERDUE"]}
    assert (await Notification.get()).at == EVENING


async def test_what_passed_during_an_outage_is_one_summary(desk: Desk, office: Office, clock: Clock) -> None:
    tickets = [await make_ticket(TicketStatus.RECEIVED) for _ in range(3)]
    for ticket in tickets:
        await passed(ticket, desk.now() - timedelta(hours=5), "VERIFICATION")
    await notify(desk)
    assert await told(office) == {}  # more may come yet

    clock.forward(minutes=1)
    await notify(desk)

    page = await notification_page(desk, reader_of(office.coordinator, "id"), 10, None, unread_only=False)
    assert [(row.kind, row.count, row.ticket_key) for row in page.notifications] == [("SUMMARY", 3, None)]
    assert page.notifications[0].text == "Selama layanan terhenti, 3 tenggat mendekat atau terlewati."
    assert page.unread == 1
    assert await Event.filter(kind=EventKind.NOTIFIED).count() == 1


async def test_a_summary_counts_what_its_reader_sees_and_is_gone_without_any(
    desk: Desk, office: Office, clock: Clock
) -> None:
    tickets = [await make_ticket(TicketStatus.DISPATCHED, lead=office.roads) for _ in range(2)]
    await notify(desk)
    await Notification.all().delete()
    for ticket in tickets:
        await passed(ticket, desk.now() - timedelta(hours=5))
    await notify(desk)
    clock.forward(minutes=1)
    await notify(desk)
    reader = reader_of(office.liaison, "en")

    seen = []
    for ticket in (None, *tickets):
        if ticket is not None:
            await Ticket.filter(id=ticket.id).update(lead_agency_id=office.health.id)
        page = await notification_page(desk, reader, 10, None, unread_only=True)
        seen.append(([row.count for row in page.notifications], page.unread))

    assert seen == [([2], 1), ([1], 1), ([], 0)]


async def test_one_late_passing_is_told_as_what_it_is(desk: Desk, office: Office, clock: Clock) -> None:
    ticket = await make_ticket(TicketStatus.RECEIVED)
    await passed(ticket, desk.now() - timedelta(hours=5), "VERIFICATION")
    await notify(desk)
    clock.forward(minutes=1)
    await notify(desk)

    assert await told(office) == {"coordinator": ["OVERDUE"]}


# ----------------------------------------------------------------------------------------------- none lost or doubled


async def test_two_workers_of_which_one_is_killed_after_commit_double_nothing(
    desk: Desk, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        await make_ticket(TicketStatus.DISPATCHED, lead=office.roads)

    async def killed(self: object, seq: int) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as broken:
        broken.setattr("realtime.bell.Bell.ring", killed)
        with pytest.raises(asyncio.CancelledError):
            await notify(desk)
    await asyncio.gather(notify(desk), notify(desk))

    assert await kinds(office.liaison) == ["DISPATCHED"] * 5
    told_of = [event.details["to"] for event in await Event.filter(kind=EventKind.NOTIFIED).order_by("seq")]
    rows = await Notification.all().order_by("id")
    assert told_of == [{str(row.officer_id): row.id} for row in rows]
    await connection().execute_query("UPDATE notification_position SET seq = 0")  # as if it had been read by nobody
    await notify(desk)
    assert [row.id for row in await Notification.all().order_by("id")] == [row.id for row in rows]


async def test_position_and_rows_are_of_one_transaction(
    desk: Desk, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_ticket(TicketStatus.DISPATCHED, lead=office.roads)
    with monkeypatch.context() as broken:
        broken.setattr(projection, "MOVE_ON", "SELECT 1 / 0, $1::bigint")
        with pytest.raises(Exception, match="division by zero"):
            await read_on(desk)
    assert await Notification.all().count() == 0

    await notify(desk)

    assert await kinds(office.liaison) == ["DISPATCHED"]


async def test_pages_of_the_log_are_read_to_its_end(
    desk: Desk, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projection, "PAGE", 2)
    for _ in range(5):
        await make_ticket(TicketStatus.DISPATCHED, lead=office.roads)

    assert await notify(desk) == 5

    [position] = await connection().execute_query_dict("SELECT seq FROM notification_position")
    assert position["seq"] >= (await Event.filter(ticket_id__isnull=False).order_by("-seq").first()).seq
    assert await notify(desk) == 0


async def test_a_kind_of_event_is_told_by_one_row_of_the_table() -> None:
    assert {row.kind for row in TABLE} == set(NotificationKind) - {
        NotificationKind.SUMMARY,
        NotificationKind.CALENDAR_UNKNOWN,
    }


async def test_a_notification_exists_only_while_its_reader_sees_the_ticket(desk: Desk, office: Office) -> None:
    ticket = await make_ticket(TicketStatus.DISPATCHED, lead=office.roads)
    await notify(desk)
    reader = reader_of(office.liaison, "id")
    assert await unread_count(reader) == 1

    await Ticket.filter(id=ticket.id).update(lead_agency_id=office.health.id)

    page = await notification_page(desk, reader, 10, None, unread_only=False)
    assert (page.notifications, page.unread) == ([], 0)
    elsewhere = scope_of(await Officer.get(id=office.liaison.officer_id), office.health, Role.LIAISON)
    assert await unread_count(NotificationReader(elsewhere.officer_id or 0, elsewhere.sight, "id")) == 1


async def test_who_ends_or_begins_a_day_later_is_not_told(desk: Desk, office: Office) -> None:
    await make_officer(office.roads, Role.LIAISON, active=False)
    await make_officer(office.roads, Role.LIAISON, valid_from=desk.today() + timedelta(days=1))

    await make_ticket(TicketStatus.DISPATCHED, lead=office.roads)
    await notify(desk)

    assert {row.officer_id for row in await Notification.all()} == {office.liaison.officer_id}
