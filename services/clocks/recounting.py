"""Clocks are started from the log, and counted anew where calendar or rules have changed (docs/adr/0033, 0035)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from models.enums import OPEN_STATUSES, EventKind, Visibility
from realtime import log
from services.access import access
from services.access.scopes import SYSTEM
from services.access.states import plain
from services.core.desk import Desk
from services.core.transactions import transaction
from services.deadlines.stored.keeping import advance, of_ticket
from services.deadlines.stored.kept import Clocks, KeptClock
from services.tickets.case import Case, cases_of
from services.tickets.clocks.keeping import keep_clocks
from services.tickets.clocks.replays import replay
from services.tickets.clocks.rows import write_standings

BATCH = 200  # tickets in one transaction; our choice
OPEN = ", ".join(f"'{status}'" for status in sorted(OPEN_STATUSES))
# Both are answered by a partial index of what is to be done. A ticket that is busy is met again at the next run.
TO_START = "SELECT id FROM ticket WHERE rules_version IS NULL ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED"
TO_RECOUNT = f"""
SELECT id FROM ticket WHERE status IN ({OPEN}) AND rules_version < $2
ORDER BY rules_version, id LIMIT $1 FOR UPDATE SKIP LOCKED
"""


async def recount_clocks(desk: Desk) -> int:
    """Start the clocks of tickets that have none, and recount those of other rules; gives the number of tickets."""
    done = 0
    while number := await _recount_some(desk, TO_START, BATCH):
        done += number
    version = (await desk.reference()).rules_version
    while number := await _recount_some(desk, TO_RECOUNT, BATCH, version):
        done += number
    return done


async def _recount_some(desk: Desk, statement: str, *values: int) -> int:
    async with transaction() as connection:
        _, rows = await connection.execute_query(statement, list(values))
        if not rows:
            return 0
        tickets = await access.tickets(connection, SYSTEM, [row["id"] for row in rows])
        cases = await cases_of(desk, SYSTEM, connection, tickets)
        events = await recount(connection, cases)
        await write_standings(connection, tickets)
        await keep_clocks(connection, cases)
        appended = await log.append(connection, events) if events else None
    if appended is not None:
        await desk.committed(appended.least_seq)
    return len(rows)


async def recount(connection: BaseDBAsyncClient, cases: Sequence[Case]) -> list[log.NewEvent]:
    """Recount the clocks of these cases by the rules of now, with at most one event for each; gives the events.

    Whoever calls it saves tickets and clocks. Of closed tickets nothing is told: they get the verdicts that were due.
    """
    outdated = [case for case in cases if case.clocks.is_outdated(case.ticket)]
    bare = [case for case in outdated if not case.clocks.kept]
    if bare:
        found = await replay(connection, [case.ticket.id for case in bare], bare[0].clocks.measures)
        for case in bare:
            case.clocks.kept = found[case.ticket.id].kept if case.ticket.id in found else {}
    starting = {case.ticket.id for case in bare if case.ticket.rules_version is None}
    for case in outdated:
        _recount(case, started=case.ticket.id in starting)
    return [event for case in outdated for event in case.events]


def _recount(case: Case, *, started: bool) -> None:
    clocks, version = case.clocks, case.clocks.measures.version
    case.set(rules_version=version)
    before = clocks.kept
    after = advance(before, clocks.history, case.state, clocks.measures, _as_of(case))
    if case.ticket.status not in OPEN_STATUSES:
        clocks.kept, clocks.changed = after, True
        case.set(**of_ticket(after, case.ticket.status))
    elif started:
        _tell(case, {"started": True, "silent": True, "version": version, "clocks": sorted(after)})
    elif moved := [clock for clock in after if _differs(before.get(clock), after[clock])]:
        moves = list(_moves(before, after))
        _tell(case, {"version": version, "clocks": sorted(moved), "moves": moves})
    else:
        _keep(case, before, after)


def _keep(case: Case, before: Clocks, after: Clocks) -> None:
    """Keep clocks that a recount does not move; what they used stands as of the last event, as the log says it."""
    clocks = case.clocks
    then = advance(before, clocks.history, case.state, clocks.measures, clocks.history.last or case.moment)
    clocks.kept = {kind: _renamed(before, kind, one, then[kind].used) for kind, one in after.items()}
    clocks.changed = True


def _as_of(case: Case) -> datetime:
    """The moment of a recount; of a closed ticket the last that is known of it."""
    last = case.clocks.history.last
    return case.moment if case.ticket.status in OPEN_STATUSES or last is None else last


def _tell(case: Case, details: dict[str, Any]) -> None:
    case.record(
        EventKind.DEADLINE_MOVED,
        changed=("deadlines", "timeline"),
        visibility=Visibility.INTER_AGENCY,
        details=details,
    )


def _differs(before: KeptClock | None, after: KeptClock) -> bool:
    """Whether a recount gives another clock; what was used by now, and by which rules, is no difference."""
    return before is None or _compared(before) != _compared(after)


def _compared(one: KeptClock) -> tuple[Any, ...]:
    return one.state, one.standing, one.due_at, one.due_soon_at, one.verdicts


def _moves(before: Clocks, after: Clocks) -> Iterator[dict[str, Any]]:
    for clock, one in after.items():
        was = before[clock].due_at if clock in before else None
        if was != one.due_at:
            yield {"clock": clock, "before": plain(was), "after": plain(one.due_at)}


def _renamed(before: Clocks, clock: Any, after: KeptClock, used: int) -> KeptClock:
    """A clock that stays as it was, by the name and the version of the rules of now, and by what these let it use."""
    named = replace(before[clock], policy_code=after.policy_code, rules_version=after.rules_version)
    return replace(named, next_at=after.next_at, used=used)
