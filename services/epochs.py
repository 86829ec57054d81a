"""Adopting a log that was restored, copied or failed over: a new epoch begins, and no number or id is given twice.

Source: docs/adr/0019.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from tortoise.backends.base.client import BaseDBAsyncClient

from models import LogEpoch
from models.database import connection
from models.enums import ActorKind, AuditKind, EpochKind, EventKind, SubjectKind, Visibility
from realtime.cancellation import is_end
from realtime.homes import BEHIND, HighWaterMark
from realtime.log import NewEvent, append
from services.access.scopes import SYSTEM
from services.audit import audit
from services.audit.chain import current_head
from services.core.desk import Desk
from services.core.transactions import transaction

ADOPTION_LOCK = 7_357_211
# How much can have been given per second, and for how much longer than is known; docs/adr/0019 computes them.
NUMBERS, WIDE_IDS, NARROW_IDS = 100, 1_000, 10
GRACE = timedelta(seconds=60)
FIRST_YEAR = 2000  # nothing older was ever imported
LARGEST_NUMBER = 2_000_000_000
PARTS = ("server", "timeline", "database", "table")  # of a home, as log_home() writes it

LOG_STATE = """
SELECT h.epoch, h.seq, h.home, log_home() AS here, pg_is_in_recovery() AS standby, clock_timestamp() AS now,
    greatest(e.alive_at, e.began_at, (SELECT recorded_at FROM event ORDER BY seq DESC LIMIT 1)) AS known_until
FROM log_head h LEFT JOIN log_epoch e ON e.epoch = h.epoch WHERE h.id = 1
"""
BEGIN = "UPDATE log_head SET epoch = $1, home = log_home() WHERE id = 1"
KEEP = """
INSERT INTO log_epoch (epoch, kind, began_at, seq, home, alive_at)
SELECT $1, $2, clock_timestamp(), seq, home, clock_timestamp() FROM log_head
"""
COUNTERS = f"""
INSERT INTO ticket_counter (year, issued)
SELECT year, $1::int FROM generate_series({FIRST_YEAR}, extract(year FROM now() + interval '14 hours')::int) year
UNION SELECT year, $1::int FROM ticket_counter
ON CONFLICT (year) DO UPDATE SET issued = least({LARGEST_NUMBER}, ticket_counter.issued::bigint + excluded.issued)
"""
ALIVE = "UPDATE log_epoch SET alive_at = clock_timestamp() WHERE epoch = (SELECT epoch FROM log_here)"


async def beginnings() -> list[LogEpoch]:
    """Every beginning that the log had, the first one first."""
    return list(await LogEpoch.all().order_by("began_at"))


@dataclass(frozen=True, slots=True)
class LogState:
    """Where the log was written last and where it is now; marked is the last seq that Redis knows of."""

    epoch: str
    seq: int
    home: str
    here: str
    standby: bool
    lost: timedelta
    marked: int

    @property
    def kind(self) -> EpochKind | None:
        """What has happened to the log; None where it is at home."""
        if self.home.startswith(BEHIND) or (self.home == self.here and self.seq < self.marked):
            return EpochKind.RESTORED
        return None if self.home == self.here else kind_of_move(self.home, self.here)


@dataclass(frozen=True, slots=True)
class Adoption:
    """A beginning of the log: its kind, its name and the one before, and the head that it begins at."""

    kind: EpochKind
    epoch: str
    former: str
    seq: int


def kind_of_move(home: str, here: str) -> EpochKind:
    """How the log came from one home to another, each written server/timeline/database/table.

    A dump makes another table; who copies a database by its files keeps the table's number.
    """
    before, after = (dict(zip(PARTS, at.split("/"), strict=False)) for at in (home, here))
    differing = {name for name in PARTS if before.get(name) != after.get(name)}
    if differing == {"timeline"}:
        return EpochKind.FAILED_OVER
    return EpochKind.COPIED if "database" in differing and not differing & {"server", "table"} else EpochKind.RESTORED


async def log_state(desk: Desk) -> LogState:
    """The state of the log now; marked is 0 where Redis does not answer."""
    marked = await _marked(desk)  # before the head is read, so that it can not be ahead of it
    return await _log_state(connection(), marked)


async def _log_state(using: BaseDBAsyncClient, marked: HighWaterMark) -> LogState:
    _, rows = await using.execute_query(LOG_STATE)
    row: Mapping[str, Any] = rows[0]
    lost = max(timedelta(0), row["now"] - (row["known_until"] or row["now"])) + GRACE
    columns = {name: row[name] for name in ("epoch", "seq", "home", "here", "standby")}
    return LogState(**columns, lost=lost, marked=marked.reaches(row["epoch"]))


async def adopt(desk: Desk, *, ordered: bool = False) -> Adoption | None:
    """Begin a new epoch where the log is not at home, or where that is ordered; None where nothing is to be done.

    Of several who try at once one does it. A standby is left as it is.
    """
    found = await log_state(desk)
    desk.bell.follow(found.epoch)
    if found.standby or (found.kind is None and not ordered):
        return None
    marked = await _marked(desk)
    async with transaction() as using:
        await using.execute_query("SELECT pg_advisory_xact_lock($1)", [ADOPTION_LOCK])
        await using.execute_query("SELECT FROM log_head FOR UPDATE")
        again = await _log_state(using, marked)
        kind = again.kind or (EpochKind.ORDERED if ordered and again.epoch == found.epoch else None)
        done = None if kind is None else await _begin(desk, using, again, kind)
    if done is not None:
        await _tell(desk, done)
    return done


async def keep_alive(desk: Desk) -> int:
    """Note that this epoch is in use now, so that fewer numbers are skipped after a loss. Gives 1."""
    await connection().execute_query(ALIVE)
    return 1


async def _marked(desk: Desk) -> HighWaterMark:
    try:
        return await desk.bell.high_water_mark()
    except BaseException as problem:  # whatever Redis says: the log is looked after without it
        if is_end(problem):
            raise
        return HighWaterMark(desk.bell.epoch, 0)


async def _begin(desk: Desk, using: BaseDBAsyncClient, found: LogState, kind: EpochKind) -> Adoption:
    """Begin an epoch in the caller's transaction; its event comes last, as COMMIT numbers it, at the new home."""
    epoch = uuid4().hex
    await using.execute_query(BEGIN, [epoch])
    await using.execute_query(KEEP, [epoch, kind.value])
    await _leap(using, found.lost)
    await _write_down(desk, using, found, kind, epoch)
    event = NewEvent(
        kind=EventKind.RIGHTS_CHANGED,
        at=desk.now(),
        actor_kind=ActorKind.SYSTEM,
        visibility=Visibility.INTERNAL,
        subject_kind=SubjectKind.REFERENCE,
        details={"log": kind.value},
    )
    await append(using, [event])
    return Adoption(kind, epoch, found.epoch, found.seq)


async def _leap(using: BaseDBAsyncClient, lost: timedelta) -> None:
    """Skip all numbers and ids that can have been given in the time that is lost."""
    seconds = int(lost.total_seconds()) + 1
    await using.execute_query("SELECT log_leaps($1, $2)", [seconds * WIDE_IDS, seconds * NARROW_IDS])
    await using.execute_query(COUNTERS, [min(seconds * NUMBERS, LARGEST_NUMBER)])


async def _write_down(desk: Desk, using: BaseDBAsyncClient, found: LogState, kind: EpochKind, epoch: str) -> None:
    """One entry with the heads that were known before: of the log, and of the audit log's chain."""
    head = await current_head(using)
    details = {
        "kind": kind.value, "epoch": epoch, "former": found.epoch, "seq": found.seq, "marked": found.marked,
        "position": head.position, "head": head.digest, "seconds": int(found.lost.total_seconds()),
    }  # fmt: skip
    await audit.record(desk, AuditKind.LOG_ADOPTED, SYSTEM.principal, details=details, using=using)


async def _tell(desk: Desk, done: Adoption) -> None:
    """Ring the bell of the former epoch once more: who still listens to it reads the log and finds the new one."""
    await desk.bell.call()
    desk.bell.follow(done.epoch)
