"""What a group of subscriptions follows: a list, a ticket, a board or notifications, and its operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from graphql import Executor

from models.enums import PrincipalKind
from realtime.callbacks import GroupPlan, SubscribeRequest
from realtime.cursors import FeedPosition
from schema.feeds.frame_plans import FramePlans
from schema.feeds.sharing import PreparedDocument
from services.access.filters import filters
from services.access.scopes import Scope, Sight
from services.board import board
from services.feeds import feeds
from services.notifications.notifications import NotificationReader

WORK_HERE = frozenset({PrincipalKind.STAFF, PrincipalKind.DISPLAY, PrincipalKind.PARTNER})
SHARE_OF_A_CITIZEN = 0.1


@dataclass(slots=True, eq=False)
class FeedSubscription:
    """What a group needs to decide and to render: the tickets that it follows, and its operation.

    scope, wanted: what its watch was made of; whoever else is in the group has a scope of which the same is made.
    executor, plans: what is the same for all its events, made at the first of them.
    """

    watch: feeds.Watch
    prepared: PreparedDocument
    feed: bool
    scope: Scope
    wanted: filters.TicketFilter
    executor: Executor[Any] | None = None
    plans: FramePlans | None = None

    @property
    def sight(self) -> Sight:
        return self.watch.sight


@dataclass(slots=True, eq=False)
class BoardSubscription:
    """What a group of screens shows, first asked for by asker; executor and plans as above.

    board: held from the first snapshot on, so that boards of others do not push it out of memory.
    """

    sight: Sight
    wanted: board.BoardFilter
    prepared: PreparedDocument
    asker: str
    board: board.Board | None = None
    executor: Executor[Any] | None = None
    plans: FramePlans | None = None


@dataclass(slots=True, eq=False)
class NotificationSubscription:
    """What the devices of one officer follow; executor and plans as above."""

    reader: NotificationReader
    prepared: PreparedDocument
    executor: Executor[Any] | None = None
    plans: FramePlans | None = None

    @property
    def sight(self) -> Sight:
        return self.reader.sight


Followed = FeedSubscription | BoardSubscription | NotificationSubscription


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


def request_of(plan: GroupPlan, scope: Scope, after: FeedPosition | None = None) -> SubscribeRequest:
    """The request; staff, displays and partners may use all that there is, others a tenth of an account's part."""
    works_here = scope.kind in WORK_HERE
    return SubscribeRequest(
        plan, after, scope.principal, reserved=works_here, share=1.0 if works_here else SHARE_OF_A_CITIZEN
    )
