"""Names what a feed follows, for cursors: the same rights and filter give the same mark in every process and release.

The mark depends on the names of the classes of predicates and of their fields. Who renames one, or writes them another
way, ends every cursor that clients hold with a FeedReset: raise VERSION, so that it is known, and pin the new marks.
Decided here.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from services.access.predicates import Predicate
from services.access.scopes import Sight
from services.core.paging import microseconds_of

VERSION = 1
BYTES = 8


def mark_of(sight: Sight, rule: Predicate, wanted: Predicate) -> bytes:
    """The mark of a list: a digest of the sight, of its rule for tickets and of the filter."""
    written = json.dumps([VERSION, written_sight(sight), written_value(rule), written_value(wanted)])
    return hashlib.blake2b(written.encode(), digest_size=BYTES).digest()


def written_sight(sight: Sight) -> list[Any]:
    """A sight in JSON values; a grant by its two digests, which change with whatever it contains.

    Fields of later releases are left out where they are empty, so that the marks of most sights stay the same.
    """
    granted = None if sight.granted is None else [sight.granted.contract, sight.granted.digest]
    roles = [role.value for role in sight.roles]
    written = [sight.kind.value, roles, sight.agency_id, sight.ticket_id, sight.client_id, granted]
    more = [list(sight.others), list(sight.unexamined), sight.deputy]
    return [*written, more] if any(more) else written


def written_value(value: Any) -> Any:
    """A predicate or one of its values in JSON values: a predicate is its name and its fields in their order."""
    if is_dataclass(value):
        return [type(value).__name__, *(written_value(getattr(value, each.name)) for each in fields(value))]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return {"at": microseconds_of(value)}
    if isinstance(value, date):
        return {"on": value.isoformat()}
    if isinstance(value, tuple):
        return {"all": [written_value(each) for each in value]}
    if value is None or isinstance(value, bool | int | str):
        return value
    raise TypeError(f"A {type(value).__name__} has no written form.")
