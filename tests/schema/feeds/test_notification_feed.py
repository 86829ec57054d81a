"""One officer's feed: what is new, what was read elsewhere, what went with a right, and what was missed meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import strawberry
import structlog
from tortoise.backends.base.client import BaseDBAsyncClient

from api.documents.documents import Documents
from models import Assignment, Notification, Officer, Ticket
from models.enums import Role, TicketStatus
from realtime.cursors import FeedPosition
from realtime.hub import Hub
from schema.core.context import context_for
from schema.feeds.live import LiveSchema
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.nodes import node_id
from services.core.refusals import EdgeRefusal
from services.notifications.reading import MarkRead, mark_read
from services.tickets import assigning, moves
from services.tickets.commands import Assign, Dispatch
from tests.conftest import Clock
from tests.factories import make_agency, make_scope, make_ticket, scope_of
from tests.realtime.world import Screen
from tests.schema.conftest import Ask, City, OpenGate
from tests.services.notifications.test_projection import passed
from workers.notifications import notify

FEED = """subscription ($after: Cursor) { notificationFeed(after: $after) { __typename
  ... on NotificationAdded { cursor unread notification { id kind text count ticket { number } } }
  ... on NotificationsCleared { cursor ids unread }
  ... on FeedReset { cursor } ... on FeedHeartbeat { cursor } } }"""
LIST = "{ notifications(first: 20) { unread feedCursor edges { node { id kind readAt ticket { number } } } } }"


class Device(Screen):
    """A line of one officer, whose frames are read by type."""

    def frames(self) -> list[dict[str, Any]]:
        return [data["notificationFeed"] for data in self.data]

    def told(self) -> list[str]:
        """Everything but heartbeats."""
        return [each["__typename"] for each in self.frames() if each["__typename"] != "FeedHeartbeat"]

    @property
    def last(self) -> dict[str, Any]:
        return [each for each in self.frames() if each["__typename"] != "FeedHeartbeat"][-1]


@dataclass
class House:
    """A hub on the real schema that looks only when a test says so."""

    desk: Desk
    schema: strawberry.Schema
    live: LiveSchema
    hub: Hub

    async def follow(self, scope: Scope, after: str | None = None, language: str = "id") -> Device:
        """A device of this caller that follows from a cursor on, or from now."""
        prepared = Documents(self.schema._schema).prepare(FEED, None, {"after": after})
        request = await self.live.plan(prepared, context_for(self.desk, scope, language, "test", OpenGate()))
        device = Device(scope)
        await self.hub.attach(device, self.hub.rights_seen)
        await self.hub.join(request, device, "1", scope)
        return device

    async def tell(self) -> None:
        await notify(self.desk)
        await self.hub.look()


async def opened(desk: Desk, schema: strawberry.Schema, database: BaseDBAsyncClient) -> House:
    live = LiveSchema(desk, schema, structlog.get_logger("tests"))
    hub = Hub(database=lambda: database, bell=desk.bell, callbacks=live.callbacks(), clock=desk.now)
    await hub.begin()
    return House(desk, schema, live, hub)


@pytest.fixture
async def house(desk: Desk, schema: strawberry.Schema, city: City, database: BaseDBAsyncClient) -> AsyncIterator[House]:
    house = await opened(desk, schema, database)
    yield house
    await house.hub.stop()


async def test_the_first_frame_is_a_heartbeat_and_a_new_one_comes_in_the_callers_language(
    house: House, city: City
) -> None:
    ours, theirs = await house.follow(city.liaison), await house.follow(city.stranger)
    english = await house.follow(city.liaison, language="en")
    ticket = await make_ticket(TicketStatus.DISPATCHED, lead=city.roads)

    await house.tell()

    assert [each["__typename"] for each in ours.frames()] == ["FeedHeartbeat", "NotificationAdded"]
    row = await Notification.get(officer_id=city.liaison.officer_id)
    assert ours.last["unread"] == 1
    assert ours.last["notification"] == {
        "id": node_id("Notification", row.id),
        "kind": "DISPATCHED",
        "text": f"Laporan {ticket.number} didisposisi ke instansi Anda.",
        "count": 1,
        "ticket": {"number": ticket.number},
    }
    assert english.last["notification"]["text"] == f"Report {ticket.number} was dispatched to your agency."
    assert theirs.told() == []


async def test_a_device_that_returns_gets_what_it_missed_once_and_in_order(
    house: House, ask: Ask, city: City, desk: Desk, database: BaseDBAsyncClient
) -> None:
    first = await make_ticket(TicketStatus.DISPATCHED, lead=city.roads)
    await house.tell()
    listed = (await ask(city.liaison, LIST)).data["notifications"]
    for number in range(3):
        await assigning.assign(house.desk, city.coordinator, Assign(first.id, number + 1, _other(city, number)))
    await house.tell()

    again = await opened(desk, house.schema, database)  # another process: it kept nothing
    device = await again.follow(city.liaison, listed["feedCursor"])
    assert [each["notification"]["kind"] for each in device.frames()[1:]] == ["ASSIGNED"]
    cursor = device.last["cursor"]
    await make_ticket(TicketStatus.DISPATCHED, lead=city.roads)
    await again.tell()
    later = await again.follow(city.liaison, cursor)

    assert device.told() == ["NotificationAdded", "NotificationAdded"]
    assert [each["notification"]["kind"] for each in later.frames()[1:]] == ["DISPATCHED"]
    assert (listed["unread"], later.last["unread"]) == (1, 3)
    await again.hub.stop()


def _other(city: City, number: int) -> int | None:
    """The officer, the liaison, the officer again."""
    return (city.officer, city.liaison, city.officer)[number].officer_id


async def test_what_is_read_on_one_device_is_cleared_on_all_of_them(house: House, city: City, desk: Desk) -> None:
    one, other = await house.follow(city.liaison), await house.follow(city.liaison)
    tickets = [await make_ticket(TicketStatus.DISPATCHED, lead=city.roads) for _ in range(2)]
    await house.tell()
    rows = await Notification.filter(officer_id=city.liaison.officer_id).order_by("id")

    await mark_read(desk, city.liaison, MarkRead(ids=(rows[0].id,)))
    await house.hub.look()

    for device in (one, other):
        assert device.told() == ["NotificationAdded", "NotificationAdded", "NotificationsCleared"]
        assert (device.last["ids"], device.last["unread"]) == ([node_id("Notification", rows[0].id)], 1)
    assert len(tickets) == 2


async def test_what_goes_with_the_right_to_see_its_ticket_is_cleared(
    house: House, ask: Ask, city: City, desk: Desk
) -> None:
    device, stays = await house.follow(city.liaison), await house.follow(city.coordinator)
    ticket = await make_ticket(TicketStatus.DISPATCHED, lead=city.roads)
    await house.tell()
    row = await Notification.get(officer_id=city.liaison.officer_id)

    await moves.dispatch(desk, city.coordinator, Dispatch(ticket.id, 1, "dinkes", note="Bukan tugas PUPR."))
    await house.tell()

    assert device.told() == ["NotificationAdded", "NotificationsCleared"]
    assert (device.last["ids"], device.last["unread"]) == ([node_id("Notification", row.id)], 0)
    assert stays.told() == []
    assert (await ask(city.liaison, LIST)).data["notifications"]["edges"] == []


async def test_a_replay_never_shows_what_a_fresh_query_hides(house: House, ask: Ask, city: City, desk: Desk) -> None:
    start = (await ask(city.liaison, LIST)).data["notifications"]["feedCursor"]
    live = await house.follow(city.liaison)
    ticket = await make_ticket(TicketStatus.DISPATCHED, lead=city.roads)
    await house.tell()
    await moves.dispatch(desk, city.coordinator, Dispatch(ticket.id, 1, "dinkes", note="Bukan tugas PUPR."))
    await house.tell()

    returned = await house.follow(city.liaison, start)

    assert live.told() == ["NotificationAdded", "NotificationsCleared"]
    assert returned.told() == ["NotificationsCleared"]  # of what it never had, or may still show


async def test_a_summary_comes_as_one_with_what_its_reader_sees(house: House, city: City, clock: Clock) -> None:
    device = await house.follow(city.coordinator)
    for _ in range(2):
        ticket = await make_ticket(TicketStatus.RECEIVED)
        await passed(ticket, clock(), "VERIFICATION")
    clock.forward(hours=1)
    await house.tell()
    clock.forward(minutes=1)

    await house.tell()

    assert device.told() == ["NotificationAdded"]
    assert device.last["notification"] | {"id": ""} == {
        "id": "",
        "kind": "SUMMARY",
        "text": "Selama layanan terhenti, 2 tenggat mendekat atau terlewati.",
        "count": 2,
        "ticket": None,
    }


async def test_a_replayed_summary_counts_what_its_reader_sees_now(
    house: House, ask: Ask, city: City, clock: Clock
) -> None:
    tickets = [await make_ticket(TicketStatus.RECEIVED, lead=city.roads) for _ in range(2)]
    for ticket in tickets:
        await passed(ticket, clock())
    clock.forward(hours=1)
    await house.tell()
    start = (await ask(city.liaison, LIST)).data["notifications"]["feedCursor"]
    live = await house.follow(city.liaison)
    clock.forward(minutes=1)
    await house.tell()

    await Ticket.filter(id=tickets[0].id).update(lead_agency_id=city.health.id)
    fewer = await house.follow(city.liaison, start)
    await Ticket.filter(id=tickets[1].id).update(lead_agency_id=city.health.id)
    none = await house.follow(city.liaison, start)

    assert (live.last["notification"]["count"], fewer.last["notification"]["count"]) == (2, 1)
    assert (none.told(), [each["__typename"] for each in none.frames()]) == ([], ["FeedHeartbeat"])


async def test_a_summary_goes_with_the_last_of_its_tickets_and_stays_where_another_post_sees_one(
    house: House, ask: Ask, city: City, desk: Desk, clock: Clock
) -> None:
    both = Officer(id=city.liaison.officer_id, name="Petugas")
    await Assignment.create(officer_id=both.id, agency=city.health, role=Role.LIAISON, valid_from=desk.today())
    roads, health = city.liaison, scope_of(both, city.health, Role.LIAISON)
    tickets = [await make_ticket(TicketStatus.DISPATCHED, lead=city.roads) for _ in range(2)]
    await house.tell()
    await Notification.all().delete()
    for ticket in tickets:
        await passed(ticket, clock())
    clock.forward(hours=1)
    await house.tell()
    clock.forward(minutes=1)
    here, there = await house.follow(roads), await house.follow(health)
    await house.tell()
    row = await Notification.get(officer_id=both.id, kind="SUMMARY")

    await make_agency("dlhkp")
    for ticket, agency in zip(tickets, ("dinkes", "dlhkp"), strict=True):
        await moves.dispatch(desk, city.coordinator, Dispatch(ticket.id, 1, agency, note="Bukan tugas PUPR."))
        await house.tell()

    assert here.told() == ["NotificationAdded", "NotificationsCleared"]
    assert (here.last["ids"], here.last["unread"]) == ([node_id("Notification", row.id)], 0)
    assert "NotificationsCleared" not in there.told()
    for scope, left in ((roads, []), (health, ["SUMMARY"])):
        edges = (await ask(scope, LIST)).data["notifications"]["edges"]
        assert [edge["node"]["kind"] for edge in edges if edge["node"]["kind"] == "SUMMARY"] == left


async def test_a_cursor_of_another_post_or_officer_is_reset(house: House, ask: Ask, city: City) -> None:
    cursor = (await ask(city.liaison, LIST)).data["notifications"]["feedCursor"]
    same, other = await house.follow(city.liaison, cursor), await house.follow(city.stranger, cursor)
    colleague = await house.follow(await make_scope(Role.LIAISON, city.roads), cursor)
    ahead = house.desk.cursors.seal_feed(house.hub.state.epoch, 10_000, _mark(house, cursor))

    assert (same.told(), other.told(), colleague.told()) == ([], ["FeedReset"], ["FeedReset"])
    assert (await house.follow(city.liaison, ahead)).told() == ["FeedReset"]


def _mark(house: House, cursor: str) -> bytes:
    position: FeedPosition = house.desk.cursors.open_feed(cursor)
    return position.mark


@pytest.mark.parametrize(
    ("who", "code"), [("anonymous", "UNAUTHENTICATED"), ("partner", "FORBIDDEN"), ("display", "FORBIDDEN")]
)
async def test_the_feed_is_for_staff(house: House, city: City, who: str, code: str) -> None:
    with pytest.raises(EdgeRefusal) as refusal:
        await house.follow(getattr(city, who))

    assert refusal.value.code == code


async def test_other_feeds_are_not_touched_by_notifications(house: House, city: City) -> None:
    document = "subscription { ticketFeed { __typename } }"
    prepared = Documents(house.schema._schema).prepare(document, None, {})
    context = context_for(house.desk, city.coordinator, "id", "test", OpenGate())
    screen = Screen(city.coordinator)
    await house.hub.attach(screen, house.hub.rights_seen)
    await house.hub.join(await house.live.plan(prepared, context), screen, "1", city.coordinator)
    await make_ticket(TicketStatus.DISPATCHED, lead=city.roads)

    await house.tell()
    await house.hub.look()

    assert [each["ticketFeed"]["__typename"] for each in screen.data] == ["FeedHeartbeat", "TicketEntered"]
