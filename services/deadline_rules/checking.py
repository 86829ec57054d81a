"""What is wrong with a change of calendar and policies: all of it at once, each by its field (docs/adr/0035)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.core import validation
from services.core.reference import Reference
from services.core.refusals import Checks, InvalidInput
from services.deadline_rules.amendments import Amendment, RuleBooks, amended, is_same
from services.deadline_rules.checked_policies import checked_policies
from services.deadline_rules.checked_reach import check_reach
from services.deadline_rules.checked_weeks import checked_weeks
from services.deadline_rules.commands import GivenDay, RulesChange
from services.deadline_rules.fields import Fields
from services.deadlines.calendars import SpecialDay

LONGEST_BASIS = 300  # as the columns have it
# Our choice: a year has some thirty days off, and a decree a handful of rows; each costs every open ticket a look.
MOST_DAYS = 366
MOST_WEEKS = 50
MOST_POLICIES = 50


@dataclass(frozen=True, slots=True)
class Plan:
    """A change that can be made: the rules before and after it."""

    before: RuleBooks
    after: RuleBooks
    amendment: Amendment


def books_of(reference: Reference) -> RuleBooks:
    """The rules of this moment."""
    return RuleBooks(reference.calendar, reference.policies)


def planned(
    reference: Reference, change: RulesChange, today: date, root: tuple[str, ...] = (), checks: Checks | None = None
) -> Plan:
    """The rules with a change; raises InvalidInput for everything that is wrong with it.

    root: the path of the input itself. checks: what was refused before.
    """
    checks = checks or Checks()
    fields = Fields(checks, reference, today, root)
    basis = checks(validation.line, change.legal_basis, LONGEST_BASIS, *fields.path("legalBasis"))
    days = _days(fields, change.days, basis)
    removed = _removed(fields, change.remove_days, change.days)
    weeks = checked_weeks(fields, fields.few(change.weeks, MOST_WEEKS, "weeks"), basis)
    policies = checked_policies(fields, fields.few(change.policies, MOST_POLICIES, "policies"), basis)
    checks.settle()
    amendment = Amendment(basis, days, removed, weeks, policies)
    before = books_of(reference)
    after = amended(before, amendment)
    if is_same(before, after):
        raise InvalidInput("RULES_UNCHANGED", path=root)
    check_reach(fields, before, after, amendment)
    checks.settle()
    return Plan(before, after, amendment)


def _days(fields: Fields, given: Sequence[GivenDay], basis: str) -> tuple[SpecialDay, ...]:
    found, seen = [], set[tuple[date, str | None]]()
    for index, each in enumerate(fields.few(given, MOST_DAYS, "days")):
        at = ("days", str(index))
        day = fields.checks(fields.day, each.day, *at, "day")
        name = fields.checks(validation.line, each.name, validation.NAME_LIMIT, *fields.path(*at, "name"))
        code = None
        if each.calendar_code is not None:
            code = fields.code(fields.calendar_codes, each.calendar_code, *at, "calendarCode")
        if (each.day, code) in seen:
            fields.wrong("ROW_TWICE", *at, "day", name=each.day)
        seen.add((each.day, code))
        found.append(SpecialDay(day, each.kind, name, basis, calendar_code=code))
    return tuple(found)


def _removed(fields: Fields, given: Sequence[date], put: Sequence[GivenDay]) -> tuple[date, ...]:
    held = {special.day for special in fields.reference.calendar.days}
    named, seen = {each.day for each in put}, set[date]()
    for index, day in enumerate(fields.few(given, MOST_DAYS, "removeDays")):
        at = ("removeDays", str(index))
        if day in seen or day in named:
            fields.wrong("ROW_TWICE", *at, name=day)
        elif day not in held:
            fields.wrong("NO_SUCH_DAY", *at, day=day)
        seen.add(day)
    return tuple(seen)
