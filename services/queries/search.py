"""Search as people type it: all words of a ticket, or a part of its number; titles that look alike where nothing does.

What a word is, stored or asked, is decided in the database alone (models/migrations: 0017, 0024 and 0028).
Source: docs/adr/0025.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from models.database import connection
from services.access.access import reads
from services.access.filters.values import FILTER
from services.access.predicates import Parameters
from services.access.scopes import Sight
from services.core.paging import LONGEST_SEARCH
from services.core.refusals import bad_input
from services.inputs.numbers import tracking_number
from services.inputs.signs import lines

CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
ASKED = "SELECT words, without, alike, number FROM search_asked($1)"
NOTHING = "FALSE"


@dataclass(frozen=True, slots=True)
class Search:
    """What a text asks for; None for what it does not ask for.

    words and without are conditions of PostgreSQL, without the one of what must not be there; title is what titles are
    compared with, number a pattern of tracking numbers. alike: whether titles are compared, as nothing holds all words.
    """

    words: str | None
    without: str | None
    title: str | None
    number: str | None
    alike: bool = False

    @property
    def may_look_alike(self) -> bool:
        return self.title is not None and not self.alike

    def by_likeness(self) -> Search:
        """The same search, for titles that look alike."""
        return replace(self, alike=True)

    def sql(self, parameters: Parameters) -> str:
        """The condition on a ticket."""
        if self.alike:
            without = "" if self.without is None else f" AND {self._holds(self.without, parameters)}"
            return f"({parameters.add(self.title)}::text <% t.plain_title{without})"
        number = NOTHING if self.number is None else f"t.number ILIKE {parameters.add(self.number)}"
        return number if self.words is None else f"({self._holds(self.words, parameters)} OR {number})"

    def rank_sql(self, parameters: Parameters) -> str:
        """How well a ticket matches, as a decimal of 6 places: an exact number, then words, then parts of a number."""
        points = ["0"]
        if self.title is not None:
            points.append(f"word_similarity({parameters.add(self.title)}::text, coalesce(t.plain_title, ''))")
        if self.number is not None and not self.alike:
            exact = parameters.add(self.number.strip("%").upper())
            points.append(f"CASE WHEN t.number = {exact}::text THEN 10 ELSE 0 END")
        if self.words is not None and not self.alike:
            words = f"{parameters.add(self.words)}::text::tsquery"
            points.append(f"CASE WHEN t.search @@ {words} THEN 2 ELSE 0 END + ts_rank(t.search, {words})")
        return f"({' + '.join(points)})::numeric(12,6)"

    def _holds(self, words: str, parameters: Parameters) -> str:
        return f"t.search @@ {parameters.add(words)}::text::tsquery"


def require_searchable(text: str | None) -> None:
    """Let through what can be searched for; raises BAD_INPUT."""
    if text is not None and len(text) > LONGEST_SEARCH:
        raise bad_input("SEARCH_TOO_LONG", FILTER, "search", limit=LONGEST_SEARCH)
    if text is not None and text.strip() and CONTROL.search(lines(text)):
        raise bad_input("SEARCH_HAS_CONTROL_CHARACTERS", FILTER, "search")


async def search_for(text: str | None, sight: Sight) -> Search | None:
    """The search that a caller may make; None where there is nothing to look for, BAD_INPUT where it is too long.

    Callers from whom the words are hidden search numbers alone, so that nothing is learned of the words.
    """
    if text is None or not text.strip():
        return None
    require_searchable(text)
    number, typed = tracking_number(text), lines(text)
    _, rows = await connection().execute_query(ASKED, [typed])
    asked = rows[0]
    part = asked["number"] if number is None else f"%{number}%"
    if not (reads(sight, "Ticket.title") and reads(sight, "Ticket.body")):
        return Search(None, None, None, part)
    return Search(asked["words"], asked["without"], asked["alike"], part)
