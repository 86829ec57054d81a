"""What a city's deadlines are counted by: its working calendars, days off and policies."""

from __future__ import annotations

from datetime import date

from orjson import loads
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import F

from models import Installation
from services.deadlines.calendar_book import CALENDAR, book_from
from services.deadlines.checks.problems import hidden_decrees, rule_problems
from services.deadlines.policies import Policy
from services.deadlines.rows.calendars import YEARS_AHEAD, decreed_weeks, sync_calendars, sync_days, sync_rules
from services.deadlines.rows.escalation import LADDER, ladder_from
from services.deadlines.rows.policies import POLICIES, board_rules, policies_from, stored_policies, sync_policies
from services.master_data.city import City
from services.master_data.seeding.report import CHANGES, Outcome, Seeded

STANDING = f"""
SELECT {CALENDAR} calendar, {POLICIES} policies, {LADDER} ladder, (SELECT json_agg(code) FROM agency) agencies
"""
RULES = frozenset({"calendar", "days off", "deadline", "escalation"})  # what clocks and their rungs are counted by


async def seed_calendars(connection: BaseDBAsyncClient, city: City, today: date) -> list[Seeded]:
    changed, gone = await sync_calendars(connection, city.calendar.calendars)
    found = [
        Seeded("calendar", calendar.code, Outcome.ADDED if calendar.code in changed else Outcome.UNCHANGED)
        for calendar in city.calendar.calendars
    ]
    found += [Seeded("calendar", code, Outcome.RETIRED) for code in gone]
    came, went = await sync_days(connection, today, city.calendar.days)
    outcome = Outcome.CHANGED if went else Outcome.ADDED if came else Outcome.UNCHANGED
    return [*found, Seeded("days off", f"up to {today.year + YEARS_AHEAD}", outcome)]


async def seed_deadlines(connection: BaseDBAsyncClient, city: City) -> list[Seeded]:
    came, changed, gone = await sync_policies(connection, city.deadlines)
    await sync_rules(connection, board_rules(await stored_policies(connection)))
    outcomes = {id(policy): Outcome.ADDED for policy in came} | {id(policy): Outcome.CHANGED for policy in changed}
    found = [
        Seeded("deadline", _named(policy), outcomes.get(id(policy), Outcome.UNCHANGED)) for policy in city.deadlines
    ]
    return [*found, *(Seeded("deadline", _named(policy), Outcome.RETIRED) for policy in gone)]


async def problems_of_rules(connection: BaseDBAsyncClient, city: City) -> list[str]:
    """What is wrong with the rules as they stand now: those of the folder beside those that were decreed."""
    [row] = await connection.execute_query_dict(STANDING)
    calendar, policies, ladder, agencies = (loads(row[name]) for name in ("calendar", "policies", "ladder", "agencies"))
    hidden = hidden_decrees(city.calendar.calendars, await decreed_weeks(connection))
    rules = policies_from(policies or ()), ladder_from(ladder or ())
    return [*hidden, *rule_problems(book_from(calendar), *rules, frozenset(agencies or ()))]


def _named(policy: Policy) -> str:
    return f"{policy.code} from {policy.valid_from}"


async def note_rules(connection: BaseDBAsyncClient, entries: list[Seeded]) -> None:
    """Raise the version of calendar and policies where the seed has changed them."""
    if any(each.kind in RULES and each.outcome in CHANGES for each in entries):
        await Installation.filter(id=1).using_db(connection).update(rules_version=F("rules_version") + 1)
