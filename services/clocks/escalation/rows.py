"""Rows of escalations, and the ticket's list of who was notified and has not acknowledged yet (docs/adr/0029)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from models import Escalation
from models.enums import EscalationLevel, EventKind, Visibility
from services.access.states import plain
from services.deadlines.escalation.moments import Rung
from services.tickets.case import Case
from services.tickets.records.texts import KeptText

WAITING = "SELECT notified FROM escalation WHERE ticket_id = $1 AND acknowledged_at IS NULL AND NOT id = $2"


@dataclass(frozen=True, slots=True)
class Raised:
    """An escalation to be written: by a rung, or by the caller with a reason. at: the true moment."""

    level: EscalationLevel
    at: datetime
    notified: list[int]
    at_once: bool
    rung: Rung | None = None
    reason: KeptText | None = None


async def raise_ticket(case: Case, raised: Raised) -> Escalation:
    """Write one row and its event."""
    row = await Escalation.create(
        **columns_of(case.ticket.id, raised),
        raised_by_id=case.scope.officer_id,
        reason_id=None if raised.reason is None else raised.reason.id,
        using_db=case.connection,
    )
    case.set(escalated_to=union([case.ticket.escalated_to, raised.notified]))
    case.record(
        EventKind.ESCALATED,
        at=raised.at,
        text=raised.reason,
        changed=("escalations", "timeline"),
        visibility=Visibility.INTER_AGENCY,
        details=details_of(row.id, raised),
    )
    return row


async def forget_waiting(case: Case, acknowledged: Escalation) -> None:
    """Remove from the ticket's state who was notified of this escalation only, as it was acknowledged."""
    _, rows = await case.connection.execute_query(WAITING, [case.ticket.id, acknowledged.id])
    case.set(escalated_to=union(row["notified"] for row in rows))


def columns_of(ticket_id: int, raised: Raised) -> dict[str, Any]:
    """The row of it, without who took it upwards and why."""
    rule = None if raised.rung is None else raised.rung.rule
    return {
        "ticket_id": ticket_id,
        "level": raised.level,
        "at": raised.at,
        "rule_code": None if rule is None else rule.code,
        "rule": None if rule is None else {name: plain(value) for name, value in asdict(rule).items()},
        "life_at": None if raised.rung is None else raised.rung.life_at,
        "at_once": raised.at_once,
        "notified": raised.notified,
    }


def details_of(key: int, raised: Raised) -> dict[str, Any]:
    """What the log says of it: codes, keys and moments, nothing that a person wrote."""
    rule = None if raised.rung is None else raised.rung.rule
    return {
        "escalation": key,
        "level": raised.level,
        "notified": raised.notified,
        "atOnce": raised.at_once,
        "rule": None if rule is None else rule.code,
        "clock": None if rule is None else rule.clock,
        "life": None if raised.rung is None else plain(raised.rung.life_at),
    }


def union(lists: Iterable[Iterable[int]]) -> list[int]:
    """The officers of all lists, each once, by key."""
    return sorted({key for each in lists for key in each})
