"""What one event shows is made once for each sight, and never for one sight by what was made for another."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import pytest
import strawberry

from models import Ticket
from models.enums import Classification, PrincipalKind, Role
from realtime.callbacks import HubCallbacks
from schema.execution.plans import KEY, Plans
from schema.feeds.live import LiveSchema
from schema.feeds.shared_frames import CURSOR, Pieces, Shared
from services.access.predicates import Anything
from services.access.scopes import Budget, Granted, Scope
from services.core.desk import Desk
from services.tickets import moves
from services.tickets.editing import Edit, edit
from tests.factories import citizen_scope, make_client_scope, make_scope, make_ticket
from tests.schema.conftest import City
from tests.schema.feeds.test_sharing import Room, StockSchema, told

TICKET = """id number title body status version assignee { name } leadAgency { name } reportedAgency { name }
  location { kecamatan address latitude } hidden { field reason } standing"""
FEED = f"""subscription {{ ticketFeed(FILTER) {{ __typename
  ... on TicketEntered {{ cursor clientMutationId ticket {{ {TICKET} }} }}
  ... on TicketUpdated {{ cursor again: cursor changed clientMutationId ticket {{ {TICKET} }} }}
  ... on TicketLeft {{ cursor ticketId reason }} }} }}"""
FILTERS = ("", '(filter: {receivedFrom: "2000-01-01T00:00:00+07:00"})', "(filter: {status: [RECEIVED]})")
DOCUMENTS = [FEED.replace("(FILTER)", each) for each in FILTERS]


class CountingSchema(LiveSchema):
    """Counts how often rows are loaded."""

    loads = 0

    def callbacks(self) -> HubCallbacks:
        return replace(super().callbacks(), load=self._counted)

    async def _counted(self, keys: Collection[int]) -> Any:
        self.loads += 1
        return await self._load(keys)


async def sights(city: City, of: Ticket) -> list[Scope]:
    """Callers of whom each reads something else of the same ticket."""
    opens = frozenset({"Ticket.status", "Ticket.title", "Ticket.version"})
    granted = Granted("contract", "digest", Budget(10_000, 1_000), Anything(), opens=opens)
    partners = [await make_client_scope(PrincipalKind.PARTNER) for _ in range(2)]
    staff = [city.coordinator, city.officer, city.liaison, city.stranger, city.leader, city.inspector, city.admin]
    return [*staff, city.display, citizen_scope(of), partners[0], replace(partners[1], granted=granted)]


async def changed(desk: Desk, city: City, tickets: list[Ticket], rooms: list[Room]) -> None:
    """A title, and then what makes a report another one for some: the first look shows two events by one row."""
    inspector = city.inspector
    for number, ticket in enumerate(tickets, start=1):
        caller = inspector if ticket.supervisory else city.coordinator
        await edit(desk, caller, Edit(ticket.id, 1, title=f"Judul {number}", client_mutation_id=f"tab-{number}"))
        await edit(desk, caller, Edit(ticket.id, 2, body=f"Isi {number}."))
    for room in rooms:
        await room.hub.look()
    order = moves.Verify(tickets[0].id, 3, Classification.COMPLAINT, confidential=True)
    await moves.verify(desk, city.coordinator, order)
    for room in rooms:
        await room.hub.look()


@pytest.mark.parametrize("places", [range(11), range(10, -1, -1)], ids=["in-order", "backwards"])
async def test_no_sight_is_shown_what_was_made_for_another_one(
    desk: Desk, city: City, schema: strawberry.Schema, places: range
) -> None:
    shown = {"address": "Jalan Contoh 1", "latitude": -6.9, "longitude": 107.6}
    tickets = [
        await make_ticket(lead=city.roads, assignee=None, **shown, confidential=secret, supervisory=accused)
        for secret, accused in ((False, False), (True, False), (False, True))
    ]
    scopes = await sights(city, tickets[0])
    ours, stock = rooms = [Room(desk, schema), Room(desk, schema, StockSchema)]
    for room in rooms:
        await room.hub.begin()
        for document in DOCUMENTS:
            for place in places:
                await room.enter(scopes[place], document)

    await changed(desk, city, tickets, rooms)
    for room in rooms:
        await room.hub.stop()

    assert [told(screen) for screen in ours.screens] == [told(screen) for screen in stock.screens]
    assert ours.live.frames.pieces.made > 0
    first = {str(told(screen)[:1]) for screen in ours.screens[:11]}
    assert len(first) >= 5  # what they are shown of the first ticket does differ


async def test_an_event_is_loaded_viewed_and_written_once_for_each_sight(
    desk: Desk, city: City, schema: strawberry.Schema
) -> None:
    ticket = await make_ticket(lead=city.roads, confidential=False)
    plans = schema._schema.extensions[KEY] = Plans()
    room = Room(desk, schema, CountingSchema)
    await room.hub.begin()
    crowd = [city.coordinator, city.officer, await make_scope(Role.OFFICER, city.roads), city.liaison]
    variables = "subscription ($from: DateTime) { ticketFeed(filter: {receivedFrom: $from})"
    document = FEED.replace("subscription { ticketFeed(FILTER)", variables)
    for scope in crowd:
        for day in range(1, 11):
            await room.enter(scope, document, {"from": f"2000-01-{day:02}T00:00:00+07:00"})
    groups, frames = room.hub.state.groups, room.live.frames
    different = len({scope.sight for scope in crowd})

    await edit(desk, city.coordinator, Edit(ticket.id, 1, title="Judul"))
    await room.hub.look()
    await room.hub.stop()

    assert (groups, different) == (30, 3)
    assert room.hub.state.executions == groups
    assert room.live.loads == 1  # type: ignore[attr-defined]
    assert (frames.views.made, frames.names.made, frames.pieces.made) == (different, different, different)
    assert plans.compiled == 1


async def test_who_comes_later_is_shown_an_event_by_the_row_of_now(
    desk: Desk, city: City, schema: strawberry.Schema
) -> None:
    ticket, room = await make_ticket(), Room(desk, schema)
    document = """subscription ($filter: TicketFilter, $after: Cursor) {
      ticketStatusChanged(filter: $filter, after: $after) { to ticket { title version } } }"""
    await room.hub.begin()
    after = desk.cursors.seal_position(room.hub.state.epoch, room.hub.state.position)
    early = await room.enter(city.coordinator, document)

    await moves.verify(desk, city.coordinator, moves.Verify(ticket.id, 1, Classification.COMPLAINT))
    await room.hub.look()
    await edit(desk, city.coordinator, Edit(ticket.id, 2, title="Judul baru"))
    await room.hub.look()
    wanted = {"receivedFrom": "2000-01-01T00:00:00+07:00"}
    late = await room.enter(city.coordinator, document, {"filter": wanted, "after": after})
    await room.hub.stop()

    assert [data["ticketStatusChanged"]["ticket"]["version"] for data in (*early.data, *late.data)] == [2, 3]
    assert late.data[0]["ticketStatusChanged"]["ticket"]["title"] == "Judul baru"


def test_values_of_the_same_objects_are_made_once_and_of_equal_ones_not() -> None:
    shared, one, other = Shared(most=2), [1], [1]
    told = [shared.take((each, "x"), lambda each=each: (each,)) for each in (one, other, one, other)]

    assert [value[0] is owner for value, owner in zip(told, (one, other, one, other), strict=True)] == [True] * 4
    assert shared.made == 2
    shared.take(([1],), lambda: 0)
    shared.take((one, "x"), lambda: 1)
    assert shared.made == 4  # the oldest went
    assert shared.take((None,), lambda: None) is None


def test_frames_are_held_up_to_so_many_bytes_and_one_that_is_larger_alone_is_not() -> None:
    shared, owners = Shared(most_bytes=1_000), [[number] for number in range(12)]
    for owner in owners:
        shared.take((owner,), lambda: Pieces(b"x" * 50))

    assert shared.held == 1_000  # each also has the frame with its last cursor
    assert shared.take((owners[-10],), lambda: None) is not None
    assert shared.take((owners[-11],), lambda: None) is None
    assert shared.take(([],), lambda: Pieces(CURSOR.encode() + b"x" * 500)).frame("k") == b"k" + b"x" * 500
    assert shared.held == 0
