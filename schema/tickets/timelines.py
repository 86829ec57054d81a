"""What happened to a ticket."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

import strawberry

from models.enums import ActorKind, EventKind, TicketStatus, Visibility
from schema.core.nodes import Node, PageInfo, page_info
from schema.core.scalars import Cursor
from schema.master_data.agencies import Agency
from services.queries.reporter_messages import INDONESIAN, Reader
from services.queries.timelines import EventView, TimelinePage


@strawberry.type(description="Who did it. name is null for citizens and partners.")
class EventActor:
    kind: ActorKind
    name: str | None
    agency: Agency | None


@strawberry.type(description="One entry of a ticket's timeline.")
class TicketEvent(Node):
    at: datetime = strawberry.field(description="When it happened; imported history keeps its own time.")
    kind: EventKind
    version: int = strawberry.field(description="The ticket's version after it.")
    visibility: Visibility
    actor: EventActor
    from_: TicketStatus | None = strawberry.field(name="from")
    to: TicketStatus | None
    text: str | None = strawberry.field(
        description="What was written with it; null where nothing was, or it was erased."
    )
    reason_code: str | None = strawberry.field(
        description="The reason that was chosen with a move; its words stand in the labels. "
        "For staff who see the entry; null for everybody else."
    )
    public_message: str | None = strawberry.field(
        description="Kabar untuk pelapor: what the reporter is told by this entry, a sentence with reason, next step "
        "and date, in the caller's language (in live frames in Indonesian); null where nothing is told."
    )

    @classmethod
    def is_type_of(cls, value: Any, _info: object) -> bool:
        return isinstance(value, EventView)


@strawberry.type
class TicketEventEdge:
    cursor: Cursor
    node: TicketEvent


@strawberry.type
class TicketEventConnection:
    edges: list[TicketEventEdge]
    page_info: PageInfo


def event_connection(page: TimelinePage, reader: Reader = INDONESIAN) -> TicketEventConnection:
    """A page of a timeline in the contract's shape, for this reader."""
    for event in page.events:
        event.reader = reader
    nodes = cast("list[TicketEvent]", page.events)
    edges = [TicketEventEdge(cursor=Cursor(at), node=node) for at, node in zip(page.cursors, nodes, strict=True)]
    return TicketEventConnection(
        edges=edges, page_info=page_info(page.cursors, has_next=page.has_next, has_previous=page.has_previous)
    )
