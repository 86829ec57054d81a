"""How a text is normalised for search, which words it gives, and why (docs/adr/0025)."""

from __future__ import annotations

from dataclasses import dataclass

from models.database import connection

WORDS = """
SELECT a.place, a.word, a.lexeme, a.is_whole, (search_known(a.word)).kind FROM search_atoms(search_clean($1)) a
ORDER BY a.place, a.is_whole, a.word
"""
ASKED = "SELECT search_clean($1) AS clean, words, alike, number FROM search_asked($1)"


@dataclass(frozen=True, slots=True)
class Word:
    """position counts from 1; lexeme is what is compared; kind is that of the city's list, None for words beside it."""

    position: int
    word: str
    lexeme: str
    whole: bool
    kind: str | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """words is the condition as PostgreSQL writes it; alike what titles are compared with, where nothing holds all."""

    clean: str
    words: tuple[Word, ...]
    condition: str | None
    alike: str | None
    number: str | None


async def explain(text: str) -> Explanation:
    """What search makes of a text."""
    _, asked = await connection().execute_query(ASKED, [text])
    _, rows = await connection().execute_query(WORDS, [text])
    words = tuple(Word(row["place"], row["word"], row["lexeme"], row["is_whole"], row["kind"]) for row in rows)
    row = asked[0]
    return Explanation(row["clean"], words, row["words"], row["alike"], row["number"])
