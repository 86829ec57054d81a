"""Bring a database's master data to the state of a city's folder, and say what that changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import F
from tortoise.models import Model

from models import (
    Agency,
    AgencyName,
    Area,
    Category,
    Installation,
    OversightRule,
    ReasonRule,
    ReporterRule,
    ResolvingRule,
    Ticket,
)
from models.database import connection as pooled
from models.enums import ActorKind, EventKind, SubjectKind, Visibility
from realtime import log
from services.core.desk import Desk
from services.core.transactions import transaction
from services.deadlines.calendar import YEARS_AHEAD, sync_calendars, sync_days, sync_rules
from services.deadlines.policies import Policy
from services.deadlines.stored_policies import board_rules, sync_policies
from services.master_data.cities import City, CityAgency, DatedName
from services.search import dictionary

Row = TypeVar("Row", bound=Model)

SEED_LOCK = 7_357_101  # any constant: two seeds of the same database wait for each other


RULES = frozenset({"calendar", "days off", "deadline"})  # what deadlines are counted by
OVERSIGHT = "oversight"  # in the event of a seed it says that the rights of staff may have changed


class SeedRefused(Exception):
    """The folder does not fit this database; the message is one line that says why."""


class Outcome(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    RETIRED = "retired"
    KEPT = "kept, as tickets refer to it"


CHANGES = frozenset({Outcome.ADDED, Outcome.CHANGED, Outcome.RETIRED})


@dataclass(frozen=True, slots=True)
class Seeded:
    """What became of one entry; kind is e.g. city, area, agency, category, fields the columns that changed."""

    kind: str
    code: str
    outcome: Outcome
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SeedReport:
    """Every entry with its outcome; seq is that of the event in the log, None where nothing changed."""

    entries: tuple[Seeded, ...]
    seq: int | None

    def count(self, outcome: Outcome, kind: str | None = None) -> int:
        return sum(entry.outcome is outcome and kind in (None, entry.kind) for entry in self.entries)

    @property
    def changes(self) -> tuple[Seeded, ...]:
        return tuple(entry for entry in self.entries if entry.outcome in CHANGES)

    def lines(self) -> list[str]:
        """One line per kind with its counts, as a person reads them."""
        counts = Counter((entry.kind, entry.outcome) for entry in self.entries)
        kinds = dict.fromkeys(entry.kind for entry in self.entries)
        return [
            f"{kind}: "
            + ", ".join(f"{counts[kind, outcome]} {outcome}" for outcome in Outcome if counts[kind, outcome])
            for kind in kinds
        ]


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
        entries += await _areas(connection, city)
        entries += await _agencies(connection, city, today)
        entries += await _categories(connection, city)
        entries += await _calendars(connection, city, today)
        entries += await _deadlines(connection, city)
        await _note_rules(connection, entries)
        entries += await _oversight(connection, city)
        entries += await _reasons(connection, city)
        entries += await _reporters(connection, city)
        entries += await _resolving(connection, city)
        entries.append(await _search(connection, city))
        appended = await _announce(connection, city, now, [each for each in entries if each.outcome in CHANGES])
    seq = None if appended is None else await log.last_seq(pooled(), appended)
    if desk is not None and seq is not None:
        await desk.committed(seq)
    return SeedReport(tuple(entries), seq)


async def refresh_search(city: City) -> bool:
    """Give a desk that is this city's already the words of this version's folder; False where nothing changed."""
    row = await Installation.get_or_none(id=1)
    if row is None or row.city_code != city.code:
        return False
    async with transaction() as connection:
        return await dictionary.load(connection, city.search)


async def give_resolving(city: City, now: datetime) -> bool:
    """Give a desk that is this city's already who resolves, where it has no row yet; False where nothing changed.

    So an upgrade changes nobody's way of working before the next seed.
    """
    row = await Installation.get_or_none(id=1)
    if row is None or row.city_code != city.code:
        return False
    async with transaction() as connection:
        await connection.execute_query("SELECT pg_advisory_xact_lock($1)", [SEED_LOCK])
        if await ResolvingRule.all().using_db(connection).exists():
            return False
        added = [each for each in await _resolving(connection, city) if each.outcome in CHANGES]
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
    changed = await _bring(connection, row, wanted)
    return Seeded("city", city.code, Outcome.ADDED if first else _outcome(changed), changed)


async def _areas(connection: BaseDBAsyncClient, city: City) -> list[Seeded]:
    rows = {row.code: row for row in await Area.all().using_db(connection)}
    found = []
    for area in city.areas:
        wanted = {"name": area.name, "level": area.level, "parent_id": area.parent}
        found.append(await _one(connection, "area", Area, rows.get(area.code), area.code, wanted))
    gone = rows.keys() - {area.code for area in city.areas}
    # Areas have no history of their own. Longer codes lie inside shorter ones, so they go first.
    for code in sorted(gone, key=lambda code: (-len(code), code)):
        found.append(await _area_gone(connection, code))
    return found


async def _area_gone(connection: BaseDBAsyncClient, code: str) -> Seeded:
    used = await Ticket.filter(kelurahan_id=code).using_db(connection).exists()
    if used or await Area.filter(parent_id=code).using_db(connection).exists():
        return Seeded("area", code, Outcome.KEPT)
    await Area.filter(code=code).using_db(connection).delete()
    return Seeded("area", code, Outcome.RETIRED)


async def _agencies(connection: BaseDBAsyncClient, city: City, today: date) -> list[Seeded]:
    rows = {row.code: row for row in await Agency.all().using_db(connection)}
    names: dict[int, list[AgencyName]] = {}
    for name in await AgencyName.all().using_db(connection).order_by("valid_from"):
        names.setdefault(name.agency_id, []).append(name)
    ours = {row.code for row in rows.values() if row.id in names}
    keys = {code: row.id for code, row in rows.items()}
    found = []
    for agency in city.agencies:
        parent = keys[agency.parent] if agency.parent else None
        wanted = {
            "name": agency.name_on(today),
            "short_name": agency.short_name,
            "kind": agency.kind,
            "parent_id": parent,
            "active": True,
        }
        seeded = await _one(connection, "agency", Agency, rows.get(agency.code), agency.code, wanted)
        if agency.code not in keys:
            keys[agency.code] = (await Agency.get(code=agency.code, using_db=connection)).id
        renamed = await _names(connection, keys[agency.code], agency, names.get(keys[agency.code], []))
        if renamed and seeded.outcome is Outcome.UNCHANGED:
            seeded = Seeded("agency", agency.code, Outcome.CHANGED, ("names",))
        found.append(seeded)
    # Agencies without dated names came with imported records: no folder made them, so none retires them.
    gone = ours - {agency.code for agency in city.agencies}
    return found + await _retired(connection, "agency", (rows[code] for code in sorted(gone)))


async def _names(connection: BaseDBAsyncClient, agency_id: int, agency: CityAgency, rows: list[AgencyName]) -> bool:
    if tuple(DatedName(row.name, row.valid_from, row.valid_to) for row in rows) == agency.names:
        return False
    await AgencyName.filter(agency_id=agency_id).using_db(connection).delete()
    await AgencyName.bulk_create(
        [
            AgencyName(agency_id=agency_id, name=name.name, valid_from=name.valid_from, valid_to=name.valid_to)
            for name in agency.names
        ],
        using_db=connection,
    )
    return True


async def _categories(connection: BaseDBAsyncClient, city: City) -> list[Seeded]:
    rows = {row.code: row for row in await Category.all().using_db(connection)}
    # Only a folder gives a category its national counterpart; those without came with imported records.
    ours = {row.code for row in rows.values() if row.sp4n_code is not None}
    keys = {code: row.id for code, row in rows.items()}
    found = []
    for category in city.categories:
        parent = keys[category.parent] if category.parent else None
        wanted = {"name": category.name, "parent_id": parent, "sp4n_code": category.sp4n, "active": True}
        found.append(await _one(connection, "category", Category, rows.get(category.code), category.code, wanted))
        if category.code not in keys:
            keys[category.code] = (await Category.get(code=category.code, using_db=connection)).id
    gone = ours - {category.code for category in city.categories}
    return found + await _retired(connection, "category", (rows[code] for code in sorted(gone)))


async def _deadlines(connection: BaseDBAsyncClient, city: City) -> list[Seeded]:
    came, changed, gone = await sync_policies(connection, city.deadlines)
    await sync_rules(connection, board_rules(city.deadlines))
    outcomes = {id(policy): Outcome.ADDED for policy in came} | {id(policy): Outcome.CHANGED for policy in changed}
    found = [
        Seeded("deadline", _named(policy), outcomes.get(id(policy), Outcome.UNCHANGED)) for policy in city.deadlines
    ]
    return [*found, *(Seeded("deadline", _named(policy), Outcome.RETIRED) for policy in gone)]


async def _note_rules(connection: BaseDBAsyncClient, entries: list[Seeded]) -> None:
    """Raise the version of calendar and policies where the seed has changed them."""
    if any(each.kind in RULES and each.outcome in CHANGES for each in entries):
        await Installation.filter(id=1).using_db(connection).update(rules_version=F("rules_version") + 1)


async def _calendars(connection: BaseDBAsyncClient, city: City, today: date) -> list[Seeded]:
    changed, gone = await sync_calendars(connection, city.calendar.calendars)
    found = [
        Seeded("calendar", calendar.code, Outcome.ADDED if calendar.code in changed else Outcome.UNCHANGED)
        for calendar in city.calendar.calendars
    ]
    found += [Seeded("calendar", code, Outcome.RETIRED) for code in gone]
    came, went = await sync_days(connection, today, city.calendar.days)
    outcome = Outcome.CHANGED if went else Outcome.ADDED if came else Outcome.UNCHANGED
    return [*found, Seeded("days off", f"up to {today.year + YEARS_AHEAD}", outcome)]


async def _oversight(connection: BaseDBAsyncClient, city: City) -> list[Seeded]:
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
        outcome = Outcome.ADDED if row is None else _outcome(await _bring(connection, row, wanted))
        found.append(Seeded(OVERSIGHT, f"from {rule.valid_from}", outcome))
    for row in rows.values():
        await row.delete(using_db=connection)
        found.append(Seeded(OVERSIGHT, f"from {row.valid_from}", Outcome.RETIRED))
    return found


async def _reasons(connection: BaseDBAsyncClient, city: City) -> list[Seeded]:
    rows = {(row.list_name, row.valid_from): row for row in await ReasonRule.all().using_db(connection)}
    wanted = {
        (rule.list_name, rule.valid_from): {"codes": list(rule.codes), "legal_basis": rule.legal_basis}
        for rule in city.reasons
    }
    return await _dated(connection, ReasonRule, "reasons", ("list_name", "valid_from"), rows, wanted)


async def _resolving(connection: BaseDBAsyncClient, city: City) -> list[Seeded]:
    rows = {(row.agency_id, row.valid_from): row for row in await ResolvingRule.all().using_db(connection)}
    keys = {row.code: row.id for row in await Agency.all().using_db(connection)}
    wanted = {
        (keys[rule.agency] if rule.agency else None, rule.valid_from): {
            "role": rule.role,
            "legal_basis": rule.legal_basis,
        }
        for rule in city.resolving
    }
    return await _dated(connection, ResolvingRule, "resolving", ("agency_id", "valid_from"), rows, wanted)


async def _reporters(connection: BaseDBAsyncClient, city: City) -> list[Seeded]:
    rows = {(row.valid_from,): row for row in await ReporterRule.all().using_db(connection)}
    wanted = {
        (rule.valid_from,): {
            "completion_days": rule.completion_days,
            "contact": dict(rule.contact),
            "legal_basis": rule.legal_basis,
        }
        for rule in city.reporters
    }
    return await _dated(connection, ReporterRule, "reporters", ("valid_from",), rows, wanted)


async def _dated(
    connection: BaseDBAsyncClient,
    model: type[Row],
    kind: str,
    keys: tuple[str, ...],
    rows: Mapping[Any, Row],
    wanted: Mapping[Any, dict[str, Any]],
) -> list[Seeded]:
    """Make the dated rows of a table those of the folder; what left the folder goes."""
    found = []
    for key, values in wanted.items():
        row = rows.get(key)
        if row is None:
            await model.create(using_db=connection, **dict(zip(keys, key, strict=True)), **values)
        outcome = Outcome.ADDED if row is None else _outcome(await _bring(connection, row, values))
        found.append(Seeded(kind, " from ".join(map(str, key)), outcome))
    for key in rows.keys() - wanted.keys():
        await rows[key].delete(using_db=connection)
        found.append(Seeded(kind, " from ".join(map(str, key)), Outcome.RETIRED))
    return found


async def _search(connection: BaseDBAsyncClient, city: City) -> Seeded:
    loaded = await dictionary.load(connection, city.search)
    return Seeded("search", "words", Outcome.CHANGED if loaded else Outcome.UNCHANGED)


def _named(policy: Policy) -> str:
    return f"{policy.code} from {policy.valid_from}"


async def _one(
    connection: BaseDBAsyncClient, kind: str, model: type[Row], row: Row | None, code: str, wanted: dict[str, Any]
) -> Seeded:
    if row is None:
        await model.create(using_db=connection, code=code, **wanted)
        return Seeded(kind, code, Outcome.ADDED)
    changed = await _bring(connection, row, wanted)
    return Seeded(kind, code, _outcome(changed), changed)


async def _bring(connection: BaseDBAsyncClient, row: Model, wanted: dict[str, Any]) -> tuple[str, ...]:
    changed = tuple(field for field, value in wanted.items() if getattr(row, field) != value)
    if changed:
        row.update_from_dict({field: wanted[field] for field in changed})
        await row.save(using_db=connection, update_fields=list(changed))
    return changed


def _outcome(changed: tuple[str, ...]) -> Outcome:
    return Outcome.CHANGED if changed else Outcome.UNCHANGED


async def _retired(connection: BaseDBAsyncClient, kind: str, rows: Iterable[Agency | Category]) -> list[Seeded]:
    found = []
    for row in rows:
        changed = await _bring(connection, row, {"active": False})
        found.append(Seeded(kind, row.code, Outcome.RETIRED if changed else Outcome.UNCHANGED, changed))
    return found
