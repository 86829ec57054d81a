"""The feed of one officer's notifications: its group, and what one event shows to it."""

from __future__ import annotations

from typing import Annotated, Any, cast

import strawberry

from realtime.callbacks import GroupPlan, SubscribeRequest
from realtime.log import LoggedEvent
from schema.core.context import Context
from schema.core.scalars import Cursor
from schema.feeds.arguments import Arguments
from schema.feeds.changes import FeedHeartbeat, FeedReset
from schema.feeds.followed import NotificationSubscription, price_of, request_of
from schema.feeds.frames import Frames
from schema.feeds.sharing import PreparedDocument, subscription_key
from schema.notifications.notifications import Notification
from schema.tickets.filters import TicketFilter
from services.core.desk import Desk
from services.core.nodes import node_id
from services.feeds import feeds
from services.notifications import feed
from services.notifications.notifications import notification_now, reader_of, still_unread


@strawberry.type(description="A new one.")
class NotificationAdded:
    cursor: Cursor
    notification: Notification
    unread: int


@strawberry.type(description="Read on this or another device, or gone with the right to see its ticket.")
class NotificationsCleared:
    cursor: Cursor
    ids: list[strawberry.ID]
    unread: int


NotificationFeedEvent = Annotated[
    NotificationAdded | NotificationsCleared | FeedReset | FeedHeartbeat, strawberry.union("NotificationFeedEvent")
]


class LiveNotifications:
    """Plans the groups of officers' feeds, one for each officer, post and language, and renders what they show."""

    def __init__(self, desk: Desk, arguments: Arguments, frames: Frames) -> None:
        self._desk = desk
        self._arguments = arguments
        self._frames = frames

    def plan(self, prepared: PreparedDocument, root: Any, context: Context) -> SubscribeRequest:
        """The group of all devices of one officer that ask the same; raises EdgeRefusal and GraphQLError."""
        asked = subscription_key(prepared, root)
        given = self._arguments.of(prepared, root, asked, TicketFilter)  # it has no filter
        reader = reader_of(context.scope, context.language)
        after = feeds.decode_cursor(self._desk, given["after"])
        subscription = NotificationSubscription(reader, prepared)
        plan = GroupPlan(
            key=(asked, reader),
            feed=True,
            mark=reader.mark,
            keys=feed.keys_of(reader),
            kept=False,  # the unread ones are counted when it is shown
            cost=price_of(subscription),
            domain=subscription,
        )
        return request_of(plan, context.scope, after)

    def decide(
        self, event: LoggedEvent, subscription: NotificationSubscription, row: feeds.LoadedTicket | None
    ) -> feed.Added | feed.Cleared | None:
        return feed.shown_to(event, subscription.reader, row)

    async def render(
        self, subscription: NotificationSubscription, shown: feed.Added | feed.Cleared, cursor: str
    ) -> bytes | None:
        """One frame; None where the notification is gone, or nothing that it stands for is seen any more."""
        frame = await self._frame(subscription, shown, Cursor(cursor))
        return None if frame is None else await self._frames.executed(subscription, frame)

    async def _frame(
        self, subscription: NotificationSubscription, shown: feed.Added | feed.Cleared, cursor: Cursor
    ) -> NotificationAdded | NotificationsCleared | None:
        if isinstance(shown, feed.Cleared):
            return await self._cleared(subscription, shown, cursor)
        found, unread = await notification_now(subscription.reader, shown.key)
        if found is None:
            return None
        return NotificationAdded(cursor=cursor, notification=cast("Notification", found), unread=unread)

    async def _cleared(
        self, subscription: NotificationSubscription, shown: feed.Cleared, cursor: Cursor
    ) -> NotificationsCleared | None:
        """What is gone; nothing that another post of the reader, or a right that came back, still shows as unread."""
        kept, unread = await still_unread(subscription.reader, shown.keys)
        ids = [strawberry.ID(node_id("Notification", key)) for key in shown.keys if key not in kept]
        return NotificationsCleared(cursor=cursor, ids=ids, unread=unread) if ids else None
