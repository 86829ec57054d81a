"""The rules of a city from a day on: oversight, reasons, holds, who resolves, and what reporters are promised."""

from __future__ import annotations

from tortoise.backends.base.client import BaseDBAsyncClient

from models import (
    Agency,
    HoldRule,
    NotificationRule,
    OverdueLimit,
    OversightRule,
    ReasonRule,
    ReporterRule,
    ResolvingRule,
    Sp4nTerm,
)
from models.enums import ClockKind, DeadlineUnit
from services.master_data.city import City
from services.master_data.seeding.report import Outcome, Seeded
from services.master_data.seeding.rows import outcome_of, update, upsert_dated

STANDARD_DAYS = 30  # of a city that says nothing of it; our choice
OVERSIGHT = "oversight"  # in the event of a seed it says that the rights of staff may have changed


async def seed_oversight(connection: BaseDBAsyncClient, city: City) -> list[Seeded]:
    rows = {row.valid_from: row for row in await OversightRule.all().using_db(connection)}
    keys = {row.code: row.id for row in await Agency.all().using_db(connection)}
    found = []
    for rule in city.oversight:
        wanted = {
            "inspectorate_id": keys[rule.inspectorate],
            "deputy": rule.deputy,
            "legal_basis": rule.legal_basis,
        }
        row = rows.pop(rule.valid_from, None)
        if row is None:
            await OversightRule.create(valid_from=rule.valid_from, **wanted, using_db=connection)
        outcome = Outcome.ADDED if row is None else outcome_of(await update(connection, row, wanted))
        found.append(Seeded(OVERSIGHT, f"from {rule.valid_from}", outcome))
    for row in rows.values():
        await row.delete(using_db=connection)
        found.append(Seeded(OVERSIGHT, f"from {row.valid_from}", Outcome.RETIRED))
    return found


async def seed_reasons(connection: BaseDBAsyncClient, city: City) -> list[Seeded]:
    rows = {(row.list_name, row.valid_from): row for row in await ReasonRule.all().using_db(connection)}
    wanted = {
        (rule.list_name, rule.valid_from): {"codes": list(rule.codes), "legal_basis": rule.legal_basis}
        for rule in city.reasons
    }
    return await upsert_dated(connection, ReasonRule, "reasons", ("list_name", "valid_from"), rows, wanted)


async def seed_resolving(connection: BaseDBAsyncClient, city: City) -> list[Seeded]:
    rows = {(row.agency_id, row.valid_from): row for row in await ResolvingRule.all().using_db(connection)}
    keys = {row.code: row.id for row in await Agency.all().using_db(connection)}
    wanted = {
        (keys[rule.agency] if rule.agency else None, rule.valid_from): {
            "role": rule.role,
            "legal_basis": rule.legal_basis,
        }
        for rule in city.resolving
    }
    return await upsert_dated(connection, ResolvingRule, "resolving", ("agency_id", "valid_from"), rows, wanted)


async def seed_reporters(connection: BaseDBAsyncClient, city: City) -> list[Seeded]:
    rows = {(row.valid_from,): row for row in await ReporterRule.all().using_db(connection)}
    wanted = {
        (rule.valid_from,): {
            "completion_days": rule.completion_days or _completion_days(city),
            "contact": dict(rule.contact),
            "legal_basis": rule.legal_basis,
        }
        for rule in city.reporters
    }
    return await upsert_dated(connection, ReporterRule, "reporters", ("valid_from",), rows, wanted)


def _completion_days(city: City) -> int:
    """What a release reads that does not know the policies of COMPLETION; ours does not where there are any."""
    days = [row.amount for row in city.deadlines if row.clock is ClockKind.COMPLETION and row.unit is DeadlineUnit.DAYS]
    return days[-1] if days and days[-1] else STANDARD_DAYS


async def seed_notifications(connection: BaseDBAsyncClient, city: City) -> list[Seeded]:
    rows = {(row.valid_from,): row for row in await NotificationRule.all().using_db(connection)}
    wanted = {
        (rule.valid_from,): {"keep_days": rule.keep_days, "legal_basis": rule.legal_basis}
        for rule in city.notifications
    }
    return await upsert_dated(connection, NotificationRule, "notifications", ("valid_from",), rows, wanted)


async def seed_sp4n(connection: BaseDBAsyncClient, city: City) -> list[Seeded]:
    rows = {(row.word,): row for row in await Sp4nTerm.all().using_db(connection)}
    wanted = {(word,): {"status": status} for word, status in city.sp4n.items()}
    return await upsert_dated(connection, Sp4nTerm, "sp4n", ("word",), rows, wanted)


async def seed_holds(connection: BaseDBAsyncClient, city: City) -> list[Seeded]:
    rows = {(row.valid_from,): row for row in await HoldRule.all().using_db(connection)}
    wanted = {
        (rule.valid_from,): {"working_days": rule.working_days, "legal_basis": rule.legal_basis} for rule in city.holds
    }
    return await upsert_dated(connection, HoldRule, "holds", ("valid_from",), rows, wanted)


async def seed_overdue_limits(connection: BaseDBAsyncClient, city: City) -> list[Seeded]:
    rows = {(row.valid_from,): row for row in await OverdueLimit.all().using_db(connection)}
    wanted = {
        (limit.valid_from,): {"tickets": limit.tickets, "legal_basis": limit.legal_basis}
        for limit in city.overdue_limits
    }
    return await upsert_dated(connection, OverdueLimit, "overdue limits", ("valid_from",), rows, wanted)
