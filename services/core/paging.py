"""Sizes and bounds that every list has, and the cursors of its pages; the numbers are our choice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from realtime.cursors import BadCursor, Cursors
from services.core.refusals import EdgeRefusal, bad_input
from services.deadlines.units import MICROSECOND
from services.inputs.signs import lines

T = TypeVar("T")
LARGEST_PAGE = 100  # rows: prices of documents are counted with it (api/documents/prices.py)
LONGEST_SEARCH = 200  # characters: some thirty words
EPOCH_START = datetime(1970, 1, 1, tzinfo=UTC)


def page_size(first: int, *, largest: int = LARGEST_PAGE, name: str = "first") -> int:
    """The size of a page, refused outside of 1 to largest; name is the argument's."""
    if not 1 <= first <= largest:
        raise bad_input("PAGE_SIZE", name, largest=largest)
    return first


def search_words(search: str | None) -> str:
    """What a list is searched for, with single spaces; nothing where nothing is. Raises BAD_INPUT."""
    if search is not None and len(search) > LONGEST_SEARCH:
        raise bad_input("SEARCH_TOO_LONG", "search", limit=LONGEST_SEARCH)
    return " ".join(lines(search or "").replace("\x00", "").split())


def decode_cursor(
    cursors: Cursors, cursor: str | None, order: str, key_of: Callable[[str | int, str | int], T], name: str = "after"
) -> T | None:
    """The key that a page's cursor holds in its order, None without a cursor; raises BAD_CURSOR."""
    return decode_walk(cursors, cursor, order, key_of, name)[0]


def decode_walk(
    cursors: Cursors, cursor: str | None, order: str, key_of: Callable[[str | int, str | int], T], name: str = "after"
) -> tuple[T | None, str | None]:
    """The same, and the feed cursor of the page that the walk began with; None where the cursor tells of none."""
    if cursor is None:
        return None, None
    try:
        key, tie, *began = cursors.open_page(cursor, order)
        return key_of(key, tie), str(began[0]) if began else None
    except (BadCursor, ValueError, ArithmeticError):
        raise EdgeRefusal("BAD_CURSOR", "PAGE_CURSOR", path=(name,)) from None


def by_name(name: str | int, key: str | int) -> tuple[str, int]:
    """The key of a row in a list that is sorted by name."""
    return str(name), int(key)


def by_time(microseconds: str | int, key: str | int) -> tuple[datetime, int]:
    """The key of a row in a list that is sorted by time."""
    return moment_of(int(microseconds)), int(key)


def moment_of(microseconds: int) -> datetime:
    """The moment so many microseconds after 1970; raises OverflowError."""
    return EPOCH_START + microseconds * MICROSECOND


def microseconds_of(moment: datetime) -> int:
    """How many microseconds after 1970 a moment is."""
    return (moment - EPOCH_START) // MICROSECOND
