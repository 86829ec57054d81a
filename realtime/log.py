"""The event log: append to it inside a transaction, which numbers its events at COMMIT, and read it in commit order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient

from models.enums import PUBLIC_KINDS, REFERENCE_KINDS, ActorKind, EventKind, SubjectKind, Visibility
from models.event_formats import is_newer, lifted
from models.events import EVENT_FORMAT
from realtime.beside import Beside, parts_of

E = TypeVar("E", bound=StrEnum)

# log_here is the head for those who stand at the log's home, and raises LogElsewhereError for all others.
# What waits here gets its seq at COMMIT (models/migrations/0009): the head is locked while the server commits, and
# never while it waits for us. Here it is read without a lock, as every seq will lie behind it.
APPEND = """
INSERT INTO event_waiting (events, count, last_reference) VALUES ($1::text::jsonb, $2, $3)
RETURNING pg_current_xact_id()::xid AS written_by, (SELECT seq FROM log_here WHERE id = 1) AS behind
"""
DIGESTED = "hmac "  # what the log keeps of a client's name for its change begins so, and no such name has a blank
# What clients call their changes stands beside the log, where it can be erased.
NAMES = """
INSERT INTO mutation_id (ticket_id, digest, value, at)
SELECT DISTINCT ticket_id, mutation_digest, value, at FROM jsonb_to_recordset($1::text::jsonb)
    AS name(ticket_id bigint, mutation_digest text, value text, at timestamptz)
ON CONFLICT (ticket_id, digest) DO UPDATE SET at = EXCLUDED.at
"""
# Newest first and behind what was there before, so it passes only what others have committed since. Where nothing was
# appended it is where the log stood. A position is selected here and below, as the planner does not look into that: it
# would find a plan for all positions dearer than one for this, and plan each time anew.
LAST_SEQ = """
coalesce((SELECT seq FROM event WHERE seq > (SELECT {behind}::bigint) AND xmin = {written_by}::xid
    ORDER BY seq DESC LIMIT 1), {behind}::bigint)
"""
HEAD = "SELECT seq, reference_seq, epoch, clock_timestamp() AS read_at FROM log_here WHERE id = 1"
COLUMNS = """seq, at, recorded_at, subject_kind, subject_id, ticket_id, version, kind, format, actor_kind, actor_id,
    actor_officer_id, actor_agency_id, on_behalf_of_id, visibility, before::text, after::text, changed,
    details::text, text_id, text_digest, client_mutation_id, words::text,
    (SELECT value FROM mutation_id WHERE mutation_id.ticket_id = event.ticket_id
        AND mutation_id.digest = event.client_mutation_id) AS mutation_id"""
READ_AFTER = f"""
SELECT head.seq AS head_seq, head.reference_seq, head.epoch, clock_timestamp() AS read_at, found.*
FROM log_here AS head
LEFT JOIN LATERAL (
    SELECT {COLUMNS}
    FROM event WHERE event.seq > (SELECT $1::bigint) ORDER BY event.seq LIMIT (SELECT $2::bigint)
) AS found ON true
WHERE head.id = 1
ORDER BY found.seq
"""
# What is no ticket's, for those who read it ahead of the rest; a partial index answers it.
READ_OTHERS = f"""
SELECT head.seq AS head_seq, head.reference_seq, head.epoch, clock_timestamp() AS read_at, found.*
FROM log_here AS head
LEFT JOIN LATERAL (
    SELECT {COLUMNS}
    FROM event WHERE event.seq > (SELECT $1::bigint) AND event.seq <= (SELECT $2::bigint)
        AND event.subject_kind <> '{SubjectKind.TICKET.value}'
    ORDER BY event.seq LIMIT (SELECT $3::bigint)
) AS found ON true
WHERE head.id = 1
ORDER BY found.seq
"""


def usual_visibility(kind: EventKind) -> Visibility:
    """Who is told of an event whose writer does not say: staff of all agencies, unless the kind is a public one."""
    return Visibility.PUBLIC if kind in PUBLIC_KINDS else Visibility.INTER_AGENCY


@dataclass(frozen=True, slots=True)
class NewEvent:
    """One thing that happened; before and after are complete states of its ticket, without any free text.

    Where mutation_digest is given, the log keeps that, and client_mutation_id beside it, where it can be erased.
    words are the digests of words that this sets in rows beside the log.
    """

    kind: EventKind
    at: datetime
    actor_kind: ActorKind
    visibility: Visibility = Visibility.INTERNAL
    subject_kind: SubjectKind = SubjectKind.TICKET
    subject_id: int = 0
    ticket_id: int | None = None
    version: int = 0
    actor_id: str | None = None
    actor_officer_id: int | None = None
    actor_agency_id: int | None = None
    on_behalf_of_id: int | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    changed: tuple[str, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)
    text_id: int | None = None
    text_digest: bytes | None = None
    client_mutation_id: str | None = None
    mutation_digest: str | None = None
    words: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedEvent(NewEvent):
    """An event with its seq, which is commit order without holes, recorded_at the database's own clock.

    before and after are in the form of this release; without any field where format is of a later one.
    """

    seq: int
    recorded_at: datetime
    format: int = EVENT_FORMAT

    @property
    def row(self) -> int | None:
        """The ticket by whose row it is shown: its own, or the one that a notification is about."""
        if self.ticket_id is not None or self.subject_kind is not SubjectKind.NOTIFICATION:
            return self.ticket_id
        about = self.details.get("ticket")
        return about if isinstance(about, int) else None

    @property
    def newer(self) -> bool:
        """Whether only a later release knows all that it says."""
        return is_newer(self.format)


@dataclass(frozen=True, slots=True)
class Appended:
    """Events that get their seq at COMMIT: after behind, count of them, from the transaction written_by.

    Where there was nothing to append, the position is behind itself.
    """

    behind: int
    count: int = 0
    written_by: int | None = None

    @property
    def least_seq(self) -> int:
        """What the log reaches at least once they are committed: others may come in between."""
        return self.behind + self.count


@dataclass(frozen=True, slots=True)
class Head:
    """Where the log ends, which change of rights or master data was the last, and the name of this log.

    at is the database's own clock when this was read.
    """

    seq: int
    reference_seq: int
    epoch: str
    at: datetime


async def append(database: BaseDBAsyncClient, events: Sequence[NewEvent], *beside: Beside) -> Appended:
    """Write events in this order; they get their seq at COMMIT, behind what the transaction appended before.

    What is beside them is written by the same statement.
    """
    if not events:
        raise ValueError("There is nothing to append.")
    rows = orjson.dumps([_row(ordinal, event) for ordinal, event in enumerate(events, start=1)]).decode()
    names = [_name(event) for event in events if event.client_mutation_id and event.mutation_digest]
    if names:
        beside = (*beside, Beside("names", NAMES, orjson.dumps(names).decode()))
    values = [rows, len(events), _last_reference(events), *(each.value for each in beside)]
    found = await database.execute_query_dict(parts_of(beside) + APPEND, values)
    return Appended(found[0]["behind"], len(events), found[0]["written_by"])


async def last_position(database: BaseDBAsyncClient, appended: Appended) -> tuple[str, int]:
    """The epoch of the log, and the seq of the last event of a transaction that has appended and is committed."""
    statement = f"SELECT epoch, {LAST_SEQ.format(behind='$1', written_by='$2')} AS seq FROM log_here WHERE id = 1"
    found = await database.execute_query_dict(statement, [appended.behind, appended.written_by])
    return found[0]["epoch"], int(found[0]["seq"])


async def last_seq(database: BaseDBAsyncClient, appended: Appended) -> int:
    """The seq of last_position alone."""
    _, seq = await last_position(database, appended)
    return seq


async def head(database: BaseDBAsyncClient) -> Head:
    """Read where the log ends now."""
    return _head(dict((await database.execute_query_dict(HEAD))[0]), "seq")


async def read_after(database: BaseDBAsyncClient, seq: int, limit: int) -> tuple[list[LoggedEvent], Head]:
    """Read at most limit events after seq, and the head, out of one snapshot."""
    return _found(await database.execute_query_dict(READ_AFTER, [seq, limit]))


async def read_others(database: BaseDBAsyncClient, seq: int, upto: int, limit: int) -> tuple[list[LoggedEvent], Head]:
    """Read at most limit events with seq < theirs <= upto that are no ticket's, and the head, out of one snapshot."""
    return _found(await database.execute_query_dict(READ_OTHERS, [seq, upto, limit]))


def _last_reference(events: Sequence[NewEvent]) -> int:
    """The number, from 1, of the last of these events that changes rights or master data; 0 if there is none."""
    return max((ordinal for ordinal, event in enumerate(events, start=1) if event.kind in REFERENCE_KINDS), default=0)


def _row(ordinal: int, event: NewEvent) -> dict[str, Any]:
    return {
        "place": ordinal,
        "at": event.at,
        "subject_kind": event.subject_kind,
        "subject_id": event.subject_id or event.ticket_id or 0,
        "ticket_id": event.ticket_id,
        "version": event.version,
        "kind": event.kind,
        "format": EVENT_FORMAT,
        "actor_kind": event.actor_kind,
        "actor_id": event.actor_id,
        "actor_officer_id": event.actor_officer_id,
        "actor_agency_id": event.actor_agency_id,
        "on_behalf_of_id": event.on_behalf_of_id,
        "visibility": event.visibility,
        "before": event.before,
        "after": event.after,
        "changed": event.changed,
        "details": event.details,
        "text_id": event.text_id,
        "text_digest": None if event.text_digest is None else event.text_digest.hex(),
        "client_mutation_id": event.mutation_digest or event.client_mutation_id,
        "words": event.words,
    }


def _name(event: NewEvent) -> dict[str, Any]:
    return {
        "ticket_id": event.ticket_id,
        "mutation_digest": event.mutation_digest,
        "value": event.client_mutation_id,
        "at": event.at,
    }


def _found(rows: Sequence[Mapping[str, Any]]) -> tuple[list[LoggedEvent], Head]:
    return [_logged(row) for row in rows if row["seq"] is not None], _head(rows[0], "head_seq")


def _head(row: Mapping[str, Any], seq: str) -> Head:
    return Head(seq=row[seq], reference_seq=row["reference_seq"], epoch=row["epoch"], at=row["read_at"])


def _logged(row: Mapping[str, Any]) -> LoggedEvent:
    """An event; kinds that only a later release knows stay texts, a visibility that it does not know is internal."""
    kept = row["client_mutation_id"]
    digest = kept if kept is not None and kept.startswith(DIGESTED) else None
    return LoggedEvent(
        seq=row["seq"],
        recorded_at=row["recorded_at"],
        kind=_known(EventKind, row["kind"]) or row["kind"],
        at=row["at"],
        actor_kind=_known(ActorKind, row["actor_kind"]) or ActorKind.SYSTEM,
        visibility=_known(Visibility, row["visibility"]) or Visibility.INTERNAL,
        subject_kind=_known(SubjectKind, row["subject_kind"]) or row["subject_kind"],
        subject_id=row["subject_id"],
        ticket_id=row["ticket_id"],
        version=row["version"],
        actor_id=row["actor_id"],
        actor_officer_id=row["actor_officer_id"],
        actor_agency_id=row["actor_agency_id"],
        on_behalf_of_id=row["on_behalf_of_id"],
        format=row["format"],
        before=lifted(row["format"], _loaded(row["before"])),
        after=lifted(row["format"], _loaded(row["after"])),
        changed=tuple(row["changed"]),
        details=_loaded(row["details"]) or {},
        text_id=row["text_id"],
        text_digest=row["text_digest"],
        client_mutation_id=row["mutation_id"] if digest else row["client_mutation_id"],
        mutation_digest=digest,
        words=_loaded(row["words"]) or {},
    )


def _known(enum: type[E], value: str) -> E | None:
    """A value as this release knows it; None for one of a later release."""
    try:
        return enum(value)
    except ValueError:
        return None


def _loaded(text: str | None) -> dict[str, Any] | None:
    return None if text is None else orjson.loads(text)
