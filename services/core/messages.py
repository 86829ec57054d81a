"""Texts that people read, in Indonesian and in English, from the YAML files under services/core."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from services.core.labels import labels
from services.inputs.yaml_text import read_yaml

DEFAULT_LANGUAGE = "id"
LANGUAGES = ("id", "en")
USUAL_WISH = 200  # our choice: characters; what is longer is read anew each time
PART = re.compile(r"\[([^\[\]]*)\]")
NAME = re.compile(r"\{(\w+)\}")
CHOSEN_TERMS = ("terms_moves.yaml", "terms_reasons.yaml")
UNITS = (("hour", 3600), ("minute", 60), ("second", 1))


@dataclass(frozen=True, slots=True)
class Term:
    """The key of a text as a value of another text: it is said in the reader's language."""

    key: str


@cache
def catalog() -> dict[str, dict[str, str]]:
    """Every text by its key, as {key: {language: text}}; a key that stands twice is an error."""
    texts: dict[str, dict[str, str]] = {}
    for source in _sources():
        for key, text in (read_yaml(source.read_text("utf-8")) or {}).items():
            if key in texts:
                raise ValueError(f"The text {key} stands twice; the second time in {source.name}.")
            texts[key] = text
    return texts


def _sources() -> list[Traversable]:
    """The files of texts, and those of the closed lists whose values a city or a table chooses: moves and reasons."""
    here = files("services.core")
    found = [entry for entry in here.joinpath("texts").iterdir() if entry.name.endswith(".yaml")]
    return [*sorted(found, key=lambda entry: entry.name), *(here.joinpath(name) for name in CHOSEN_TERMS)]


def say(key: str, language: str = DEFAULT_LANGUAGE, **params: object) -> str:
    """The text of key in language, with {names} filled from params; an unknown key is a mistake in the code."""
    text = catalog()[key]
    words = {name: spoken(value, language) for name, value in params.items()}
    return text.get(language, text[DEFAULT_LANGUAGE]).format_map(words)


def spoken(value: object, language: str) -> str:
    """A value as people say it: a member of a closed list, a day, a length of time, or several of them."""
    match value:
        case Term():
            return say(value.key, language)
        case StrEnum():
            return labels(language)[type(value).__name__][value]
        case timedelta():
            return spoken_length(round(value.total_seconds()), language)
        case date():
            return written_day(value, language)
        case tuple():
            return "; ".join(spoken(each, language) for each in value) or say("word.none", language)
        case _:
            return str(value)


def spoken_length(seconds: int, language: str) -> str:
    """A length of time in words: seconds up to two minutes, minutes up to two hours, then hours; never too short."""
    unit, size = next((pair for pair in UNITS if seconds >= 2 * pair[1]), UNITS[-1])
    count = -(-seconds // size)
    return f"{count} {say(f'word.{unit}' if count == 1 else f'word.{unit}s', language)}"


def tell(key: str, language: str, known: Mapping[str, str]) -> str:
    """The text of key as far as its {names} are known.

    A part in [brackets] is said where all of its names are known; of parts divided by | the first that can be said.
    Nothing in the values is read as brackets or names, whoever wrote them.
    """
    pieces = PART.split(catalog()[key][language])
    return "".join(_part(piece, known) if index % 2 else piece.format_map(known) for index, piece in enumerate(pieces))


def _part(piece: str, known: Mapping[str, str]) -> str:
    ways = (way for way in piece.split("|") if all(name in known for name in NAME.findall(way)))
    return next(ways, "").format_map(known)


def written_day(day: date, language: str) -> str:
    """A day in words, e.g. `30 November 2026`."""
    return f"{day.day} {say('told.months', language).split()[day.month - 1]} {day.year}"


def preferred_language(*wishes: str | None) -> str:
    """The language of the first wish that names one with texts; Indonesian without one.

    wishes: each as an Accept-Language header has it: `en`, or `en-GB,en;q=0.9`.
    """
    return next((tag for wish in wishes if wish and (tag := _language_of(wish)) is not None), DEFAULT_LANGUAGE)


def _language_of(wish: str) -> str | None:
    return _usual_language(wish) if len(wish) <= USUAL_WISH else _best(wish)


def _best(wish: str) -> str | None:
    return next((tag for tag in _ranked(wish) if tag in LANGUAGES), None)


_usual_language = lru_cache(maxsize=1_000)(_best)  # browsers send a few dozen


def _ranked(accept_language: str) -> list[str]:
    """The first two letters of each language that is wanted, by weight."""
    ranked = []
    for position, part in enumerate(accept_language.split(",")[:20]):
        tag, _, quality = part.partition(";q=")
        ranked.append((-_quality(quality), position, tag.strip()[:2].lower()))
    return [tag for weight, _, tag in sorted(ranked) if weight < 0]


def _quality(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
