"""What a board reads from the database: everything at first, later what happened since; each in one statement.

Source: docs/adr/0008.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from models.database import connection
from models.enums import OPEN_STATUSES, DeadlineStanding
from models.event_formats import lifted
from services.access.predicates import Parameters
from services.board.due_first import KEPT_DUE, open_ticket
from services.board.tally import KEPT_CHANGES, LATEST, BoardQuery, Tally, TicketEvent
from services.board.usual import Arrivals, weekdays_before
from services.core.desk import Desk
from services.core.reference import Reference

OLDEST = 10
MOST_EVENTS = 2_000  # our choice (docs/adr/0008): beyond it all is counted anew
CHANGES_SOUGHT_IN = 5_000  # events; our choice: a filter that few tickets meet must not read the whole log


def _words(statuses: frozenset[Any]) -> str:
    return ", ".join(f"'{status}'" for status in sorted(statuses))


OPEN = f"t.status IN ({_words(OPEN_STATUSES)})"  # implies the condition of the partial indexes
COUNTED = frozenset({DeadlineStanding.OVERDUE, DeadlineStanding.DUE_SOON})
TICKET = (  # what an open ticket is told by, under the names of a state
    "t.id, t.number, t.status, t.standing, t.due_at, t.category_id AS category, t.lead_agency_id AS lead, "
    "t.received_at, t.hold_until"
)
HEAD = "h.seq AS head_seq, h.reference_seq AS head_reference, h.epoch AS head_epoch"
PARTS = {
    "statuses": "SELECT status, count(*) AS n FROM base WHERE seen GROUP BY status",
    "categories": "SELECT category, count(*) AS n FROM base WHERE seen GROUP BY category",
    "areas": "SELECT kelurahan, count(*) AS n FROM base WHERE seen GROUP BY kelurahan",
    "days": "SELECT day, count(*) AS n FROM base WHERE seen AND day >= {since} GROUP BY day",
    "arrivals": "SELECT date_trunc('minute', moment) AS minute, count(*) AS n FROM base "
    "WHERE seen AND day = ANY({like}::date[]) GROUP BY minute",
    "leads": f"SELECT lead, count(*) AS n FROM base WHERE seen AND status IN ({_words(OPEN_STATUSES)}) GROUP BY lead",
    "clocks": "SELECT lead, standing, due_on, count(*) AS n FROM base "
    f"WHERE seen AND status IN ({_words(OPEN_STATUSES)}) AND standing IN ({_words(COUNTED)}) "
    "GROUP BY lead, standing, due_on",
}


@dataclass(frozen=True, slots=True)
class BoardReading:
    """One reading: the seq that it shows, and its values."""

    seq: int
    reference_seq: int
    epoch: str
    values: Mapping[str, Any]

    def listed(self, name: str) -> list[Any]:
        text = self.values.get(name)
        return json.loads(text) if text else []

    def emptied(self) -> BoardReading:
        """The same seq with empty lists."""
        return BoardReading(self.seq, self.reference_seq, self.epoch, {"oldest": None, "waiting": None})

    def rows(self, name: str) -> list[tuple[Any, ...]]:
        """The rows of a subselect, with their columns in the query's order."""
        return [tuple(row.values()) for row in self.listed(name)]


async def read_all(desk: Desk, query: BoardQuery, since: date, today: date) -> BoardReading:
    """Everything of a board, in one statement and one snapshot."""
    parameters = Parameters()
    wanted, rule = query.wanted.sql(parameters), query.rule.sql(parameters)
    protected, zone = query.protected.sql(parameters), f"{parameters.add(desk.rules.zone.key)}::text"
    first_day, first_moment = parameters.add(since), parameters.add(_midnight(desk, since))
    base = (
        f"SELECT t.status, t.standing, {_last_day(zone)} AS due_on, t.lead_agency_id AS lead, "
        "t.category_id AS category, "
        f"t.kelurahan_id AS kelurahan, t.received_at AT TIME ZONE {zone} AS moment, "
        f"(t.received_at AT TIME ZONE {zone})::date AS day, {rule} AS seen "
        f"FROM ticket t WHERE {wanted} AND ({rule} OR {protected})"
    )
    like = parameters.add(weekdays_before(today))
    parts = [_rows(name, text.format(since=first_day, like=like)) for name, text in PARTS.items()]
    parts.append(f"(SELECT (min(t.received_at) AT TIME ZONE {zone})::date FROM ticket t) AS first_day")
    parts.append(_rows("due_first", _due_first(wanted, rule, zone, parameters.add(today))))
    if query.agency is not None:
        condition = (
            f"e.at >= {first_moment} AND t.lead_agency_id = {parameters.add(query.agency)} AND {wanted} AND {rule}"
        )
        parts.append(_rows("dispatched", _dispatched(parameters.add(query.agency), zone, condition)))
    statement = (
        f"WITH base AS MATERIALIZED ({base}) SELECT {HEAD}, {', '.join(parts)}, "
        f"(SELECT count(*) FROM base WHERE NOT seen) AS withheld, {_resolved(wanted, rule, zone, first_moment)}, "
        f"{_latest(wanted, rule)}, {_lists(wanted, rule)} FROM log_here h"
    )
    return await _read(statement, parameters)


async def read_since(query: BoardQuery, seq: int) -> BoardReading:
    """The events of tickets after seq, and the lists as they are now."""
    parameters = Parameters()
    wanted, rule = query.wanted.sql(parameters), query.rule.sql(parameters)
    events = (
        "SELECT e.seq, e.at, e.ticket_id, e.format, e.before, e.after FROM event e "
        f"WHERE e.seq > {parameters.add(seq)} AND e.ticket_id IS NOT NULL ORDER BY e.seq LIMIT {MOST_EVENTS + 1}"
    )
    statement = f"SELECT {HEAD}, {_rows('events', events)}, {_lists(wanted, rule)} FROM log_here h"
    return await _read(statement, parameters)


async def complete_latest(desk: Desk, tally: Tally, seq: int) -> None:
    """Read what a tally that counts up to seq lacks of the log: where tickets came back, or many changes left."""
    if tally.came_back:
        row = await _log_of(desk, tally, seq)
        tally.take_back_dispatches(_ticket_days(row, "dispatched"))
        tally.take_back(happened(row, "changes"))
    horizon = seq - CHANGES_SOUGHT_IN
    while len(tally.latest) < LATEST and tally.floor > horizon:
        found = await _older_changes(tally.query, horizon, tally.floor)
        tally.take_older(found, _floor(found, horizon))


async def _log_of(desk: Desk, tally: Tally, seq: int) -> BoardReading:
    """The last changes of the tickets that came back, and when they were last sent to the board's agency."""
    parameters = Parameters()
    ids, above, upto = (parameters.add(value) for value in (sorted(tally.came_back), tally.floor, seq))
    theirs = f"e.ticket_id = ANY({ids}::bigint[]) AND e.seq <= {upto}"
    agency, zone = parameters.add(tally.query.agency), f"{parameters.add(desk.rules.zone.key)}::text"
    since = f"e.at >= {parameters.add(_midnight(desk, tally.since))}"
    parts = (
        _rows("changes", _changes(f"{theirs} AND e.seq > {above}")),
        _rows("dispatched", _dispatched(agency, zone, f"{theirs} AND {since}")),
    )
    return await _read(f"SELECT {HEAD}, {', '.join(parts)} FROM log_here h", parameters)


async def _older_changes(query: BoardQuery, horizon: int, floor: int) -> list[TicketEvent]:
    """The next portion of changes at or below floor of tickets that are visible now, newest first."""
    parameters = Parameters()
    wanted, rule = query.wanted.sql(parameters), query.rule.sql(parameters)
    above, upto = parameters.add(horizon), parameters.add(floor)
    changes = _changes(f"e.seq > {above} AND e.seq <= {upto} AND {wanted} AND {rule}") + f" LIMIT {KEPT_CHANGES}"
    return happened(await _read(f"SELECT {HEAD}, {_rows('changes', changes)} FROM log_here h", parameters), "changes")


def _floor(changes: Sequence[TicketEvent], horizon: int) -> int:
    """Above which seq a portion, newest first, has every change."""
    return changes[-1].seq - 1 if len(changes) == KEPT_CHANGES else horizon


def tally_of(desk: Desk, query: BoardQuery, reference: Reference, today: date, since: date, row: BoardReading) -> Tally:
    """The tally that a whole reading gives."""
    tally = Tally(query, today, reference.areas, desk.rules.zone, since)
    tally.status.update(dict(row.rows("statuses")))
    tally.category.update(dict(row.rows("categories")))
    for kelurahan, number in row.rows("areas"):
        tally.kecamatan[tally.kecamatan_code(kelurahan)] += number
    tally.received.update({date.fromisoformat(day): number for day, number in row.rows("days")})
    tally.open.update(dict(row.rows("leads")))
    for lead, standing, day, number in row.rows("clocks"):
        tally.clock(lead, standing, date.fromisoformat(day) if day else None, number)
    tally.withheld = row.values["withheld"]
    for last_days, name in ((tally.resolved, "resolved"), (tally.dispatched, "dispatched")):
        for ticket_id, day in _ticket_days(row, name):
            last_days.note(ticket_id, day)
    tally.arrivals = Arrivals.on(weekdays_before(today))
    for minute, number in row.rows("arrivals"):
        tally.arrivals.add(datetime.fromisoformat(minute), number)
    tally.first_day = row.values["first_day"] or date.max
    tally.due_first.begin(
        [open_ticket(values, tally.zone, tally.today) for values in row.listed("due_first")], KEPT_DUE
    )
    changes = happened(row, "latest")
    tally.take_older(changes, _floor(changes, row.seq - CHANGES_SOUGHT_IN))
    return tally


def _ticket_days(row: BoardReading, name: str) -> list[tuple[int, date]]:
    return [(ticket_id, date.fromisoformat(day)) for ticket_id, day in row.rows(name)]


def happened(row: BoardReading, name: str) -> list[TicketEvent]:
    """The events of a reading."""
    return [
        TicketEvent(seq, datetime.fromisoformat(at), ticket_id, lifted(written, before), lifted(written, after))
        for seq, at, ticket_id, written, before, after in row.rows(name)
    ]


def _rows(name: str, query: str) -> str:
    """A subselect that gives the rows of a query as one JSON list, in the query's order."""
    return f"(SELECT json_agg(r) FROM ({query}) r) AS {name}"


def _resolved(wanted: str, rule: str, zone: str, since: str) -> str:
    return _rows(
        "resolved",
        f"SELECT DISTINCT ON (e.ticket_id) e.ticket_id, (e.at AT TIME ZONE {zone})::date AS day "
        "FROM event e JOIN ticket t ON t.id = e.ticket_id "
        f"WHERE e.at >= {since} AND e.after->>'status' = 'RESOLVED' "
        "AND (e.before IS NULL OR e.before->>'status' <> 'RESOLVED') "
        f"AND t.status = 'RESOLVED' AND {wanted} AND {rule} ORDER BY e.ticket_id, e.seq DESC",
    )


def _dispatched(agency: str, zone: str, condition: str) -> str:
    """The day on which each ticket was last sent to an agency."""
    there = f"e.{{}}->>'status' = 'DISPATCHED' AND (e.{{}}->>'lead')::int = {agency}::int"
    return (
        f"SELECT DISTINCT ON (e.ticket_id) e.ticket_id, (e.at AT TIME ZONE {zone})::date AS day "
        "FROM event e JOIN ticket t ON t.id = e.ticket_id "
        f"WHERE {there.format('after', 'after')} AND ({there.format('before', 'before')}) IS NOT TRUE "
        f"AND {condition} ORDER BY e.ticket_id, e.seq DESC"
    )


def _due_first(wanted: str, rule: str, zone: str, today: str) -> str:
    """The open tickets whose day comes first: the last one in time, else the one on which a hold is looked at."""
    day, held = _last_day(zone), "CASE WHEN t.status = 'ON_HOLD' THEN t.hold_until END"
    looked_at = f"CASE WHEN {held} IS NOT NULL THEN greatest({held}, {today}::date) END"
    return (
        f"SELECT {TICKET} FROM ticket t WHERE {OPEN} AND {wanted} AND {rule} "
        f"ORDER BY coalesce({day}, {looked_at}), {day} IS NULL AND {held} IS NOT NULL, t.received_at, t.number "
        f"LIMIT {KEPT_DUE}"
    )


def _last_day(zone: str) -> str:
    """The last day in time, by the first moment that is too late."""
    return f"((t.due_at - interval '1 microsecond') AT TIME ZONE {zone})::date"


def _latest(wanted: str, rule: str) -> str:
    """The last status changes of tickets that are visible now, newest first, from a bounded part of the log."""
    recent = f"e.seq > (SELECT seq FROM log_head) - {CHANGES_SOUGHT_IN}"
    return _rows("latest", _changes(f"{recent} AND {wanted} AND {rule}") + f" LIMIT {KEPT_CHANGES}")


def _changes(condition: str) -> str:
    return (
        "SELECT e.seq, e.at, e.ticket_id, e.format, e.before, e.after FROM event e JOIN ticket t ON t.id = e.ticket_id "
        "WHERE e.after IS NOT NULL AND (e.before IS NULL OR e.before->>'status' <> e.after->>'status') "
        f"AND {condition} ORDER BY e.seq DESC"
    )


def _lists(wanted: str, rule: str) -> str:
    oldest = (
        f"SELECT {TICKET} FROM ticket t WHERE {OPEN} AND {wanted} AND {rule} "
        f"ORDER BY t.received_at, t.number LIMIT {OLDEST}"
    )
    agencies = (
        "SELECT a.id, o.received_at FROM agency a CROSS JOIN LATERAL (SELECT t.received_at FROM ticket t "
        f"WHERE t.lead_agency_id = a.id AND {OPEN} AND {wanted} AND {rule} ORDER BY t.received_at LIMIT 1) o"
    )
    return f"{_rows('oldest', oldest)}, {_rows('waiting', agencies)}"


def _midnight(desk: Desk, day: date) -> datetime:
    return datetime.combine(day, time(), desk.rules.zone)


async def _read(statement: str, parameters: Parameters) -> BoardReading:
    _, rows = await connection().execute_query(statement, list(parameters))
    row = rows[0]
    return BoardReading(row["head_seq"], row["head_reference"], row["head_epoch"], row)
