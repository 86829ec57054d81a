"""Pages of tickets by keyset: any order, filter and search, in one statement and one snapshot with the log's head.

Source: docs/adr/0003, 0007.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from models.database import connection
from realtime.cursors import Cursors
from realtime.log import Head
from services.access.filters.filters import TicketFilter
from services.access.predicates import Parameters
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.paging import decode_walk, microseconds_of, moment_of, page_size
from services.core.reference import Reference
from services.core.refusals import Checks, EdgeRefusal
from services.credentials.prefetch import ReadRows, rows_of
from services.queries.columns import ROW
from services.queries.lists.list_query import ListQuery, list_query
from services.queries.lists.orders import SORTINGS, TicketOrder
from services.queries.views import TicketView


@dataclass(frozen=True, slots=True)
class TicketPage:
    """A page and the head of the log that it shows; cursors are made when they are read.

    began is the feed cursor of the page that its walk began with; None of a first page, and where the walk was begun
    by a release whose cursors did not hold it.
    """

    tickets: list[TicketView]
    order: TicketOrder
    cursors: Cursors
    has_next: bool
    has_previous: bool
    head: Head
    as_of: datetime
    query: ListQuery
    began: str | None

    def cursor(self, ticket: TicketView, began: str) -> str:
        """Where the list goes on after this ticket, in a walk that began at this feed cursor."""
        return self.cursors.seal_page(_walk(self.order, alike=self.query.alike), [*_cursor_key(ticket.row), began])

    def ends(self, began: str) -> list[str]:
        """The cursors of the first and the last ticket; none on an empty page."""
        return [self.cursor(self.tickets[0], began), self.cursor(self.tickets[-1], began)] if self.tickets else []


async def ticket_page(
    desk: Desk,
    scope: Scope,
    wanted: TicketFilter,
    order: TicketOrder,
    first: int,
    after: str | None,
    *,
    columns: str = ROW,
    checks: Checks | None = None,
    read: ReadRows = rows_of,
) -> TicketPage:
    """One page of the tickets that the caller sees, read with these columns; raises BAD_INPUT and BAD_CURSOR.

    checks: what was checked of the same arguments before. read: gives the rows of a statement.
    """
    checks = checks or Checks()
    size = checks(page_size, first)
    query = await checks.awaited(list_query(desk, scope, wanted))
    order = _order_of(order, wanted)
    if checks.refusals:  # the page is not read, but its cursor is looked at
        checks(_decoded, desk.cursors, order, after, may_be_alike=bool(wanted.search))
    checks.settle()
    may_be_alike = query.search is not None and query.search.may_look_alike
    after_key, began, alike = _decoded(desk.cursors, order, after, may_be_alike=may_be_alike)
    cut = _Cut(order, after_key, size, columns, read)
    found = await _read_current(desk, scope, wanted, query.by_likeness() if alike else query, cut)
    if after is None and not found.rows:
        found = await _read_alike(desk, found, cut)
    return TicketPage(
        tickets=found.query.views(found.rows[:size], found.reference, scope.sight),
        order=order,
        cursors=desk.cursors,
        has_next=len(found.rows) > size,
        has_previous=after is not None,
        head=found.head,
        as_of=desk.now(),
        query=found.query,
        began=began,
    )


def _order_of(order: TicketOrder, wanted: TicketFilter) -> TicketOrder:
    """The order of a list; where nothing is searched for, nothing is more relevant than anything else."""
    searches = wanted.search is not None and bool(wanted.search.strip())
    return TicketOrder.NEWEST_FIRST if order is TicketOrder.RELEVANCE and not searches else order


@dataclass(frozen=True, slots=True)
class _Cut:
    """Which part of a list is read, with which columns, and by whom."""

    order: TicketOrder
    after_key: tuple[Any, str] | None
    size: int
    columns: str
    read: ReadRows


@dataclass(frozen=True, slots=True)
class _Found:
    """What was read: one row more than the page has where the list goes on, and the master data of that moment."""

    query: ListQuery
    rows: Sequence[Mapping[str, Any]]
    head: Head
    reference: Reference


async def _read_current(desk: Desk, scope: Scope, wanted: TicketFilter, query: ListQuery, cut: _Cut) -> _Found:
    """What a list holds, by the master data of the moment in which it is read."""
    found = await _read(desk, query, cut)
    if found.reference is query.reference:
        return found
    again = await list_query(desk, scope, wanted)  # the master data changed between the query and the page
    return await _read(desk, again.by_likeness() if query.alike else again, cut)


async def _read_alike(desk: Desk, found: _Found, cut: _Cut) -> _Found:
    """The tickets with similar titles, where none holds all searched words; what was found if there are none either."""
    if found.query.search is None or not found.query.search.may_look_alike:
        return found
    alike = await _read(desk, found.query.by_likeness(), cut)
    return alike if alike.rows else found


def _walk(order: TicketOrder, *, alike: bool) -> str:
    """The name of the order in a cursor, which tells too whether the list is one of similar titles."""
    return f"{order}:alike" if alike else order


def _decoded(
    cursors: Cursors, order: TicketOrder, after: str | None, *, may_be_alike: bool
) -> tuple[tuple[Any, str] | None, str | None, bool]:
    """The key that a cursor holds, where its walk began, and whether it is of what looks alike; raises BAD_CURSOR."""
    try:
        return *decode_walk(cursors, after, order, _key_of), False
    except EdgeRefusal:
        if not may_be_alike:
            raise
        return *decode_walk(cursors, after, _walk(order, alike=True), _key_of), True


async def count(query: ListQuery) -> int:
    """How many tickets a list has in all."""
    parameters = Parameters()
    statement = f"SELECT count(*) AS n FROM ticket t WHERE {query.where(parameters)}"
    _, rows = await connection().execute_query(statement, parameters)
    return int(rows[0]["n"])


def _statement(query: ListQuery, cut: _Cut, parameters: Parameters) -> str:
    sorting = SORTINGS[cut.order]
    relevant = cut.order is TicketOrder.RELEVANCE and query.search is not None
    key = query.search.rank_sql(parameters) if relevant and query.search else query.key(sorting, parameters)
    seek = ""
    if cut.after_key is not None:
        bound = ", ".join(parameters.add(value) for value in cut.after_key)
        seek = f" AND ({key}, t.number) {sorting.compares} ({bound})"
    return (
        f"SELECT h.seq AS head_seq, h.reference_seq AS head_reference, h.epoch AS head_epoch, p.* FROM log_here h "
        f"LEFT JOIN (SELECT {cut.columns}{query.flag(parameters)}, {key} AS sort_key FROM ticket t "
        f"WHERE {query.where(parameters)}{seek} "
        f"ORDER BY {sorting.clause(key, 't.number')} LIMIT {cut.size + 1}) p ON TRUE"
    )


async def _read(desk: Desk, query: ListQuery, cut: _Cut) -> _Found:
    parameters = Parameters()
    rows = await cut.read(
        _statement(query, cut, parameters), SORTINGS[cut.order].clause("sort_key", "number"), parameters
    )
    head = Head(rows[0]["head_seq"], rows[0]["head_reference"], rows[0]["head_epoch"], desk.now())
    reference = await desk.references.at(connection(), head.epoch, head.reference_seq, desk.today())
    return _Found(query, [row for row in rows if row["id"] is not None], head, reference)


def _cursor_key(row: Mapping[str, Any]) -> tuple[str | int, str]:
    """The key of a row in its order: microseconds since 1970 or a decimal, and the number."""
    key = row["sort_key"]
    if isinstance(key, datetime):
        return microseconds_of(key), row["number"]
    return str(key), row["number"]


def _key_of(key: str | int, number: str | int) -> tuple[Any, str]:
    """The key of a row from what its cursor holds; the reverse of _cursor_key."""
    return moment_of(key) if isinstance(key, int) else Decimal(key), str(number)
