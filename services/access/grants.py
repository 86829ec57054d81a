"""What a partner may see by its key: the digest of its schema, the rule of its tickets, its budget (docs/adr/0009)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from models import GrantSet
from services.access.grant_rows import narrowed_by, row_rule
from services.access.scopes import Budget, Granted
from services.core.reference import Reference
from services.inputs.yaml_text import read_yaml

STANDARD_BUDGET = Budget(points=60_000, restore_per_second=1_000)

# What a look-up of a key joins to learn its grant, and the position in the log from which the city's codes are true.
GRANT_COLUMNS = (
    "g.grant_set_id, g.rows::text AS grant_rows, g.points, g.restore_per_second, g.ends_at AS grant_ends_at, "
    "s.coordinates::text AS grant_coordinates, c.networks::text AS networks, "
    "h.epoch AS head_epoch, h.reference_seq AS head_reference"
)
GRANT_JOINS = (
    "LEFT JOIN partner_grant g ON g.client_id = c.client_id LEFT JOIN grant_set s ON s.digest = g.grant_set_id "
    "CROSS JOIN log_head h"
)
# Whose schemas, and what they open, one process keeps. Our choice: 50 schemas take 8 MiB (bench.partners), and the
# documents of one, at 150 bytes a character, 9 MB at most.
MOST_CONTRACTS = 100


def contract_digest(coordinates: Iterable[str]) -> str:
    """The name of a set of coordinates: equal sets have equal digests."""
    return hashlib.sha256("\n".join(sorted(set(coordinates))).encode()).hexdigest()


def granted(row: Mapping[str, Any], reference: Reference) -> Granted:
    """The grant of a key's row, with its filter compiled against the city's codes of this moment."""
    rows = json.loads(row["grant_rows"]) if row["grant_rows"] else None
    rule = row_rule(rows, reference)
    digest = hashlib.sha256(f"{row['grant_set_id']} {rule!r}".encode()).hexdigest()[:32]
    budget = Budget(row["points"], row["restore_per_second"])
    opens = _coordinates(row["grant_coordinates"])
    return Granted(row["grant_set_id"], digest, budget, rule, narrowed_by(rows), opens)


@lru_cache(maxsize=MOST_CONTRACTS)
def _coordinates(coordinates: str) -> frozenset[str]:
    """The coordinates of a contract, read once for all requests of the partners that have it."""
    return frozenset(json.loads(coordinates))


async def coordinates_of(digest: str) -> frozenset[str]:
    """The coordinates under a digest; none for an unknown one."""
    found = await GrantSet.filter(digest=digest).first()
    return frozenset(found.coordinates) if found else frozenset()


def standard_grants() -> frozenset[str]:
    """The coordinates of the standard grant: what every partner read before there were grants."""
    text = files("services.access").joinpath("standard_grants.yaml").read_text("utf-8")
    return read_coordinates(read_yaml(text))


def read_coordinates(written: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Coordinates as YAML writes them: the names under their type."""
    return frozenset(f"{type_}.{name}" for type_, names in written.items() for name in names)


def written_coordinates(coordinates: Iterable[str]) -> dict[str, list[str]]:
    """Coordinates by their type, for YAML."""
    by_type: dict[str, list[str]] = {}
    for coordinate in sorted(coordinates):
        type_, _, name = coordinate.partition(".")
        by_type.setdefault(type_, []).append(name)
    return by_type
