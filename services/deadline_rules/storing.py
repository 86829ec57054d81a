"""A checked change of calendar and policies, written into its rows (docs/adr/0035)."""

from __future__ import annotations

from collections.abc import Iterable

from tortoise.backends.base.client import BaseDBAsyncClient

from models import CalendarDay, DeadlinePolicy, Installation, OfficeWeek, WithdrawnDay, WorkCalendar
from models.calendars import DayOrigin
from services.deadline_rules.amendments import Amendment, RuleBooks
from services.deadline_rules.checking import Plan
from services.deadlines.policies import Policy
from services.deadlines.rows.calendars import calendar_row, day_row, sync_rules, week_row
from services.deadlines.rows.policies import board_rules, policy_row


async def store(using: BaseDBAsyncClient, plan: Plan, version: int) -> None:
    """Write what a decree changes, and the version of the rules that it makes."""
    await _store_days(using, plan.amendment)
    await _store_weeks(using, plan)
    await _store_policies(using, plan.amendment.policies)
    await sync_rules(using, board_rules(plan.after.policies.rows))
    await Installation.filter(id=1).using_db(using).update(rules_version=version)


async def _store_days(using: BaseDBAsyncClient, amendment: Amendment) -> None:
    if amendment.removed:
        await CalendarDay.filter(day__in=amendment.removed).using_db(using).delete()
        gone = [WithdrawnDay(day=day, legal_basis=amendment.legal_basis) for day in amendment.removed]
        await WithdrawnDay.bulk_create(gone, using_db=using, on_conflict=["day"], update_fields=["legal_basis"])
    put = {(each.day, each.calendar_code) for each in amendment.days}
    rows = await CalendarDay.filter(day__in=[day for day, _ in put]).using_db(using)
    stale = [row.id for row in rows if (row.day, row.calendar_code) in put]
    await CalendarDay.filter(id__in=stale).using_db(using).delete()
    await CalendarDay.bulk_create([day_row(each, DayOrigin.DECREE) for each in amendment.days], using_db=using)


async def _store_weeks(using: BaseDBAsyncClient, plan: Plan) -> None:
    """Put weeks in place of those that give way to them."""
    codes = sorted({code for code, _ in plan.amendment.weeks})
    await _keep_calendars(using, codes, plan.before)
    kept = {each.code: {week.valid_from for week in each.weeks} for each in plan.after.calendar.calendars}
    put = {(code, week.valid_from) for code, week in plan.amendment.weeks}
    rows = await OfficeWeek.filter(calendar_code__in=codes).using_db(using)
    stale = [
        row.id
        for row in rows
        if (key := (row.calendar_code, row.valid_from)) in put or key[1] not in kept[row.calendar_code]
    ]
    await OfficeWeek.filter(id__in=stale).using_db(using).delete()
    weeks = [week_row(code, week, DayOrigin.DECREE) for code, week in plan.amendment.weeks]
    await OfficeWeek.bulk_create(weeks, using_db=using)


async def _keep_calendars(using: BaseDBAsyncClient, codes: Iterable[str], before: RuleBooks) -> None:
    """Write the standard calendar down where a city without one of its own decrees a week of it."""
    held = {row.code for row in await WorkCalendar.filter(code__in=list(codes)).using_db(using)}
    for calendar in before.calendar.calendars:
        if calendar.code in codes and calendar.code not in held:
            await calendar_row(calendar).save(using_db=using)
            rows = [week_row(calendar.code, week) for week in calendar.weeks]
            await OfficeWeek.bulk_create(rows, using_db=using)


async def _store_policies(using: BaseDBAsyncClient, policies: tuple[Policy, ...]) -> None:
    """Put rows in place of those of the same code and day."""
    put = {(each.code, each.valid_from) for each in policies}
    rows = await DeadlinePolicy.filter(code__in=[code for code, _ in put]).using_db(using)
    stale = [row.id for row in rows if (row.code, row.valid_from) in put]
    await DeadlinePolicy.filter(id__in=stale).using_db(using).delete()
    await DeadlinePolicy.bulk_create([policy_row(each, DayOrigin.DECREE) for each in policies], using_db=using)
