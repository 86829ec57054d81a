"""Notifications as clients ask for them: pages, unread ones, marking as read, and every kind of caller."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from graphql import ExecutionResult

from models import CalendarDay, Event, Notification, NotificationRule, Officer, Ticket
from models.calendars import DayKind, DayOrigin
from models.enums import EventKind, NotificationKind, TicketStatus
from services.core.desk import Desk
from services.core.nodes import node_id
from services.notifications.calendar_warning import warn_of_calendar
from services.notifications.expiry import KEEP_DAYS, expire_notifications
from tests.conftest import Clock, Statements
from tests.factories import citizen_scope, make_ticket
from tests.schema.conftest import Ask, City
from workers.notifications import notify

LIST = """query ($first: Int!, $after: Cursor, $unreadOnly: Boolean! = false) {
  notifications(first: $first, after: $after, unreadOnly: $unreadOnly) {
    unread feedCursor pageInfo { hasNextPage endCursor }
    edges { node { id kind at text count readAt ticket { id number } } } } }"""
MARK = """mutation ($ids: [ID!], $upto: ID, $name: String) { markNotificationsRead(input: {
  ids: $ids, allUpTo: $upto, clientMutationId: $name }) {
  unread clientMutationId errors { __typename code path } } }"""
BELL = "{ viewer { unreadNotifications } }"
NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"
CountQueries = Callable[[], AbstractContextManager[Statements]]


async def dispatched(desk: Desk, city: City, count: int) -> list[Notification]:
    """So many tickets that came to the roads, a minute apart, and what their liaison was told, the oldest first."""
    for number in range(count):
        await make_ticket(TicketStatus.DISPATCHED, lead=city.roads, at=desk.now() + timedelta(minutes=number - count))
    await notify(desk)
    return await Notification.filter(officer_id=city.liaison.officer_id).order_by("at")


def ids(rows: list[Notification]) -> list[str]:
    return [node_id("Notification", row.id) for row in rows]


async def listed(ask: Ask, scope: Any, **asked: Any) -> dict[str, Any]:
    result: ExecutionResult = await ask(scope, LIST, **{"first": 10, **asked})
    assert result.errors is None
    page: dict[str, Any] = result.data["notifications"]  # type: ignore[index]
    return page


def shown(page: dict[str, Any]) -> list[str]:
    return [edge["node"]["id"] for edge in page["edges"]]


async def marked(ask: Ask, scope: Any, **given: Any) -> tuple[int, list[tuple[str, str, list[str]]]]:
    result = await ask(scope, MARK, **given)
    assert result.errors is None
    payload = result.data["markNotificationsRead"]  # type: ignore[index]
    return payload["unread"], [(each["__typename"], each["code"], each["path"]) for each in payload["errors"]]


async def test_pages_hold_each_once_the_latest_first(ask: Ask, desk: Desk, city: City) -> None:
    rows = await dispatched(desk, city, 5)

    pages, after = [], None
    while after is None or pages[-1]["pageInfo"]["hasNextPage"]:
        pages.append(await listed(ask, city.liaison, first=2, after=after))
        after = pages[-1]["pageInfo"]["endCursor"]

    assert [shown(page) for page in pages] == [ids(rows)[:2:-1], ids(rows)[2:0:-1], ids(rows)[:1]]
    assert {page["unread"] for page in pages} == {5}
    first = pages[0]["edges"][0]["node"]
    ticket = await Ticket.all().order_by("-id").first()
    assert ticket is not None
    assert (first["kind"], first["count"], first["readAt"], first["ticket"]) == (
        "DISPATCHED", 1, None, {"id": node_id("Ticket", ticket.id), "number": ticket.number},
    )  # fmt: skip


async def test_a_page_costs_one_statement_and_its_tickets_one(
    ask: Ask, desk: Desk, city: City, count_queries: CountQueries
) -> None:
    await dispatched(desk, city, 5)
    await listed(ask, city.liaison)

    with count_queries() as statements:
        await listed(ask, city.liaison)

    assert statements.count == 2


async def test_what_is_marked_is_read_and_stays_in_the_list(ask: Ask, desk: Desk, city: City, clock: Clock) -> None:
    rows = await dispatched(desk, city, 3)

    result = await ask(city.liaison, MARK, ids=ids(rows)[:1] * 2, name="satu")

    assert result.data["markNotificationsRead"] == {"unread": 2, "clientMutationId": "satu", "errors": []}
    assert shown(await listed(ask, city.liaison, unreadOnly=True)) == ids(rows)[:0:-1]
    everything = await listed(ask, city.liaison)
    assert shown(everything) == ids(rows)[::-1]
    read = datetime.fromisoformat(everything["edges"][-1]["node"]["readAt"])
    clock.forward(hours=1)
    assert await marked(ask, city.liaison, ids=ids(rows)[:1]) == (2, [])
    assert read == (await Notification.get(id=rows[0].id)).read_at == desk.now() - timedelta(hours=1)
    assert await Event.filter(kind=EventKind.NOTIFICATIONS_CLEARED).count() == 1  # nothing changed the second time


async def test_all_up_to_one_leaves_what_came_after_it(ask: Ask, desk: Desk, city: City) -> None:
    rows = await dispatched(desk, city, 3)

    assert await marked(ask, city.liaison, upto=ids(rows)[1]) == (1, [])

    assert shown(await listed(ask, city.liaison, unreadOnly=True)) == ids(rows)[2:]
    assert (await ask(city.liaison, BELL)).data == {"viewer": {"unreadNotifications": 1}}


@pytest.mark.parametrize(
    ("case", "error"),
    [
        ("neither", ("InvalidInput", "IDS_OR_ALL", ["ids"])),
        ("both", ("InvalidInput", "IDS_OR_ALL", ["ids"])),
        ("none", ("InvalidInput", "TOO_MANY_IDS", ["ids"])),
        ("many", ("InvalidInput", "TOO_MANY_IDS", ["ids"])),
        ("another's", ("NotFound", "NOT_FOUND", ["ids"])),
        ("of another kind", ("NotFound", "NOT_FOUND", ["ids"])),
        ("hidden", ("NotFound", "NOT_FOUND", ["ids"])),
        ("up to another's", ("NotFound", "NOT_FOUND", ["allUpTo"])),
        ("up to nonsense", ("NotFound", "NOT_FOUND", ["allUpTo"])),
        ("a bad name", ("InvalidInput", "BAD_MUTATION_ID", ["clientMutationId"])),
    ],
)
async def test_what_can_not_be_marked_changes_nothing(
    ask: Ask, desk: Desk, city: City, case: str, error: tuple[str, str, list[str]]
) -> None:
    rows = await dispatched(desk, city, 2)
    hidden = await make_ticket(TicketStatus.DISPATCHED, lead=city.roads)
    await make_ticket(TicketStatus.DISPATCHED, lead=city.health)
    await notify(desk)
    await Ticket.filter(id=hidden.id).update(lead_agency_id=city.health.id)
    theirs = ids([await Notification.get(officer_id=city.stranger.officer_id)])
    gone = ids([await Notification.get(officer_id=city.liaison.officer_id, ticket_id=hidden.id)])
    given: dict[str, Any] = {
        "neither": {},
        "both": {"ids": ids(rows), "upto": ids(rows)[0]},
        "none": {"ids": []},
        "many": {"ids": ids(rows)[:1] * 101},
        "another's": {"ids": [*ids(rows), *theirs]},
        "of another kind": {"ids": [node_id("Ticket", rows[0].id)]},
        "hidden": {"ids": gone},
        "up to another's": {"upto": theirs[0]},
        "up to nonsense": {"upto": "abc"},
        "a bad name": {"ids": ids(rows), "name": "dua kata"},
    }[case]
    events = await Event.all().count()

    assert await marked(ask, city.liaison, **given) == (2, [error])

    assert await Notification.filter(read_at__isnull=False).count() == 0
    assert await Event.all().count() == events


async def test_nobody_but_staff_has_notifications(ask: Ask, desk: Desk, city: City) -> None:
    [row] = await dispatched(desk, city, 1)
    ticket = await Ticket.get()
    callers = {
        "partner": city.partner, "display": city.display, "anonymous": city.anonymous, "citizen": citizen_scope(ticket),
    }  # fmt: skip
    for name, scope in callers.items():
        result = await ask(scope, LIST, first=1)
        assert result.errors[0].original_error.code == ("UNAUTHENTICATED" if name == "anonymous" else "FORBIDDEN")
        assert result.data == {"notifications": None}
        assert await marked(ask, scope, ids=ids([row])) == (0, [("Forbidden", "STAFF_ONLY", [])])
        assert (await ask(scope, BELL)).data == {"viewer": {"unreadNotifications": 0}}
        assert (await ask(scope, NODE, id=ids([row])[0])).data == {"node": None}
    assert await Notification.filter(read_at__isnull=False).count() == 0


async def test_a_notification_is_found_by_its_id_by_its_reader_alone(ask: Ask, desk: Desk, city: City) -> None:
    [row] = await dispatched(desk, city, 1)
    found = {"node": {"__typename": "Notification", "id": ids([row])[0]}}

    assert (await ask(city.liaison, NODE, id=ids([row])[0])).data == found
    assert (await ask(city.coordinator, NODE, id=ids([row])[0])).data == {"node": None}


async def test_every_kind_has_its_sentence_in_both_languages(ask: Ask, desk: Desk, city: City) -> None:
    ticket = await make_ticket(TicketStatus.DISPATCHED, lead=city.roads, title="Rahasia warga", body="Isi laporan")
    for place, kind in enumerate(NotificationKind):
        of_ticket = kind not in (NotificationKind.SUMMARY, NotificationKind.CALENDAR_UNKNOWN)
        await Notification.create(
            officer_id=city.liaison.officer_id, kind=kind, at=desk.now(), told=True, source_seq=1_000 + place,
            ticket_id=ticket.id if of_ticket else None, clock="RESOLUTION", year=2027, tickets=[ticket.id] * 2,
        )  # fmt: skip

    texts: dict[str, list[str]] = {}
    for language in ("id", "en"):
        result = await ask(city.liaison, LIST, language=language, first=20)
        texts[language] = [edge["node"]["text"] for edge in result.data["notifications"]["edges"]]
    assert all(ticket.number in text for text in texts["id"][2:] + texts["en"][2:])
    assert len(set(texts["id"] + texts["en"])) == 2 * len(NotificationKind)
    assert not any(word in text for text in texts["id"] + texts["en"] for word in ("None", "Rahasia", "Isi", "{"))


# ----------------------------------------------------------------------------------------------- calendars and expiry


async def _known(year: int) -> None:
    await CalendarDay.create(
        day=f"{year}-12-25", kind=DayKind.JOINT_LEAVE, name="Cuti bersama", source="SKB", estimated=False,
        origin=DayOrigin.DECREE,
    )  # fmt: skip


async def told_of_calendar(desk: Desk) -> dict[int, list[int]]:
    await warn_of_calendar(desk)
    await notify(desk)
    rows = await Notification.filter(kind=NotificationKind.CALENDAR_UNKNOWN, told=True).order_by("year")
    found: dict[int, list[int]] = {}
    for row in rows:
        found.setdefault(row.year or 0, []).append(row.officer_id)
    return {year: sorted(officers) for year, officers in found.items()}


async def test_who_steers_is_told_once_from_november_on_that_next_year_is_unknown(
    desk: Desk, city: City, clock: Clock
) -> None:
    await _known(2026)
    clock.set(datetime(2026, 10, 30, 2, tzinfo=UTC))
    assert await told_of_calendar(desk) == {}
    clock.set(datetime(2026, 11, 2, 2, tzinfo=UTC))  # a Monday, 09:00 WIB
    steering = sorted([city.coordinator.officer_id or 0, city.admin.officer_id or 0])

    assert [await told_of_calendar(desk) for _ in range(2)] == [{2027: steering}] * 2

    await _known(2027)
    clock.set(datetime(2027, 11, 1, 2, tzinfo=UTC))
    assert await told_of_calendar(desk) == {2027: steering, 2028: steering}


async def test_a_year_that_becomes_known_before_office_hours_is_told_to_nobody(
    desk: Desk, city: City, clock: Clock
) -> None:
    await _known(2026)
    clock.set(datetime(2026, 11, 7, 2, tzinfo=UTC))  # a Saturday
    assert await told_of_calendar(desk) == {}
    waiting = await Notification.filter(kind=NotificationKind.CALENDAR_UNKNOWN).count()

    await _known(2027)
    clock.set(datetime(2026, 11, 9, 2, tzinfo=UTC))

    assert waiting == 2
    assert await told_of_calendar(desk) == {}


async def test_a_warning_waits_for_office_hours(desk: Desk, city: City, clock: Clock) -> None:
    await _known(2026)
    clock.set(datetime(2026, 11, 1, 2, tzinfo=UTC))  # a Sunday

    assert await told_of_calendar(desk) == {}


async def test_they_go_after_the_days_that_the_city_sets_and_with_the_account(
    desk: Desk, city: City, clock: Clock
) -> None:
    await dispatched(desk, city, 1)
    await make_ticket(TicketStatus.DISPATCHED, lead=city.health)
    await notify(desk)
    left = lambda: Notification.all().count()  # noqa: E731
    await Officer.filter(id=city.stranger.officer_id).update(active=False)
    assert (await expire_notifications(desk), await left()) == (1, 1)

    clock.forward(days=KEEP_DAYS - 1)
    assert await expire_notifications(desk) == 0
    await NotificationRule.create(keep_days=30, valid_from=desk.today(), legal_basis="Uji")
    await NotificationRule.create(keep_days=3_000, valid_from=desk.today() + timedelta(days=1), legal_basis="Uji")
    assert (await expire_notifications(desk), await left()) == (1, 0)
