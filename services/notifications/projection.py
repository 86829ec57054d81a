"""Reads the log on and writes notifications of its events, in the transaction that moves the position (docs/adr/0031).

A process that ends before COMMIT has read nothing; what is committed is not read again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tortoise.backends.base.client import BaseDBAsyncClient

from models.enums import ActorKind, NotificationKind
from realtime import log
from realtime.log import LoggedEvent
from services.core.desk import Desk
from services.core.reference import Reference
from services.core.transactions import transaction
from services.master_data.people import People, people_of
from services.notifications.clearing import gone, is_narrowing
from services.notifications.moments import PASSINGS, NewRow, once, whole
from services.notifications.office_hours import heard_at
from services.notifications.summaries import gone_summaries
from services.notifications.table import Recipient, recipients_of

LOGGER = logging.getLogger("surga.notifications")
PAGE = 500  # events of one transaction; our choice
# Our choice. A passing is noted within seconds; who hears of it later was kept from it by a standstill.
LATE = timedelta(minutes=5)
# Our choice. What a standstill has left comes in many pages: its summary waits until nothing came for so long.
GATHERING = timedelta(minutes=1)

POSITION = "SELECT seq FROM notification_position WHERE id = 1 FOR UPDATE"
MOVE_ON = "UPDATE notification_position SET seq = $1 WHERE id = 1"
ADD = """
INSERT INTO notification (officer_id, kind, at, late, ticket_id, clock, escalation_id, source_seq)
SELECT * FROM unnest($1::int[], $2::text[], $3::timestamptz[], $4::bool[], $5::bigint[], $6::text[], $7::bigint[],
  $8::bigint[])
ON CONFLICT (officer_id, source_seq) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Moment:
    """When a batch is read: by this master data, for people who work by the calendars of their agencies."""

    desk: Desk
    reference: Reference
    people: People
    now: datetime

    def in_office(self, officer_id: int, moment: datetime) -> datetime:
        """When this officer is at work from a moment on; of several posts, the first that is."""
        agencies = (self.reference.agencies.get(post.agency_id) for post in self.people.of(officer_id))
        calendars = {self.reference.calendar.of_agency(agency.code if agency else None) for agency in agencies}
        return min((heard_at(each, moment, self.desk.rules.zone) for each in calendars), default=moment)


async def read_on(desk: Desk) -> bool:
    """Read the next page of the log; whether there may be more."""
    async with transaction() as connection:
        [position] = await connection.execute_query_dict(POSITION)
        found, head = await log.read_after(connection, position["seq"], PAGE)
        if not found:
            return False
        events = whole(found, PAGE)
        appended = await _take(desk, connection, events)
        await connection.execute_query(MOVE_ON, [events[-1].seq])
    if appended is not None:
        await desk.committed(appended.least_seq)
    return events[-1].seq < head.seq


async def _take(desk: Desk, connection: BaseDBAsyncClient, events: Sequence[LoggedEvent]) -> log.Appended | None:
    """Write what officers are told of these events, and tell them what went from their lists."""
    of_tickets = [event for event in events if event.ticket_id is not None and event.after is not None]
    if not of_tickets:
        return None
    reference = await desk.reference(connection)
    moment = Moment(desk, reference, await people_of(connection, desk.today()), desk.now())
    rows = once(row for event in of_tickets for row in _rows_of(event, moment))
    if rows:
        values = [row.values() for row in rows]
        await connection.execute_query(ADD, [list(column) for column in zip(*values, strict=True)])
    cleared = await _cleared(connection, [event for event in of_tickets if is_narrowing(event)], moment)
    return await log.append(connection, cleared) if cleared else None


async def _cleared(
    connection: BaseDBAsyncClient, narrowing: Sequence[LoggedEvent], moment: Moment
) -> list[log.NewEvent]:
    """The events that tell officers what went with the tickets that left their sight."""
    if not narrowing:
        return []
    of_tickets = await gone(connection, narrowing, moment.people, moment.now)
    return of_tickets + await gone_summaries(connection, narrowing, moment.people, moment.now)


def _rows_of(event: LoggedEvent, moment: Moment) -> list[NewRow]:
    """The rows of one event; one that can not be understood tells nobody, and holds up no other."""
    try:
        return list(_rows(event, recipients_of(event, moment.people), moment))
    except Exception:
        LOGGER.exception("Event %s can not be told to anybody.", event.seq)
        return []


def _rows(event: LoggedEvent, told: Iterable[Recipient], moment: Moment) -> Iterator[NewRow]:
    details = event.details
    for each in told:
        kind = each.row.kind
        by_itself = _is_passing(event, kind)
        late = by_itself and moment.now - event.at > LATE
        yield NewRow(
            officer_id=each.officer_id,
            kind=kind,
            at=_heard(event, each, moment, late=late),
            late=late,
            ticket_id=event.ticket_id,
            clock=details.get("clock") if by_itself else None,
            escalation_id=details.get("escalation") if kind is NotificationKind.ESCALATED else None,
            source_seq=event.seq,
            moment=event.at,
        )


def _heard(event: LoggedEvent, told: Recipient, moment: Moment, *, late: bool) -> datetime:
    """When an officer hears of an event."""
    at = moment.now + GATHERING if late else event.at
    if not told.row.waits or event.details.get("atOnce"):
        return at
    return moment.in_office(told.officer_id, at)


def _is_passing(event: LoggedEvent, kind: NotificationKind) -> bool:
    """Whether it came with the time alone, so that it goes into a summary where it is told late."""
    return kind in PASSINGS or (kind is NotificationKind.ESCALATED and event.actor_kind is ActorKind.SYSTEM)
