"""A clock's passing is an event, written once, at its true moment: by a job, or before all else (docs/adr/0033)."""

from __future__ import annotations

import heapq
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from tortoise.backends.base.client import BaseDBAsyncClient

from models.enums import DeadlineStanding, EventKind, Visibility
from realtime import log
from realtime.cancellation import is_end
from services.access import access
from services.access.scopes import SYSTEM
from services.clocks import recounting
from services.clocks.following import AFTER_PASSING, EACH_MOMENT
from services.core.desk import Desk
from services.core.refusals import EdgeRefusal
from services.core.transactions import transaction
from services.deadlines.stored.histories import HOLD, Passing
from services.deadlines.stored.passings import passings
from services.tickets.case import Case, cases_of
from services.tickets.clocks.keeping import keep_clocks
from services.tickets.clocks.rows import OF_TICKETS, write_standings
from services.tickets.clocks.ticket_clocks import TicketClocks

BATCH = 200  # rows of clocks in one transaction; our choice
# Whoever holds a ticket for longer is passed by, and met again at the next run.
PATIENCE = "SET LOCAL lock_timeout = '300ms'"
# The clocks that pass first, with their tickets locked: a ticket that somebody else holds is skipped.
DUE = """
SELECT c.ticket_id, c.next_at FROM ticket_clock c JOIN ticket t ON t.id = c.ticket_id
WHERE c.next_at <= $1 AND t.rules_version = $2 AND NOT c.ticket_id = ANY($3)
ORDER BY c.next_at, c.ticket_id LIMIT $4 FOR UPDATE OF t SKIP LOCKED
"""
LOG = structlog.get_logger("surga.clocks")


@dataclass(slots=True)
class Passed:
    """What was written of some tickets: each portion holds the events of one moment and ticket."""

    portions: list[tuple[datetime, int, list[log.NewEvent]]] = field(default_factory=list)

    def events(self) -> list[log.NewEvent]:
        """All of it in the order of the true moments; of one ticket as it came."""
        return [event for _, _, events in heapq.merge(*self._of_tickets(), key=_moment) for event in events]

    def _of_tickets(self) -> Iterable[list[tuple[datetime, int, list[log.NewEvent]]]]:
        tickets: dict[int, list[tuple[datetime, int, list[log.NewEvent]]]] = {}
        for portion in self.portions:
            tickets.setdefault(portion[1], []).append(portion)
        return tickets.values()


@dataclass(slots=True)
class Batch:
    """The tickets of one transaction in which clocks pass, and what is written of them at its end."""

    connection: BaseDBAsyncClient
    cases: Sequence[Case] = ()
    events: Sequence[log.NewEvent] = ()


@asynccontextmanager
async def _batch(desk: Desk, patience: str | None = None) -> AsyncIterator[Batch]:
    """One transaction: what is put into the batch is written last, and announced after COMMIT.

    patience: a statement that says how long a lock is waited for.
    """
    async with transaction() as connection:
        if patience is not None:
            await connection.execute_query(patience)
        yield (batch := Batch(connection))
        appended = await _write(connection, batch.cases, batch.events) if batch.cases else None
    if appended is not None:
        await desk.committed(appended.least_seq)


async def pass_clocks(desk: Desk) -> int:
    """Write down what has passed by now, the earliest first; gives the number of events.

    A ticket that is busy, or on which something fails, is left to the next run and holds up no other.
    """
    done, left = 0, set[int]()
    while True:
        number, more = await _pass_some(desk, left)
        done += number
        if not more:
            return done


async def pass_tickets(desk: Desk, ids: Sequence[int]) -> int:
    """Write down what has passed of these tickets by now, and start or recount their clocks where that is due.

    They are waited for; a transaction of its own, so that it stands whatever becomes of what comes after it.
    """
    async with _batch(desk) as batch:
        batch.cases = await _cases(desk, batch.connection, ids)
        counted_anew = await recounting.recount(batch.connection, batch.cases)
        batch.events = counted_anew + await _pass_all(batch.cases, desk.now())
    return len(batch.events)


async def _pass_some(desk: Desk, left: set[int]) -> tuple[int, bool]:
    """Pass one batch; gives the number of events, and whether there may be more."""
    found: list[int] = []
    try:
        return await _pass_batch(desk, left, found)
    except BaseException as wrong:
        if is_end(wrong) or not found:
            raise
        ids = list(dict.fromkeys(found))
        if len(ids) == 1:
            _leave(ids[0], wrong, left)
            return 0, True
    return sum([await _pass_alone(desk, ticket_id, left) for ticket_id in ids]), True


async def _pass_alone(desk: Desk, ticket_id: int, left: set[int]) -> int:
    """Pass one ticket of a batch in which something failed."""
    try:
        async with _batch(desk, PATIENCE) as batch:
            batch.cases = await _cases(desk, batch.connection, [ticket_id])
            batch.events = await _pass_all(batch.cases, desk.now())
    except BaseException as wrong:
        if is_end(wrong):
            raise
        _leave(ticket_id, wrong, left)
        return 0
    return len(batch.events)


def _leave(ticket_id: int, wrong: BaseException, left: set[int]) -> None:
    """Skip a ticket in this run; that somebody has it locked is no error."""
    left.add(ticket_id)
    if not (isinstance(wrong, EdgeRefusal) and wrong.code == "BUSY"):
        LOG.error("clocks of a ticket could not pass", ticket=ticket_id, exc_info=wrong)


async def _pass_batch(desk: Desk, left: set[int], found: list[int]) -> tuple[int, bool]:
    now = desk.now()
    async with _batch(desk, PATIENCE) as batch:
        version = (await desk.reference(batch.connection)).rules_version
        _, rows = await batch.connection.execute_query(DUE, [now, version, sorted(left), BATCH])
        if not rows:
            return 0, False
        found += [row["ticket_id"] for row in rows]
        # What lies behind the last of a whole batch comes after what other tickets have there.
        until = rows[-1]["next_at"] if len(rows) == BATCH else now
        batch.cases = await _cases(desk, batch.connection, sorted(set(found)))
        batch.events = await _pass_all(batch.cases, until)
    # What is still behind would be found again and again by this run.
    left.update({case.ticket.id for case in batch.cases if case.clocks.is_behind(case.ticket, until)})
    return len(batch.events), True


async def _cases(desk: Desk, connection: BaseDBAsyncClient, ids: Sequence[int]) -> list[Case]:
    return await cases_of(desk, SYSTEM, connection, await access.tickets(connection, SYSTEM, ids))


async def _pass_all(cases: Sequence[Case], until: datetime) -> list[log.NewEvent]:
    passed = Passed()
    for case in cases:
        await _pass(case, until, passed)
    return passed.events()


async def _pass(case: Case, until: datetime, passed: Passed) -> None:
    """Write down what has passed of one ticket, moment by moment, with all that follows."""
    while (at := case.clocks.next_at) is not None and at <= until:
        case.moment = max(at, case.clocks.history.last or at)
        begun = len(case.events)
        await _pass_moment(case, at)
        passed.portions.append((at, case.ticket.id, case.events[begun:]))


async def _pass_moment(case: Case, at: datetime) -> None:
    while found := first_passing(case.clocks, at):
        clock, standing, moment = found
        case.record(
            EventKind.CLOCK_PASSED,
            at=moment,
            changed=("deadlines", "timeline"),
            visibility=Visibility.INTER_AGENCY,
            details=details_of(case.clocks, found),
        )
        if clock is not None and standing == DeadlineStanding.OVERDUE:
            for follow in AFTER_PASSING.get(clock, ()):
                await follow(case, clock)
    for follow_moment in EACH_MOMENT:
        await follow_moment(case, at)
    if _is_due(case, at):  # nothing but a rung was
        case.clocks.go_on(case.state, at)
    if _is_due(case, at):
        raise RuntimeError(f"The clocks of ticket {case.ticket.id} do not go on from {at}.")


def _is_due(case: Case, at: datetime) -> bool:
    upcoming = case.clocks.next_at
    return upcoming is not None and upcoming <= at


def first_passing(clocks: TicketClocks, at: datetime) -> Passing | None:
    """What passed first by a moment of that which is not in the log."""
    found = passings(clocks.kept, clocks.history, clocks.measures.zone, at)
    return found[0] if found else None


def details_of(clocks: TicketClocks, passing: Passing) -> dict[str, Any]:
    """What the log says of a passing."""
    clock, standing, at = passing
    silent = clocks.history.is_silent(at)
    said: dict[str, Any] = {"clock": clock, "standing": standing}
    if standing == HOLD:
        said = {"hold": True, "clocks": sorted(kind for kind, one in clocks.kept.items() if not one.stopped)}
    return {**said, "silent": True} if silent else said


async def _write(
    connection: BaseDBAsyncClient, cases: Sequence[Case], events: Sequence[log.NewEvent]
) -> log.Appended | None:
    """Save what differs, in few statements; None where nothing was to be said."""
    apart = [case for case in cases if not case.columns <= {*OF_TICKETS}]
    await write_standings(connection, [case.ticket for case in cases if case.columns and case not in apart])
    for case in apart:
        await case.save()
    await keep_clocks(connection, cases)
    return await log.append(connection, events) if events else None


def _moment(portion: tuple[datetime, int, list[log.NewEvent]]) -> datetime:
    return portion[0]
