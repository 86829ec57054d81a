"""The working calendar and the dated rules in the database: how they are written and read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from importlib.metadata import version
from typing import Any

import holidays
from tortoise.backends.base.client import BaseDBAsyncClient

from models import CalendarDay, DeadlineRule
from models.calendars import DayKind
from models.enums import Classification
from services.deadlines.deadlines import Deadlines, Rule, calendar_of

FIRST_YEAR = 2014
YEARS_AHEAD = 1
COUNTRY = "ID"
LIBRARY = f"PyPI holidays {version('holidays')}"
DAYS_OFF = "(SELECT json_agg(day) FROM calendar_day)"
RULES = "(SELECT json_agg(json_build_array(classification, working_days, valid_from, legal_basis)) FROM deadline_rule)"


def known_days_off(years: Iterable[int]) -> dict[date, tuple[DayKind, str]]:
    """Indonesia's days off in these years, libur nasional and cuti bersama; days of unannounced years are estimates."""
    span = tuple(years)
    leave = holidays.country_holidays(COUNTRY, years=span, categories=("government",), language="id")
    public = holidays.country_holidays(COUNTRY, years=span, categories=("public",), language="id")
    found = {day: (DayKind.JOINT_LEAVE, name) for day, name in leave.items()}
    return found | {day: (DayKind.HOLIDAY, name) for day, name in public.items()}


async def add_days_off(connection: BaseDBAsyncClient, today: date) -> int:
    """Add the days that the table lacks, up to the next year; those that stand there already are left as they are.

    A decree that moves a day is a change of the row, so a later seed must not undo it.
    """
    known = known_days_off(range(FIRST_YEAR, today.year + YEARS_AHEAD + 1))
    years = {row.day.year for row in await CalendarDay.all().using_db(connection).only("day")}
    rows = [
        CalendarDay(day=day, kind=kind, name=name[:200], source=LIBRARY)
        for day, (kind, name) in sorted(known.items())
        if day.year not in years
    ]
    await CalendarDay.bulk_create(rows, using_db=connection)
    return len(rows)


async def sync_rules(connection: BaseDBAsyncClient, rules: Iterable[Rule]) -> tuple[list[Rule], list[Rule]]:
    """Make the table's rules equal to these; gives those that were added or changed, and those that went."""
    wanted = {(rule.classification, rule.valid_from): rule for rule in rules}
    rows = {(row.classification, row.valid_from): row for row in await DeadlineRule.all().using_db(connection)}
    changed = [rule for key, rule in wanted.items() if key not in rows or _rule(rows[key]) != rule]
    gone = [row for key, row in rows.items() if key not in wanted]
    for row in (*gone, *(rows[key] for key in wanted if key in rows and wanted[key] in changed)):
        await row.delete(using_db=connection)
    await DeadlineRule.bulk_create([_row(rule) for rule in changed], using_db=connection)
    return changed, [_rule(row) for row in gone]


def deadlines_from(days_off: Iterable[str], rules: Iterable[Sequence[Any]]) -> Deadlines:
    """Rules and calendar out of what the subselects DAYS_OFF and RULES gave."""
    return Deadlines(
        tuple(
            Rule(Classification(name) if name else None, number, date.fromisoformat(since), basis)
            for name, number, since, basis in rules
        ),
        calendar_of(map(date.fromisoformat, days_off)),
    )


def _rule(row: DeadlineRule) -> Rule:
    return Rule(row.classification, row.working_days, row.valid_from, row.legal_basis)


def _row(rule: Rule) -> DeadlineRule:
    return DeadlineRule(
        classification=rule.classification,
        working_days=rule.working_days,
        valid_from=rule.valid_from,
        legal_basis=rule.legal_basis,
    )
