"""Sizes and bounds that every list has."""

from __future__ import annotations

from datetime import UTC, datetime

from services.core.refusals import bad_input

LARGEST_PAGE = 100
EPOCH_START = datetime(1970, 1, 1, tzinfo=UTC)


def page_size(first: int, *, largest: int = LARGEST_PAGE) -> int:
    """The size of a page, refused outside of 1 to largest."""
    if not 1 <= first <= largest:
        raise bad_input("PAGE_SIZE", largest=largest)
    return first


LONGEST_SEARCH = 200
