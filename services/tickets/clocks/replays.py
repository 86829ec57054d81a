"""Tickets' clocks recounted from the log: one statement reads the whole of it for many tickets (docs/adr/0033)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient

from models.event_formats import lifted
from services.deadlines.stored.histories import History
from services.deadlines.stored.kept import Clocks, Measures
from services.deadlines.stored.replaying import ClockEvent, replayed
from services.tickets.clocks.rows import entry_of

EVENTS = """
SELECT e.ticket_id, e.kind, e.at, e.visibility, e.format, e.before::text AS before, e.after::text AS after,
    e.details::text AS details, t.received_at
FROM event e JOIN ticket t ON t.id = e.ticket_id WHERE e.ticket_id = ANY($1) ORDER BY e.ticket_id, e.seq
"""


@dataclass(frozen=True, slots=True)
class Replay:
    """What the log makes of a ticket's clocks, and the state after its last event."""

    kept: Clocks
    history: History
    state: Mapping[str, Any]


async def replay(connection: BaseDBAsyncClient, ids: Sequence[int], measures: Measures) -> dict[int, Replay]:
    """What the log makes of the clocks of these tickets by the rules of now; without those that it does not know."""
    return replays(await read_lives(connection, ids), measures)


async def read_lives(connection: BaseDBAsyncClient, ids: Sequence[int]) -> list[Any]:
    """All events of these tickets as replays takes them, so that nothing waits for the counting."""
    return await connection.execute_query_dict(EVENTS, [list(ids)])


def replays(rows: Sequence[Any], measures: Measures) -> dict[int, Replay]:
    """What these events make of the clocks of their tickets."""
    found: dict[int, Replay] = {}
    for ticket_id, group in groupby(rows, key=itemgetter("ticket_id")):
        events = list(group)
        received_at: datetime = events[0]["received_at"]
        happened = list(map(_happened, events))
        states = [each.after for each in happened if each.after]
        found[ticket_id] = Replay(*replayed(received_at, happened, measures), states[-1] if states else {})
    return found


def _happened(row: Mapping[str, Any]) -> ClockEvent:
    before, after = (lifted(row["format"], _loaded(row[name])) for name in ("before", "after"))
    details = _loaded(row["details"]) or {}
    return ClockEvent(entry_of(row["kind"], row["at"], row["visibility"], after or {}, details), before, after)


def _loaded(text: str | None) -> dict[str, Any] | None:
    return None if text is None else orjson.loads(text)
