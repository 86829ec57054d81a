"""What becomes of the words that earlier releases wrote into the events of one ticket; pure. See docs/adr/0022."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.core.keys import Keys, is_digest
from services.core.words import answer_word, digests, source_text, source_word, text_of, words_in

FIRST = ("SUBMITTED", "IMPORTED")
ERASED = "REPORTER_ERASED"
KINDS = {"title": "TITLE", "body": "BODY", "location": "PLACE"}  # of the text that gave way, by what it was


@dataclass(slots=True)
class Found:
    """All that the database holds of one ticket: rows as they are, and its events by seq with their JSON read."""

    ticket: Mapping[str, Any]
    events: list[Mapping[str, Any]] = field(default_factory=list)
    texts: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    answers: list[Mapping[str, Any]] = field(default_factory=list)
    links: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def id(self) -> int:
        return int(self.ticket["id"])

    def erased_since(self, seq: int) -> bool:
        """Whether an erasure came after this event."""
        return any(event["kind"] == ERASED and event["seq"] > seq for event in self.events)

    def erased_at(self, seq: int) -> bool:
        """Whether an erasure had come when this event was written, itself included."""
        return any(event["kind"] == ERASED and event["seq"] <= seq for event in self.events)


@dataclass(slots=True)
class Rewrite:
    """What one event gets in place of words; None leaves a part as it is. kind: a word that needs a row of its own."""

    seq: int
    before: list[str] | None = None
    after: list[str] | None = None
    mutation: str | None = None
    words: dict[str, str] | None = None
    kind: str | None = None

    @property
    def empty(self) -> bool:
        return (self.before, self.after, self.mutation, self.words, self.kind) == (None,) * 5


def changes(keys: Keys, found: Found) -> list[Rewrite]:
    """What has to change in the events of a ticket, in their order."""
    told = bindings(keys, found)
    made = [_change(keys, found, event, told.get(event["seq"])) for event in found.events]
    return [each for each in made if not each.empty]


def has_words(event: Mapping[str, Any]) -> bool:
    """Whether an event holds words, or set some that nothing binds to it."""
    states = (event["before"], event["after"])
    named = any(not is_digest(_name(key)) for state in states for key in (state or {}).get("external") or ())
    unbound = event["words"] is None and event["ticket_id"] is not None and bool(_sets(event))
    return named or unbound or "type" in event["details"] or is_plain(event["client_mutation_id"])


def is_plain(word: str | None) -> bool:
    return word is not None and not is_digest(word)


def digested_key(keys: Keys, key: str, *, erased: bool) -> str:
    """A ticket's key, `system|name`, with a digest in place of the name."""
    system, _, name = key.partition("|")
    if is_digest(name):
        return key
    digest = keys.external_digest(name)
    return f"{system}|{keys.erased_digest(digest) if erased else digest}"


def bindings(keys: Keys, found: Found) -> dict[int, dict[str, str]]:
    """The digests of words that events set and that are still known, by the seq of the event."""
    told: dict[int, dict[str, str]] = {}
    for seq, name, text in _known_words(found):
        told.setdefault(seq, {})[name] = text
    return {seq: digests(keys, found.id, words) for seq, words in told.items()}


def _known_words(found: Found) -> Iterator[tuple[int, str, str]]:
    now = words_in(found.ticket)
    for name, text in now.items():
        yield from _back(found, name, text)
    first = next((event["seq"] for event in found.events if event["kind"] == "IMPORTED"), None)
    if first is not None and not found.erased_since(first):
        for link in found.links:
            yield first, source_word(link["id"]), source_text(link["raw_status"], link["data"])
    for answer in found.answers:
        told = [event["seq"] for event in found.events if event["details"].get("answer") == answer["id"]]
        if told and not found.erased_since(told[-1]):
            yield told[-1], answer_word(answer["id"]), answer["text"]


def _back(found: Found, name: str, text: str) -> Iterator[tuple[int, str, str]]:
    """From the current word back through those that it replaced, as long as they were kept."""
    known: str | None = text
    for event in reversed(found.events):
        if known is None:
            return
        if name in _sets(event):
            yield event["seq"], name, known
            known = _gave_way(found, event, name)


def _sets(event: Mapping[str, Any]) -> Sequence[str]:
    """The words of the ticket's row that an event set."""
    if event["words"] is not None:
        return list(event["words"])
    if event["kind"] in FIRST:
        return ("title", "body", "location", "media")
    more = ("media",) if event["kind"] == ERASED else ()
    answer = ("answer",) if "answer" in event["details"] else ()
    return [*(name for name in KINDS if name in event["changed"]), *more, *answer]


def _gave_way(found: Found, event: Mapping[str, Any], name: str) -> str | None:
    for text in event["details"].get("texts", ()):
        row = found.texts.get(text["id"])
        if text["kind"] == KINDS.get(name) and row is not None and row["body"] is not None:
            body: str = row["body"]
            return body if name == "location" else text_of([body])
    return None


def _change(keys: Keys, found: Found, event: Mapping[str, Any], words: dict[str, str] | None) -> Rewrite:
    seq, plain = event["seq"], event["client_mutation_id"]
    change = Rewrite(seq)
    change.before = _digested(keys, event["before"], erased=found.erased_at(seq - 1))
    change.after = _digested(keys, event["after"], erased=found.erased_at(seq))
    change.mutation = keys.mutation_digest(found.id, plain) if is_plain(plain) else None
    change.kind = event["details"].get("type")
    if event["words"] is None and _sets(event):
        change.words = words or {}
    return change


def _digested(keys: Keys, state: Mapping[str, Any] | None, *, erased: bool) -> list[str] | None:
    external = (state or {}).get("external") or []
    named = [digested_key(keys, key, erased=erased) for key in external]
    return None if named == external else named


def _name(key: str) -> str:
    return key.partition("|")[2]
