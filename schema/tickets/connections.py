"""Pages of tickets in the contract's shape."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import cast

import strawberry

from schema.core.nodes import PageInfo, page_info
from schema.core.scalars import Cursor
from schema.tickets.tickets import Ticket
from services.queries.lists import lists
from services.queries.lists.list_query import ListQuery
from services.queries.views import TicketView


class EdgeView:
    """An edge as plain attributes; its cursor is sealed only where it is asked for."""

    __slots__ = ("_connection", "node")

    def __init__(self, connection: ConnectionView, node: TicketView) -> None:
        self._connection = connection
        self.node = node

    @property
    def cursor(self) -> str:
        return self._connection.cursor(self.node)


@strawberry.type
class TicketEdge:
    cursor: Cursor
    node: Ticket


class ConnectionView:
    """A page as plain attributes; cursors are sealed only where they are asked for."""

    def __init__(self, page: lists.TicketPage, feed_cursor: Callable[[], str]) -> None:
        self._page = page
        self._feed_cursor = feed_cursor
        self.as_of = page.as_of
        self.searched_alike = page.query.alike
        self.query = page.query

    @property
    def edges(self) -> list[EdgeView]:
        return [EdgeView(self, ticket) for ticket in self._page.tickets]

    @cached_property
    def feed_cursor(self) -> Cursor:
        return Cursor(self._feed_cursor())

    @property
    def page_info(self) -> PageInfo:
        page = self._page
        return page_info(page.ends(self.feed_cursor), has_next=page.has_next, has_previous=page.has_previous)

    def cursor(self, ticket: TicketView) -> str:
        return self._page.cursor(ticket, self.feed_cursor)


@strawberry.type(description="A page of tickets, and the place of the log that it shows.")
class TicketConnection:
    edges: list[TicketEdge]
    page_info: PageInfo
    feed_cursor: Cursor = strawberry.field(
        description=(
            "The position of the log that the first page shows, read in the same database snapshot: subscribe with it "
            "and nothing falls in between. Pages that are read on with its cursors have the same."
        )
    )
    as_of: datetime
    searched_alike: bool = strawberry.field(
        description="Whether nothing held all searched words, and these are rows that look alike."
    )
    query: strawberry.Private[ListQuery]

    @strawberry.field(description="Costs a count: ask for it only where it is shown.")
    async def total_count(self) -> int:
        return await lists.count(self.query)


def ticket_connection(page: lists.TicketPage, feed_cursor: Callable[[], str]) -> TicketConnection:
    """A page of tickets in the contract's shape; feed_cursor gives that of the page that its walk began with."""
    return cast("TicketConnection", ConnectionView(page, feed_cursor))
