"""How often partners used deprecated coordinates, added up by all workers (decided here)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from models import DeprecatedUse
from models.database import connection
from services.core.desk import Desk

ADD = """
INSERT INTO deprecated_use (client_id, coordinate, uses, last_used_at)
SELECT * FROM unnest($1::int[], $2::text[], $3::bigint[], array_fill($4::timestamptz, ARRAY[cardinality($1)]))
ON CONFLICT (client_id, coordinate) DO UPDATE
SET uses = deprecated_use.uses + excluded.uses, last_used_at = excluded.last_used_at
"""


async def add(desk: Desk, uses: Mapping[tuple[int, str], int]) -> None:
    """Add these uses by partner and coordinate, in one statement."""
    if uses:
        rows = sorted(uses.items())
        partners, coordinates = [key[0] for key, _ in rows], [key[1] for key, _ in rows]
        await connection().execute_query(ADD, [partners, coordinates, [count for _, count in rows], desk.now()])


async def uses_of(client_ids: Collection[int]) -> dict[int, list[DeprecatedUse]]:
    """What each partner still uses, most used first."""
    found: dict[int, list[DeprecatedUse]] = {client_id: [] for client_id in client_ids}
    for use in await DeprecatedUse.filter(client_id__in=list(client_ids)).order_by("-uses", "coordinate"):
        found[use.client_id].append(use)
    return found
