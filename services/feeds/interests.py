"""Which watches an event may concern, found by keys instead of testing each watch: some too many, never too few.

Source: docs/adr/0017.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence, Set
from operator import itemgetter

from realtime.log import LoggedEvent
from services.access.predicates import (
    Among,
    Either,
    Every,
    External,
    Flag,
    Missing,
    Nothing,
    Overlaps,
    Predicate,
    external_ids,
)
from services.access.scopes import Sight
from services.access.states import State
from services.board.board import BoardFilter, board_query
from services.core.desk import Desk
from services.core.refusals import EdgeRefusal
from services.feeds.feeds import Watch

Keys = frozenset[tuple[str, Hashable]]

# Fields with one value, those first that point at the fewest tickets: our choice, by what they mean.
SCALARS = (
    "id",
    "assignee",
    "lead",
    "reported",
    "kelurahan",
    "category",
    "classification",
    "channel",
    "status",
    "supervisory",
    "confidential",
    "anonymous",
)
RANKS = {field: rank for rank, field in enumerate(("id", "external", "assignee", "supporting", *SCALARS[2:]))}
EMPTY = RANKS["status"] + 0.5  # what many tickets lack points at more of them than a status does
STABLE = RANKS.keys() - {"category", "kelurahan"}  # what master data may put under another code
NOBODY: Keys = frozenset()

_values = itemgetter(*SCALARS)


def keys_of(watch: Watch) -> Keys | None:
    """Keys of which every event that concerns this watch has one; None where any event may, empty where none does."""
    return keys_for(Every((watch.rule, watch.wanted)))


def board_keys(desk: Desk, sight: Sight, wanted: BoardFilter) -> Keys | None:
    """The same for a board, by what its filter means under any master data; None while none was ever read."""
    if desk.references.held is None:
        return None
    try:
        query = board_query(desk.references.held, sight, wanted)
    except EdgeRefusal:  # a code that is newer than the snapshot that is held
        return None
    return keys_for(Every((query.wanted, Either((query.rule, query.protected)))), STABLE)


def keys_for(rule: Predicate, fields: Set[str] = RANKS.keys()) -> Keys | None:
    """The keys of which a state has at least one wherever this condition holds; None where these fields have none."""
    match rule:
        case Nothing():
            return NOBODY
        case Among(field, values) | Overlaps(field, values) if field in fields:
            return frozenset((field, value) for value in values)
        case Flag(field, value) if field in fields:
            return frozenset({(field, value)})
        case Missing(field) if field in SCALARS:
            return frozenset({(field, None)})
        case External(names):
            return frozenset(("external", name) for name in names)
        case Every(parts):
            return _most_selective(keys_for(part, fields) for part in parts)
        case Either(parts):
            return _all_of([keys_for(part, fields) for part in parts])
    return None


def interests(event: LoggedEvent) -> Keys | None:
    """The keys of a ticket before and after an event; None for a state of another release, which may concern all."""
    try:
        return _keys_in(event.before) | _keys_in(event.after)
    except (KeyError, TypeError):
        return None


def _most_selective(found: Iterable[Keys | None]) -> Keys | None:
    """Each of these sets would do: the one that matches the fewest tickets."""
    return min((keys for keys in found if keys is not None), key=_breadth, default=None)


def _all_of(found: Sequence[Keys | None]) -> Keys | None:
    known = [keys for keys in found if keys is not None]
    return NOBODY.union(*known) if len(known) == len(found) else None


def _breadth(keys: Keys) -> tuple[float, int]:
    """A rank of how many tickets keys match: by their widest field, then by how many they are."""
    return max((EMPTY if value is None else RANKS[field] for field, value in keys), default=-1), len(keys)


def _keys_in(state: State | None) -> Keys:
    if state is None:
        return NOBODY
    keys = frozenset(zip(SCALARS, _values(state), strict=True))
    supporting, external = state["supporting"], state["external"]
    if not supporting and not external:
        return keys
    more = [("supporting", agency) for agency in supporting]
    return keys.union(more, [("external", name) for _, name in external_ids(state)])
