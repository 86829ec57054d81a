"""The list of a city's folder for search: roots of its trade, forms that no rule makes, abbreviations, stop words.

Source: docs/adr/0025.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from services.search.forms import forms

RULES = 2  # to be raised with the rules of forms.py, as what they gave before is then made anew
WORD = re.compile(r"[a-z]{2,40}")


class WordKind(StrEnum):
    """Where a word comes from: a form of a root, given by hand, an abbreviation, a stop word (SMALL), or a number."""

    ROOT = "ROOT"
    WORD = "WORD"
    SHORT = "SHORT"
    SMALL = "SMALL"
    NUMBERED = "NUMBERED"


class WordListInvalid(Exception):
    """A list that can not be used; problems has one line per mistake."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class WordList:
    """words and short map what is written to what it counts as; the list of no city is empty."""

    roots: tuple[str, ...] = ()
    words: tuple[tuple[str, str], ...] = ()
    short: tuple[tuple[str, str], ...] = ()
    small: tuple[str, ...] = ()
    numbered: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Equal for lists that give the same rows."""
        said = [RULES, self.roots, self.words, self.short, self.small, self.numbered]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()

    def rows(self) -> dict[str, tuple[str, WordKind]]:
        """Every word with its lexeme and why; raises WordListInvalid where two roots have a form in common."""
        given = dict(self.words)
        rows = {form: (root, WordKind.ROOT) for form, root in self._derived(given).items()}
        for word, lexeme in given.items():
            rows[word] = rows[lexeme] = (lexeme, WordKind.WORD)
        rows.update({root: (root, WordKind.ROOT) for root in self.roots})
        for word, whole in self.short:
            rows[word] = (rows.setdefault(whole, (whole, WordKind.WORD))[0], WordKind.SHORT)
        for word in self.small:
            rows[word] = (rows.get(word, (word, WordKind.SMALL))[0], WordKind.SMALL)
        for word in self.numbered:
            rows[word] = (rows.get(word, (word, WordKind.NUMBERED))[0], WordKind.NUMBERED)
        return rows

    def _derived(self, given: Mapping[str, str]) -> dict[str, str]:
        found: dict[str, str] = {}
        problems = []
        for root in self.roots:
            for form in dict.fromkeys(forms(root)):
                other = found.setdefault(form, root)
                if other != root and form not in given and form not in self.roots:
                    problems.append(f"{form} is a form of {other} and of {root}: say under words which")
        if problems:
            raise WordListInvalid(tuple(problems))
        return found


def read_word_list(raw: Any) -> WordList:
    """The list that a YAML file holds; raises WordListInvalid."""
    problems: list[str] = []
    found = raw if isinstance(raw, dict) else {}
    if raw is not None and not isinstance(raw, dict):
        problems.append("must map roots, words, short, small and numbered to words")
    problems += [f"{key} is not a known key" for key in map(str, found) if key not in WordList.__slots__]
    listed = WordList(
        roots=tuple(_words(found, "roots", problems)),
        words=tuple((form, root) for root, form in _pairs(found, "words", problems)),
        short=tuple((form, whole) for whole, form in _pairs(found, "short", problems)),
        small=tuple(_words(found, "small", problems)),
        numbered=tuple(_words(found, "numbered", problems)),
    )
    if problems:
        raise WordListInvalid(tuple(problems))
    listed.rows()
    return listed


def _words(found: Mapping[str, Any], key: str, problems: list[str]) -> Iterator[str]:
    """The words of a list, or of a text with blanks between them."""
    value = found.get(key) or []
    words = value.split() if isinstance(value, str) else value
    if not isinstance(words, list):
        problems.append(f"{key} must be words")
        return
    for word in dict.fromkeys(map(str, words)):
        if WORD.fullmatch(word):
            yield word
        else:
            problems.append(f"{key}: {word} is no word of small letters")


def _pairs(found: Mapping[str, Any], key: str, problems: list[str]) -> Iterator[tuple[str, str]]:
    """Every name of a mapping with each of its words; a word may stand there once."""
    value = found.get(key) or {}
    if not isinstance(value, dict):
        problems.append(f"{key} must map one word to others")
        return
    seen: dict[str, str] = {}
    for name in value:
        for word in _words(value, name, problems):
            if seen.setdefault(word, name) != name:
                problems.append(f"{key}: {word} stands under {seen[word]} and {name}")
            yield str(name), word
