"""A city's escalations.yaml: the dated rungs of its ladder."""

from __future__ import annotations

from typing import Any

from models.enums import ClockKind, DeadlineUnit, EscalationLevel, TicketStatus
from services.deadlines.escalation.rules import EscalationRule, contradictions, row_problems
from services.deadlines.policies import MOST_AMOUNT
from services.master_data.city_entries import Entry, Problems, entries

FILE = "escalations.yaml"  # may be missing: then nothing is escalated by itself


def read_escalations(raw: Any, problems: Problems, sources: frozenset[str]) -> tuple[EscalationRule, ...]:
    """The rungs of the file; whatever is wrong is a line of problems with its row."""
    rules = tuple(_rule(entry) for entry in entries(FILE, raw or [], problems, sources))
    for code, problem in contradictions(rules):
        problems.add(FILE, f"entry {code}", problem)
    return rules


def _rule(entry: Entry) -> EscalationRule:
    statuses = entry.choices("statuses", tuple(TicketStatus)) if entry.listed("statuses") else ()
    rule = EscalationRule(
        code=entry.text("code", limit=64),
        clock=entry.member("clock", ClockKind),
        level=entry.member("level", EscalationLevel),
        amount=entry.whole("amount", least=-MOST_AMOUNT, most=MOST_AMOUNT),
        unit=entry.member("unit", DeadlineUnit),
        from_start=entry.flag("from_start"),
        statuses=tuple(sorted(map(TicketStatus, set(statuses) & set(TicketStatus)))),
        at_once=entry.flag("at_once"),
        valid_from=entry.day("valid_from"),
        valid_to=entry.optional_day("valid_to"),
        legal_basis=entry.text("legal_basis", limit=300),
        verified=entry.verified,
    )
    for problem in row_problems(rule):
        entry.wrong(problem)
    entry.finish()
    return rule
