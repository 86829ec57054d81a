"""What follows for open reports from the posts of coordinators: at once where posts change, by a job where days do."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from models import Agency, Assignment, Event, Officer, OversightRule, Ticket
from models.database import connection
from models.enums import Channel, Classification, EventKind, PrincipalKind, Role, TicketStatus, Visibility
from realtime import log
from realtime.members import Validity
from services.access.filters.filters import TicketFilter
from services.access.scopes import SYSTEM, Scope
from services.core.desk import Desk
from services.core.refusals import Forbidden
from services.core.transactions import transaction
from services.credentials.credentials import issue
from services.credentials.identify import identify, refreshed
from services.feeds.decisions import Left, membership
from services.feeds.feeds import load, watch
from services.feeds.rights import judged, named_by
from services.intake.forms import Submission
from services.intake.submissions import submit
from services.master_data import steering
from services.queries.tickets import ticket_by_id
from services.reporters.reporters import Reveal, reveal
from services.staff import staff
from services.staff.assignments import WantedAssignment
from services.staff.staff import AccountChange, NewAccount
from services.tickets import moves
from services.tickets.commands import Reopen, Verify
from services.tickets.editing import Edit, edit
from services.tickets.supervision import follow_posts
from tests.conftest import Clock
from tests.factories import FIRST_DAY, anonymous_scope, make_agency, make_officer, make_scope, make_ticket

TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)


@pytest.fixture
async def dishub(desk: Desk) -> Agency:
    return await make_agency("dishub")


@pytest.fixture
async def admin(dishub: Agency) -> Scope:
    return await make_scope(Role.ADMIN, await make_agency("diskominfo"))


async def post(desk: Desk, admin: Scope, officer_id: int, *wanted: WantedAssignment) -> None:
    """Give an account these posts from today on, and no others."""
    found = await Officer.get(id=officer_id)
    await staff.change(desk, admin, AccountChange(officer_id, found.version, assignments=wanted))


async def coordinator(desk: Desk, admin: Scope, *wanted: WantedAssignment) -> int:
    """A new account with these posts."""
    count = await Officer.all().count()
    return (
        await staff.invite(desk, admin, NewAccount(f"baru{count}@example.test", "Koordinator Baru", wanted))
    ).officer_id


async def reports(agency: Agency) -> list[Ticket]:
    """Reports about an agency: two open ones, one closed, one supervisory already, and one about nobody."""
    about = {"reported_agency_id": agency.id}
    return [
        await make_ticket(TicketStatus.RECEIVED, **about),
        await make_ticket(TicketStatus.IN_PROGRESS, lead=agency, **about),
        await make_ticket(TicketStatus.RESOLVED, lead=agency, **about),
        await make_ticket(TicketStatus.RECEIVED, supervisory=True, **about),
        await make_ticket(TicketStatus.RECEIVED),
    ]


async def raised() -> list[bool]:
    return [row.supervisory for row in await Ticket.all().order_by("id")]


async def events_of(kind: EventKind) -> list[Event]:
    return await Event.filter(kind=kind).order_by("seq")


HERE, DESK = WantedAssignment("dishub", Role.COORDINATOR), WantedAssignment("diskominfo", Role.COORDINATOR)


@pytest.mark.parametrize(
    "posts",
    [(HERE,), (WantedAssignment("dishub", Role.OFFICER), DESK), (WantedAssignment("dishub", Role.LEADER), DESK)],
)
async def test_a_post_that_begins_makes_open_reports_about_its_agency_supervisory(
    desk: Desk, dishub: Agency, admin: Scope, posts: Sequence[WantedAssignment]
) -> None:
    found = await reports(dishub)

    await coordinator(desk, admin, *posts)

    assert await raised() == [True, True, False, True, False]
    events = await events_of(EventKind.FIELD_CHANGED)
    assert [(event.ticket_id, event.changed, event.version) for event in events] == [
        (ticket.id, ["handlingClass", "supervisory"], 2) for ticket in found[:2]
    ]
    assert {(event.actor_kind, event.visibility) for event in events} == {("SYSTEM", Visibility.INTER_AGENCY)}
    # One change of the log, in which the rights come first.
    rights = await Event.filter(kind=EventKind.RIGHTS_CHANGED).order_by("-seq").first()
    assert rights is not None
    assert [event.seq for event in events] == [rights.seq + 1, rights.seq + 2]


@pytest.mark.parametrize(
    "posts", [(WantedAssignment("dishub", Role.OFFICER),), (DESK,), (WantedAssignment("dishub", Role.ADMIN),)]
)
async def test_other_posts_raise_nothing(
    desk: Desk, dishub: Agency, admin: Scope, posts: Sequence[WantedAssignment]
) -> None:
    await reports(dishub)

    await coordinator(desk, admin, *posts)

    assert await raised() == [False, False, False, True, False]


async def test_those_who_handled_it_are_told_that_it_left(desk: Desk, dishub: Agency, admin: Scope) -> None:
    ticket = await make_ticket(TicketStatus.IN_PROGRESS, lead=dishub, reported_agency_id=dishub.id)
    watched = await watch(desk, await make_scope(Role.OFFICER, dishub), TicketFilter())
    seq = (await log.head(connection())).seq

    await coordinator(desk, admin, HERE)

    events, _ = await log.read_after(connection(), seq, 10)
    now = (await load(desk, [ticket.id]))[ticket.id]
    [frame] = [membership(event, watched, now) for event in events if event.ticket_id is not None]
    assert isinstance(frame, Left)
    assert frame.reason == "NOT_VISIBLE"


async def test_a_post_that_ends_proposes_to_lower_and_lowers_nothing(desk: Desk, dishub: Agency, admin: Scope) -> None:
    found = await reports(dishub)
    officer_id = await coordinator(desk, admin, HERE)

    await post(desk, admin, officer_id, WantedAssignment("diskominfo", Role.OFFICER))

    assert await raised() == [True, True, False, True, False]
    notes = await events_of(EventKind.NOTE_ADDED)
    assert [event.ticket_id for event in notes] == [found[place].id for place in (0, 1, 3)]
    assert {(event.visibility, tuple(event.changed), event.version) for event in notes} == {
        (Visibility.INTER_AGENCY, ("timeline",), 2), (Visibility.INTER_AGENCY, ("timeline",), 1)
    }  # fmt: skip
    assert await follow_posts(desk) == 0


async def test_an_account_that_ends_proposes_too(desk: Desk, dishub: Agency, admin: Scope, clock: Clock) -> None:
    await reports(dishub)
    officer_id = await coordinator(desk, admin, HERE)

    await staff.end(desk, admin, officer_id)

    assert len(await events_of(EventKind.NOTE_ADDED)) == 3
    clock.forward(days=1)
    assert await follow_posts(desk) == 0


async def test_while_another_coordinator_stays_nothing_is_proposed(desk: Desk, dishub: Agency, admin: Scope) -> None:
    await reports(dishub)
    first, _ = await coordinator(desk, admin, HERE), await coordinator(desk, admin, HERE)

    await staff.end(desk, admin, first)

    assert await events_of(EventKind.NOTE_ADDED) == []


async def test_what_the_inspector_lowered_stays_lowered_until_another_post_begins(
    desk: Desk, dishub: Agency, admin: Scope, clock: Clock
) -> None:
    inspector = await make_scope(Role.INSPECTOR, await make_agency("inspektorat"))
    ticket = await make_ticket(reported_agency_id=dishub.id)
    await coordinator(desk, admin, HERE)
    outsider = await make_scope(Role.COORDINATOR)
    with pytest.raises(Forbidden, match="LOWERS_PROTECTION"):
        await moves.verify(desk, outsider, Verify(ticket.id, 2, Classification.COMPLAINT, supervisory=False))
    await moves.verify(desk, inspector, Verify(ticket.id, 2, Classification.COMPLAINT, supervisory=False))
    assert await follow_posts(desk) == 0
    assert await raised() == [False]

    clock.forward(days=2)
    await make_officer(dishub, Role.COORDINATOR, valid_from=TODAY + DAY)

    assert await follow_posts(desk) == 1
    assert await raised() == [True]


async def test_a_post_that_begins_by_its_day_raises_at_midnight(
    desk: Desk, dishub: Agency, admin: Scope, clock: Clock
) -> None:
    tomorrow = WantedAssignment("dishub", Role.COORDINATOR, TODAY + DAY, TODAY + 2 * DAY)
    ticket, *_ = await reports(dishub)
    await coordinator(desk, admin, tomorrow)
    assert (await raised(), await follow_posts(desk)) == ([False, False, False, True, False], 0)

    clock.set(datetime(2026, 3, 2, 17, 0, tzinfo=UTC))  # midnight in Kediri

    assert await follow_posts(desk) == 2
    assert (await raised(), await follow_posts(desk)) == ([True, True, False, True, False], 0)
    clock.set(datetime(2026, 3, 4, 17, 0, tzinfo=UTC))
    assert await follow_posts(desk) == 3
    assert {event.ticket_id for event in await events_of(EventKind.NOTE_ADDED)} >= {ticket.id}
    assert (await raised(), await follow_posts(desk)) == ([True, True, False, True, False], 0)


async def test_from_midnight_on_the_coordinator_knows_no_reporter_whether_the_job_has_run_or_not(
    desk: Desk, dishub: Agency, clock: Clock
) -> None:
    officer = await make_officer(await make_agency("diskominfo"), Role.COORDINATOR)
    await Assignment.create(officer=officer, agency=dishub, role=Role.OFFICER, valid_from=TODAY + DAY)
    await Assignment.filter(agency_id=dishub.id).update(valid_from=TODAY + DAY)
    token = (await issue(desk, PrincipalKind.STAFF, name="uji", officer_id=officer.id)).token
    scope = await identify(desk, token)
    ticket = await make_ticket(reported_agency_id=dishub.id)
    assert scope.valid_until == datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
    assert (await reveal(desk, scope, Reveal(ticket.id, "Perlu dihubungi."))).phone is None

    clock.set(datetime(2026, 3, 2, 17, 0, tzinfo=UTC))
    again = await refreshed(desk, scope)

    assert again.agencies == {scope.agency_id, dishub.id}


async def test_a_closed_report_is_supervisory_once_it_is_opened_again(desk: Desk, dishub: Agency) -> None:
    liaison = await make_scope(Role.LIAISON, dishub)
    ticket = await make_ticket(TicketStatus.RESOLVED, lead=dishub, reported_agency_id=dishub.id)
    await make_officer(dishub, Role.COORDINATOR)

    await moves.reopen(desk, liaison, Reopen(ticket.id, 1, "PROBLEM_RETURNED"))

    assert await raised() == [True]
    assert await ticket_by_id(desk, liaison, ticket.id) is None


async def test_a_report_that_was_lowered_is_opened_again_as_it_was(desk: Desk, dishub: Agency, admin: Scope) -> None:
    inspector = await make_scope(Role.INSPECTOR, await make_agency("inspektorat"))
    ticket = await make_ticket(reported_agency_id=dishub.id)
    await coordinator(desk, admin, HERE)
    await moves.verify(desk, inspector, Verify(ticket.id, 2, Classification.COMPLAINT, supervisory=False))
    other = await make_scope(Role.COORDINATOR)
    await moves.change_status(
        desk, other, moves.ChangeStatus(ticket.id, 3, TicketStatus.ARCHIVED, reason_code="NOT_RELEVANT")
    )

    await moves.reopen(desk, other, Reopen(ticket.id, 4, "CLOSED_BY_MISTAKE"))

    assert await raised() == [False]


# ---- Two transactions at once


FORM = Submission(
    title="Sopir meminta uang", body="Di terminal.", channel=Channel.SURGA_WEB, reported_agency_code="dishub"
)


@pytest.mark.parametrize("place", range(3))
async def test_a_report_that_comes_in_while_a_post_begins_is_never_missed(
    desk: Desk, dishub: Agency, admin: Scope, place: int
) -> None:
    named = await make_ticket()
    other = await make_scope(Role.COORDINATOR)

    await asyncio.gather(
        coordinator(desk, admin, HERE),
        submit(desk, anonymous_scope(f"alamat {place}"), FORM),
        edit(desk, other, Edit(named.id, 1, reported_agency_code="dishub")),
    )

    assert await raised() == [True, True]


async def test_a_change_of_posts_waits_for_who_is_naming(desk: Desk, dishub: Agency, admin: Scope) -> None:
    """The one order in which neither sees the other without a lock: named, not yet committed, and no post yet."""
    outside = contextvars.copy_context()
    async with transaction() as using:
        await steering.await_posts(using)
        change = asyncio.create_task(coordinator(desk, admin, HERE), context=outside)
        await until_one_waits()
        await make_ticket(reported_agency_id=dishub.id)
    await change

    assert await raised() == [True]


@pytest.mark.parametrize("way", ["submit", "edit", "verify", "reopen"])
async def test_who_is_naming_waits_for_a_change_of_posts(desk: Desk, dishub: Agency, admin: Scope, way: str) -> None:
    other, key = await make_scope(Role.COORDINATOR), 0
    if way != "submit":
        closed = way == "reopen"
        status = TicketStatus.ARCHIVED if closed else TicketStatus.RECEIVED
        key = (await make_ticket(status, reported_agency_id=dishub.id if closed else None)).id
    verification = Verify(key, 1, Classification.COMPLAINT, reported_agency_code="dishub")
    use_case = {
        "submit": lambda: submit(desk, anonymous_scope(), FORM),
        "edit": lambda: edit(desk, other, Edit(key, 1, reported_agency_code="dishub")),
        "verify": lambda: moves.verify(desk, other, verification),
        "reopen": lambda: moves.reopen(desk, other, Reopen(key, 1, "CLOSED_BY_MISTAKE")),
    }[way]
    outside = contextvars.copy_context()

    async with transaction() as using:
        await steering.hold_posts(using)
        naming = asyncio.create_task(use_case(), context=outside)
        await until_one_waits()
        await make_officer(dishub, Role.COORDINATOR)
    await naming

    assert await raised() == [True]


async def until_one_waits() -> None:
    async with asyncio.timeout(60):
        while not await waits_for_posts():
            pass


async def waits_for_posts() -> bool:
    statement = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    return bool((await connection().execute_query(statement))[1])


async def test_a_change_that_fails_raises_nothing(desk: Desk, dishub: Agency, admin: Scope) -> None:
    await reports(dishub)
    before = [await raised(), await Event.all().count(), await Assignment.all().count()]

    with pytest.raises(Forbidden, match="LAST_ADMIN"):
        await post(desk, SYSTEM, admin.officer_id or 0, HERE)

    assert [await raised(), await Event.all().count(), await Assignment.all().count()] == before


# ---- Whose scopes hang on it


async def test_posts_of_those_who_examine_concern_all_staff_and_others_one(
    desk: Desk, dishub: Agency, admin: Scope
) -> None:
    await OversightRule.create(inspectorate=dishub, deputy=Role.LEADER, valid_from=TODAY, legal_basis="Uji")
    seq = (await log.head(connection())).seq
    ids = [
        await coordinator(desk, admin, WantedAssignment("dishub", role))
        for role in (Role.INSPECTOR, Role.LEADER, Role.OFFICER)
    ]

    events, _ = await log.read_after(connection(), seq, 50)

    changes = [named_by(event) for event in events if event.kind is EventKind.RIGHTS_CHANGED]
    assert changes == [None, None, frozenset({("officer", ids[2])})]


async def connected(desk: Desk, officer: Officer) -> Scope:
    """The scope of an open connection of somebody with an account."""
    return await identify(desk, (await issue(desk, PrincipalKind.STAFF, name="uji", officer_id=officer.id)).token)


async def test_a_second_post_ends_what_was_opened_before_it(desk: Desk, dishub: Agency, admin: Scope) -> None:
    officer = await make_officer(await make_agency("pupr"), Role.COORDINATOR)
    scope = await connected(desk, officer)
    assert await judged(desk, [scope]) == {scope: Validity.SAME}

    await post(
        desk,
        admin,
        officer.id,
        WantedAssignment("pupr", Role.COORDINATOR, FIRST_DAY),
        WantedAssignment("dishub", Role.OFFICER),
    )

    assert await judged(desk, [scope]) == {scope: Validity.CHANGED}


async def test_a_post_of_an_inspector_ends_what_hangs_on_who_is_free(desk: Desk, dishub: Agency, admin: Scope) -> None:
    inspectorate = await make_agency("inspektorat")
    await make_officer(inspectorate, Role.INSPECTOR)
    await OversightRule.create(inspectorate=inspectorate, deputy=Role.LEADER, valid_from=TODAY, legal_basis="Uji")
    roles = (Role.COORDINATOR, Role.LEADER, Role.OFFICER)
    steering, leader, officer = [await connected(desk, await make_officer(inspectorate, role)) for role in roles]
    other = await connected(desk, await make_officer(await make_agency("setda"), Role.LEADER))

    await coordinator(desk, admin, WantedAssignment("dishub", Role.INSPECTOR))

    assert await judged(desk, [steering, leader, officer, other]) == {
        steering: Validity.CHANGED,
        leader: Validity.CHANGED,
        officer: Validity.SAME,
        other: Validity.CHANGED,
    }


async def test_the_day_of_another_s_post_ends_what_hangs_on_who_is_free(desk: Desk, dishub: Agency) -> None:
    await make_officer(dishub, Role.INSPECTOR, valid_to=TODAY + DAY)
    steering, officer = [
        await connected(desk, await make_officer(dishub, role)) for role in (Role.COORDINATOR, Role.OFFICER)
    ]

    assert (steering.valid_until, officer.valid_until) == (datetime(2026, 3, 3, 17, 0, tzinfo=UTC), None)
