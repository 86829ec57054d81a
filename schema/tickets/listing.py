"""What a list of tickets needs beside its filter: its order, and the feed that goes on from it."""

from __future__ import annotations

from graphql import VariableNode

from schema.core.context import Context, Info
from schema.tickets.filters import TicketFilter, wanted
from services.access.filters.worklists import Worklist
from services.feeds import feeds
from services.queries.lists import lists
from services.queries.lists.orders import TicketOrder


def feed_cursor(context: Context, given: TicketFilter | None, page: lists.TicketPage) -> str:
    """The position in the log that a page shows, marked with its filter and rights where a feed can follow it."""
    mark = b""
    asked = wanted(given)
    if asked.search is None:
        mark = feeds.watched_by(page.query.reference, context.scope, asked, context.desk.keys).mark
    return context.desk.cursors.seal_position(page.head.epoch, page.head.seq, mark)


def order_of(info: Info, given: TicketOrder | None, narrowed: TicketFilter | None) -> TicketOrder:
    """The order of a list: what was asked for, else what its worklist is for, else the newest first."""
    if _is_said(info, "orderBy") and given is not None:
        return given
    waiting = narrowed is not None and narrowed.worklist is Worklist.WAITING
    return TicketOrder.LONGEST_UNCHANGED if waiting else TicketOrder.NEWEST_FIRST


def _is_said(info: Info, name: str) -> bool:
    """Whether the document gives this argument a value, instead of leaving it to its default."""
    raw = info._raw_info
    said = [each.value for node in raw.field_nodes for each in node.arguments or () if each.name.value == name]
    return any(not isinstance(each, VariableNode) or each.name.value in info.variable_values for each in said)
