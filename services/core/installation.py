"""The purpose of this database, and a desk that is connected to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime

from models import Installation, LogHead
from models.database import connected
from models.enums import Purpose
from realtime.bell import Bell
from realtime.cursors import Cursors
from services.core.desk import Desk, PassFirst, Rules, nothing_passes, utc_now
from services.core.keys import Keys


class WrongPurpose(Exception):
    """The database was made for something else; the message is one line that says what."""


async def settle(purpose: Purpose, now: datetime) -> None:
    """Give a new database its purpose, which never changes. Raises WrongPurpose where it has another one."""
    row, _ = await Installation.get_or_create({"purpose": purpose, "created_at": now}, id=1)
    refuse_others(row.purpose, [purpose])


async def require(*allowed: Purpose) -> None:
    """Go on only with a database that was made for one of these purposes. Raises WrongPurpose."""
    refuse_others(await purpose(), allowed)


async def purpose() -> Purpose | None:
    """What the database was made for; None where nobody has said yet."""
    row = await Installation.get_or_none(id=1)
    return None if row is None else row.purpose


def refuse_others(found: Purpose | None, allowed: Iterable[Purpose]) -> None:
    """Say which purpose a database has where it is none of the allowed ones."""
    if found is None:
        raise WrongPurpose("This database has no purpose yet: run `surga migrate` first.")
    if found not in (names := list(allowed)):
        wanted = " or ".join(names)
        raise WrongPurpose(f"This is a {found} database, and only a {wanted} database is allowed here.")


@asynccontextmanager
async def opened_desk(
    database_url: str,
    redis_url: str,
    secret: bytes,
    *,
    identity: tuple[bytes, ...] = (),
    rules: Rules | None = None,
    pool_size: int = 10,
    clock: Callable[[], datetime] = utc_now,
    pass_first: PassFirst = nothing_passes,
) -> AsyncIterator[Desk]:
    """Connect this process to a migrated database and its bus, until the block ends."""
    keys = Keys(secret, identity)
    async with connected(database_url, pool_size=pool_size):
        bell = Bell(redis_url, (await LogHead.get(id=1)).epoch)
        try:
            yield Desk(
                keys=keys,
                cursors=Cursors(keys.derive("cursors", 64)),
                bell=bell,
                clock=clock,
                rules=rules or Rules(),
                pass_first=pass_first,
            )
        finally:
            await bell.close()
