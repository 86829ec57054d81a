"""What PostgreSQL says when it is in trouble itself: counted, logged once a minute, and whether it takes writes."""

from __future__ import annotations

import logging
import re
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import asyncpg

from models.unfinished import FinishingConnection

LOGGER = logging.getLogger("surga.database")
CLASSES = ("53", "57", "58", "XX")  # resources, interventions, the system below, and what is broken
# A full disk or quota, an error of the disk, a file that is gone, a broken page or index, and a read-only database.
AGAINST_WRITES = frozenset({"53100", "53400", "58000", "58030", "58P01", "XX001", "XX002", "25006"})
ONCE_SECONDS = 60.0
QUIET_SECONDS = 30.0  # our choice: a probe that writes is tried when no write has failed for so long
LONGEST_TEXT = 300
# What a message may quote of a row: strings, numbers that could be somebody's, and addresses.
VALUES = re.compile(r"'[^']*'|\([^)]*\)=\([^)]*\)|\b\d{7,}\b|\S+@\S+")


class Faults:
    """The faults of one pool. counted: how often each SQLSTATE of CLASSES came."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.counted: Counter[str] = Counter()
        self._monotonic = monotonic
        self._told: dict[str, float] = {}
        self._failed_at: float | None = None

    def note(self, wrong: asyncpg.PostgresError) -> None:
        """Count an error of the database, and log it unless its like was logged a minute ago."""
        state = str(wrong.sqlstate or "")
        if state in AGAINST_WRITES:
            self._failed_at = self._monotonic()
        if state[:2] in CLASSES or state in AGAINST_WRITES:
            self.counted[state] += 1
            self._tell(state, wrong)

    @property
    def writes_fail(self) -> bool:
        """Whether a write has failed by what is the server's own trouble, and none is known to go well since."""
        return self._failed_at is not None

    @property
    def is_recent(self) -> bool:
        """Whether that was within QUIET_SECONDS."""
        return self._failed_at is not None and self._monotonic() - self._failed_at < QUIET_SECONDS

    def end(self) -> None:
        """A write went well."""
        self._failed_at = None

    def _tell(self, state: str, wrong: asyncpg.PostgresError) -> None:
        now = self._monotonic()
        if now - self._told.get(state, -ONCE_SECONDS) >= ONCE_SECONDS:
            self._told[state] = now
            LOGGER.error("PostgreSQL is in trouble: %s (%s, %d times)", scrubbed(wrong), state, self.counted[state])


def scrubbed(wrong: BaseException) -> str:
    """What an error says in one line, without what it may quote of a row."""
    text = VALUES.sub("...", " ".join((str(wrong).splitlines() or [""])[0].split()))
    return "".join(letter for letter in text if letter.isprintable())[:LONGEST_TEXT]


def noting(faults: Faults) -> type[FinishingConnection]:
    """The connections of a pool, which tell its faults."""

    class NotingConnection(FinishingConnection):
        __slots__ = ()

        async def execute(self, query: str, *args: Any, **named: Any) -> Any:
            if args:  # it goes through _execute
                return await super().execute(query, *args, **named)
            try:
                return await super().execute(query, **named)
            except asyncpg.PostgresError as wrong:
                faults.note(wrong)
                raise

        async def _execute(self, query: str, *args: Any, **named: Any) -> Any:
            try:
                return await super()._execute(query, *args, **named)
            except asyncpg.PostgresError as wrong:
                faults.note(wrong)
                raise

        async def _executemany(self, query: str, *args: Any, **named: Any) -> Any:
            try:
                return await super()._executemany(query, *args, **named)
            except asyncpg.PostgresError as wrong:
                faults.note(wrong)
                raise

    return NotingConnection
