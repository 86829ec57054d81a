"""Rows that a query did not order come back in another order than they were written, as PostgreSQL may do any day."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import asyncpg

QUOTED = re.compile(r"'(?:[^']|'')*'")
INNERMOST = re.compile(r"\([^()]*\)")
ORDERED = re.compile(r"\bORDER\s+BY\b", re.IGNORECASE)


def leaves_order_open(query: str) -> bool:
    """Whether the outermost SELECT says nothing on the order of its rows."""
    text = QUOTED.sub("''", query)
    while (flat := INNERMOST.sub(" ", text)) != text:
        text = flat
    return ORDERED.search(text) is None


@contextmanager
def turned_round() -> Iterator[None]:
    """Hand out the rows of every query without an ORDER BY in reverse, on all connections of this process."""
    plain = asyncpg.Connection._execute

    async def _execute(self: Any, query: str, *args: Any, **named: Any) -> Any:
        found = await plain(self, query, *args, **named)
        return found[::-1] if isinstance(found, list) and len(found) > 1 and leaves_order_open(query) else found

    with patch.object(asyncpg.Connection, "_execute", _execute):
        yield
