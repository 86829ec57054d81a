"""How often tickets were put on hold, from the log, so that holds of before count too."""

from __future__ import annotations

from collections.abc import Sequence

from models.database import connection

# A hold that is prolonged stays one.
HOLDS = """
SELECT ticket_id, count(*) AS holds FROM event
WHERE ticket_id = ANY($1) AND after->>'status' = 'ON_HOLD' AND before->>'status' IS DISTINCT FROM 'ON_HOLD'
GROUP BY ticket_id
"""


async def holds(keys: Sequence[int]) -> dict[int, int]:
    """For each of these tickets that ever was on hold: how often it was put there; one statement for any number."""
    rows = await connection().execute_query_dict(HOLDS, [list(keys)])
    return {row["ticket_id"]: row["holds"] for row in rows}
