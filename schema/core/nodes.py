"""Things with a global id, and the pages that lists of them come in."""

from __future__ import annotations

import strawberry

from schema.core.scalars import Cursor

# Marks a resolver whose answer hangs on the sight alone, so that equal sights may share one execution of it.
SHARED = {"viewer_independent": True}


@strawberry.interface(description="Anything with an opaque global id.")
class Node:
    id: strawberry.ID


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: Cursor | None
    end_cursor: Cursor | None


def page_info(cursors: list[str], *, has_next: bool, has_previous: bool) -> PageInfo:
    """Where a page stands in its list, by the cursors of its first and last row."""
    ends = (Cursor(cursors[0]), Cursor(cursors[-1])) if cursors else (None, None)
    return PageInfo(has_next_page=has_next, has_previous_page=has_previous, start_cursor=ends[0], end_cursor=ends[1])
