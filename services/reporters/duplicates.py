"""Other tickets of the matter of one that is erased: what the desk merged by itself, and all others (docs/adr/0022)."""

from __future__ import annotations

from dataclasses import dataclass

from services.access import access
from services.access.scopes import SYSTEM
from services.tickets.case import Case, case_of

# The entry that a merge leaves on the ticket that stays names the other, which may have been reopened since.
AUTOMATIC = """
SELECT t.id, EXISTS (
    SELECT FROM event e WHERE e.ticket_id = t.id AND e.kind = 'MERGED' AND e.actor_kind = 'SYSTEM'
        AND (e.details->>'into')::bigint = $1) AS automatic
FROM ticket t WHERE t.merged_into_id = $1 ORDER BY t.id
"""
PARTED = """
SELECT DISTINCT (e.details->>'duplicate')::bigint AS id FROM event e
WHERE e.ticket_id = $1 AND e.kind IN ('DUPLICATE_MERGED', 'NOTE_ADDED') AND e.details ? 'duplicate'
"""


@dataclass(frozen=True, slots=True)
class Duplicates:
    """automatic: locked, and the same report from the same sender; others: ids of what somebody merged or reopened."""

    automatic: tuple[Case, ...]
    others: tuple[int, ...]


async def duplicates_of(case: Case) -> Duplicates:
    """What was merged into a locked ticket, and what it was merged into.

    No more are merged by the desk while the ticket is locked, and what was merged into it came later: so its id is
    higher, and tickets are locked in the order of their ids here too.
    """
    using, ticket = case.connection, case.ticket
    rows = await using.execute_query_dict(AUTOMATIC, [ticket.id])
    parted = {row["id"] for row in await using.execute_query_dict(PARTED, [ticket.id])} - {row["id"] for row in rows}
    others = {row["id"] for row in rows if not row["automatic"]} | parted
    if ticket.merged_into_id is not None:
        others.add(ticket.merged_into_id)
    automatic = []
    for key in (row["id"] for row in rows if row["automatic"]):
        twin = await _locked(case, key)
        if twin is None:
            others.add(key)
        else:
            automatic.append(twin)
    return Duplicates(tuple(automatic), tuple(sorted(others)))


async def _locked(case: Case, key: int) -> Case | None:
    """A duplicate; None where somebody reopened it meanwhile, or made a report of it that the caller may not erase."""
    found = await access.ticket(case.connection, SYSTEM, key, lock=True)
    twin = await case_of(case.desk, case.scope, case.connection, found, case.mutation_id)
    apart = found.merged_into_id != case.ticket.id
    allowed = case.scope is SYSTEM or access.may_reveal(case.scope.sight, twin.state)
    return None if apart or not allowed else twin
