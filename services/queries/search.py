"""Full-text search in Indonesian, with trigrams for typos and for parts of tracking numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.access.access import reads
from services.access.predicates import Parameters
from services.access.scopes import Sight
from services.core.paging import LONGEST_SEARCH
from services.core.refusals import bad_input
from services.inputs.marks import lines
from services.inputs.numbers import tracking_number

CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Search:
    """A search text; numbers_only where the words are hidden from the caller, so that nothing is learned of them."""

    text: str
    numbers_only: bool = False

    def sql(self, parameters: Parameters) -> str:
        """The condition: words of title and body, a title that looks alike, or a part of the number."""
        number = f"t.number ILIKE {parameters.add('%' + _escaped(self.text) + '%')}"
        if self.numbers_only:
            return number
        text = parameters.add(self.text)
        words = f"t.search @@ websearch_to_tsquery('indonesian', {text}::text)"
        return f"({words} OR {text}::text <% t.title OR {number})"

    def rank_sql(self, parameters: Parameters) -> str:
        """How well a ticket matches, as a decimal of 6 places; an exact number comes first."""
        text = parameters.add(self.text)
        exact = f"CASE WHEN t.number = upper({text}::text) THEN 10 ELSE 0 END"
        if self.numbers_only:
            return f"({exact})::numeric(12,6)"
        words = f"ts_rank(t.search, websearch_to_tsquery('indonesian', {text}::text))"
        return f"({exact} + {words} + word_similarity({text}::text, t.title))::numeric(12,6)"


def search_for(text: str | None, sight: Sight) -> Search | None:
    """The search that a caller may make; None where there is nothing to look for, BAD_INPUT where it is too long."""
    if text is None or not text.strip():
        return None
    if len(text) > LONGEST_SEARCH:
        raise bad_input("SEARCH_TOO_LONG", limit=LONGEST_SEARCH)
    number = tracking_number(text)
    words = lines(text)
    if CONTROL.search(words):
        raise bad_input("SEARCH_HAS_CONTROL_CHARACTERS")
    readable = reads(sight, "Ticket.title") and reads(sight, "Ticket.body")
    return Search(number or " ".join(words.split()), numbers_only=not readable)


def _escaped(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)
