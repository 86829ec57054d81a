"""The ladder of escalation and what was taken upwards, as clients see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast

import strawberry

from models.enums import ClockKind, DeadlineUnit, EscalationLevel, TicketStatus
from schema.core.nodes import Node
from schema.master_data.officers import Officer
from services.core.nodes import node_id
from services.core.reference import OfficerRef, Reference
from services.deadlines.escalation.rules import EscalationRule as Rule
from services.deadlines.rows.escalation import rule_of


@strawberry.type(description="Aturan eskalasi: a dated rung of the ladder.")
class EscalationRule:
    code: str
    clock: ClockKind
    level: EscalationLevel
    amount: int = strawberry.field(
        description="From the deadline; negative: before it. From the start where fromStart is true."
    )
    unit: DeadlineUnit
    from_start: bool
    statuses: list[TicketStatus] = strawberry.field(description="Only in these statuses; empty: in all.")
    at_once: bool = strawberry.field(description="Whether people hear of it outside office hours too.")
    valid_from: date
    valid_to: date | None
    legal_basis: str
    verified: bool


def rule_shown(rule: Rule) -> EscalationRule:
    return EscalationRule(
        code=rule.code,
        clock=rule.clock,
        level=rule.level,
        amount=rule.amount,
        unit=rule.unit,
        from_start=rule.from_start,
        statuses=list(rule.statuses),
        at_once=rule.at_once,
        valid_from=rule.valid_from,
        valid_to=rule.valid_to,
        legal_basis=rule.legal_basis,
        verified=rule.verified,
    )


class EscalationView:
    """What was taken upwards as plain attributes, of a ticket that its reader, one of the staff, sees."""

    def __init__(self, row: Mapping[str, Any], reference: Reference) -> None:
        officers = reference.officers
        self.pk: int = row["id"]
        self.ticket_pk: int = row["ticket_id"]
        self.id = node_id("Escalation", row["id"])
        self.level = EscalationLevel(row["level"])
        self.at: datetime = row["at"]
        self.rule = None if row["rule"] is None else rule_shown(rule_of(row["rule"]))
        self.reason: str | None = row["reason"]
        self.note: str | None = row["note"]
        self.raised_by: OfficerRef | None = officers.get(row["raised_by_id"])
        self.notified: list[OfficerRef] = [officers[key] for key in row["notified"] if key in officers]
        self.acknowledged_by: OfficerRef | None = officers.get(row["acknowledged_by_id"])
        self.acknowledged_at: datetime | None = row["acknowledged_at"]


@strawberry.type(description="Eskalasi: a rung that was reached, or a case that somebody took upwards.")
class Escalation(Node):
    level: EscalationLevel
    rule: EscalationRule | None = strawberry.field(description="Null: by hand.")
    at: datetime = strawberry.field(description="The true moment.")
    reason: str | None
    raised_by: Officer | None
    notified: list[Officer] = strawberry.field(description="Who was told; only people who see the ticket.")
    acknowledged_by: Officer | None
    acknowledged_at: datetime | None
    note: str | None

    @classmethod
    def is_type_of(cls, value: Any, _info: object) -> bool:
        return isinstance(value, EscalationView)


def escalations_shown(rows: Sequence[Mapping[str, Any]], reference: Reference) -> list[Escalation]:
    return cast("list[Escalation]", [EscalationView(row, reference) for row in rows])
