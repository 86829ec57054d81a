"""Takes the words out of the log that earlier releases wrote there: each event once, on record, and resumable.

A server of the release before may go on meanwhile; what it writes is found as the log is read on. docs/adr/0022 says
why this is allowed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import takewhile
from typing import Any

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient

from models.enums import AuditKind, TextKind
from services.access.scopes import SYSTEM
from services.audit.audit import record
from services.audit.old_words import ERASED, Found, Rewrite, changes, digested_key, has_words, is_plain
from services.core.desk import Desk
from services.core.refusals import EdgeRefusal
from services.core.transactions import transaction

# Whoever wrote an event finds its seq by its transaction, which a rewriting would hide; that takes milliseconds.
SETTLED = timedelta(seconds=10)
BATCH = 200  # events that are looked at in one transaction; their tickets are locked as long as it takes
BEGIN = "INSERT INTO word_binding (id, seq) VALUES (1, 0) ON CONFLICT (id) DO NOTHING"
POSITION = "SELECT seq FROM word_binding WHERE id = 1 FOR UPDATE"
MOVE = "UPDATE word_binding SET seq = $1 WHERE id = 1"
EVENT = "seq, at, kind, ticket_id, changed, before::text, after::text, details::text, client_mutation_id, words::text"
NEXT = f"""
SELECT {EVENT}, clock_timestamp() - recorded_at AS age FROM event WHERE seq > $1 ORDER BY seq LIMIT $2
"""
OF_TICKETS = f"SELECT {EVENT} FROM event WHERE ticket_id = ANY($1) ORDER BY seq"
TICKETS = """
SELECT id, title, body, address, latitude, longitude, media::text, external_keys FROM ticket
WHERE id = ANY($1) ORDER BY id FOR UPDATE
"""
TEXTS = "SELECT id, ticket_id, kind, body FROM ticket_text WHERE ticket_id = ANY($1)"
ANSWERS = "SELECT id, ticket_id, text FROM answer WHERE ticket_id = ANY($1) ORDER BY id"
LINKS = """
SELECT id, ticket_id, system, external_id, raw_status, data::text AS data FROM external_link
WHERE ticket_id = ANY($1) ORDER BY id
"""
REWRITE = """
UPDATE event SET
    before = CASE WHEN n.before IS NULL THEN event.before
        ELSE jsonb_set(event.before, '{external}', n.before::jsonb) END,
    after = CASE WHEN n.after IS NULL THEN event.after ELSE jsonb_set(event.after, '{external}', n.after::jsonb) END,
    details = CASE WHEN n.text IS NULL THEN event.details ELSE (event.details - 'type')
        || jsonb_build_object('texts', coalesce(event.details->'texts', '[]') || n.text::jsonb) END,
    client_mutation_id = coalesce(n.mutation, event.client_mutation_id),
    words = coalesce(event.words, n.words::jsonb)
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
    AS n(seq, before, after, text, mutation, words)
WHERE event.seq = n.seq
"""
KEEP_KIND = "INSERT INTO ticket_text (ticket_id, kind, body, erased_at) VALUES ($1, $2, $3, $4) RETURNING id"
KEEP_NAME = """
INSERT INTO mutation_id (ticket_id, digest, value, at) VALUES ($1, $2, $3, $4)
ON CONFLICT (ticket_id, digest) DO NOTHING
"""
# A server of the release before erases without knowing of these names.
FORGET = "DELETE FROM mutation_id WHERE ticket_id = $1 AND at <= $2"
RENAME_TICKET = "UPDATE ticket SET external_keys = $2 WHERE id = $1"
RENAME_LINK = "UPDATE external_link SET external_id = $2 WHERE id = $1"
TAKEN = "SELECT 1 FROM external_link WHERE system = $1 AND external_id = $2"
AS_IT_IS = "SELECT coalesce(string_agg(event::text, E'\\n' ORDER BY seq), '') AS rows FROM event WHERE seq = ANY($1)"


async def rewrite(desk: Desk, settled: timedelta = SETTLED) -> int:
    """Read the log on from where it was read before, and replace words; gives the number of events that changed.

    settled: how old an event is at least.
    """
    total = 0
    try:
        while True:
            changed, read = await _batch(desk, settled)
            total += changed
            if read < BATCH:
                return total
    except EdgeRefusal as refusal:  # somebody holds a ticket: the next run begins with this batch
        if refusal.code != "BUSY":
            raise
        return total


async def _batch(desk: Desk, settled: timedelta) -> tuple[int, int]:
    """Rewrite the tickets of the next events; gives how many events changed, and how many were read."""
    async with transaction() as using:
        await using.execute_query(BEGIN)
        position = (await using.execute_query_dict(POSITION))[0]["seq"]
        rows = await using.execute_query_dict(NEXT, [position, BATCH])
        events = [_read(row) for row in takewhile(lambda row: row["age"] >= settled, rows)]
        if not events:
            return 0, 0
        wanting = [event for event in events if has_words(event)]
        changed = await _rewrite(desk, using, wanting) if wanting else 0
        await using.execute_query(MOVE, [events[-1]["seq"]])
    return changed, len(events)


async def _rewrite(desk: Desk, using: BaseDBAsyncClient, wanting: Sequence[Mapping[str, Any]]) -> int:
    ids = sorted({event["ticket_id"] for event in wanting if event["ticket_id"] is not None})
    made = _of_no_ticket(desk, wanting)
    texts: dict[int, str] = {}
    for found in await _found(using, ids):
        mine = changes(desk.keys, found)
        made += mine
        texts |= await _beside(desk, using, found, mine)
    seqs = sorted(change.seq for change in made)
    before = await _as_it_is(desk, using, seqs)
    await using.execute_query(REWRITE, _columns(made, texts))
    details: dict[str, str | int | bool] = {"first": seqs[0], "last": seqs[-1], "events": len(seqs)} if seqs else {}
    if seqs:
        details |= {"before": before, "after": await _as_it_is(desk, using, seqs)}
        await record(desk, AuditKind.LOG_REWRITTEN, SYSTEM.principal, details=details, using=using)
    return len(seqs)


def _of_no_ticket(desk: Desk, wanting: Sequence[Mapping[str, Any]]) -> list[Rewrite]:
    """Remove clients' own names of changes that are no ticket's: these are kept nowhere."""
    found = [event for event in wanting if event["ticket_id"] is None and is_plain(event["client_mutation_id"])]
    return [Rewrite(each["seq"], mutation=desk.keys.mutation_digest(0, each["client_mutation_id"])) for each in found]


async def _found(using: BaseDBAsyncClient, ids: list[int]) -> list[Found]:
    """The tickets, locked in the order of their ids, with all that belongs to them."""
    rows = await using.execute_query_dict(TICKETS, [ids])
    found = {row["id"]: Found({**row, "media": orjson.loads(row["media"])}) for row in rows}
    for row in await using.execute_query_dict(OF_TICKETS, [ids]):
        found[row["ticket_id"]].events.append(_read(row))
    for row in await using.execute_query_dict(TEXTS, [ids]):
        found[row["ticket_id"]].texts[row["id"]] = row
    for row in await using.execute_query_dict(ANSWERS, [ids]):
        found[row["ticket_id"]].answers.append(row)
    for row in await using.execute_query_dict(LINKS, [ids]):
        found[row["ticket_id"]].links.append(row)
    return list(found.values())


async def _beside(desk: Desk, using: BaseDBAsyncClient, found: Found, made: Sequence[Rewrite]) -> dict[int, str]:
    """Put the words of a ticket into rows beside the log; gives the references to kinds of notes, by seq."""
    await _rename(desk, using, found)
    texts, events = {}, {event["seq"]: event for event in found.events}
    erasures = [event["at"] for event in found.events if event["kind"] == ERASED and event["words"] is None]
    if erasures:
        await using.execute_query(FORGET, [found.id, max(erasures)])
    for change in made:
        erased = found.erased_since(change.seq)
        if change.mutation is not None and not erased:
            name = [found.id, change.mutation, events[change.seq]["client_mutation_id"], desk.now()]
            await using.execute_query(KEEP_NAME, name)
        if change.kind is not None:
            texts[change.seq] = await _kind(desk, using, found.id, change.kind, erased=erased)
    return texts


async def _rename(desk: Desk, using: BaseDBAsyncClient, found: Found) -> None:
    """Replace what other systems call a ticket, in its row and its links."""
    erased = any(event["kind"] == ERASED for event in found.events)
    before: list[str] = found.ticket["external_keys"]
    keys = [digested_key(desk.keys, key, erased=erased) for key in before]
    if keys != before:
        await using.execute_query(RENAME_TICKET, [found.id, keys])
    for link in found.links:
        _, _, name = digested_key(desk.keys, f"|{link['external_id']}", erased=erased).partition("|")
        if name != link["external_id"]:
            # A server of each release may have taken the same report at the same time.
            taken = await using.execute_query_dict(TAKEN, [link["system"], name])
            name = desk.keys.erased_digest(f"{name} {found.id}") if taken else name
            await using.execute_query(RENAME_LINK, [link["id"], name])


async def _kind(desk: Desk, using: BaseDBAsyncClient, ticket_id: int, kind: str, *, erased: bool) -> str:
    body, at = (None, desk.now()) if erased else (kind, None)
    rows = await using.execute_query_dict(KEEP_KIND, [ticket_id, TextKind.SOURCE_KIND.value, body, at])
    digest = desk.keys.text_digest(kind).hex()
    return orjson.dumps([{"kind": TextKind.SOURCE_KIND.value, "id": rows[0]["id"], "digest": digest}]).decode()


def _columns(made: Sequence[Rewrite], texts: Mapping[int, str]) -> list[list[Any]]:
    return [
        [change.seq for change in made],
        [_json(change.before) for change in made],
        [_json(change.after) for change in made],
        [texts.get(change.seq) for change in made],
        [change.mutation for change in made],
        [_json(change.words) for change in made],
    ]


async def _as_it_is(desk: Desk, using: BaseDBAsyncClient, seqs: list[int]) -> str:
    """A keyed digest of these events as the database has them, for whoever holds a backup from before."""
    rows = await using.execute_query_dict(AS_IT_IS, [seqs])
    return desk.keys.digest("log rewritten", rows[0]["rows"]).hex()


def _json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def _read(row: Mapping[str, Any]) -> dict[str, Any]:
    """An event with its JSON read."""
    parts = ("before", "after", "details", "words")
    return {**row, **{name: None if row[name] is None else orjson.loads(row[name]) for name in parts}}
