"""Subscriptions for the hub: the group of each one, and how one event becomes the bytes that a whole group gets."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol

import asyncpg
import orjson
import strawberry
from graphql import ExecutionResult, Executor, GraphQLError, get_argument_values, get_variable_values
from strawberry.types.arguments import convert_argument
from tortoise.exceptions import BaseORMException

from models.enums import PrincipalKind
from realtime.callbacks import GroupPlan, HubCallbacks, Snapshot, SubscribeRequest
from realtime.cursors import FeedPosition
from realtime.log import LoggedEvent
from realtime.members import Validity
from schema.board import BoardFilter, timeless, unreachable, wallboard_of, wanted_board
from schema.core.cache import Cache
from schema.core.context import Context, group_context
from schema.core.errors import ErrorLog, forget_frames, formatted, origin_of
from schema.core.failures import RETRY_AFTER_SECONDS, refusal_of
from schema.core.scalars import Cursor
from schema.execution.plans import FrameExecutionContext
from schema.feeds.changes import FeedHeartbeat, FeedReset, feed_frame, status_change
from schema.feeds.sharing import PreparedDocument, SubscriptionKey, root_field, shareable, subscription_key
from schema.tickets.filters import TicketFilter, wanted
from services.access import filters
from services.access.scopes import Budget, Scope, Sight
from services.board import board
from services.core.desk import Desk
from services.core.messages import DEFAULT_LANGUAGE
from services.core.reference import Reference
from services.core.refusals import EdgeRefusal, bad_input
from services.feeds import decisions, feeds, rights
from services.feeds.interests import board_keys, interests, keys_of

FEED, BOARD = "ticketFeed", "wallboard"
DATABASE_AWAY = (BaseORMException, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
Shown = decisions.StatusChange | decisions.Entered | decisions.Updated | decisions.Left

MOST_FILTERS = 256
MOST_PLANS = 64  # our choice: a crowd asks for the same few, and each keeps its document, of 1.5 MB at most
WORK_HERE = frozenset({PrincipalKind.STAFF, PrincipalKind.DISPLAY, PrincipalKind.PARTNER})
SHARE_OF_A_CITIZEN = 0.1
BOARD_SECONDS = 4.0  # two readings that fail one after the other are within the 10 s that boards may be silent
PASSING = ("BUSY", "UNAVAILABLE", "TIMEOUT")


@dataclass(slots=True, eq=False)
class FeedSubscription:
    """What a group needs to decide and to render: the tickets that it follows, and its operation.

    scope, wanted: what its watch was made of; whoever else is in the group has a scope of which the same is made.
    executor: what is the same for all its events, made at the first of them.
    """

    watch: feeds.Watch
    prepared: PreparedDocument
    feed: bool
    scope: Scope
    wanted: filters.TicketFilter
    executor: Executor[Any] | None = None

    @property
    def sight(self) -> Sight:
        return self.watch.sight


class LiveBudgets(Protocol):
    """The budgets of partners, for live events: by the number of the partner, in memory."""

    def debit(self, partner: int, budget: Budget, points: int) -> bool: ...

    def spent(self, partner: int, budget: Budget, points: int) -> EdgeRefusal: ...


@dataclass(slots=True, eq=False)
class BoardSubscription:
    """What a group of screens shows, first asked for by asker; executor as above.

    board: held from the first snapshot on, so that boards of others do not push it out of memory.
    """

    sight: Sight
    wanted: board.BoardFilter
    prepared: PreparedDocument
    asker: str
    board: board.Board | None = None
    executor: Executor[Any] | None = None


Followed = FeedSubscription | BoardSubscription


def price_of(followed: Followed) -> int:
    """The points of one frame for one member."""
    return max(1, followed.prepared.cost)


def priced(followed: Followed, payload: bytes) -> bytes:
    """A frame of a partner with its price in extensions.cost, the same in all of a group; others as they are."""
    if followed.sight.granted is None:
        return payload
    requested, statements = price_of(followed), followed.prepared.statements
    cost = orjson.dumps({"requested": requested, "fields": requested - statements, "statements": statements})
    return b'%s,"extensions":{"cost":%s}}' % (payload[:-1], cost)


def passing_trouble(errors: Sequence[GraphQLError]) -> EdgeRefusal | None:
    """The first error that is a transient failure of the database and not the document's own.

    Such an event must not be written half and counted as delivered: the hub ends the group, and its clients resume.
    """
    refusals = (refusal_of(origin_of(error)) for error in errors)
    return next((refusal for refusal in refusals if refusal and refusal.code in PASSING), None)


def is_passing(problem: BaseException) -> bool:
    """Whether a failure is transient: the same thing may succeed when tried again; False for a mistake of ours."""
    origin = origin_of(problem)
    if not isinstance(origin, Exception) or isinstance(origin, DATABASE_AWAY):
        return True
    refusal = refusal_of(origin)
    return refusal is not None and refusal.code in PASSING


def built(followed: Followed) -> Executor[Any]:
    """The executor of a group: its variables are coerced and its operation is found once, not at every event."""
    prepared = followed.prepared
    executor = FrameExecutionContext.build(
        prepared.schema,
        prepared.document,
        None,
        None,
        prepared.variables,
        prepared.operation_name,
        hide_suggestions=True,
    )
    assert not isinstance(executor, list)  # noqa: S101 - planned before, with the same variables
    followed.executor = executor
    return executor


def _list_plan(
    prepared: PreparedDocument,
    root: Any,
    asked: SubscriptionKey,
    scope: Scope,
    wanted_filter: filters.TicketFilter,
    reference: Reference,
) -> GroupPlan:
    """The group of those who follow one list by one master data; raises BAD_INPUT for unknown codes."""
    watch = feeds.watched_by(reference, scope, wanted_filter)
    feed = root.name.value == FEED
    viewer = None if shareable(prepared) else scope.principal
    subscription = FeedSubscription(watch, prepared, feed, scope, wanted_filter)
    mark = watch.mark if feed else None
    keys, cost = keys_of(watch), price_of(subscription)
    return GroupPlan(key=(asked, watch, viewer), feed=feed, mark=mark, keys=keys, cost=cost, domain=subscription)


def _request(plan: GroupPlan, scope: Scope, after: FeedPosition | None = None) -> SubscribeRequest:
    """The request; staff, displays and partners may use all that there is, others a tenth of an account's part."""
    works_here = scope.kind in WORK_HERE
    return SubscribeRequest(
        plan, after, scope.principal, reserved=works_here, share=1.0 if works_here else SHARE_OF_A_CITIZEN
    )


def failed(reason: str) -> EdgeRefusal:
    """The refusal that ends a subscription for this reason."""
    later = {"retryAfterSeconds": RETRY_AFTER_SECONDS} if reason == "BUSY" else None
    return EdgeRefusal("FORBIDDEN" if reason == "REVOKED" else reason, f"feed_{reason.lower()}", extensions=later)


class LiveSchema:
    """Plans subscriptions and renders their frames; its methods are the hub's callbacks."""

    def __init__(
        self, desk: Desk, schema: strawberry.Schema, log: ErrorLog, budgets: LiveBudgets | None = None
    ) -> None:
        self._budgets = budgets
        self._desk = desk
        self._schema = schema
        self._log = log
        self.board_seconds = BOARD_SECONDS
        self._board_failed_at = -math.inf
        # A crowd that returns asks for the same few.
        self._filters = Cache(most=MOST_FILTERS)
        self._plans = Cache(most=MOST_PLANS)
        self._reference: Reference | None = None

    def callbacks(self) -> HubCallbacks:
        """The rules of the desk, as the hub calls them."""
        return HubCallbacks(
            load=self._load,
            decide=self._decide,
            render=self._render,
            heartbeat=self._heartbeat,
            reset=self._reset,
            expired=self._expired,
            failed=failed,
            rights_changed=self._rights_changed,
            judge=self._judge,
            named=rights.named_by,
            names=rights.names_of,
            interests=interests,
            passing=is_passing,
            outdated=self._outdated,
            pays=self._pays,
            spent=self._spent,
            snapshot=self._snapshot,
            pulse=self._pulse,
        )

    async def plan(self, prepared: PreparedDocument, context: Context) -> SubscribeRequest:
        """Which group a subscription belongs to and where it goes on; raises EdgeRefusal and GraphQLError."""
        root = root_field(prepared)
        if root is None:
            raise bad_input("NOTHING_TO_WATCH")
        if root.name.value == BOARD:
            return self._plan_board(prepared, root, context)
        asked = subscription_key(prepared, root)
        given = self._arguments(prepared, root, asked, TicketFilter)
        wanted_filter = wanted(given["filter"])
        feeds.require_followable(context.scope, wanted_filter)
        reference = await self._desk.reference()
        make = partial(_list_plan, prepared, root, asked, context.scope, wanted_filter, reference)
        plan = self._planned_by(reference).take((asked, context.scope), make)
        return _request(plan, context.scope, feeds.decode_cursor(self._desk, given["after"]))

    def _planned_by(self, reference: Reference) -> Cache:
        """What was planned by this master data; what was planned by any other is forgotten."""
        if reference is not self._reference:
            self._reference, self._plans = reference, Cache(most=MOST_PLANS)
        return self._plans

    def _plan_board(self, prepared: PreparedDocument, root: Any, context: Context) -> SubscribeRequest:
        """Equal boards are one group, whoever looks at them: a board has no position from which to go on."""
        board.require_office(context.scope)
        asked = subscription_key(prepared, root)
        given = self._arguments(prepared, root, asked, BoardFilter)
        subscription = BoardSubscription(
            context.sight, wanted_board(given["filter"]), prepared, context.scope.principal
        )
        board.check(self._desk, subscription.sight, subscription.wanted)
        viewer = None if shareable(prepared) else context.scope.principal
        key = (asked, subscription.sight, subscription.wanted, viewer)
        keys = board_keys(self._desk, subscription.sight, subscription.wanted)
        discreet = board.tells_by_its_moment(subscription.sight)
        plan = GroupPlan(
            key=key, snapshot=True, discreet=discreet, keys=keys, cost=price_of(subscription), domain=subscription
        )
        return _request(plan, context.scope)

    def _arguments(self, prepared: PreparedDocument, root: Any, asked: SubscriptionKey, kind: type) -> dict[str, Any]:
        """The root field's filter and after, as the resolver would get them; like subscriptions share the filter."""
        variables = get_variable_values(
            prepared.schema, prepared.operation.variable_definitions or (), prepared.variables, hide_suggestions=True
        )
        if isinstance(variables, list):
            raise variables[0]
        root_type = prepared.schema.subscription_type
        assert root_type is not None  # noqa: S101 - the schema is built with one
        given = get_argument_values(root_type.fields[root.name.value], root, variables, hide_suggestions=True)
        chosen = self._filters.take(asked, lambda: self._converted(given.get("filter"), kind))
        return {"filter": chosen, "after": given.get("after")}

    def _converted(self, given: Any, kind: type) -> Any:
        return convert_argument(given, kind, self._schema.schema_converter.scalar_registry, self._schema.config)

    async def _load(self, keys: Collection[int]) -> dict[int, feeds.LoadedTicket]:
        return await feeds.load(self._desk, keys)

    def _decide(self, event: LoggedEvent, plan: GroupPlan, row: feeds.LoadedTicket | None) -> Shown | bool | None:
        if isinstance(plan.domain, BoardSubscription):
            return board.concerns(self._desk, plan.domain.sight, plan.domain.wanted, event.before, event.after) or None
        subscription: FeedSubscription = plan.domain
        decide = decisions.membership if subscription.feed else decisions.status_change
        return decide(event, subscription.watch, row)

    async def _render(
        self, plan: GroupPlan, event: LoggedEvent, shown: Shown, row: feeds.LoadedTicket, position: FeedPosition
    ) -> bytes:
        subscription: FeedSubscription = plan.domain
        cursor, sight = self._sealed(plan, position), subscription.watch.sight
        if isinstance(shown, decisions.StatusChange):
            return priced(subscription, await self._executed(subscription, status_change(shown, cursor, sight)))
        return priced(subscription, await self._executed(subscription, feed_frame(shown, cursor, sight)))

    async def _heartbeat(self, plan: GroupPlan, position: FeedPosition, as_of: datetime, lag_ms: int) -> bytes:
        frame = FeedHeartbeat(cursor=Cursor(self._reached(plan, position)), as_of=as_of, lag_milliseconds=lag_ms)
        return await self._executed(plan.domain, frame)

    async def _reset(self, plan: GroupPlan, position: FeedPosition) -> bytes:
        return await self._executed(plan.domain, FeedReset(cursor=Cursor(self._reached(plan, position))))

    def _expired(self, plan: GroupPlan, position: FeedPosition) -> EdgeRefusal:
        """Without the mark of a feed: a feed that goes on from there without reloading its list gets a FeedReset."""
        resume = self._desk.cursors.seal_position(position.epoch, position.seq)
        return EdgeRefusal("CURSOR_EXPIRED", "feed_cursor_expired", extensions={"resumeFrom": resume})

    def _pays(self, plan: GroupPlan, frames: int) -> bool:
        """Take the price of so many frames from the budget of the partner whose group this is."""
        followed: Followed = plan.domain
        sight = followed.sight
        if self._budgets is None or sight.granted is None or sight.client_id is None:
            return True
        return self._budgets.debit(sight.client_id, sight.granted.budget, frames * price_of(followed))

    def _spent(self, plan: GroupPlan, position: FeedPosition | None) -> EdgeRefusal:
        """The refusal of an empty budget; a board has no position from which to go on."""
        followed: Followed = plan.domain
        sight = followed.sight
        assert self._budgets is not None  # noqa: S101 - who has no budget never empties it
        assert sight.granted is not None and sight.client_id is not None  # noqa: S101, PT018
        refusal = self._budgets.spent(sight.client_id, sight.granted.budget, price_of(followed))
        if position is not None:
            refusal.extensions["resumeFrom"] = self._reached(plan, position)
        return refusal

    def _reached(self, plan: GroupPlan, position: FeedPosition) -> str:
        return self._desk.cursors.seal_position(position.epoch, position.seq, plan.mark or b"")

    def _sealed(self, plan: GroupPlan, position: FeedPosition) -> str:
        return self._desk.cursors.seal_feed(position.epoch, position.seq, plan.mark or b"")

    async def _snapshot(self, plan: GroupPlan, asked: float, readable: bool) -> Snapshot:
        """A board; while the database is away the last accepted one, which tells its age and what is broken."""
        subscription: BoardSubscription = plan.domain
        kept = subscription.board = subscription.board or board.kept(
            self._desk, subscription.sight, subscription.wanted, subscription.asker
        )
        is_new = readable and not self._failed_just_now() and await self._is_read(kept, asked)
        shown = kept.latest if is_new else kept.accepted
        if shown is None:
            raise unreachable()
        frame = wallboard_of(self._desk, shown)
        content = await self._executed(subscription, timeless(frame)) if plan.discreet else None
        payload = priced(subscription, await self._executed(subscription, frame))
        return Snapshot(payload, shown.until, content, lambda: kept.accept(shown))

    async def _is_read(self, kept: board.Board, asked: float) -> bool:
        """Read a board anew, in less time than boards may be silent; where that fails the last one stays."""
        try:
            async with asyncio.timeout(self.board_seconds):
                await kept.read(self._desk, asked)
        except DATABASE_AWAY:
            self._board_failed_at = time.monotonic()
            self._desk.links.note(self._desk.now(), bell=self._desk.bell.live, database=False)
            return False
        return True

    def _failed_just_now(self) -> bool:
        """Whether a board could not be read a moment ago: then all others show their last one without trying."""
        return time.monotonic() - self._board_failed_at < self.board_seconds

    def _pulse(self, bell: bool, database: bool) -> bool:
        return self._desk.links.note(self._desk.now(), bell=bell, database=database)

    async def _executed(self, followed: Followed, frame: object) -> bytes:
        """Run the group's operation once, with the frame as what its root field gives."""
        executor = followed.executor or built(followed)
        once = executor.build_per_event_executor(frame)
        once.context_value = group_context(self._desk, followed.sight)
        result: Any = once.execute_operation()
        return self._written(result if isinstance(result, ExecutionResult) else await result)

    def _written(self, result: ExecutionResult) -> bytes:
        body: dict[str, Any] = {"data": result.data}
        if result.errors:
            passing = passing_trouble(result.errors)
            if passing is not None:
                for error in result.errors:
                    forget_frames(error)
                raise passing
            body["errors"] = formatted(result.errors, DEFAULT_LANGUAGE, log=self._log)
        return orjson.dumps(body)

    async def _rights_changed(self, event: LoggedEvent) -> bool:
        return rights.may_change_rights(event)

    async def _outdated(self, plans: Sequence[GroupPlan]) -> set[Hashable]:
        """The lists that are others by the master data of now; boards see to that by themselves."""
        reference = await self._desk.reference()
        followed = ((plan.key, plan.domain) for plan in plans if isinstance(plan.domain, FeedSubscription))
        return {
            key for key, each in followed if not feeds.still_watched(reference, each.watch, each.scope, each.wanted)
        }

    async def _judge(self, scopes: Collection[Scope]) -> dict[Scope, Validity]:
        """What became of connected callers' rights, in one statement."""
        return await rights.judged(self._desk, scopes)
