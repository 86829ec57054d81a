"""The wallboard's filter, and a snapshot in the contract's shape."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar, cast

import strawberry

from models.enums import Channel
from schema.board.snapshot import (
    AgencyLoad,
    AreaCount,
    CategoryCount,
    LinkState,
    OldTicket,
    StatusCount,
    TrendDay,
    WallboardChange,
    WallboardSnapshot,
)
from schema.core.pasted import Pasted
from schema.core.scalars import Cursor
from schema.master_data.agencies import Agency
from services.access.filters.filters import NAMES
from services.access.filters.values import FILTER
from services.board import board
from services.board.snapshot import Snapshot
from services.core.desk import Desk
from services.core.refusals import EdgeRefusal

T = TypeVar("T", bound=str)
NO_MOMENT = datetime.min.replace(tzinfo=UTC)


@strawberry.input(
    description=(
        "Fields combine with AND, values of one field with OR; an empty list matches nothing. agencyCode is the agency "
        "that leads; tickets led by an agency of kind EXTERNAL are on no board that does not name it."
    )
)
class BoardFilter(Pasted):
    agency_code: list[str] | None = None
    category_code: list[str] | None = strawberry.field(default=None, description="A category with all below it.")
    channel: list[Channel] | None = None
    kecamatan_code: list[str] | None = None


def wanted_board(given: BoardFilter | None) -> board.BoardFilter:
    """The filter in plain values."""
    if given is None:
        return board.BoardFilter()
    return board.BoardFilter(
        agency_code=_values(given.agency_code),
        category_code=_values(given.category_code),
        channel=_values(given.channel),
        kecamatan_code=_values(given.kecamatan_code),
    )


@contextmanager
def on_values_as_written(given: BoardFilter | None) -> Iterator[None]:
    """Let a refusal that is raised in here name values by their paths in the filter as the client wrote it."""
    try:
        yield
    except EdgeRefusal as refusal:
        for each in refusal.each():
            each.path = _as_written(given, each.path)
        raise


def _as_written(given: BoardFilter | None, path: tuple[str, ...]) -> tuple[str, ...]:
    if given is None or len(path) != len((FILTER, "field", "index")):
        return path
    values: list[str] = getattr(given, NAMES[path[1]])
    return (*path[:2], str(values.index(sorted(set(values))[int(path[2])])))


def _values(values: list[T] | None) -> tuple[T, ...] | None:
    """Equal filters are equal boards, in whatever order they are written."""
    return None if values is None else tuple(sorted(set(values)))


def wallboard_of(desk: Desk, shown: Snapshot) -> WallboardSnapshot:
    """A snapshot in the contract's shape, with the links as they are now."""
    return WallboardSnapshot(
        as_of=shown.as_of,
        cursor=Cursor(desk.cursors.seal_position(shown.epoch, shown.seq)),
        build=desk.boards.build,
        links=cast("list[LinkState]", desk.links.states(desk.now())),
        city=shown.city,
        agency=cast("Agency | None", shown.agency),
        total=shown.total,
        open=shown.open,
        overdue=shown.overdue,
        overdue_limit=shown.overdue_limit,
        due_soon=shown.due_soon,
        due_today=shown.due_today,
        open_without_agency=shown.open_without_agency,
        overdue_without_agency=shown.overdue_without_agency,
        received_today=shown.received_today,
        resolved_today=shown.resolved_today,
        dispatched_today=shown.dispatched_today,
        usual_received=shown.usual_received,
        withheld=shown.withheld,
        too_few=shown.too_few,
        by_status=cast("list[StatusCount]", shown.by_status),
        by_agency=cast("list[AgencyLoad]", shown.by_agency),
        by_lateness=cast("list[AgencyLoad]", shown.by_lateness),
        by_category=cast("list[CategoryCount]", shown.by_category),
        by_kecamatan=cast("list[AreaCount]", shown.by_kecamatan),
        trend=cast("list[TrendDay]", shown.trend),
        oldest_open=cast("list[OldTicket]", shown.oldest_open),
        due_first=cast("list[OldTicket]", shown.due_first),
        latest=cast("list[WallboardChange]", shown.latest),
    )


def timeless(shown: WallboardSnapshot) -> WallboardSnapshot:
    """The same board without what differs at every reading, and without what may not hasten a frame."""
    return replace(shown, as_of=NO_MOMENT, cursor=Cursor(""), withheld=None)


def unreachable() -> EdgeRefusal:
    """The refusal of a board that has no snapshot yet, while the database is away."""
    return EdgeRefusal("UNAVAILABLE", "feed_unavailable")
