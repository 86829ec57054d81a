"""What happened to tickets, oldest first by time and then by seq, for one caller (decided here)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from models.database import connection
from models.enums import (
    TIMELINE_KINDS,
    ActorKind,
    AnswerState,
    EventKind,
    HiddenReason,
    PrincipalKind,
    TicketStatus,
    Visibility,
)
from models.pool_turns import share
from realtime.cursors import Cursors
from services.access.access import reads, works_on
from services.access.fields import NAMING_ACTOR, RULES
from services.access.predicates import Parameters
from services.access.redactions import Redactions
from services.access.scopes import Sight
from services.access.states import known_status
from services.core.desk import Desk
from services.core.nodes import node_id
from services.core.paging import LARGEST_PAGE, by_time, decode_cursor, microseconds_of, page_size
from services.core.reference import AgencyRef, Reference
from services.core.refusals import Checks, bad_input
from services.queries import reporter_messages
from services.queries.reporter_messages import INDONESIAN, Reader, reporter_message

ORDER = "timeline"
SHOWN_KINDS = tuple(sorted(str(kind) for kind in TIMELINE_KINDS))
# Why an answer was rejected is for those who work on the ticket (decided in the contract): what that hangs on. Earlier
# releases wrote it with ANSWER_DRAFTED.
WORKED_ON = (
    f"CASE WHEN e.details->>'answerState' = '{AnswerState.REJECTED}' THEN json_build_object('lead', t.lead_agency_id, "
    "'supporting', t.supporting_agency_ids, 'supervisory', t.supervisory, 'reported', t.reported_agency_id)::text "
    "END AS worked_on"
)
COLUMNS = (
    "e.seq, e.at, e.ticket_id, e.version, e.kind, e.actor_kind, e.actor_officer_id, e.actor_agency_id, e.visibility, "
    "e.before->>'status' AS status_before, e.after->>'status' AS status_after, "
    "coalesce(e.details->>'textVisibility', e.visibility) AS text_visibility, x.body AS text, "
    f"{WORKED_ON}, {reporter_messages.COLUMNS}"
)
SOURCES = f"event e LEFT JOIN ticket_text x ON x.id = e.text_id {reporter_messages.JOINS}"
# The kinds whose reason somebody chose; others may keep a reason that the desk gave by itself.
REASONED_KINDS = frozenset({EventKind.RETURNED, EventKind.STATUS_CHANGED, EventKind.REOPENED, EventKind.MERGED})


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a timeline: the first after a cursor, or the last before one."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class ActorView:
    kind: ActorKind
    name: str | None
    agency: AgencyRef | None


class EventView:
    """The contract's TicketEvent for one sight, as plain attributes."""

    def __init__(self, row: Mapping[str, Any], reference: Reference, sight: Sight) -> None:
        self.row = row
        self.reference = reference
        self.sight = sight
        self.id = node_id("TicketEvent", row["seq"])
        self.at: datetime = row["at"]
        self.kind = EventKind(row["kind"])
        self.version: int = row["version"]
        known = row["visibility"] in Visibility.__members__
        self.visibility = Visibility(row["visibility"]) if known else Visibility.INTERNAL
        self.redactions: Redactions | None = None
        self.reader: Reader = INDONESIAN

    @property
    def reason_code(self) -> str | None:
        """The reason that was chosen with a move, for staff."""
        if reads(self.sight, "TicketEvent.reasonCode"):
            return self.row["reason"] if self.kind in REASONED_KINDS else None
        self._withhold("TicketEvent.reasonCode")
        return None

    @property
    def public_message(self) -> str | None:
        """What the reporter is told by it; a note is in it for those who read notes."""
        if reads(self.sight, "TicketEvent.publicMessage"):
            return reporter_message(self.row, self.reference, self.sight, self.reader, words=self._reads_words())
        self._withhold("TicketEvent.publicMessage")
        return None

    def _reads_words(self) -> bool:
        """Whether the caller reads what was written; a partner where its grant opens just that."""
        granted = self.sight.granted
        return reads(self.sight, "TicketEvent.text") and (granted is None or "TicketEvent.text" in granted.opens)

    @property
    def text(self) -> str | None:
        """The text that was written with it, for those who may read texts and this entry."""
        row = self.row
        if row["worked_on"] is not None and not works_on(self.sight, orjson.loads(row["worked_on"])):
            return None  # as Answer.reviewNote is, without a reason
        if reads(self.sight, "TicketEvent.text") and event_visible(
            self.sight, row["text_visibility"], row["actor_agency_id"]
        ):
            return row["text"]  # type: ignore[no-any-return]
        self._withhold("TicketEvent.text")
        return None

    def _withhold(self, coordinate: str) -> None:
        if self.redactions is not None:
            self.redactions.note(coordinate, RULES[coordinate].reason, self.row["seq"])

    @property
    def moved(self) -> bool:
        return bool(self.row["status_before"] != self.row["status_after"])

    @property
    def from_(self) -> TicketStatus | None:
        return known_status({"status": self.row["status_before"]}) if self.moved else None

    @property
    def to(self) -> TicketStatus | None:
        return known_status({"status": self.row["status_after"]}) if self.moved else None

    @property
    def actor(self) -> ActorView:
        """Who did it: officers are named to staff only."""
        officer = self.reference.officers.get(self.row["actor_officer_id"])
        named = reads(self.sight, "EventActor.name")
        if not named:
            self._withhold("EventActor.name")
        agency = self.reference.agencies.get(self.row["actor_agency_id"])
        if self.sight.kind is PrincipalKind.CITIZEN and reporter_messages.unnamed(self.row):
            agency = None
            if self.redactions is not None:
                self.redactions.note(NAMING_ACTOR, HiddenReason.SUPERVISORY, self.row["seq"])
        kind = self.row["actor_kind"]
        known = ActorKind(kind) if kind in ActorKind.__members__ else ActorKind.SYSTEM
        return ActorView(known, officer.name if officer and named else None, agency)


@dataclass(frozen=True, slots=True)
class TimelinePage:
    events: list[EventView]
    cursors: list[str]
    has_next: bool
    has_previous: bool


EMPTY = TimelinePage([], [], has_next=False, has_previous=False)


def window(
    first: int | None, after: str | None, last: int | None, before: str | None, cursors: Cursors | None = None
) -> Window:
    """The window of these arguments; raises BAD_INPUT without exactly one of first and last, of 1 to LARGEST_PAGE.

    cursors: those that opened them, where after and before are to be checked, too; raises BAD_CURSOR.
    """
    checks = Checks()
    if (first is None) == (last is None):
        checks.keep(bad_input("FIRST_OR_LAST", "first"))
    for name, size in (("first", first), ("last", last)):
        if size is not None:
            checks(page_size, size, name=name)
    for name, cursor in (("after", after), ("before", before)):
        if cursors is not None:
            checks(decode_cursor, cursors, cursor, ORDER, by_time, name)
    checks.settle()
    return Window(first, after, last, before)


async def timelines(
    desk: Desk, reference: Reference, sight: Sight, keys: Sequence[int], part: Window
) -> dict[int, TimelinePage]:
    """The same part of the timelines of several tickets whose rights were checked before, in one statement."""
    parameters = Parameters()
    statement = _statement(desk, sight, keys, part, parameters)
    _, rows = await connection().execute_query(statement, list(parameters))
    found: dict[int, list[Mapping[str, Any]]] = {key: [] for key in keys}
    for row in rows:
        found[row["ticket_id"]].append(row)
    pages = {}
    for key, group in found.items():
        if desk.pace.is_due(share.get()):
            await desk.pace.pause(share.get())
        pages[key] = _page(desk, reference, sight, group, part)
    return pages


async def event_by_seq(seq: int) -> Mapping[str, Any] | None:
    """One event of a ticket's timeline as a row; its ticket and visibility are the caller's to check."""
    statement = f"SELECT {COLUMNS} FROM {SOURCES} WHERE e.seq = $1 AND e.ticket_id IS NOT NULL AND e.kind = ANY($2)"
    _, rows = await connection().execute_query(statement, [seq, list(SHOWN_KINDS)])
    return rows[0] if rows else None


async def events_since(
    reference: Reference, sight: Sight, key: int, version: int, answer: int | None = None, case: int | None = None
) -> list[EventView]:
    """What raised a ticket, or one answer or case of it, above a version that a caller holds, as far as they read it.

    At most LARGEST_PAGE, oldest first.
    """
    parameters = Parameters()
    ticket, least = parameters.add(key), parameters.add(version)
    above = f"e.version > {least}"
    for name, part in (("answer", answer), ("case", case)):
        if part is not None:
            above = (
                f"e.details->>'{name}' = {parameters.add(str(part))} AND (e.details->>'{name}Version')::int > {least}"
            )
    statement = (
        f"SELECT {COLUMNS} FROM {SOURCES} "
        f"WHERE e.ticket_id = {ticket} AND {above} "
        f"AND {_visible(sight, parameters)} ORDER BY e.at, e.seq LIMIT {LARGEST_PAGE}"
    )
    _, rows = await connection().execute_query(statement, list(parameters))
    return [EventView(row, reference, sight) for row in rows]


def event_visible(sight: Sight, visibility: str, actor_agency_id: int | None) -> bool:
    """Whether this sight reads an event of a ticket that it sees; the same rule as in the statements."""
    if visibility == Visibility.PUBLIC:
        return True
    if sight.kind is not PrincipalKind.STAFF:
        return False
    return visibility == Visibility.INTER_AGENCY or actor_agency_id == sight.agency_id


def _visible(sight: Sight, parameters: Parameters) -> str:
    kinds = f"e.kind = ANY({parameters.add(list(SHOWN_KINDS))})"
    if sight.kind is not PrincipalKind.STAFF:
        return f"{kinds} AND e.visibility = 'PUBLIC'"
    own = f"e.actor_agency_id = {parameters.add(sight.agency_id)}"
    return f"{kinds} AND (e.visibility IN ('PUBLIC', 'INTER_AGENCY') OR {own})"


def _statement(desk: Desk, sight: Sight, keys: Sequence[int], part: Window, parameters: Parameters) -> str:
    backward = part.last is not None
    word = "DESC" if backward else "ASC"
    size = (part.last or part.first or 0) + 1
    ids = parameters.add(list(keys))
    bounds = "".join(
        f" AND (e.at, e.seq) {sign} ({parameters.add(key[0])}, {parameters.add(key[1])})"
        for sign, cursor in ((">", part.after), ("<", part.before))
        if (key := decode_cursor(desk.cursors, cursor, ORDER, by_time)) is not None
    )
    return (
        f"SELECT e.* FROM unnest({ids}::bigint[]) AS k(id) CROSS JOIN LATERAL ("
        f"SELECT {COLUMNS} FROM {SOURCES} "
        f"WHERE e.ticket_id = k.id AND {_visible(sight, parameters)}{bounds} "
        f"ORDER BY e.at {word}, e.seq {word} LIMIT {size}) e ORDER BY e.ticket_id, e.at {word}, e.seq {word}"
    )


def _page(desk: Desk, reference: Reference, sight: Sight, rows: list[Mapping[str, Any]], part: Window) -> TimelinePage:
    size = part.last or part.first or 0
    shown, more = rows[:size], len(rows) > size
    if part.last is not None:
        shown.reverse()
    return TimelinePage(
        events=[EventView(row, reference, sight) for row in shown],
        cursors=[desk.cursors.seal_page(ORDER, _cursor_key(row)) for row in shown],
        has_next=more if part.last is None else part.before is not None,
        has_previous=part.after is not None if part.last is None else more,
    )


def _cursor_key(row: Mapping[str, Any]) -> tuple[int, int]:
    return microseconds_of(row["at"]), row["seq"]
