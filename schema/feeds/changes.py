"""Status changes and the frames of a live list, as clients see them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, cast

import strawberry

from models.enums import TicketStatus
from schema.core.scalars import Cursor
from schema.tickets.tickets import Ticket
from services.core.nodes import node_id
from services.feeds import decisions
from services.feeds.decisions import LeftReason, visible_mutation_id
from services.feeds.pull import StatusChangePage
from services.queries.views import TicketView


@strawberry.type(description="from, to, at and version are the event's; ticket is the row as it is now.")
class TicketStatusChange:
    cursor: Cursor
    at: datetime
    version: int
    from_: TicketStatus | None = strawberry.field(name="from")
    to: TicketStatus
    ticket: Ticket
    client_mutation_id: str | None


@strawberry.type
class TicketStatusChangeEdge:
    cursor: Cursor
    node: TicketStatusChange


@strawberry.type(
    description=(
        "cursor is the log position reached; it moves on when the page is empty too. "
        "reset: after was too old, reload the list and go on from cursor."
    )
)
class TicketStatusChangeConnection:
    edges: list[TicketStatusChangeEdge]
    has_next_page: bool
    cursor: Cursor
    reset: bool


@strawberry.type(description="A ticket came into the list.")
class TicketEntered:
    cursor: Cursor
    ticket: Ticket
    client_mutation_id: str | None


@strawberry.type(
    description=(
        "changed holds names of fields that the caller may read; where none of them changed, there is no event."
    )
)
class TicketUpdated:
    cursor: Cursor
    changed: list[str]
    ticket: Ticket
    client_mutation_id: str | None


@strawberry.type(description="It left the filter, or the caller's sight. Nothing else about it is told.")
class TicketLeft:
    cursor: Cursor
    ticket_id: strawberry.ID = strawberry.field(description="The ticket that left the list.")
    id: strawberry.ID = strawberry.field(deprecation_reason="Until 2027-06-30: use ticketId; stores take id for a key.")
    reason: LeftReason


@strawberry.type(
    description=(
        "The cursor is too old, of another log, of another filter, or of other rights: reload the list, "
        "then go on from this one."
    )
)
class FeedReset:
    cursor: Cursor


@strawberry.type(
    description="Sent only after a look at the log: silence between two of them is calm, not a broken line."
)
class FeedHeartbeat:
    cursor: Cursor
    as_of: datetime
    lag_milliseconds: int = strawberry.field(
        description="How old the newest event was when this feed showed it; 0 if none since the heartbeat before."
    )


TicketFeedEvent = Annotated[
    TicketEntered | TicketUpdated | TicketLeft | FeedReset | FeedHeartbeat, strawberry.union("TicketFeedEvent")
]


OfTicket = decisions.StatusChange | decisions.Entered | decisions.Updated | decisions.Left


def status_change(change: decisions.StatusChange, cursor: str, view: TicketView) -> TicketStatusChange:
    """One status change in the contract's shape; view: its ticket for the sight that it is shown to."""
    return TicketStatusChange(
        cursor=Cursor(cursor),
        at=change.event.at,
        version=change.event.version,
        from_=change.from_,
        to=change.to,
        ticket=cast("Ticket", view),
        client_mutation_id=visible_mutation_id(change.event, view.sight),
    )


def feed_frame(
    decision: decisions.Entered | decisions.Updated | decisions.Left, cursor: str, view: TicketView
) -> TicketEntered | TicketUpdated | TicketLeft:
    """What one event does to a live list, in the contract's shape; view: the ticket for the sight of the list."""
    position = Cursor(cursor)
    if isinstance(decision, decisions.Left):
        key = strawberry.ID(node_id("Ticket", decision.ticket_id))
        return TicketLeft(cursor=position, ticket_id=key, id=key, reason=decision.reason)
    ticket, mutation_id = cast("Ticket", view), visible_mutation_id(decision.event, view.sight)
    if isinstance(decision, decisions.Entered):
        return TicketEntered(cursor=position, ticket=ticket, client_mutation_id=mutation_id)
    return TicketUpdated(cursor=position, changed=decision.changed, ticket=ticket, client_mutation_id=mutation_id)


KINDS: dict[type, type] = {
    decisions.StatusChange: TicketStatusChange,
    decisions.Entered: TicketEntered,
    decisions.Updated: TicketUpdated,
    decisions.Left: TicketLeft,
}


def frame_of(shown: OfTicket, cursor: str, view: TicketView) -> object:
    """What one event shows to a group, of the type that KINDS tells."""
    if isinstance(shown, decisions.StatusChange):
        return status_change(shown, cursor, view)
    return feed_frame(shown, cursor, view)


def change_connection(page: StatusChangePage) -> TicketStatusChangeConnection:
    """A page of the pull feed in the contract's shape."""
    return TicketStatusChangeConnection(
        edges=[
            TicketStatusChangeEdge(cursor=Cursor(at), node=status_change(change, at, change.ticket))
            for at, change in zip(page.cursors, page.changes, strict=True)
        ],
        has_next_page=page.has_next,
        cursor=Cursor(page.cursor),
        reset=page.reset,
    )
