"""Update a database's master data to the state of a city's folder, and say what that changed (decided here)."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

from tortoise.backends.base.client import BaseDBAsyncClient

from models import Agency, Area, Category, EscalationRule, Installation, ResolvingRule, Ticket
from models.database import connection as pooled
from models.enums import ActorKind, EventKind, SubjectKind, Visibility
from realtime import log
from services.core.desk import Desk
from services.core.transactions import transaction
from services.master_data.city import City
from services.master_data.seeding.agencies import seed_agencies
from services.master_data.seeding.areas import seed_areas
from services.master_data.seeding.categories import seed_categories
from services.master_data.seeding.dated_rules import (
    seed_holds,
    seed_notifications,
    seed_overdue_limits,
    seed_oversight,
    seed_reasons,
    seed_reporters,
    seed_resolving,
    seed_sp4n,
)
from services.master_data.seeding.deadlines import note_rules, problems_of_rules, seed_calendars, seed_deadlines
from services.master_data.seeding.escalations import seed_escalations
from services.master_data.seeding.report import CHANGES, Outcome, Seeded, SeedReport
from services.master_data.seeding.rows import outcome_of, update
from services.search import dictionary

SEED_LOCK = 7_357_101  # any constant: two seeds of the same database wait for each other


class SeedRefused(Exception):
    """The folder does not fit this database; the message is one line that says why."""


async def seed(desk: Desk | None, city: City, now: datetime) -> SeedReport:
    """Make the master data equal to the folder, in one transaction; what left the folder is retired.

    Agencies and categories are never deleted, areas only where no ticket refers to them.

    Without a desk (at installation) nobody is listening, so no bell is rung. Raises SeedRefused.
    """
    today = now.astimezone(ZoneInfo(city.timezone)).date()
    async with transaction() as connection:
        await connection.execute_query("SELECT pg_advisory_xact_lock($1)", [SEED_LOCK])
        entries = [await _installation(connection, city)]
        await _require_new_spellings(connection, city)
        entries += await seed_areas(connection, city)
        entries += await seed_agencies(connection, city, today)
        entries += await seed_categories(connection, city)
        entries += await seed_calendars(connection, city, today)
        entries += await seed_deadlines(connection, city)
        entries += await seed_escalations(connection, city)
        await _require_countable(connection, city)
        await note_rules(connection, entries)
        entries += await seed_oversight(connection, city)
        entries += await seed_reasons(connection, city)
        entries += await seed_reporters(connection, city)
        entries += await seed_resolving(connection, city)
        entries += await seed_notifications(connection, city)
        entries += await seed_holds(connection, city)
        entries += await seed_overdue_limits(connection, city)
        entries += await seed_sp4n(connection, city)
        entries.append(await _search(connection, city))
        appended = await _announce(connection, city, now, [each for each in entries if each.outcome in CHANGES])
    seq = None if appended is None else await log.last_seq(pooled(), appended)
    if desk is not None and seq is not None:
        await desk.committed(seq)
    return SeedReport(tuple(entries), seq)


async def refresh_search(city: City) -> bool:
    """Load this version's words of search into a desk that is this city's already; False where nothing changed."""
    row = await Installation.get_or_none(id=1)
    if row is None or row.city_code != city.code:
        return False
    async with transaction() as connection:
        return await dictionary.load(connection, city.search)


async def give_resolving(city: City, now: datetime) -> bool:
    """Load who resolves into a desk that is this city's already and has no row yet; False where nothing changed.

    So an upgrade changes nobody's way of working before the next seed.
    """
    row = await Installation.get_or_none(id=1)
    if row is None or row.city_code != city.code:
        return False
    async with transaction() as connection:
        await connection.execute_query("SELECT pg_advisory_xact_lock($1)", [SEED_LOCK])
        if await ResolvingRule.all().using_db(connection).exists():
            return False
        added = [each for each in await seed_resolving(connection, city) if each.outcome in CHANGES]
        return await _announce(connection, city, now, added) is not None


async def give_escalations(city: City, now: datetime) -> bool:
    """Load the ladder into a desk that is this city's already and has no rung yet; False where nothing changed.

    So clocks that an upgrade starts are escalated by it before the next seed.
    """
    row = await Installation.get_or_none(id=1)
    if row is None or row.city_code != city.code:
        return False
    async with transaction() as connection:
        await connection.execute_query("SELECT pg_advisory_xact_lock($1)", [SEED_LOCK])
        if await EscalationRule.all().using_db(connection).exists():
            return False
        added = [each for each in await seed_escalations(connection, city) if each.outcome in CHANGES]
        await note_rules(connection, added)
        return await _announce(connection, city, now, added) is not None


async def _announce(
    connection: BaseDBAsyncClient, city: City, now: datetime, changes: list[Seeded]
) -> log.Appended | None:
    if not changes:
        return None
    counts = Counter(f"{change.kind} {change.outcome}" for change in changes)
    event = log.NewEvent(
        kind=EventKind.REFERENCE_CHANGED,
        at=now,
        actor_kind=ActorKind.SYSTEM,
        visibility=Visibility.INTERNAL,
        subject_kind=SubjectKind.REFERENCE,
        details={"city": city.code, "version": city.version, "counts": dict(counts)},
    )
    return await log.append(connection, [event])


async def _require_countable(connection: BaseDBAsyncClient, city: City) -> None:
    """Refuse rules by which nobody could count, or of which nobody could tell which counts beside what was decreed."""
    if problems := await problems_of_rules(connection, city):
        raise SeedRefused("The rules of deadlines do not fit together: " + "; ".join(problems) + ".")


async def _require_new_spellings(connection: BaseDBAsyncClient, city: City) -> None:
    """Refuse a code that differs from a kept one in case only: people write either and mean the same."""
    kinds: tuple[tuple[str, type[Area | Agency | Category], list[str]], ...] = (
        ("area", Area, [each.code for each in city.areas]),
        ("agency", Agency, [each.code for each in city.agencies]),
        ("category", Category, [each.code for each in city.categories]),
    )
    for kind, model, codes in kinds:
        held = {row.code for row in await model.all().using_db(connection)}
        folded = {code.casefold(): code for code in sorted(held)}
        for code in codes:
            kept = folded.get(code.casefold(), code)
            if code not in held and kept != code:
                raise SeedRefused(f"The {kind} {code} differs from {kept} of this database in case only.")


async def _installation(connection: BaseDBAsyncClient, city: City) -> Seeded:
    row = await Installation.filter(id=1).using_db(connection).select_for_update().first()
    if row is None:
        raise SeedRefused("This database has no purpose yet: migrate it first.")
    if row.city_code not in (None, city.code) and await Ticket.all().using_db(connection).exists():
        raise SeedRefused(
            f"This database already holds tickets of {row.city_name} ({row.city_code}); "
            f"{city.name} ({city.code}) needs a database of its own."
        )
    first = row.city_code is None
    wanted = {"city_code": city.code, "city_name": city.name, "number_prefix": city.number_prefix}
    changed = await update(connection, row, wanted)
    return Seeded("city", city.code, Outcome.ADDED if first else outcome_of(changed), changed)


async def _search(connection: BaseDBAsyncClient, city: City) -> Seeded:
    loaded = await dictionary.load(connection, city.search)
    return Seeded("search", "words", Outcome.CHANGED if loaded else Outcome.UNCHANGED)
