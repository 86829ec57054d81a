"""The master data as one immutable snapshot: agencies, categories, areas and officers, held in memory per process."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from models.enums import AgencyKind, AreaLevel, Sp4nStatus
from models.officers import handlers
from services.core.nodes import node_id
from services.deadlines.calendar_book import CALENDAR, NO_BOOK, CalendarBook, book_from
from services.deadlines.escalation.rules import NO_LADDER, Ladder
from services.deadlines.holds import NO_HOLDS, HoldRules, holds_from
from services.deadlines.policies import NO_POLICIES, PolicyBook
from services.deadlines.rows.escalation import LADDER, ladder_from
from services.deadlines.rows.policies import POLICIES, policies_from
from services.inputs.names import sort_key
from services.inputs.signs import plain
from services.reasons.promises import NOTHING, Promises, promises_from
from services.reasons.reasons import STANDARD, Reasons, reasons_from
from services.reasons.resolving import resolving_from

SNAPSHOT = f"""
SELECT h.epoch, h.reference_seq,
  (SELECT json_agg(json_build_array(id, code, name, kind, parent_id, active, EXISTS (
     SELECT {handlers("$1")} AND a.agency_id = agency.id
   ), coalesce(short_name, name)) ORDER BY name, id) FROM agency) agencies,
  (SELECT json_agg(json_build_array(id, code, name, parent_id, sp4n_code, active) ORDER BY name, id) FROM category)
    categories,
  (SELECT json_agg(json_build_array(code, name, level, parent_id) ORDER BY code) FROM area) areas,
  (SELECT json_agg(o ORDER BY o->>1, o->>0) FROM (
     SELECT DISTINCT ON (officer.id) json_build_array(officer.id, officer.name, agency_id, officer.active, (
       SELECT json_agg(DISTINCT a.agency_id) FROM assignment a WHERE a.officer_id = officer.id
       AND a.valid_from <= $1 AND (a.valid_to IS NULL OR a.valid_to >= $1)
     )) o
     FROM officer JOIN assignment ON officer_id = officer.id
     ORDER BY officer.id, (valid_from <= $1 AND (valid_to IS NULL OR valid_to >= $1)) DESC,
       valid_from DESC, assignment.id
   ) latest) officers,
  (SELECT json_build_array(city_code, city_name, number_prefix, rules_version) FROM installation WHERE id = 1) city,
  (SELECT json_agg(json_build_array(list_name, codes) ORDER BY valid_from) FROM reason_rule WHERE valid_from <= $1)
    reasons,
  (SELECT json_agg(json_build_array(agency_id, role) ORDER BY valid_from, id) FROM resolving_rule
   WHERE valid_from <= $1) resolving,
  (SELECT json_agg(json_build_array(completion_days, contact, valid_from, legal_basis)) FROM reporter_rule) reporters,
  (SELECT json_agg(json_build_array(valid_from, working_days)) FROM deadline_rule WHERE classification IS NULL)
    verification,
  (SELECT json_agg(json_build_array(working_days, valid_from, legal_basis)) FROM hold_rule) holds,
  (SELECT tickets FROM overdue_limit WHERE valid_from <= $1 ORDER BY valid_from DESC LIMIT 1) overdue_limit,
  (SELECT json_agg(json_build_array(word, status)) FROM sp4n_term) sp4n,
  {CALENDAR} calendar,
  {POLICIES} policies,
  {LADDER} ladder
FROM log_here h
"""


@dataclass(frozen=True, slots=True)
class AgencyRef:
    """An agency as clients see it; pk is the row's key, id the global one.

    staffed: whether somebody handles its tickets today. short_name is the name where the city gives none.
    """

    pk: int
    id: str
    code: str
    name: str
    kind: AgencyKind
    parent: AgencyRef | None
    active: bool
    staffed: bool = True
    short_name: str = ""


@dataclass(frozen=True, slots=True)
class CategoryRef:
    pk: int
    id: str
    code: str
    name: str
    parent: CategoryRef | None
    sp4n_code: str | None
    active: bool


@dataclass(frozen=True, slots=True)
class AreaRef:
    """A kelurahan and the name of its kecamatan."""

    code: str
    name: str
    kecamatan: str
    kecamatan_code: str


@dataclass(frozen=True, slots=True)
class OfficerRef:
    """An officer and the agency of today's assignment, else of the latest one.

    Of several posts of today it is the one that began last; posts are the codes of the agencies of all of them.
    """

    pk: int
    id: str
    name: str
    agency: AgencyRef
    active: bool
    posts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reference:
    """One snapshot of the master data, true from reference_seq of the log on; maps go by key, code or id."""

    epoch: str
    seq: int
    day: date
    agencies: Mapping[int, AgencyRef]
    agency_codes: Mapping[str, AgencyRef]
    categories: Mapping[int, CategoryRef]
    category_codes: Mapping[str, CategoryRef]
    areas: Mapping[str, AreaRef]
    kecamatan: Mapping[str, str]
    officers: Mapping[int, OfficerRef]
    city_code: str | None
    city_name: str | None
    number_prefix: str
    reasons: Reasons = STANDARD
    promises: Promises = NOTHING
    calendar: CalendarBook = NO_BOOK
    policies: PolicyBook = NO_POLICIES
    rules_version: int = 1
    holds: HoldRules = NO_HOLDS
    ladder: Ladder = NO_LADDER
    overdue_limit: int | None = None
    sp4n: Mapping[str, Sp4nStatus] = field(default_factory=dict)  # what a word of SP4N-LAPOR! means

    def categories_under(self, code: str) -> tuple[int, ...]:
        """A category and all below it."""
        return tuple(ref.pk for ref in self.categories.values() if code in _codes_upward(ref))

    def kelurahan_in(self, kecamatan_code: str) -> tuple[str, ...]:
        return tuple(ref.code for ref in self.areas.values() if ref.kecamatan_code == kecamatan_code)


def spelled(codes: Collection[str], code: str) -> str | None:
    """The code of the city that somebody means, however it is cased and whatever blanks stand around it."""
    code = plain(code)
    if code in codes:
        return code
    folded = code.casefold()
    return next((each for each in codes if each.casefold() == folded), None)


class References:
    """Keeps the latest snapshot, and reads a new one where the log says that it has changed."""

    def __init__(self) -> None:
        self._latest: Reference | None = None

    @property
    def held(self) -> Reference | None:
        """The snapshot in memory, which may be a change behind."""
        return self._latest

    async def current(self, connection: BaseDBAsyncClient, today: date) -> Reference:
        """The snapshot that is true now; costs one small statement where nothing changed."""
        rows = await connection.execute_query_dict("SELECT epoch, reference_seq FROM log_here")
        return await self.at(connection, rows[0]["epoch"], rows[0]["reference_seq"], today)

    async def at(self, connection: BaseDBAsyncClient, epoch: str, seq: int, today: date) -> Reference:
        """The snapshot that holds at this position of the log; costs nothing where it is the one held."""
        held = self._latest
        if held is None or (held.epoch, held.seq, held.day) != (epoch, seq, today):
            held = self._latest = await read_reference(connection, today)
        return held


# What stands in one column of its own, or follows from two: field of the snapshot -> how a row is read.
RULES_READ: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "reasons": lambda row: reasons_from(_listed(row["reasons"]), resolving_from(_listed(row["resolving"]))),
    "promises": lambda row: promises_from(_listed(row["reporters"]), _listed(row["verification"])),
    "calendar": lambda row: book_from(json.loads(row["calendar"])),
    "policies": lambda row: policies_from(_listed(row["policies"])),
    "holds": lambda row: holds_from(_listed(row["holds"])),
    "ladder": lambda row: ladder_from(_listed(row["ladder"])),
    "overdue_limit": lambda row: row["overdue_limit"],
    "sp4n": lambda row: {word: Sp4nStatus(status) for word, status in _listed(row["sp4n"])},
}


async def read_reference(connection: BaseDBAsyncClient, today: date) -> Reference:
    """Read the whole snapshot in one statement, so that all of it is of one moment."""
    row = (await connection.execute_query_dict(SNAPSHOT, [today]))[0]
    agencies, categories = _agencies(_listed(row["agencies"])), _categories(_listed(row["categories"]))
    kecamatan, areas = _areas(_listed(row["areas"]))
    code, name, prefix, version = json.loads(row["city"]) if row["city"] else (None, None, None, 1)
    return Reference(
        epoch=row["epoch"],
        seq=row["reference_seq"],
        day=today,
        agencies=agencies,
        agency_codes={ref.code: ref for ref in agencies.values()},
        categories=categories,
        category_codes={ref.code: ref for ref in categories.values()},
        areas=areas,
        kecamatan=kecamatan,
        officers=_officers(_listed(row["officers"]), agencies),
        city_code=code,
        city_name=name,
        number_prefix=prefix or "SRG",
        rules_version=version,
        **{field: read(row) for field, read in RULES_READ.items()},
    )


def _listed(value: Any) -> list[Any]:
    return json.loads(value) if value else []


def _agencies(rows: list[Any]) -> dict[int, AgencyRef]:
    found: dict[int, AgencyRef] = {}
    parents = {row[0]: row[4] for row in rows}
    for pk, code, name, kind, parent, *flags in sorted(rows, key=lambda row: _depth(row[0], parents)):
        found[pk] = AgencyRef(pk, node_id("Agency", pk), code, name, AgencyKind(kind), found.get(parent), *flags)
    return {row[0]: found[row[0]] for row in _by_name(rows)}


def _categories(rows: list[Any]) -> dict[int, CategoryRef]:
    found: dict[int, CategoryRef] = {}
    parents = {row[0]: row[3] for row in rows}
    for pk, code, name, parent, sp4n, active in sorted(rows, key=lambda row: _depth(row[0], parents)):
        found[pk] = CategoryRef(pk, node_id("Category", pk), code, name, found.get(parent), sp4n, active)
    return {row[0]: found[row[0]] for row in _by_name(rows)}


def _areas(rows: list[Any]) -> tuple[dict[str, str], dict[str, AreaRef]]:
    """The names of the kecamatan, and the kelurahan, by code."""
    kecamatan = {code: name for code, name, level, _ in rows if level == AreaLevel.KECAMATAN}
    kelurahan = {
        code: AreaRef(code, name, kecamatan.get(parent, ""), parent or "")
        for code, name, level, parent in rows
        if level == AreaLevel.KELURAHAN
    }
    return kecamatan, kelurahan


def _officers(rows: list[Any], agencies: Mapping[int, AgencyRef]) -> dict[int, OfficerRef]:
    return {
        pk: OfficerRef(
            pk,
            node_id("Officer", pk),
            name,
            agencies[agency],
            active,
            frozenset(agencies[each].code for each in posts or ()),
        )
        for pk, name, agency, active, posts in rows
    }


def _by_name(rows: list[Any]) -> list[Any]:
    """Rows of (key, code, name, ...) as pick-lists show them."""
    return sorted(rows, key=lambda row: (sort_key(row[2]), row[0]))


def _depth(key: int, parents: dict[int, int | None]) -> int:
    depth, above = 0, parents.get(key)
    while above is not None and depth < len(parents):
        depth, above = depth + 1, parents.get(above)
    return depth


def _codes_upward(ref: CategoryRef | None) -> list[str]:
    codes = []
    while ref is not None:
        codes.append(ref.code)
        ref = ref.parent
    return codes
