"""The words of a ticket: rows that can be erased, and the keyed digests by which events are bound to them.

docs/adr/0022 says which text stands where.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from services.core.keys import Keys

ERASED = "(dihapus)"  # what stands in place of a title, a body or an answer that was erased
Words = dict[str, str]
# Columns of the ticket that hold words, by the name under which an event holds their digest.
COLUMNS = {
    "title": ("title",),
    "body": ("body",),
    "location": ("address", "latitude", "longitude"),
    "media": ("media",),
}
COLUMN_NAMES = tuple(column for columns in COLUMNS.values() for column in columns)


def words_in(row: Mapping[str, Any]) -> Words:
    """The words of a ticket's row, each as one text."""
    return {name: text_of([_plain(row[column]) for column in columns]) for name, columns in COLUMNS.items()}


def words_of(ticket: object) -> Words:
    """The words of a ticket as it stands in memory."""
    return words_in({column: getattr(ticket, column) for column in COLUMN_NAMES})


def _plain(value: Any) -> Any:
    """Degrees as the database gives them back, however they were given."""
    return float(value) if isinstance(value, int) else value


def text_of(values: list[Any]) -> str:
    """Values as one text, which is equal where they are."""
    return orjson.dumps(values, option=orjson.OPT_SORT_KEYS).decode()


def changed_words(before: Words, after: Words) -> Words:
    """Those of the later words that differ from the earlier ones."""
    return {name: text for name, text in after.items() if before.get(name) != text}


def digests(keys: Keys, ticket_id: int, words: Words) -> dict[str, str]:
    """What an event keeps of words: a keyed digest of each, another one for every ticket."""
    return {name: keys.word_digest(ticket_id, name, text) for name, text in words.items()}


def answer_word(answer_id: int) -> str:
    """The name under which an event binds the text of an answer."""
    return f"answer:{answer_id}"


def source_word(link_id: int) -> str:
    """The name under which an event binds what another system said."""
    return f"source:{link_id}"


def source_text(raw_status: str | None, data: str) -> str:
    """What another system said of a ticket, as one text; data is JSON as the database writes it."""
    return text_of([raw_status, data])
