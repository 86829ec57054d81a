"""One clock of a locked ticket as it stands, and what an event moves (docs/adr/0033)."""

from __future__ import annotations

from typing import Any

from models.enums import ClockKind
from services.access.states import instant
from services.deadlines.policies import Policy
from services.deadlines.stored.kept import Clocks, KeptClock
from services.tickets.case import Case


def clock_of(case: Case, clock: ClockKind) -> tuple[KeptClock, Policy] | None:
    """The clock with the policy that it is counted by; None where it has not started, or nothing bounds it."""
    kept, measures = case.clocks.kept.get(clock), case.clocks.measures
    if kept is None:
        return None
    rows = measures.policies.on(measures.day_of(case.ticket.received_at))
    policy = next((row for row in rows if row.code == kept.policy_code and row.clock is clock), None)
    return None if policy is None or policy.amount == 0 else (kept, policy)


def moved(before: Clocks, after: Clocks) -> dict[str, Any]:
    """What DEADLINE_MOVED says of the deadlines that differ; nothing where none does."""
    going = [clock for clock in after if clock in before and not after[clock].stopped]
    differing = [clock for clock in going if before[clock].due_at != after[clock].due_at]
    moves = [{"clock": clock.value, "before": _due(before, clock), "after": _due(after, clock)} for clock in differing]
    return {"clocks": sorted(differing), "moves": moves} if moves else {}


def _due(clocks: Clocks, clock: ClockKind) -> str | None:
    due_at = clocks[clock].due_at
    return None if due_at is None else instant(due_at)
