"""A list that is read in the same statement as its caller's row, where the same request asked for it before.

What was read so is given to a list only where the rights of that very row lead to the same statement with the same
parameters: it is what that statement would have given, in the snapshot in which the caller's row was read. Everything
else is read as if nothing had been expected.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from time import monotonic
from typing import Any

from asyncpg import PostgresError
from tortoise.exceptions import OperationalError

from models.database import connection

Rows = Sequence[Mapping[str, Any]]
ReadRows = Callable[[str, str, list[Any]], Awaitable[Rows]]  # of a statement, ordered by its own columns
Lookup = Callable[[str, str], str]  # the statement of a caller's row, with the parameters of its digest and of the day
Key = tuple[str, int]  # of a credential and of a request; two requests with one key would only be expected wrongly
MOST_KEPT = 500  # our choice: ten lists of each officer of a city, some 2 MB
LONGEST_STATEMENT = 6_000  # our choice, in characters: with the caller's row asyncpg still keeps it prepared
FRESH_SECONDS = 0.1  # our choice: who waited longer for a turn is shown what is there then
LONGEST_SECONDS = 1.0  # our choice: nobody is kept from being identified by a list that is slow, or waits for a lock
CALLER = "caller"


async def rows_of(statement: str, order: str, parameters: list[Any]) -> Rows:
    """What a statement gives now, in this order."""
    _, rows = await connection().execute_query(f"{statement} ORDER BY {order}", parameters)
    found: Rows = rows
    return found


@dataclass(frozen=True, slots=True)
class Expected:
    """What a request read the last time; alike: and the time before. columns: of the caller's row.

    until: when the rights end under which it was read.
    """

    statement: str
    order: str
    parameters: list[Any]
    columns: tuple[str, ...]
    until: datetime | None
    alike: bool

    def is_of(self, statement: str, order: str, parameters: list[Any]) -> bool:
        return self.statement == statement and self.order == order and self.parameters == parameters


class Prefetches:
    """What the requests of this process are expected to read: those that asked last at the end."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, Expected] = OrderedDict()
        self._reading: set[str] = set()

    def of(self, request: int | None) -> Prefetch:
        """That of one request, by its hash; None where nothing is to be expected of it."""
        return Prefetch(self, request)

    def taken(self, key: Key, now: datetime) -> Expected | None:
        """What this request will read, once; None where that is not known, or the credential reads ahead already."""
        expected = self._kept.get(key)
        if expected is None or not expected.alike or key[0] in self._reading:
            return None
        del self._kept[key]  # who is refused, or asks for something else, reads ahead no second time
        return None if expected.until is not None and expected.until <= now else expected

    def note(self, key: Key, read: Expected) -> None:
        before = self._kept.pop(key, None)
        if not read.alike and before is not None and before.is_of(read.statement, read.order, read.parameters):
            read = replace(read, alike=True)
        self._kept[key] = read
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)

    async def read(self, digest: str, statement: str, order: str, parameters: list[Any]) -> Rows:
        """What a statement gives; none where it fails or takes long: that is read, and told, by who asks for it."""
        self._reading.add(digest)
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                return await rows_of(statement, order, parameters)
        except (PostgresError, OperationalError, TimeoutError):
            return ()
        finally:
            self._reading.discard(digest)


@dataclass(slots=True)
class Prefetch:
    """Of one request: reads its caller's row, and gives its list what was read with it."""

    kept: Prefetches
    request: int | None
    _key: Key | None = None
    _columns: tuple[str, ...] = ()
    _until: datetime | None = None
    _expected: Expected | None = None
    _rows: Rows = field(default=(), repr=False)
    _read_at: float = 0.0

    async def caller(self, lookup: Lookup, digest: str, today: date, now: datetime) -> Mapping[str, Any] | None:
        """The caller's row, read together with what the request is expected to read; None where it was not."""
        if self.request is None:
            return None
        expected = self.kept.taken((digest, self.request), now)
        if expected is None:
            return None
        given = [*expected.parameters, digest, today]
        statement = joined(lookup, expected.statement, expected.order, len(given))
        rows = await self.kept.read(digest, statement, expected.order, given)
        if not rows or rows[0][CALLER] is None:
            return None
        self._expected, self._rows, self._read_at = expected, rows, monotonic()
        return dict(zip(expected.columns, rows[0][CALLER], strict=True))

    def identified(self, digest: str, row: Mapping[str, Any], until: datetime | None) -> None:
        """Note whose request it is, until when their rights hold, and which columns their row has."""
        if self.request is not None:
            self._key, self._until = (digest, self.request), until
            self._columns = self._expected.columns if self._expected else tuple(row.keys())

    async def rows(self, statement: str, order: str, parameters: list[Any]) -> Rows:
        """What a statement of a query gives: of the first one that is asked for, it may have been read already."""
        expected, rows, self._expected, self._rows = self._expected, self._rows, None, ()
        key, self._key = self._key, None
        fresh = expected is not None and monotonic() - self._read_at <= FRESH_SECONDS
        used = fresh and expected is not None and expected.is_of(statement, order, parameters)
        began = monotonic()
        if not used:
            rows = await rows_of(statement, order, parameters)
        if key is not None and len(statement) <= LONGEST_STATEMENT and monotonic() - began <= LONGEST_SECONDS:
            self.kept.note(key, Expected(statement, order, parameters, self._columns, self._until, used))
        return rows


@lru_cache(maxsize=200)
def joined(lookup: Lookup, statement: str, order: str, parameters: int) -> str:
    """A statement whose first row in this order has the caller's row; digest and day are its last two parameters."""
    caller = lookup(f"${parameters - 1}", f"${parameters}")
    return (
        f"SELECT CASE WHEN row_number() OVER (ORDER BY {order}) = 1 THEN (SELECT c FROM ({caller}) c) END AS {CALLER}, "
        f"r.* FROM ({statement}) r"
    )
