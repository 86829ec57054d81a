"""Rungs in the database: how they are written and read (docs/adr/0029)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import Any

from orjson import loads
from tortoise.backends.base.client import BaseDBAsyncClient

from models import EscalationRule as RuleRow
from models.enums import ClockKind, DeadlineUnit, EscalationLevel, TicketStatus
from services.deadlines.escalation.rules import EscalationRule, Ladder, ladder_of

NAMES = tuple(each.name for each in fields(EscalationRule))
LADDER = f"(SELECT json_agg(json_build_array({', '.join(NAMES)})) FROM escalation_rule)"


async def sync_ladder(
    connection: BaseDBAsyncClient, rules: Iterable[EscalationRule]
) -> tuple[list[EscalationRule], list[EscalationRule], list[EscalationRule]]:
    """Make the table's rows equal to these; gives those that came, those that changed, and those that went."""
    wanted = {(rule.code, rule.valid_from): rule for rule in rules}
    rows = {(row.code, row.valid_from): row for row in await RuleRow.all().using_db(connection)}
    held = {key: _rule(row) for key, row in rows.items()}
    came = [rule for key, rule in wanted.items() if key not in held]
    changed = [rule for key, rule in wanted.items() if key in held and held[key] != rule]
    gone = [key for key in held if key not in wanted]
    stale = [rows[key].id for key in (*gone, *((rule.code, rule.valid_from) for rule in changed))]
    await RuleRow.filter(id__in=stale).using_db(connection).delete()
    await RuleRow.bulk_create([_row(rule) for rule in (*came, *changed)], using_db=connection)
    return came, changed, [held[key] for key in gone]


def ladder_from(rows: Iterable[Sequence[Any]]) -> Ladder:
    """The ladder out of what the subselect LADDER gave."""
    return ladder_of(_read(dict(zip(NAMES, row, strict=True))) for row in rows)


def rule_of(kept: str | Mapping[str, Any]) -> EscalationRule:
    """A rung as an escalation keeps it."""
    return _read(dict(loads(kept) if isinstance(kept, str) else kept))


def _read(values: dict[str, Any]) -> EscalationRule:
    """A rung out of values as JSON has them."""
    for name, closed in (("clock", ClockKind), ("unit", DeadlineUnit), ("level", EscalationLevel)):
        values[name] = closed(values[name])
    for name in ("valid_from", "valid_to"):
        values[name] = None if values[name] is None else date.fromisoformat(values[name])
    return EscalationRule(**{**values, "statuses": _statuses(values["statuses"])})


def _rule(row: RuleRow) -> EscalationRule:
    values = {name: getattr(row, name) for name in NAMES}
    return EscalationRule(**{**values, "statuses": _statuses(row.statuses)})


def _row(rule: EscalationRule) -> RuleRow:
    values = {name: getattr(rule, name) for name in NAMES}
    return RuleRow(**{**values, "statuses": list(rule.statuses)})


def _statuses(words: Iterable[str]) -> tuple[TicketStatus, ...]:
    return tuple(map(TicketStatus, words))
