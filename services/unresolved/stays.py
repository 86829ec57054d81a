"""Cases begin and end with the stays of their tickets in UNRESOLVED, in the same transaction (docs/adr/0032)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient

from models.enums import TicketStatus, UnresolvedCaseState
from realtime.log import NewEvent

# Of a stay that began before moves had reasons, or in another system.
NO_CAUSE = "UNKNOWN"
OPEN_STATES = (UnresolvedCaseState.TO_EVALUATE, UnresolvedCaseState.FOLLOW_UP)
_OPEN = ", ".join(f"'{state}'" for state in OPEN_STATES)
STEPS = (
    "jsonb_to_recordset($1::text::jsonb) AS step(ticket_id bigint, version int, at timestamptz, lead int, reason text)"
)
# Both readings of a stay, of the events that are about to be written and of those in the log, end up here.
BEGIN = f"""
INSERT INTO unresolved_case (ticket_id, entered, state, cause, lead_agency_id, opened_at)
SELECT ticket_id, version, '{UnresolvedCaseState.TO_EVALUATE}', coalesce(reason, '{NO_CAUSE}'), lead, at FROM {{steps}}
ORDER BY ticket_id, version
ON CONFLICT (ticket_id, entered) DO NOTHING
"""
END = f"""
UPDATE unresolved_case SET state = '{UnresolvedCaseState.REOPENED}', closed_at = ended.at, version = version + 1
FROM (
  SELECT DISTINCT ON (held.id) held.id, step.at FROM unresolved_case held JOIN {{steps}}
    ON held.ticket_id = step.ticket_id AND held.entered < step.version AND held.state IN ({_OPEN})
  ORDER BY held.id, step.version
) AS ended WHERE unresolved_case.id = ended.id
"""


async def follow(using: BaseDBAsyncClient, events: Sequence[NewEvent]) -> None:
    """Open a case for each of these events that leads into UNRESOLVED, and end the case of each that leads out of it.

    The tickets are locked. An evaluation that is done stays so when its ticket is reopened.
    """
    left = [event for event in events if is_unresolved(event.before) and not is_unresolved(event.after)]
    entered = [event for event in events if is_unresolved(event.after) and not is_unresolved(event.before)]
    for statement, steps in ((END, left), (BEGIN, entered)):
        if steps:
            rows = orjson.dumps([_step(event) for event in steps]).decode()
            await using.execute_query(statement.format(steps=STEPS), [rows])


def concerns(events: Sequence[NewEvent]) -> bool:
    """Whether any of these events leads into UNRESOLVED or out of it."""
    return any(is_unresolved(event.before) is not is_unresolved(event.after) for event in events)


def is_unresolved(state: dict[str, Any] | None) -> bool:
    """Whether a ticket in this state could not be resolved."""
    return state is not None and state.get("status") == TicketStatus.UNRESOLVED


def _step(event: NewEvent) -> dict[str, Any]:
    at: datetime = event.at
    return {
        "ticket_id": event.ticket_id,
        "version": event.version,
        "at": at,
        "lead": (event.after or {}).get("lead"),
        "reason": event.details.get("reason"),
    }
