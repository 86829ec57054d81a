"""Notifications, and the pages that they come in."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

import strawberry

from models.enums import NotificationKind
from schema.core.context import Context, Info
from schema.core.nodes import SHARED, Node, PageInfo, page_info
from schema.core.scalars import Cursor
from schema.deadlines.escalations import Escalation, EscalationView
from schema.tickets.tickets import Ticket
from services.notifications import notifications
from services.notifications.notifications import NotificationView, reader_of


@strawberry.type(
    description="Pemberitahuan. It exists only while its reader sees the ticket; it holds no word of anybody."
)
class Notification(Node):
    kind: NotificationKind
    at: datetime = strawberry.field(
        description="When people hear of it: in office hours, unless its rule says otherwise."
    )
    text: str = strawberry.field(description="In the caller's language.")
    count: int = strawberry.field(description="How many it stands for; more than 1 in summaries only.")
    read_at: datetime | None

    @strawberry.field(metadata=SHARED)
    async def ticket(self, info: Info) -> Ticket | None:
        key = cast("NotificationView", self).ticket_key
        return None if key is None else cast("Ticket | None", await info.context.loaders.tickets.load(key))

    @strawberry.field(metadata=SHARED)
    async def escalation(self, info: Info) -> Escalation | None:
        view, loaders = cast("NotificationView", self), info.context.loaders
        if view.ticket_key is None or view.escalation_key is None:
            return None
        ticket = await loaders.tickets.load(view.ticket_key)
        rows = [] if ticket is None else await loaders.escalations.load(view.ticket_key)
        found = [EscalationView(row, ticket.reference) for row in rows if ticket and row["id"] == view.escalation_key]
        return cast("Escalation | None", found[0] if found else None)

    @classmethod
    def is_type_of(cls, value: Any, _info: object) -> bool:
        return isinstance(value, NotificationView)


@strawberry.type
class NotificationEdge:
    cursor: Cursor
    node: Notification


@strawberry.type(description="A page of the caller's notifications.")
class NotificationConnection:
    edges: list[NotificationEdge]
    page_info: PageInfo
    unread: int
    feed_cursor: Cursor = strawberry.field(description="Subscribe with it and nothing falls in between.")


async def notification_connection(
    context: Context, first: int, after: str | None, *, unread_only: bool
) -> NotificationConnection:
    """A page of the caller's notifications in the contract's shape; raises UNAUTHENTICATED, FORBIDDEN, BAD_INPUT."""
    reader = reader_of(context.scope, context.language)
    page = await notifications.notification_page(context.desk, reader, first, after, unread_only=unread_only)
    nodes = cast("list[Notification]", page.notifications)
    return NotificationConnection(
        edges=[NotificationEdge(cursor=Cursor(at), node=node) for at, node in zip(page.cursors, nodes, strict=True)],
        page_info=page_info(page.cursors, has_next=page.has_next, has_previous=page.has_previous),
        unread=page.unread,
        feed_cursor=Cursor(page.feed_cursor),
    )
