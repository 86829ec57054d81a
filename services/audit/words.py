"""Prove rows and words against the log: what stands beside it is what its events set, and nothing else.

Source: docs/adr/0022.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import connection
from services.access.states import COLUMNS, plain
from services.audit.old_words import ERASED as ERASURE
from services.core.keys import Keys
from services.core.transactions import transaction
from services.core.words import COLUMN_NAMES, ERASED, answer_word, source_text, source_word, words_in

PAGE = 500  # tickets
SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
NEXT = "SELECT id FROM ticket WHERE id > $1 ORDER BY id LIMIT $2"
TICKET_COLUMNS = sorted({*COLUMNS.values(), *COLUMN_NAMES} - {"media"})
STATEMENTS = {
    "tickets": f"SELECT {', '.join(TICKET_COLUMNS)}, media::text FROM ticket WHERE id = ANY($1) ORDER BY id",
    "events": "SELECT seq, kind, ticket_id, version, before::text, after::text, details::text, text_id, text_digest, "
    "client_mutation_id, words::text FROM event WHERE ticket_id = ANY($1) ORDER BY seq",
    "texts": "SELECT id, ticket_id, body FROM ticket_text WHERE ticket_id = ANY($1) ORDER BY id",
    "answers": "SELECT id, ticket_id, text, state, version FROM answer WHERE ticket_id = ANY($1) ORDER BY id",
    "links": "SELECT id, ticket_id, system, external_id, raw_status, data::text AS data FROM external_link "
    "WHERE ticket_id = ANY($1) ORDER BY id",
    "names": "SELECT ticket_id, digest, value FROM mutation_id WHERE ticket_id = ANY($1) ORDER BY id",
}
LOG = """
SELECT h.seq AS head, count(e.seq) AS count, coalesce(max(e.seq), 0) AS last FROM log_head h LEFT JOIN event e ON true
WHERE h.id = 1 GROUP BY h.seq
"""
Progress = Callable[[int], None]


class WordWrong(StrEnum):
    """CHANGED: other than the log has it. REMOVED: set by an event, and gone without an erasure. INSERTED: by no event.

    KEPT: an erasure came after it, and it is still there. GAP: events are gone.
    """

    CHANGED = "CHANGED"
    REMOVED = "REMOVED"
    INSERTED = "INSERTED"
    KEPT = "KEPT"
    GAP = "GAP"


@dataclass(frozen=True, slots=True)
class WordFinding:
    """What of a ticket is wrong; no word is in it. seq: the event that set it, where one did."""

    wrong: WordWrong
    ticket_id: int | None
    what: str
    seq: int | None = None

    def __str__(self) -> str:
        of = "The log" if self.ticket_id is None else f"Ticket {self.ticket_id}"
        return f"{self.wrong}: {of}: {self.what}" + ("." if self.seq is None else f", event {self.seq}.")


@dataclass(slots=True)
class Rows:
    """One ticket with all that belongs to it."""

    ticket: Mapping[str, Any]
    events: list[Mapping[str, Any]] = field(default_factory=list)
    texts: list[Mapping[str, Any]] = field(default_factory=list)
    answers: list[Mapping[str, Any]] = field(default_factory=list)
    links: list[Mapping[str, Any]] = field(default_factory=list)
    names: list[Mapping[str, Any]] = field(default_factory=list)
    erasure: int = 0  # the seq of the last one

    def bound(self) -> dict[str, tuple[str, int]]:
        """The digest and the event of each word, as it was set last."""
        return {name: (digest, e["seq"]) for e in self.events for name, digest in (e["words"] or {}).items()}


@dataclass(slots=True)
class WordVerification:
    """Compares every ticket; unbound counts words that releases before this one set, and bound to no event."""

    keys: Keys
    progress: Progress | None = None
    tickets: int = 0
    unbound: int = 0

    async def findings(self) -> AsyncIterator[WordFinding]:
        """Everything that is wrong, ticket by ticket; a page of them is in memory at a time."""
        for finding in await _log():
            yield finding
        last = 0
        while pages := await _page(last):
            for rows in pages:
                for finding in self._of(rows):
                    yield finding
            last, self.tickets = pages[-1].ticket["id"], self.tickets + len(pages)
            if self.progress is not None:
                self.progress(self.tickets)

    def _of(self, rows: Rows) -> Iterator[WordFinding]:
        key = rows.ticket["id"]
        checks = (_states, self._columns, self._answers, self._sources, self._texts, self._names)
        for check in checks:
            for wrong, what, seq in check(rows):
                yield WordFinding(wrong, key, what, seq)

    def _columns(self, rows: Rows) -> Iterator[Wrong]:
        bound = rows.bound()
        for name, text in words_in(rows.ticket).items():
            yield from self._word(rows, name, text, bound)

    def _word(self, rows: Rows, name: str, text: str, bound: Mapping[str, tuple[str, int]]) -> Iterator[Wrong]:
        if name not in bound:
            self.unbound += 1
            return
        digest, seq = bound[name]
        if self.keys.word_digest(rows.ticket["id"], name, text) != digest:
            yield WordWrong.CHANGED, name, seq

    def _answers(self, rows: Rows) -> Iterator[Wrong]:
        bound, told = rows.bound(), _told_answers(rows)
        for answer in rows.answers:
            name, known = answer_word(answer["id"]), told.pop(answer["id"], None)
            if known is None:
                yield WordWrong.INSERTED, name, None
                continue
            seq, state, version = known
            if (answer["state"], answer["version"]) != (state, version):
                yield WordWrong.CHANGED, f"the state of {name}", seq
            set_at = bound[name][1] if name in bound else seq
            if set_at >= rows.erasure:
                yield from self._word(rows, name, answer["text"], bound)
            elif answer["text"] != ERASED:
                yield WordWrong.KEPT, name, set_at
        for gone, (seq, *_) in told.items():
            yield WordWrong.REMOVED, answer_word(gone), seq

    def _sources(self, rows: Rows) -> Iterator[Wrong]:
        bound = rows.bound()
        if {f"{link['system']}|{link['external_id']}" for link in rows.links} != set(rows.ticket["external_keys"]):
            yield WordWrong.CHANGED, "names in other systems", None
        for link in rows.links:
            name, text = source_word(link["id"]), source_text(link["raw_status"], link["data"])
            said = link["raw_status"] is not None or not orjson.loads(link["data"]).keys() <= {"digest"}
            if name in bound and bound[name][1] > rows.erasure:
                yield from self._word(rows, name, text, bound)
            elif said and rows.erasure:
                yield WordWrong.KEPT, name, bound[name][1] if name in bound else None
            elif said:
                self.unbound += 1

    def _texts(self, rows: Rows) -> Iterator[Wrong]:
        texts = {text["id"]: text for text in rows.texts}
        used = set()
        for seq, key, digest in _references(rows):
            used.add(key)
            yield from self._text(rows, texts.get(key), f"text {key}", seq, digest)
        for key in sorted(texts.keys() - used):
            yield WordWrong.INSERTED, f"text {key}", None

    def _text(self, rows: Rows, text: Mapping[str, Any] | None, what: str, seq: int, digest: bytes) -> Iterator[Wrong]:
        if text is None or (text["body"] is None and rows.erasure < seq):
            yield WordWrong.REMOVED, what, seq
        elif text["body"] is not None and rows.erasure > seq:
            yield WordWrong.KEPT, what, seq
        elif text["body"] is not None and self.keys.text_digest(text["body"]) != digest:
            yield WordWrong.CHANGED, what, seq

    def _names(self, rows: Rows) -> Iterator[Wrong]:
        """What clients called their changes; a missing name is no finding, as names are kept for a while only."""
        told = {event["client_mutation_id"] for event in rows.events}
        for name in rows.names:
            if name["digest"] not in told:
                yield WordWrong.INSERTED, "a name of a change", None
            elif self.keys.mutation_digest(rows.ticket["id"], name["value"]) != name["digest"]:
                yield WordWrong.CHANGED, "a name of a change", None


Wrong = tuple[WordWrong, str, int | None]


def _states(rows: Rows) -> Iterator[Wrong]:
    """Each state follows from the one before, and the row is the last of them."""
    last: dict[str, Any] | None = None
    for event in rows.events:
        if event["before"] != last and not (last is None and event["before"] is None):
            yield WordWrong.CHANGED, "the state before an event is not the one after the event before it", event["seq"]
        last = event["after"]
    row = {name: plain(rows.ticket[column]) for name, column in COLUMNS.items()}
    differing = sorted(name for name in row.keys() & (last or {}).keys() if row[name] != (last or {})[name])
    if last is None or differing:
        yield WordWrong.CHANGED, "its row: " + (", ".join(differing) or "no event made it"), None


def _told_answers(rows: Rows) -> dict[int, tuple[int, str, int]]:
    """The last that the log says of each answer: event, state and version."""
    told = ((event["seq"], event["details"]) for event in rows.events if "answer" in event["details"])
    return {each["answer"]: (seq, each["answerState"], each["answerVersion"]) for seq, each in told}


def _references(rows: Rows) -> Iterator[tuple[int, int, bytes]]:
    """The texts that events name, with the digest of each."""
    for event in rows.events:
        if event["text_id"] is not None:
            yield event["seq"], event["text_id"], bytes(event["text_digest"] or b"")
        for text in event["details"].get("texts", ()):
            yield event["seq"], text["id"], bytes.fromhex(text["digest"])


async def _log() -> list[WordFinding]:
    row = (await connection().execute_query_dict(LOG))[0]
    whole = row["head"] == row["count"] == row["last"]
    what = f"{row['count']} events up to {row['last']}, where {row['head']} were written"
    return [] if whole else [WordFinding(WordWrong.GAP, None, what)]


async def _page(last: int) -> list[Rows]:
    """The next tickets, all of one moment."""
    async with transaction() as using:
        await using.execute_query(SNAPSHOT)
        ids = [row["id"] for row in await using.execute_query_dict(NEXT, [last, PAGE])]
        return await _loaded(using, ids) if ids else []


async def _loaded(using: BaseDBAsyncClient, ids: list[int]) -> list[Rows]:
    tickets = await using.execute_query_dict(STATEMENTS["tickets"], [ids])
    found = {row["id"]: Rows({**row, "media": orjson.loads(row["media"])}) for row in tickets}
    for name in ("events", "texts", "answers", "links", "names"):
        for row in await using.execute_query_dict(STATEMENTS[name], [ids]):
            getattr(found[row["ticket_id"]], name).append(_read(row) if name == "events" else row)
    for rows in found.values():
        rows.erasure = max((event["seq"] for event in rows.events if event["kind"] == ERASURE), default=0)
    return list(found.values())


def _read(row: Mapping[str, Any]) -> dict[str, Any]:
    parts = ("before", "after", "details", "words")
    return {**row, **{name: None if row[name] is None else orjson.loads(row[name]) for name in parts}}
