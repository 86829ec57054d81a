"""Where the log lives: who reads or writes it on another server, timeline or database is refused by the database."""

from __future__ import annotations

from dataclasses import dataclass

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient

# What a home that is known to be behind is called; adopting the log gives it a real one again.
BEHIND = "behind/"
DISOWN = f"UPDATE log_head SET home = '{BEHIND}' || $2::bigint WHERE epoch = $1"


class LogElsewhereError(asyncpg.CannotConnectNowError):  # type: ignore[misc]
    """The log of this database lives elsewhere: it was restored, copied or failed over, and nobody has adopted it.

    asyncpg raises it for log_lives_here() of the database, by the code that the two share.
    """

    sqlstate = "SU001"


@dataclass(frozen=True, slots=True)
class HighWaterMark:
    """How far an epoch of the log is known to have come; seq 0 where nothing is known."""

    epoch: str
    seq: int

    def reaches(self, epoch: str) -> int:
        """How far the log of this epoch has come."""
        return self.seq if self.epoch == epoch else 0


async def disown(database: BaseDBAsyncClient, reached: HighWaterMark) -> None:
    """Let nobody read or write the log of this epoch until it is adopted: it lost events that others had reached."""
    await database.execute_query(DISOWN, [reached.epoch, reached.seq])
