"""What clients call their changes is kept as long as a feed may tell it again (docs/adr/0022)."""

from __future__ import annotations

from datetime import timedelta

from services.core.desk import Desk
from services.core.transactions import delete_all

MARGIN = timedelta(days=1)  # a feed that resumes at the very end of the horizon is still being read
MUTATION_IDS = """
DELETE FROM mutation_id WHERE id IN (
  SELECT id FROM mutation_id WHERE at <= $1 ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED)
"""


async def forget_mutation_ids(desk: Desk) -> int:
    """Forget the names that no feed reaches any more; their digests stay in the log. Gives their number."""
    return await delete_all(MUTATION_IDS, desk.now() - desk.rules.horizon - MARGIN)
