"""Subscriptions for the hub: the group of each one, and how one event becomes the bytes that a whole group gets."""

from __future__ import annotations

from collections.abc import Collection, Coroutine, Hashable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Protocol

import strawberry

from models.enums import NOTIFICATION_KINDS
from realtime.callbacks import GroupPlan, HubCallbacks, SubscribeRequest
from realtime.cursors import FeedPosition
from realtime.log import LoggedEvent
from realtime.members import Validity
from schema.core.cache import Cache
from schema.core.context import Context
from schema.core.errors import ErrorLog
from schema.core.scalars import Cursor
from schema.feeds.arguments import Arguments
from schema.feeds.changes import FeedHeartbeat, FeedReset, OfTicket, frame_of
from schema.feeds.failures import failed, is_passing
from schema.feeds.followed import (
    BoardSubscription,
    FeedSubscription,
    Followed,
    NotificationSubscription,
    price_of,
    priced,
    request_of,
)
from schema.feeds.frames import Frames
from schema.feeds.live_board import LiveBoards
from schema.feeds.notifications import LiveNotifications
from schema.feeds.sharing import PreparedDocument, SubscriptionKey, root_field, shareable, subscription_key
from schema.tickets.filters import TicketFilter, wanted
from services.access.filters import filters
from services.access.scopes import Budget, Scope
from services.core.desk import Desk
from services.core.keys import Keys
from services.core.reference import Reference
from services.core.refusals import Checks, EdgeRefusal, bad_input
from services.feeds import decisions, feeds, rights
from services.feeds.interests import interests, keys_of
from services.notifications import feed

FEED, BOARD, NOTIFICATIONS = "ticketFeed", "wallboard", "notificationFeed"
Shown = OfTicket | feed.Added | feed.Cleared

MOST_PLANS = 64  # our choice: a crowd asks for the same few, and each keeps its document, of 1.5 MB at most
MOST_SIGHTS = 1_000  # our choice: as many different rights as a worker's groups have; others share nothing


class LiveBudgets(Protocol):
    """The budgets of partners, for live events: by the number of the partner, in memory."""

    def debit(self, partner: int, budget: Budget, points: int) -> bool: ...

    def spent(self, partner: int, budget: Budget, points: int) -> EdgeRefusal: ...


def _list_plan(
    prepared: PreparedDocument,
    root: Any,
    asked: SubscriptionKey,
    scope: Scope,
    wanted_filter: filters.TicketFilter,
    reference: Reference,
    keys: Keys,
    sights: Cache,
) -> GroupPlan:
    """The group of those who follow one list by one master data; raises BAD_INPUT for unknown codes."""
    watch = feeds.watched_by(reference, scope, wanted_filter, keys)
    # Equal sights are one and the same object here, by which groups find what was made for one of them.
    watch = replace(watch, sight=sights.take(watch.sight, lambda: watch.sight))
    feed = root.name.value == FEED
    viewer = None if shareable(prepared) else scope.principal
    subscription = FeedSubscription(watch, prepared, feed, scope, wanted_filter)
    mark = watch.mark if feed else None
    interest, cost = keys_of(watch), price_of(subscription)
    return GroupPlan(key=(asked, watch, viewer), feed=feed, mark=mark, keys=interest, cost=cost, domain=subscription)


def _interests(event: LoggedEvent) -> Collection[Hashable] | None:
    """Whom an event may concern: officers by name, or watches by the keys of its ticket."""
    officers = feed.interests(event)
    return interests(event) if officers is None else officers


class LiveSchema:
    """Plans subscriptions and renders their frames; its methods are the hub's callbacks."""

    def __init__(
        self, desk: Desk, schema: strawberry.Schema, log: ErrorLog, budgets: LiveBudgets | None = None
    ) -> None:
        self.frames = Frames(desk, log)
        self._arguments = Arguments(schema)
        self.boards = LiveBoards(desk, self._arguments, self.frames)
        self.notifications = LiveNotifications(desk, self._arguments, self.frames)
        self._budgets = budgets
        self._desk = desk
        self._plans = Cache(most=MOST_PLANS)
        self._sights = Cache(most=MOST_SIGHTS)
        self._reference: Reference | None = None
        self._last_sealed = ("", -1, b"", "")  # where all groups of an event without a mark have the same cursor

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
            interests=_interests,
            day=self._desk.today,
            passing=is_passing,
            outdated=self._outdated,
            pays=self._pays,
            spent=self._spent,
            snapshot=self.boards.snapshot,
            pulse=self.boards.pulse,
        )

    async def plan(self, prepared: PreparedDocument, context: Context) -> SubscribeRequest:
        """Which group a subscription belongs to and where it goes on; raises EdgeRefusal and GraphQLError."""
        root = root_field(prepared)
        if root is None:
            raise bad_input("NOTHING_TO_WATCH")
        if root.name.value == BOARD:
            return await self.boards.plan(prepared, root, context)
        if root.name.value == NOTIFICATIONS:
            return self.notifications.plan(prepared, root, context)
        asked = subscription_key(prepared, root)
        given = self._arguments.of(prepared, root, asked, TicketFilter)
        wanted_filter = wanted(given["filter"], checks := Checks())
        checks(feeds.require_followable, context.scope, wanted_filter)
        reference = await self._desk.reference()
        given_to = prepared, root, asked, context.scope, wanted_filter, reference, self._desk.keys, self._sights
        make = partial(_list_plan, *given_to)
        plan = checks(self._planned_by(reference).take, (asked, context.scope), make)
        after = checks(feeds.decode_cursor, self._desk, given["after"])
        checks.settle()
        return request_of(plan, context.scope, after)

    def _planned_by(self, reference: Reference) -> Cache:
        """What was planned by this master data; what was planned by any other is forgotten."""
        if reference is not self._reference:
            self._reference, self._plans = reference, Cache(most=MOST_PLANS)
        return self._plans

    async def _load(self, keys: Collection[int]) -> dict[int, feeds.LoadedTicket]:
        return await feeds.load(self._desk, keys)

    def _decide(self, event: LoggedEvent, plan: GroupPlan, row: feeds.LoadedTicket | None) -> Shown | bool | None:
        if isinstance(plan.domain, NotificationSubscription):
            return self.notifications.decide(event, plan.domain, row)
        if event.kind in NOTIFICATION_KINDS:  # which are no ticket's
            return None
        if isinstance(plan.domain, BoardSubscription):
            return self.boards.concerns(event, plan.domain)
        subscription: FeedSubscription = plan.domain
        if subscription.feed:
            return decisions.membership(event, subscription.watch, row, self.frames.changes)
        return decisions.status_change(event, subscription.watch, row)

    def _render(
        self, plan: GroupPlan, event: LoggedEvent, shown: Shown, row: feeds.LoadedTicket, position: FeedPosition
    ) -> bytes | Coroutine[Any, Any, bytes | None] | None:
        """What an event shows to a group, at once where its plan gives it."""
        if isinstance(shown, feed.Added | feed.Cleared):
            return self.notifications.render(plan.domain, shown, self._sealed(plan, position))
        subscription: FeedSubscription = plan.domain
        cursor = self._sealed(plan, position)
        payload = self.frames.shown(subscription, event, row, shown, cursor)
        if payload is not None:
            return priced(subscription, payload)
        return self._executed(subscription, frame_of(shown, cursor, self.frames.view(row, subscription.sight)))

    async def _executed(self, subscription: FeedSubscription, frame: object) -> bytes:
        return priced(subscription, await self.frames.executed(subscription, frame))

    async def _heartbeat(self, plan: GroupPlan, position: FeedPosition, as_of: datetime, lag_ms: int) -> bytes:
        frame = FeedHeartbeat(cursor=Cursor(self._reached(plan, position)), as_of=as_of, lag_milliseconds=lag_ms)
        return await self.frames.executed(plan.domain, frame)

    async def _reset(self, plan: GroupPlan, position: FeedPosition) -> bytes:
        return await self.frames.executed(plan.domain, FeedReset(cursor=Cursor(self._reached(plan, position))))

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
        mark = plan.mark or b""
        if self._last_sealed[:3] != (position.epoch, position.seq, mark):
            sealed = self._desk.cursors.seal_feed(position.epoch, position.seq, mark)
            self._last_sealed = position.epoch, position.seq, mark, sealed
        return self._last_sealed[3]

    async def _rights_changed(self, event: LoggedEvent) -> bool:
        return rights.may_change_rights(event)

    async def _outdated(self, plans: Sequence[GroupPlan]) -> set[Hashable]:
        """The lists that are others by the master data of now; boards see to that by themselves."""
        reference = await self._desk.reference()
        followed = ((plan.key, plan.domain) for plan in plans if isinstance(plan.domain, FeedSubscription))
        return {
            key
            for key, each in followed
            if not feeds.still_watched(reference, each.watch, each.scope, each.wanted, self._desk.keys)
        }

    async def _judge(self, scopes: Collection[Scope]) -> dict[Scope, Validity]:
        """What became of connected callers' rights, in one statement."""
        return await rights.judged(self._desk, scopes)
