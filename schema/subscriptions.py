"""The root subscription. The hub runs its documents once per group and event, with the event as root value."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import strawberry

from schema.board.board import BoardFilter
from schema.board.snapshot import WallboardSnapshot
from schema.core.context import Info
from schema.core.scalars import Cursor
from schema.feeds.changes import TicketFeedEvent, TicketStatusChange
from schema.feeds.notifications import NotificationFeedEvent
from schema.tickets.filters import TicketFilter
from services.core.refusals import EdgeRefusal


def over_the_hub() -> EdgeRefusal:
    """The refusal of a subscription over another transport than graphql-transport-ws: there is no hub behind it."""
    return EdgeRefusal("BAD_INPUT", "SUBSCRIBE_OVER_WEBSOCKET")


@strawberry.type
class Subscription:
    @strawberry.subscription(
        description=(
            "Every status change that the caller may see: first what came after `after`, then live, without gap or "
            "double. filter is applied to the state right after the change."
        )
    )
    async def ticket_status_changed(
        self,
        info: Info,
        filter: TicketFilter | None = None,  # noqa: A002
        after: Cursor | None = None,
    ) -> AsyncGenerator[TicketStatusChange, None]:
        raise over_the_hub()
        yield

    @strawberry.subscription(
        description=(
            "Everything a live list needs, in one order. The first frame is a FeedHeartbeat with the position it "
            "starts from."
        )
    )
    async def ticket_feed(
        self,
        info: Info,
        filter: TicketFilter | None = None,  # noqa: A002
        after: Cursor | None = None,
    ) -> AsyncGenerator[TicketFeedEvent, None]:
        raise over_the_hub()
        yield

    @strawberry.subscription(
        description=(
            "The whole board at once, then whenever it changed, at most once a second and at least every 10 s. "
            "Midnight WIB and passing dues are changes."
        )
    )
    async def wallboard(
        self,
        info: Info,
        filter: BoardFilter | None = None,  # noqa: A002
    ) -> AsyncGenerator[WallboardSnapshot, None]:
        raise over_the_hub()
        yield

    @strawberry.subscription(
        description=(
            "Pemberitahuan baru, one's own: through the same log and with the same promises as ticketFeed. The first "
            "frame is a FeedHeartbeat. For staff."
        )
    )
    async def notification_feed(
        self, info: Info, after: Cursor | None = None
    ) -> AsyncGenerator[NotificationFeedEvent, None]:
        raise over_the_hub()
        yield
