"""Surga without kept clocks: `python -m bench.unclocked serve`, else as `surga`; and the same within this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from api.cli import main
from services.tickets import case
from services.tickets.clocks.rows import StoredClocks, StoredHistories
from services.tickets.clocks.ticket_clocks import TicketClocks

LAST_MOMENTS = """
SELECT k.id AS ticket_id, h.epoch, h.reference_seq, e.at,
    EXISTS (SELECT FROM ticket d WHERE d.merged_into_id = k.id) AS has_duplicates
FROM unnest($1::bigint[]) AS k(id) CROSS JOIN log_here h
LEFT JOIN (SELECT ticket_id, max(at) AS at FROM event WHERE ticket_id = ANY($1) GROUP BY ticket_id) e
ON e.ticket_id = k.id
"""


@contextmanager
def no_clocks() -> Iterator[None]:
    """As before clocks were kept: only the last moment is read of the log."""

    async def last_moments(using: Any, ids: Any) -> StoredHistories:
        rows = [dict(row) for row in await using.execute_query_dict(LAST_MOMENTS, [list(ids)])]
        found = {row["ticket_id"]: StoredClocks(row["at"], (), {}, row["has_duplicates"]) for row in rows}
        return StoredHistories(rows[0]["epoch"], rows[0]["reference_seq"], found)

    with (
        mock.patch.object(case, "read_histories", last_moments),
        mock.patch.object(TicketClocks, "take", return_value={}),
        mock.patch.object(TicketClocks, "is_behind", return_value=False),
    ):
        yield


if __name__ == "__main__":
    with no_clocks():
        main()
