"""An officer's notifications as of now: each exists only while its reader sees the ticket (docs/adr/0031)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.database import connection
from models.enums import ClockKind, NotificationKind
from services.access.access import row_rule
from services.access.predicates import Among, Parameters, Predicate
from services.access.scopes import Scope, Sight, require_chosen, require_signed_in
from services.core.desk import Desk
from services.core.messages import say
from services.core.nodes import node_id
from services.core.paging import by_time, decode_cursor, microseconds_of, page_size
from services.core.refusals import Checks, EdgeRefusal
from services.feeds.marks import mark_of

ORDER = "notifications"
FIELD = "notified"  # names an officer in the mark of a feed


@dataclass(frozen=True, slots=True)
class NotificationReader:
    """Whose notifications are read, under which rights, in which language."""

    officer_id: int
    sight: Sight
    language: str

    @property
    def rule(self) -> Predicate:
        return row_rule(self.sight)

    @property
    def mark(self) -> bytes:
        """The mark in the cursors of this reader's feed, which is another one for another post."""
        return mark_of(self.sight, self.rule, Among(FIELD, (self.officer_id,)))


class NotificationView:
    """The contract's Notification as plain attributes, but its ticket and its escalation, which are loaded."""

    def __init__(self, row: Mapping[str, Any], language: str) -> None:
        self.pk: int = row["id"]
        self.id = node_id("Notification", row["id"])
        self.kind = NotificationKind(row["kind"])
        self.at: datetime = row["at"]
        self.ticket_key: int | None = row["ticket_id"]
        self.escalation_key: int | None = row["escalation_id"]
        self.count: int = row["shown"]
        self.read_at: datetime | None = row["read_at"]
        self._row = row
        self._language = language

    @property
    def text(self) -> str:
        """The text in the reader's language, made of codes and numbers only: nothing that a person wrote is in it."""
        row = self._row
        clock = ClockKind(row["clock"]) if row["clock"] else None
        by_clock = "_BY_CLOCK" if self.kind is NotificationKind.ESCALATED and clock else ""
        key = f"notification.{self.kind}{by_clock}"
        return say(key, self._language, number=row["number"], clock=clock, count=self.count, year=row["year"])


@dataclass(frozen=True, slots=True)
class NotificationPage:
    """A page, how many are unread in all, and the position in the log that both show."""

    notifications: list[NotificationView]
    cursors: list[str]
    has_next: bool
    has_previous: bool
    unread: int
    feed_cursor: str


def reader_of(scope: Scope, language: str) -> NotificationReader:
    """The caller as a reader; raises UNAUTHENTICATED, and FORBIDDEN for who is no officer or has not chosen a post."""
    require_signed_in(scope)
    if scope.officer_id is None:
        raise EdgeRefusal("FORBIDDEN", "STAFF_ONLY")
    require_chosen(scope)
    return NotificationReader(scope.officer_id, scope.sight, language)


def reader_if_any(scope: Scope, language: str) -> NotificationReader | None:
    """The caller as a reader; None for who is no officer, or has not chosen a post."""
    if not scope.is_staff or scope.officer_id is None or scope.must_choose:
        return None
    return NotificationReader(scope.officer_id, scope.sight, language)


async def notification_page(
    desk: Desk, reader: NotificationReader, first: int, after: str | None, *, unread_only: bool
) -> NotificationPage:
    """The latest first, with the number of all unread ones and the feed's cursor, in one statement."""
    checks = Checks()
    size = checks(page_size, first)
    after_key = checks(decode_cursor, desk.cursors, after, ORDER, by_time)
    checks.settle()
    parameters = Parameters()
    seek = _seek(after_key, parameters) + (" AND n.read_at IS NULL" if unread_only else "")
    listed = f"{seen(reader, parameters, seek)} ORDER BY n.at DESC, n.id DESC LIMIT {size + 1}"
    statement = (
        f"SELECT h.seq AS head_seq, h.epoch AS head_epoch, {unread(reader, parameters)} AS unread, p.* "
        f"FROM log_here h LEFT JOIN ({listed}) p ON TRUE ORDER BY p.at DESC, p.id DESC"
    )
    _, rows = await connection().execute_query(statement, list(parameters))
    found = [NotificationView(row, reader.language) for row in rows if row["id"] is not None]
    return NotificationPage(
        notifications=found[:size],
        cursors=[desk.cursors.seal_page(ORDER, [microseconds_of(each.at), each.pk]) for each in found[:size]],
        has_next=len(found) > size,
        has_previous=after is not None,
        unread=rows[0]["unread"],
        feed_cursor=desk.cursors.seal_position(rows[0]["head_epoch"], rows[0]["head_seq"], reader.mark),
    )


async def notification_by_id(reader: NotificationReader, key: int) -> NotificationView | None:
    """One of the reader's notifications; None where it is absent, another's, or its ticket is hidden."""
    return (await notification_now(reader, key))[0]


async def notification_now(reader: NotificationReader, key: int) -> tuple[NotificationView | None, int]:
    """The same, and how many are unread at this moment, in one statement."""
    parameters = Parameters()
    only = f" AND n.id = {parameters.add(key)}"
    statement = (
        f"SELECT {unread(reader, parameters)} AS unread, p.* "
        f"FROM (SELECT) one LEFT JOIN ({seen(reader, parameters, only)}) p ON TRUE"
    )
    _, rows = await connection().execute_query(statement, list(parameters))
    row = rows[0]
    return NotificationView(row, reader.language) if row["id"] is not None else None, row["unread"]


async def unread_count(reader: NotificationReader) -> int:
    """How many of the reader's notifications are unread."""
    parameters = Parameters()
    _, rows = await connection().execute_query(f"SELECT {unread(reader, parameters)} AS unread", list(parameters))
    return int(rows[0]["unread"])


async def unread_of(scope: Scope) -> int:
    """The same for any caller: 0 for who is no officer, or has not chosen a post."""
    reader = reader_if_any(scope, "")
    return 0 if reader is None else await unread_count(reader)


async def still_unread(reader: NotificationReader, keys: Sequence[int]) -> tuple[set[int], int]:
    """Which of these the reader has and has not read, and how many such there are in all, in one statement."""
    parameters = Parameters()
    listed = seen(reader, parameters, " AND n.read_at IS NULL")
    among = f"array_agg(u.id) FILTER (WHERE u.id = ANY({parameters.add(list(keys))}))"
    statement = f"SELECT {among} AS kept, count(*) AS unread FROM ({listed}) u"
    _, rows = await connection().execute_query(statement, list(parameters))
    return set(rows[0]["kept"] or ()), rows[0]["unread"]


def unread(reader: NotificationReader, parameters: Parameters) -> str:
    """The number of unread ones, as a subselect."""
    return f"(SELECT count(*) FROM ({seen(reader, parameters, ' AND n.read_at IS NULL')}) u)"


def seen(reader: NotificationReader, parameters: Parameters, more: str = "") -> str:
    """Those that exist for the reader, as n with what they show of the ticket t; more: further conditions.

    Of a summary, as many count as the reader sees of its tickets; one without any is none.
    """
    shown = f"(SELECT count(*) FROM unnest(n.tickets) k JOIN ticket t ON t.id = k WHERE {reader.rule.sql(parameters)})"
    return (
        f"SELECT n.*, t.number, s.shown FROM notification n "
        f"LEFT JOIN ticket t ON t.id = n.ticket_id AND {reader.rule.sql(parameters)} "
        f"CROSS JOIN LATERAL (SELECT CASE WHEN n.kind = 'SUMMARY' THEN {shown} ELSE 1 END AS shown) s "
        f"WHERE n.officer_id = {parameters.add(reader.officer_id)} AND n.told AND s.shown > 0 "
        f"AND (n.ticket_id IS NULL OR t.id IS NOT NULL){more}"
    )


def _seek(after_key: tuple[datetime, int] | None, parameters: Parameters) -> str:
    if after_key is None:
        return ""
    at, key = (parameters.add(value) for value in after_key)
    return f" AND (n.at, n.id) < ({at}, {key})"
