"""Texts that people read, in Indonesian and in English, from the YAML files under services/core/texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files

import yaml

DEFAULT_LANGUAGE = "id"
LANGUAGES = ("id", "en")
PART = re.compile(r"\[([^\[\]]*)\]")
NAME = re.compile(r"\{(\w+)\}")


@cache
def catalog() -> dict[str, dict[str, str]]:
    """Every text by its key, as {key: {language: text}}; a key that stands twice is an error."""
    texts: dict[str, dict[str, str]] = {}
    for source in sorted(files("services.core").joinpath("texts").iterdir(), key=lambda entry: entry.name):
        if source.name.endswith(".yaml"):
            for key, text in (yaml.safe_load(source.read_text("utf-8")) or {}).items():
                if key in texts:
                    raise ValueError(f"The text {key} stands twice; the second time in {source.name}.")
                texts[key] = text
    return texts


def say(key: str, language: str = DEFAULT_LANGUAGE, **params: object) -> str:
    """The text of key in language, with {names} filled from params; an unknown key is a mistake in the code."""
    text = catalog()[key]
    return text.get(language, text[DEFAULT_LANGUAGE]).format_map(params)


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
    return next((tag for wish in wishes for tag in _ranked(wish or "") if tag in LANGUAGES), DEFAULT_LANGUAGE)


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
