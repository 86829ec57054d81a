"""Cases for what the log tells and nobody opened: entries of before there were cases, and of other releases.

Source: docs/adr/0032.
"""

from __future__ import annotations

from models.database import connection as pooled
from services.core.desk import Desk
from services.core.transactions import transaction
from services.unresolved.stays import BEGIN, END

BATCH = 20_000  # events of one statement; our choice
MOST_BATCHES = 20  # of one run; the next one goes on
BEHIND = """
SELECT coalesce((SELECT seq FROM unresolved_filling WHERE id = 1), 0) AS read,
  (SELECT seq FROM log_here WHERE id = 1) AS head
"""
READ_UPTO = """
INSERT INTO unresolved_filling (id, seq) VALUES (1, $1)
ON CONFLICT (id) DO UPDATE SET seq = greatest(unresolved_filling.seq, excluded.seq)
"""
STEPS = """(
  SELECT ticket_id, version, at, (after->>'lead')::int AS lead, details->>'reason' AS reason FROM event
  WHERE seq > $1 AND seq <= $2 AND ticket_id IS NOT NULL
  AND after->>'status' {after} 'UNRESOLVED' AND coalesce(before->>'status', '') {before} 'UNRESOLVED'
) AS step"""
ENTERED = BEGIN.format(steps=STEPS.format(after="=", before="<>"))
LEFT = END.format(steps=STEPS.format(after="<>", before="="))


async def fill(desk: Desk) -> int:
    """Read the log on from where the last run stopped; gives the number of its events. No ticket is locked."""
    found = await pooled().execute_query_dict(BEHIND)
    read, head = found[0]["read"], found[0]["head"] or 0
    begun = read
    while read < head and read - begun < BATCH * MOST_BATCHES:
        upto = min(read + BATCH, head)
        async with transaction() as using:
            for statement in (ENTERED, LEFT):
                await using.execute_query(statement, [read, upto])
            await using.execute_query(READ_UPTO, [upto])
        read = upto
    return int(read - begun)
