"""The clocks of tickets in the database, read with what the log tells of them, written many at once (docs/adr/0033)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient

from models.enums import (
    ClockKind,
    ClockState,
    DeadlineStanding,
    EventKind,
    Punctuality,
    TicketStatus,
    Visibility,
)
from models.event_formats import lifted
from models.events import EVENT_FORMAT
from realtime.beside import Beside
from services.deadlines.readings import Verdict
from services.deadlines.stored.histories import ANEW, TELLING, History, HistoryEntry
from services.deadlines.stored.kept import Clocks, GivenVerdict, KeptClock, Measures


def _words(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in sorted(names))


# What a step into a status is, and what else says something of clocks. A state of another format is read as a whole.
HOLDING = "(e.{0}->>'status', e.{0}->>'lead', e.{0}->>'hold_until')"
READS = (
    f"(e.kind = '{EventKind.NOTE_ADDED}' AND e.visibility = '{Visibility.PUBLIC}' "
    f"AND e.after->>'status' = '{TicketStatus.ANSWERED}')"
)
MATTERS = (
    f"e.after IS NOT NULL AND (e.before IS NULL OR e.format <> {EVENT_FORMAT} OR e.kind IN ({_words(ANEW | TELLING)}) "
    f"OR {READS} OR {HOLDING.format('before')} IS DISTINCT FROM {HOLDING.format('after')})"
)
ENTRY = (
    "json_build_array(e.kind, e.at, e.visibility, e.after->>'status', (e.after->>'lead')::int, "
    f"e.after->>'hold_until', CASE WHEN e.kind IN ({_words(TELLING)}) THEN e.details END, "
    f"CASE WHEN e.before IS NULL THEN e.after->>'updated_at' END, e.format, "
    f"CASE WHEN e.format <> {EVENT_FORMAT} THEN e.after END)"
)
COLUMNS = (
    *("clock", "state", "standing", "started_at", "due_at", "due_soon_at", "used", "extension", "policy_code"),
    *("rules_version", "verdicts", "next_at"),
)
CLOCK = f"json_build_array({', '.join(COLUMNS)})"
# A statement of its own: one that waited for the locks would read the events of before it waited.
_HISTORIES = f"""
SELECT k.id AS ticket_id, h.epoch, h.reference_seq, e.at, e.entries, c.clocks,
    EXISTS (SELECT FROM ticket d WHERE d.merged_into_id = k.id) AS has_duplicates
FROM {{keys}} CROSS JOIN log_here h
LEFT JOIN LATERAL (
    SELECT max(e.at) AS at,
        json_agg({ENTRY} ORDER BY e.seq) FILTER (WHERE {MATTERS}) AS entries
    FROM event e WHERE e.ticket_id = k.id
) e ON true
LEFT JOIN LATERAL (SELECT json_agg({CLOCK}) AS clocks FROM ticket_clock c WHERE c.ticket_id = k.id) c ON true
"""
HISTORIES = _HISTORIES.format(keys="unnest($1::bigint[]) AS k(id)")
# Of one ticket, which the planner can not look into (OFFSET): it would find a plan for all tickets dearer than one for
# this, and plan each time anew. Of several keys it expects ten where it can not count them, with the same end.
HISTORY = _HISTORIES.format(keys="(SELECT $1::bigint AS id OFFSET 0) AS k")
TYPES = (
    "ticket_id bigint, clock text, state text, standing text, started_at timestamptz, due_at timestamptz, "
    "due_soon_at timestamptz, used bigint, extension int, policy_code text, rules_version int, verdicts jsonb, "
    "next_at timestamptz"
)
KEEP = f"""
INSERT INTO ticket_clock (ticket_id, {", ".join(COLUMNS)})
SELECT ticket_id, {", ".join(COLUMNS)} FROM jsonb_to_recordset($1::text::jsonb) AS row({TYPES})
ON CONFLICT (ticket_id, clock) DO UPDATE SET {", ".join(f"{name} = EXCLUDED.{name}" for name in COLUMNS[1:])}
"""

# Where tickets stand by their clocks, as columns of their own rows.
OF_TICKETS = ("due_at", "standing", "clock_standings", "rules_version")
STAND = """
UPDATE ticket SET due_at = row.due_at, standing = row.standing, clock_standings = row.clock_standings,
    rules_version = row.rules_version
FROM jsonb_to_recordset($1::text::jsonb) AS row(id bigint, due_at timestamptz, standing text, clock_standings text[],
    rules_version int)
WHERE ticket.id = row.id
"""


class TicketRow(Protocol):
    """What is asked of a ticket's row here, whoever took it."""

    id: int
    status: TicketStatus
    received_at: datetime
    rules_version: int | None


@dataclass(frozen=True, slots=True)
class StoredClocks:
    """What the database has of one ticket's clocks: the last moment of its log, what matters of it, and its rows.

    has_duplicates: whether any report is merged into the ticket, which nobody can change while it is locked.
    """

    at: datetime | None
    entries: tuple[HistoryEntry, ...]
    kept: Clocks
    has_duplicates: bool = True

    def history(self, received_at: datetime, measures: Measures) -> History:
        made = History(received_at)
        for entry in self.entries:
            made.note(entry, measures.agencies)
        if self.at is not None:
            made.last = self.at
        return made


@dataclass(frozen=True, slots=True)
class StoredHistories:
    """What one statement found of some tickets, with the position of the master data at that moment."""

    epoch: str
    reference_seq: int
    tickets: Mapping[int, StoredClocks]


async def read_histories(connection: BaseDBAsyncClient, ids: Sequence[int]) -> StoredHistories:
    """What the log tells of the clocks of these tickets, and their rows."""
    statement, values = (HISTORY, list(ids)) if len(ids) == 1 else (HISTORIES, [list(ids)])
    rows = [dict(row) for row in await connection.execute_query_dict(statement, values)]
    first: dict[str, Any] = rows[0] if rows else {"epoch": "", "reference_seq": 0}
    return StoredHistories(first["epoch"], first["reference_seq"], {row["ticket_id"]: _stored(row) for row in rows})


async def write_clocks(connection: BaseDBAsyncClient, clocks: Mapping[int, Clocks]) -> None:
    """Write the rows of these tickets' clocks in one statement; without any nothing is asked."""
    for each in keeping(clocks):
        await connection.execute_query(each.statement, [each.value])


def keeping(clocks: Mapping[int, Clocks]) -> list[Beside]:
    """The one statement that writes these rows; none for none."""
    rows = [_row(ticket_id, clock, one) for ticket_id, kept in clocks.items() for clock, one in kept.items()]
    return [Beside("clocks", KEEP, orjson.dumps(rows).decode())] if rows else []


async def write_standings(connection: BaseDBAsyncClient, tickets: Sequence[TicketRow]) -> None:
    """Write where these tickets stand by their clocks, in one statement; without any nothing is asked."""
    if tickets:
        rows = [{name: getattr(ticket, name) for name in ("id", *OF_TICKETS)} for ticket in tickets]
        await connection.execute_query(STAND, [orjson.dumps(rows).decode()])


def _stored(row: Mapping[str, Any]) -> StoredClocks:
    entries, clocks = _listed(row["entries"]), _listed(row["clocks"])
    return StoredClocks(row["at"], tuple(map(_entry, entries)), dict(map(_kept, clocks)), row["has_duplicates"])


def _listed(text: str | None) -> list[Any]:
    return [] if text is None else orjson.loads(text)


def _entry(values: Sequence[Any]) -> HistoryEntry:
    kind, at, visibility, status, lead, hold_until, details, updated_at, written, state = values
    if written != EVENT_FORMAT:
        known = lifted(written, state) or {"status": status}
        status, lead, hold_until = known.get("status"), known.get("lead"), known.get("hold_until")
    return HistoryEntry(
        kind, datetime.fromisoformat(at), visibility, status, lead, hold_until, details or {}, _moment(updated_at)
    )


def entry_of(
    kind: str, at: datetime, visibility: str, state: Mapping[str, Any], details: Mapping[str, Any]
) -> HistoryEntry:
    """What matters of an event that is about to be written, or was read as a whole; state is the one after it."""
    return HistoryEntry(
        kind,
        at,
        visibility,
        state.get("status"),
        state.get("lead"),
        state.get("hold_until"),
        details,
        _moment(state.get("updated_at")),
    )


def _kept(values: Sequence[Any]) -> tuple[ClockKind, KeptClock]:
    clock, state, standing, started_at, due_at, soon, used, extension, code, version, verdicts, next_at = values
    return ClockKind(clock), KeptClock(
        ClockState(state),
        DeadlineStanding(standing),
        datetime.fromisoformat(started_at),
        _moment(due_at),
        _moment(soon),
        used,
        extension,
        code,
        version,
        tuple(map(given_from, verdicts)),
        _moment(next_at),
    )


def given_from(row: Mapping[str, Any]) -> GivenVerdict:
    """A verdict out of the JSON of a row."""
    punctuality, due_at = Punctuality(row["punctuality"]), _moment(row["due_at"])
    at = datetime.fromisoformat(row["at"])
    return GivenVerdict(Verdict(at, punctuality, due_at, row["late_by"], row["policy_code"]), row["rules_version"])


def _given(one: GivenVerdict) -> dict[str, Any]:
    verdict = one.verdict
    return {
        "at": verdict.at,
        "punctuality": verdict.punctuality,
        "due_at": verdict.due_at,
        "late_by": verdict.late_by,
        "policy_code": verdict.policy_code,
        "rules_version": one.rules_version,
    }


def _row(ticket_id: int, clock: ClockKind, one: KeptClock) -> dict[str, Any]:
    return {
        "ticket_id": ticket_id,
        "clock": clock,
        "state": one.state,
        "standing": one.standing,
        "started_at": one.started_at,
        "due_at": one.due_at,
        "due_soon_at": one.due_soon_at,
        "used": one.used,
        "extension": one.extension,
        "policy_code": one.policy_code,
        "rules_version": one.rules_version,
        "verdicts": list(map(_given, one.verdicts)),
        "next_at": one.next_at,
    }


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
