"""Every clock counted again from the log, and what differs of what is kept (docs/adr/0033)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from models.enums import OPEN_STATUSES, ClockKind, ClockState
from services.access.states import plain
from services.core.desk import Desk
from services.core.transactions import transaction
from services.deadlines.stored.histories import History
from services.deadlines.stored.keeping import advance, of_ticket
from services.deadlines.stored.kept import Clocks, KeptClock, Measures
from services.deadlines.stored.passings import hold_ends, pending, still_open
from services.tickets.clocks.measures import measures_of
from services.tickets.clocks.replays import Replay, read_lives, replays
from services.tickets.clocks.rows import read_histories

BATCH = 500  # tickets that are read out of one snapshot; our choice
ONE_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
TICKETS = """
SELECT id, number, status, rules_version, due_at, standing, clock_standings FROM ticket
WHERE id > $1 ORDER BY id LIMIT $2
"""
ALWAYS = ("state", "started_at", "extension")
RUNNING = ("standing", "due_at", "due_soon_at", "used", "policy_code")


@dataclass(frozen=True, slots=True)
class Difference:
    """What the database keeps, and what the log says; of one clock, or of the ticket's own columns."""

    number: str
    clock: ClockKind | None
    field: str
    kept: Any
    counted: Any

    def __str__(self) -> str:
        name = self.number if self.clock is None else f"{self.number} {self.clock}"
        return f"{name}: {self.field} is {plain(self.kept)}, by the log {plain(self.counted)}"


@dataclass(slots=True)
class ClockVerification:
    """waiting: tickets whose clocks a job has yet to start, or to count by the rules of now."""

    tickets: int = 0
    waiting: int = 0
    differences: list[Difference] = field(default_factory=list)


async def verify_clocks(desk: Desk) -> AsyncIterator[ClockVerification]:
    """Count every ticket again, portion by portion; what is kept is compared, and nothing is written."""
    last = 0
    while True:
        found, last = await _verify_some(desk, last)
        if not found.tickets:
            return
        yield found


async def _verify_some(desk: Desk, after: int) -> tuple[ClockVerification, int]:
    made = ClockVerification()
    async with transaction() as connection:
        await connection.execute_query(ONE_SNAPSHOT)
        rows = [dict(row) for row in await connection.execute_query_dict(TICKETS, [after, BATCH])]
        if not rows:
            return made, after
        ids = [row["id"] for row in rows]
        measures = measures_of(await desk.reference(connection), desk.rules.zone)
        kept = (await read_histories(connection, ids)).tickets
        lives = await read_lives(connection, ids)
    counted = replays(lives, measures)  # the snapshot has ended: a database ends one that is idle for some seconds
    for row in rows:
        made.tickets += 1
        if _waits(row, measures):
            made.waiting += 1
        elif row["id"] in counted:
            made.differences += _differences(row, kept[row["id"]].kept, counted[row["id"]], measures, desk.now())
    return made, ids[-1]


def _waits(row: Mapping[str, Any], measures: Measures) -> bool:
    version = row["rules_version"]
    return version is None or (row["status"] in OPEN_STATUSES and version != measures.version)


def _differences(
    row: Mapping[str, Any], kept: Clocks, found: Replay, measures: Measures, now: datetime
) -> Iterator[Difference]:
    number, counted = row["number"], _as_used(kept, found, measures, now)
    for name, value in of_ticket(dict(_as_given(kept, counted, measures.version)), row["status"]).items():
        if plain(row[name]) != plain(value):
            yield Difference(number, None, name, row[name], value)
        told = found.state.get("clocks" if name == "clock_standings" else name)
        # A closed ticket gets its clocks from the job without an event: what went before says nothing of them.
        untold = not told and name == "clock_standings" and row["status"] not in OPEN_STATUSES
        if told != plain(row[name]) and not untold:
            yield Difference(number, None, f"{name} of the last event", told, row[name])
    for clock in ClockKind:
        for name, one, other in _of_clock(clock, kept.get(clock), counted.get(clock), found.history, measures):
            yield Difference(number, clock, name, one, other)


def _as_used(kept: Clocks, found: Replay, measures: Measures, now: datetime) -> Clocks:
    """The clocks by the log; what one that runs has used may be of any moment since, as a recount that moves nothing
    keeps it.
    """
    running = {
        clock: one.used for clock, one in found.kept.items() if one.state is ClockState.RUNNING and clock in kept
    }
    if all(kept[clock].used == used for clock, used in running.items()):
        return found.kept
    later = advance(found.kept, found.history, found.state, measures, now)
    told = {clock: kept[clock].used for clock, used in running.items() if used <= kept[clock].used <= later[clock].used}
    return {clock: replace(one, used=told.get(clock, one.used)) for clock, one in found.kept.items()}


def _as_given(kept: Clocks, counted: Clocks, version: int) -> Iterator[tuple[ClockKind, KeptClock]]:
    """The clocks as they are counted; what has stopped by earlier rules stays where it stood then."""
    for clock, one in counted.items():
        old = kept.get(clock)
        yield clock, old if old is not None and old.stopped and one.stopped and old.rules_version != version else one


def _of_clock(
    clock: ClockKind, kept: KeptClock | None, counted: KeptClock | None, history: History, measures: Measures
) -> Iterator[tuple[str, Any, Any]]:
    """What differs of one clock. What was counted by earlier rules and has stopped stays as it was."""
    if kept is None or counted is None:
        if kept is not counted:
            yield "row", None if kept is None else kept.state, None if counted is None else counted.state
        return
    same_rules = kept.rules_version == measures.version
    names = (*ALWAYS, *(RUNNING if same_rules or not kept.stopped else ()))
    yield from ((name, getattr(kept, name), getattr(counted, name)) for name in names if _unlike(kept, counted, name))
    ours, theirs = _verdicts(kept, measures.version), _verdicts(counted, measures.version)
    if [at for at, _ in ours] != [at for at, _ in theirs] or any(
        one != other for one, other in zip(ours, theirs, strict=False) if one[1] is not None
    ):
        yield "verdicts", ours, theirs
    upcoming = [] if kept.stopped else still_open([*pending(clock, kept), *hold_ends(history, measures.zone)], history)
    first = min((at for _, _, at in upcoming), default=None)
    if first is not None and (kept.next_at is None or kept.next_at > first):
        yield "next_at", kept.next_at, first


def _unlike(kept: KeptClock, counted: KeptClock, name: str) -> bool:
    return bool(getattr(kept, name) != getattr(counted, name))


def _verdicts(one: KeptClock, version: int) -> list[tuple[Any, Any]]:
    """When verdicts were given, each with what it says where that was by the rules of now."""
    return [
        (plain(each.verdict.at), str(each.verdict.punctuality) if each.rules_version == version else None)
        for each in one.verdicts
    ]
