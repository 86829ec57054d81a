"""Amounts that a change would put out of reach of every clock, each by the row of the change that does so.

Source: docs/adr/0035.
"""

from __future__ import annotations

from services.deadline_rules.amendments import Amendment, RuleBooks
from services.deadline_rules.fields import Fields
from services.deadlines.checks.reach import OutOfReach, out_of_reach, wanted_of
from services.deadlines.units import LONGEST_COUNT


def check_reach(fields: Fields, before: RuleBooks, after: RuleBooks, amendment: Amendment) -> None:
    """Keep each amount that the changed calendars never reach, unless that was so before the change."""
    ladder = fields.reference.ladder
    found = list(out_of_reach(after.calendar, wanted_of(after.policies, ladder)))
    if not found:
        return
    known = {_key(each) for each in out_of_reach(before.calendar, wanted_of(before.policies, ladder))}
    told = set[tuple[str, ...]]()
    for each in found:
        path = _path(amendment, each)
        if _key(each) not in known and path not in told:
            told.add(path)
            row, calendar = each.wanted.code, each.calendar_code
            fields.wrong("OUT_OF_REACH", *path, row=row, calendar=calendar, week=each.week, days=LONGEST_COUNT)


def _key(found: OutOfReach) -> tuple[object, ...]:
    return found.wanted, found.calendar_code


def _path(amendment: Amendment, found: OutOfReach) -> tuple[str, ...]:
    """The policy that asks for too much; else the week with too few hours; else the days off."""
    key = found.wanted.code, found.wanted.valid_from
    for index, policy in enumerate(amendment.policies):
        if (policy.code, policy.valid_from) == key:
            return "policies", str(index), "amount"
    for index, (code, week) in enumerate(amendment.weeks):
        if code == found.calendar_code and week.name == found.week:
            return "weeks", str(index), "windows"
    codes = [code for code, _ in amendment.weeks]
    if found.calendar_code in codes:
        return "weeks", str(codes.index(found.calendar_code)), "windows"
    return ("days",) if amendment.days else ("removeDays",)
