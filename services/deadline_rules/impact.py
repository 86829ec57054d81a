"""What a change of calendar and policies would do to open tickets: counted over one snapshot, beside other work.

Source: docs/adr/0035.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from models.enums import OPEN_STATUSES
from services.access.access import row_rule
from services.access.predicates import Among, Anything, Every, Parameters, Predicate
from services.access.scopes import SYSTEM, Scope
from services.access.states import COLUMNS
from services.core.desk import Desk
from services.core.reference import Reference
from services.core.transactions import transaction
from services.deadline_rules.checking import Plan
from services.deadline_rules.comparing import Impact, ImpactCount, moves_of
from services.deadlines.stored.keeping import DECIDING, advance
from services.deadlines.stored.kept import Clocks, Measures
from services.tickets.clocks.measures import measures_of
from services.tickets.clocks.rows import StoredClocks, read_histories

PAGE = 100  # tickets in one statement: some 5 ms to read them; our choice
# Nothing of the snapshot is locked, and between two statements some thousand clocks may be counted beside other work.
SNAPSHOT = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "SET LOCAL idle_in_transaction_session_timeout = '20s'",
)
READ = ", ".join(f"t.{COLUMNS[name]} AS {name}" for name in DECIDING)


@dataclass(frozen=True, slots=True)
class Comparison:
    """By what clocks are counted before a change, and by what after it."""

    before: Measures
    after: Measures


async def impact_of(desk: Desk, scope: Scope, reference: Reference, plan: Plan) -> Impact:
    """What a change does to the open tickets that the caller sees, as of one moment."""
    measures = measures_of(reference, desk.rules.zone)
    after = replace(measures, book=plan.after.calendar, policies=plan.after.policies, version=measures.version + 1)
    comparison, count = Comparison(measures, after), ImpactCount(reference.rules_version)
    async with desk.previews, _snapshot() as using:  # one at a time: each holds a connection as long as it takes
        rule = _rule(scope)
        last, rows = 0, await _page(using, rule, 0)
        while rows:
            found = (await read_histories(using, [row["id"] for row in rows])).tickets
            await _compare(desk, scope, comparison, count, rows, found)
            last = rows[-1]["id"]
            rows = await _page(using, rule, last)
    return count.impact()


@asynccontextmanager
async def _snapshot() -> AsyncIterator[BaseDBAsyncClient]:
    """One transaction in which every statement reads the same moment."""
    async with transaction() as using:
        for statement in SNAPSHOT:
            await using.execute_query(statement)
        yield using


def _rule(scope: Scope) -> Predicate:
    seen = Anything() if scope is SYSTEM else row_rule(scope.sight)
    return Every((Among("status", tuple(sorted(OPEN_STATUSES))), seen))


async def _page(using: BaseDBAsyncClient, rule: Predicate, after: int) -> list[dict[str, Any]]:
    parameters = Parameters()
    condition, last = rule.sql(parameters), parameters.add(after)
    statement = (
        f"SELECT t.id, t.received_at, t.rules_version, {READ} FROM ticket t "
        f"WHERE t.id > {last} AND {condition} ORDER BY t.id LIMIT {PAGE}"
    )
    return [dict(row) for row in await using.execute_query_dict(statement, list(parameters))]


async def _compare(
    desk: Desk,
    scope: Scope,
    comparison: Comparison,
    count: ImpactCount,
    rows: Sequence[Mapping[str, Any]],
    found: Mapping[int, StoredClocks],
) -> None:
    """Count a page of tickets both ways, and give the loop back in between."""
    for row in rows:
        if desk.pace.is_due(scope.principal):
            await desk.pace.pause(scope.principal)
        before, after = _both(desk, comparison, row, found[row["id"]])
        count.add(row["id"], moves_of(before, after))


def _both(desk: Desk, comparison: Comparison, row: Mapping[str, Any], ledgered: StoredClocks) -> tuple[Clocks, Clocks]:
    """The clocks of a ticket by the rules of now and by those of a change, at this moment."""
    now, history = desk.now(), ledgered.history(row["received_at"], comparison.before)
    before = ledgered.kept
    if row["rules_version"] != comparison.before.version or _is_behind(before, now):
        before = advance(before, history, row, comparison.before, now)
    return before, advance(before, history, row, comparison.after, now)


def _is_behind(clocks: Clocks, now: datetime) -> bool:
    """Whether something has passed that a job has yet to write down."""
    return any(each.next_at is not None and each.next_at <= now for each in clocks.values())
