"""Who shares an execution with whom: equal sights do, and everybody gets exactly what they would have got alone."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
import strawberry
import structlog
from graphql import ExecutionResult, execute
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.documents.documents import Documents
from models.database import connection
from models.enums import Classification, PrincipalKind, Role, TicketStatus, Visibility
from realtime.callbacks import SubscribeRequest
from realtime.cursors import FeedPosition
from realtime.hub import Hub
from realtime.log import LoggedEvent
from schema.core.context import context_for, group_context
from schema.core.errors import ErrorLog
from schema.execution.plans import KEY, Plans
from schema.feeds.failures import failed
from schema.feeds.followed import Followed
from schema.feeds.frames import Frames, built
from schema.feeds.live import LiveSchema
from schema.feeds.sharing import root_field, shareable, subscription_key
from services.access.scopes import Scope, Sight
from services.core.desk import Desk
from services.core.messages import say
from services.core.reference import Reference
from services.feeds.changes import readable_changes
from services.feeds.decisions import view_of
from services.feeds.feeds import LoadedTicket
from services.queries.views import TicketView
from services.tickets import assigning, moves
from services.tickets.answers import Draft, save_draft
from services.tickets.commands import Assign
from services.tickets.editing import Edit, Note, add_note, edit
from tests.factories import citizen_scope, make_category, make_client_scope, make_scope, make_ticket
from tests.realtime.world import Screen
from tests.schema.conftest import City, OpenGate

NAMES = ("coordinator", "officer", "liaison", "stranger", "leader", "inspector", "admin", "display")
TICKET = """id number version title body status assignee { name } reporter { name } location { address }
  hidden { field reason } allowedMoves { to by } answers { text state }
  timeline(first: 50) { edges { node { kind text } } }"""
FEED = f"""subscription ($after: Cursor) {{ ticketFeed(after: $after) {{ __typename
  ... on TicketEntered {{ cursor ticket {{ {TICKET} }} clientMutationId }}
  ... on TicketUpdated {{ cursor changed ticket {{ {TICKET} }} clientMutationId }}
  ... on TicketLeft {{ id reason }} }} }}"""
PLAIN = """subscription { ticketStatusChanged { cursor at version from to clientMutationId
  ticket { id number title status leadAgency { name } location { kecamatan } hidden { field } } } }"""
BOARD = "subscription { wallboard { asOf } }"
CHANGES = f"subscription {{ ticketStatusChanged {{ from to ticket {{ {TICKET} }} }} }}"


class Room:
    """A hub on the real schema, with some callers in it."""

    def __init__(self, desk: Desk, schema: strawberry.Schema, live: type[LiveSchema] = LiveSchema) -> None:
        log = structlog.get_logger("tests")
        self.desk = desk
        self.documents = Documents(schema._schema)
        self.live = live(desk, schema, log)
        self.hub = Hub(database=connection, bell=desk.bell, callbacks=self.live.callbacks(), clock=desk.clock)
        self.screens: list[Screen] = []

    async def plan(self, scope: Scope, document: str, variables: dict[str, Any] | None = None) -> SubscribeRequest:
        context = context_for(self.desk, scope, "en", "test", OpenGate())
        return await self.live.plan(self.documents.prepare(document, None, variables or {}), context)

    async def enter(self, scope: Scope, document: str, variables: dict[str, Any] | None = None) -> Screen:
        screen = Screen(scope)
        await self.hub.attach(screen, self.hub.rights_seen)
        await self.hub.join(await self.plan(scope, document, variables), screen, "1", scope)
        self.screens.append(screen)
        return screen


class StockSchema(LiveSchema):
    """Renders with Strawberry's own executor."""

    def __init__(self, desk: Desk, schema: strawberry.Schema, log: ErrorLog) -> None:
        super().__init__(desk, schema, log)
        self.frames = StockFrames(desk, log)


class StockFrames(Frames):
    """Builds the executor anew for every event, has no plans and shares nothing."""

    def planned(self, followed: Followed, frame: object) -> bytes | None:
        return None

    def shown(self, *_: Any) -> bytes | None:
        return None

    def view(self, row: LoadedTicket, sight: Sight) -> TicketView:
        return view_of(row, sight)

    def changes(self, event: LoggedEvent, sight: Sight, reference: Reference) -> list[str]:
        return readable_changes(event, sight, reference)

    async def executed(self, followed: Followed, frame: object) -> bytes:
        result = execute(
            followed.prepared.schema,
            followed.prepared.document,
            frame,
            group_context(self._desk, followed.sight),
            followed.prepared.variables,
            followed.prepared.operation_name,
            executor_class=StrawberryGraphQLCoreExecutionContext,
        )
        return self.written(result if isinstance(result, ExecutionResult) else await result)


def told(screen: Screen) -> list[Any]:
    """What a screen was told, heartbeats apart."""
    return [data for data in screen.data if data != {"ticketFeed": {"__typename": "FeedHeartbeat"}}]


async def callers(city: City) -> list[Scope]:
    found = [getattr(city, name) for name in NAMES]
    ticket = await make_ticket(TicketStatus.RECEIVED)
    return [
        *found,
        await make_scope(Role.OFFICER, city.roads),
        await make_scope(Role.COORDINATOR),
        citizen_scope(ticket),
    ]


async def a_day(desk: Desk, city: City, rooms: list[Room]) -> None:
    """One ticket's way with everything that is told to some and hidden from others; every hub looks after each step."""

    async def looked() -> None:
        for room in rooms:
            await room.hub.look()

    ticket = await make_ticket(confidential=False, reporter={"name": "Siti Contoh"}, address="Jalan Contoh 1")
    order = moves.Verify(ticket.id, 1, Classification.COMPLAINT, client_mutation_id="tab-1")
    version = (await moves.verify(desk, city.coordinator, order)).ticket.version
    await looked()
    sent = moves.Dispatch(ticket.id, version, "pupr", ("dinkes",))
    version = (await moves.dispatch(desk, city.coordinator, sent)).ticket.version
    await looked()
    await add_note(desk, city.officer, Note(ticket.id, "Hanya kami.", Visibility.INTERNAL))
    await add_note(desk, city.officer, Note(ticket.id, "Antar instansi.", Visibility.INTER_AGENCY))
    await save_draft(desk, city.officer, Draft(ticket.id, "Konsep jawaban."))
    await looked()
    version = (
        await assigning.assign(desk, city.liaison, Assign(ticket.id, version, city.officer.officer_id))
    ).ticket.version
    version = (await edit(desk, city.coordinator, Edit(ticket.id, version, title="Judul baru"))).ticket.version
    await looked()
    back = moves.Return(ticket.id, version, "NOT_OUR_DUTY", "Bukan kami.")
    await moves.return_(desk, city.officer, back)
    await looked()


@pytest.mark.parametrize("document", [FEED, CHANGES])
async def test_everybody_gets_in_company_what_they_would_have_got_alone(
    desk: Desk, city: City, schema: strawberry.Schema, document: str
) -> None:
    scopes = await callers(city)
    together = Room(desk, schema)
    alone = [Room(desk, schema) for _ in scopes]
    for room in (together, *alone):
        await room.hub.begin()
    for scope, room in zip(scopes, alone, strict=True):
        await together.enter(scope, document)
        await room.enter(scope, document)

    await a_day(desk, city, [together, *alone])
    shared = [told(screen) for screen in together.screens]
    single = [told(room.screens[0]) for room in alone]
    for room in (together, *alone):
        await room.hub.stop()

    assert shared == single
    assert len(shared[0]) >= 4


@pytest.mark.parametrize("document", [FEED, CHANGES, PLAIN], ids=["feed", "changes", "plain"])
async def test_frames_read_the_same_as_those_of_the_stock_executor(
    desk: Desk, city: City, schema: strawberry.Schema, document: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    executors: list[Followed] = []
    monkeypatch.setattr("schema.feeds.frames.built", lambda followed: executors.append(followed) or built(followed))
    plans = schema._schema.extensions[KEY] = Plans()
    scopes, rooms = await callers(city), [Room(desk, schema), Room(desk, schema, StockSchema)]
    for room in rooms:
        await room.hub.begin()
        for scope in scopes:
            await room.enter(scope, document)

    await a_day(desk, city, rooms)
    ours, stock = ([told(screen) for screen in room.screens] for room in rooms)
    groups = rooms[0].hub.state.groups
    for room in rooms:
        await room.hub.stop()

    assert ours == stock
    assert len(ours[0]) >= 4
    assert 1 <= len(executors) <= groups
    assert len({id(followed) for followed in executors}) == len(executors)
    assert plans.served > 0
    assert plans.left == 0


async def test_a_pair_shares_exactly_where_nothing_that_decides_visibility_differs(
    desk: Desk, city: City, schema: strawberry.Schema
) -> None:
    scopes, room = await callers(city), Room(desk, schema)
    keys = [(scope, (await room.plan(scope, FEED)).plan.key) for scope in scopes]

    for (one, one_key), (other, other_key) in combinations(keys, 2):
        assert (one_key == other_key) == (one.sight == other.sight), (one, other)
    assert keys[1][1] == keys[8][1]  # two officers of one agency


@pytest.mark.parametrize("document", [FEED, CHANGES, BOARD], ids=["feed", "changes", "board"])
async def test_screens_with_tokens_of_their_own_share_and_partners_do_not(
    desk: Desk, city: City, schema: strawberry.Schema, document: str
) -> None:
    room, screen, partner = Room(desk, schema), PrincipalKind.DISPLAY, PrincipalKind.PARTNER
    hung = [await make_client_scope(screen) for _ in range(2)]
    bound = replace(await make_client_scope(screen), agency_id=city.roads.id)
    partners = [await make_client_scope(partner) for _ in range(2)]

    keys = [(await room.plan(scope, document)).plan.key for scope in (*hung, bound, *partners)]

    assert hung[0].principal != hung[1].principal
    assert keys[0] == keys[1]
    assert len(set(keys)) == 4


async def test_mine_becomes_an_officers_id_before_grouping(desk: Desk, city: City, schema: strawberry.Schema) -> None:
    room = Room(desk, schema)
    mine = "subscription { ticketFeed(filter: {worklist: MINE}) { __typename } }"
    colleague = await make_scope(Role.OFFICER, city.roads)

    keys = [(await room.plan(scope, mine)).plan.key for scope in (city.officer, colleague, city.officer)]

    assert keys[0] == keys[2]
    assert keys[0] != keys[1]


async def test_who_goes_on_after_a_replaced_log_without_reloading_is_told_to(
    desk: Desk, city: City, schema: strawberry.Schema
) -> None:
    room = Room(desk, schema)
    await room.hub.begin()
    plan = (await room.plan(city.officer, FEED)).plan

    refusal = room.live.callbacks().expired(
        plan, FeedPosition(room.hub.state.epoch, room.hub.state.position, plan.mark or b"")
    )

    resume = refusal.extensions["resumeFrom"]
    screen = await room.enter(city.officer, FEED.replace("$after: Cursor", f'$after: Cursor = "{resume}"'))
    await room.hub.stop()
    assert [data["ticketFeed"]["__typename"] for data in screen.data] == ["FeedReset", "FeedHeartbeat"]


async def test_a_list_that_new_master_data_makes_another_one_is_reloaded(
    desk: Desk, city: City, schema: strawberry.Schema
) -> None:
    room, told = Room(desk, schema), []
    roads = await make_category("jalan")
    await room.hub.begin()
    screens = [
        await room.enter(
            city.coordinator, f'subscription {{ ticketFeed(filter: {{categoryCode: ["{code}"]}}) {{ __typename }} }}'
        )
        for code in ("jalan", city.drains.code)
    ]
    for screen in screens:
        screen.refuse = lambda operation, reason, screen=screen: told.append((screen, reason.code))

    await make_category("jalan-berlubang", parent=roads)
    await room.hub.look()
    await room.hub.stop()

    assert told == [(screens[0], "CURSOR_EXPIRED")]
    assert room.hub.state.members == 1


async def test_a_list_is_planned_once_for_equal_rights_until_master_data_changes(
    desk: Desk, city: City, schema: strawberry.Schema
) -> None:
    room, roads = Room(desk, schema), await make_category("jalan")
    document = """subscription ($after: Cursor) {
      ticketFeed(filter: {categoryCode: ["jalan"]}, after: $after) { __typename } }"""

    first, again, other = [
        (await room.plan(scope, document)).plan for scope in (city.officer, replace(city.officer), city.coordinator)
    ]
    holes = await make_category("jalan-berlubang", parent=roads)
    later = (await room.plan(city.officer, document)).plan

    assert again is first
    assert other.key != first.key
    assert later.key != first.key
    assert [sorted(part.values) for part in later.domain.watch.wanted.parts] == [[roads.id, holes.id]]


@pytest.mark.parametrize(
    ("reason", "code", "text"),
    [
        ("FORBIDDEN", "FORBIDDEN", "Your rights have changed; load the page again."),
        ("REVOKED", "UNAUTHENTICATED", "Your access has ended; please sign in again."),
        ("INTERNAL", "INTERNAL", "Something went wrong on our side; load the page again."),
    ],
)
def test_an_ended_subscription_is_told_what_to_do(reason: str, code: str, text: str) -> None:
    refusal = failed(reason)

    assert (refusal.code, say(refusal.reason, "en")) == (code, text)
    assert refusal.extensions == {}


def test_a_subscription_too_many_is_told_when_to_ask_again() -> None:
    refusal = failed("BUSY")

    assert (refusal.code, refusal.extensions) == ("BUSY", {"retryAfterSeconds": 1})


NESTED = """subscription (AFTER) { ticketFeed(after: ROOT) { ... on TicketUpdated { ticket {
  timeline(first: 3, after: INNER) { edges { node { kind } } } } } } }"""
CURSORS = ("null", '"one"', '"another"')


def likenesses(schema: strawberry.Schema, document: str, afters: Iterable[str | None] = (None,)) -> set[Any]:
    """What is equal for a document with these values of its variable."""
    found, documents = set(), Documents(schema._schema)
    for after in afters:
        prepared = documents.prepare(document, None, {} if after is None else {"after": after})
        root = root_field(prepared)
        assert root is not None
        found.add(subscription_key(prepared, root))
    return found


@pytest.mark.parametrize("dollar", ["$after", "$ after", "$,after", "$#\nafter"])
def test_a_cursor_that_a_nested_list_goes_on_from_too_is_not_left_out(schema: strawberry.Schema, dollar: str) -> None:
    document = NESTED.replace("AFTER", "$after: Cursor").replace("ROOT", "$after")
    places = [None, "one", "another"]

    assert len(likenesses(schema, document.replace("INNER", dollar), places)) == 3
    assert len(likenesses(schema, document.replace("INNER", "null"), places)) == 1


def test_only_the_root_fields_own_literal_cursor_is_left_out(schema: strawberry.Schema) -> None:
    document = NESTED.replace(" (AFTER)", "")
    both = [likenesses(schema, document.replace("ROOT", each).replace("INNER", each)) for each in CURSORS]
    once = [likenesses(schema, document.replace("ROOT", each).replace("INNER", '"x"')) for each in CURSORS]

    assert len(set.union(*both)) == 3
    assert len(set.union(*once)) == 1


@strawberry.type
class Seen:
    plain: str

    @strawberry.field
    def own(self, info: strawberry.Info) -> str:
        return str(info.context)


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def seen(self) -> AsyncGenerator[Seen, None]:
        yield Seen(plain="")


@strawberry.type
class Query:
    plain: str


@pytest.mark.parametrize(
    ("document", "shared"),
    [
        ("subscription { seen { plain } }", True),
        ("subscription { seen { plain } seen { __typename } }", True),
        ("subscription { seen { own } }", False),
        ("subscription { seen { plain } seen { own } }", False),
        ("subscription { seen { plain } ...F } fragment F on Subscription { seen { own } }", False),
    ],
)
def test_one_unmarked_field_turns_sharing_off_wherever_the_root_field_is_selected(document: str, shared: bool) -> None:
    documents = Documents(strawberry.Schema(Query, subscription=Subscription)._schema)

    assert shareable(documents.prepare(document, None, {})) == shared
