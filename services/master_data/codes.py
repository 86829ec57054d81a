"""Codes of the master data, as a form gives them, turned into keys of rows (decided here)."""

from __future__ import annotations

from datetime import date

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import Q

from models import Assignment
from models.enums import AgencyKind
from models.officers import handlers
from services.core.reference import Reference, spelled
from services.core.refusals import InvalidInput

LARGEST_KEY = 2**31 - 1  # a larger key fits in a global id, and in no integer column
# Not of the city: they are told of a report, and receive no disposisi.
OUTSIDE = frozenset({AgencyKind.EXTERNAL, AgencyKind.VERTICAL})
HANDLES = f"SELECT 1 {handlers('$1')} AND o.id = $2 AND a.agency_id = $3 LIMIT 1"


def category(reference: Reference, code: str | None, *path: str) -> int | None:
    """The key of a category that is in use."""
    if code is None:
        return None
    found = reference.category_codes.get(spelled(reference.category_codes, code) or "")
    if found is None or not found.active:
        raise InvalidInput("UNKNOWN_CATEGORY", path=path)
    return found.pk


def agency(reference: Reference, code: str | None, *path: str) -> int | None:
    """The key of an agency that is in use."""
    return None if code is None else agency_key(reference, code, *path)


def agency_key(reference: Reference, code: str, *path: str) -> int:
    found = reference.agency_codes.get(spelled(reference.agency_codes, code) or "")
    if found is None or not found.active:
        raise InvalidInput("UNKNOWN_AGENCY", path=path)
    return found.pk


def recipient(reference: Reference, code: str, *path: str) -> int:
    """The key of an agency in use to which reports are dispatched: one of the city."""
    key = agency_key(reference, code, *path)
    if reference.agencies[key].kind in OUTSIDE:
        raise InvalidInput("DISPATCHED_OUTSIDE", path=path)
    return key


def kelurahan(reference: Reference, code: str | None, *path: str) -> str | None:
    """The code of a kelurahan of this city; a kecamatan's code is none."""
    found = None if code is None else spelled(reference.areas, code)
    if code is not None and found is None:
        raise InvalidInput("UNKNOWN_KELURAHAN", path=path)
    return found


def on_duty(day: date) -> Q:
    """Assignments that hold on a day, the first and the last included."""
    return Q(valid_from__lte=day) & (Q(valid_to__isnull=True) | Q(valid_to__gte=day))


async def works_for(connection: BaseDBAsyncClient, officer_id: int, agency_id: int, day: date) -> bool:
    """Whether an active officer handles tickets for this agency on that day."""
    if officer_id > LARGEST_KEY:
        return False
    return bool(await connection.execute_query_dict(HANDLES, [day, officer_id, agency_id]))


async def has_post(connection: BaseDBAsyncClient, officer_id: int, agency_id: int, day: date) -> bool:
    """Whether an officer has a post of any role in this agency on that day."""
    query = Assignment.filter(on_duty(day), officer_id=officer_id, agency_id=agency_id)
    return await query.using_db(connection).exists()
