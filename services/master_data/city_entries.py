"""Reading one entry of a city's YAML: every mistake is collected with its file and entry, none stops the reading."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.inputs.signs import lines

Member = TypeVar("Member", bound=StrEnum)

MARKS = frozenset({"source", "unverified"})
NO_DAY = date(1900, 1, 1)
LAST_DAY = date(2199, 12, 31)  # our choice: no rule reaches further, and days can be added to it


class CityInvalid(Exception):
    """A city's folder that can not be used; problems has one line per mistake, each with its file and entry."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(slots=True)
class Problems:
    """The mistakes found so far."""

    lines: list[str] = field(default_factory=list)

    def add(self, file: str, label: str, reason: str) -> None:
        self.lines.append(f"{file}: {label}: {reason}.")

    def raise_if_any(self) -> None:
        if self.lines:
            raise CityInvalid(tuple(self.lines))


class Entry:
    """One mapping of a file. A wrong value is noted and replaced by a harmless one, as the whole will be refused."""

    def __init__(self, file: str, label: str, raw: Any, problems: Problems, sources: frozenset[str]) -> None:
        self._file = file
        self._label = label
        self._raw = raw if isinstance(raw, dict) else {}
        self._problems = problems
        self._sources = sources
        self._used = set(MARKS)
        if not isinstance(raw, dict):
            self.wrong("must be a mapping of names to values")
        else:
            self._check_marks()

    def wrong(self, reason: str) -> None:
        self._problems.add(self._file, self._label, reason)

    def has(self, key: str) -> bool:
        return key in self._raw

    def text(self, key: str, *, limit: int = 1_000) -> str:
        """A required text without surrounding blanks."""
        value = self._take(key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            self.wrong(f"{key} reads as the number {value}: put it in quotation marks")
        elif not isinstance(value, str) or not value.strip():
            self.wrong(f"{key} is missing")
        elif len(value) > limit:
            self.wrong(f"{key} is longer than {limit} characters")
        else:
            return lines(str(value)).strip()
        return ""

    def optional(self, key: str) -> str | None:
        return self.text(key) if self.has(key) else None

    def matching(self, key: str, pattern: str, meaning: str) -> str:
        value = self.text(key)
        if value and not re.fullmatch(pattern, value):
            self.wrong(f"{key} must be {meaning}, not {value!r}")
        return value

    def timezone(self, key: str) -> str:
        value = self.text(key)
        try:
            ZoneInfo(value or "UTC")
        except (ZoneInfoNotFoundError, ValueError):
            self.wrong(f"{key} {value!r} is no time zone")
        return value

    def day(self, key: str) -> date:
        value = self._take(key)
        if not isinstance(value, date) or isinstance(value, datetime):
            self.wrong(f"{key} must be a day such as 2025-01-31")
        elif not NO_DAY <= value <= LAST_DAY:
            self.wrong(f"{key} must be a day from {NO_DAY} to {LAST_DAY}, not {value}")
        else:
            return value
        return NO_DAY

    def optional_day(self, key: str) -> date | None:
        return self.day(key) if self.has(key) else None

    def member(self, key: str, members: type[Member]) -> Member:
        value = self._take(key)
        for member in members:
            if member.value == value:
                return member
        self.wrong(f"{key} {value!r} must be one of {', '.join(members)}")
        return next(iter(members))

    def optional_member(self, key: str, members: type[Member]) -> Member | None:
        return self.member(key, members) if self.has(key) else None

    @property
    def verified(self) -> bool:
        """Whether a source was seen, and nothing of the entry is general knowledge only."""
        return bool(self._raw.get("source")) and self._raw.get("unverified") is not True

    def is_word(self, key: str, word: str) -> bool:
        """Whether the value is this word; noted as asked for only if it is."""
        if self._raw.get(key) != word:
            return False
        self._used.add(key)
        return True

    def whole(self, key: str, *, least: int, most: int) -> int:
        """A whole number within bounds."""
        value = self._take(key)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.wrong(f"{key} must be a whole number from {least} to {most}")
        return least

    def flag(self, key: str) -> bool:
        """A word of yes or no; no where it is left out."""
        value = self._take(key)
        if value is not None and not isinstance(value, bool):
            self.wrong(f"{key} must be true or false")
        return value is True

    def listed(self, key: str) -> list[Any]:
        """A list as it stands; an empty one where it is left out."""
        value = self._take(key)
        if value is not None and not isinstance(value, list):
            self.wrong(f"{key} must be a list")
            return []
        return value or []

    def words(self, key: str, languages: tuple[str, ...]) -> dict[str, str]:
        """A text in every one of these languages."""
        value = self._take(key)
        words = value if isinstance(value, dict) else {}
        for language in languages:
            if not isinstance(words.get(language), str) or not words[language].strip():
                self.wrong(f"{key} lacks its words in {language!r}")
        return {language: str(words.get(language, "")) for language in languages}

    def choices(self, key: str, known: tuple[str, ...]) -> tuple[str, ...]:
        """A list of at least one of these words, each once."""
        value = self._take(key)
        words = [str(word) for word in value] if isinstance(value, list) else []
        if not words or len(set(words)) < len(words):
            self.wrong(f"{key} must be a list of one or more words, each once")
        for word in words:
            if word not in known:
                self.wrong(f"{key} {word!r} must be one of {', '.join(known)}")
        return tuple(words)

    def equals(self, key: str, expected: int) -> None:
        value = self._take(key)
        if value != expected:
            self.wrong(f"{key} is {value!r}, but this program reads {expected}")

    def children(self, key: str, *, label: str | None = None) -> Iterator[Entry]:
        """The entries of a list inside this one; label names the key that says which one is meant."""
        value = self._take(key)
        return entries(self._file, value or [], self._problems, self._sources, label=label or "code", above=self._label)

    def finish(self, *ignored: str) -> None:
        """Note the keys that nobody asked for: a misspelt key must not pass in silence."""
        for key in sorted(set(map(str, self._raw)) - self._used - set(ignored)):
            self.wrong(f"{key} is not a known key")

    def _take(self, key: str) -> Any:
        self._used.add(key)
        return self._raw.get(key)

    def _check_marks(self) -> None:
        source = self._raw.get("source", [])
        if not isinstance(source, list):
            self.wrong("source must be a list such as [S57]")
            return
        for mark in source:
            if str(mark) not in self._sources:
                self.wrong(f"source {mark} is not in sources.yaml")
        if not source and self._raw.get("unverified") is not True:
            self.wrong("has neither a source nor unverified: true")


def entries(
    file: str, raw: Any, problems: Problems, sources: frozenset[str], *, label: str = "code", above: str = ""
) -> Iterator[Entry]:
    """Every entry of a list, each with a label for people: its code, else its position."""
    if not isinstance(raw, list):
        problems.add(file, above or "the file", "must hold a list")
        return
    for position, item in enumerate(raw, start=1):
        known = item.get(label) if isinstance(item, dict) else None
        name = f"entry {known}" if known else f"entry number {position}"
        yield Entry(file, f"{above}, {name}" if above else name, item, problems, sources)
