"""The ladder of escalation and what was taken upwards, as clients see them."""

from __future__ import annotations

from datetime import date

import strawberry

from models.enums import ClockKind, DeadlineUnit, EscalationLevel, TicketStatus
from services.deadlines.escalation.rules import EscalationRule as Rule


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
