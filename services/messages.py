"""Texts that people read, in Indonesian and in English, from the YAML files under services/texts."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml

DEFAULT_LANGUAGE = "id"
LANGUAGES = ("id", "en")


@cache
def catalog() -> dict[str, dict[str, str]]:
    """Every text by its key, as {key: {language: text}}; a key that stands twice is an error."""
    texts: dict[str, dict[str, str]] = {}
    for source in sorted(files("services").joinpath("texts").iterdir(), key=lambda entry: entry.name):
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


def preferred_language(accept_language: str | None) -> str:
    """The first language of an Accept-Language header that has texts; Indonesian without one."""
    ranked = []
    for position, part in enumerate((accept_language or "").split(",")[:20]):
        tag, _, quality = part.partition(";q=")
        ranked.append((-_quality(quality), position, tag.strip()[:2].lower()))
    return next((tag for weight, _, tag in sorted(ranked) if tag in LANGUAGES and weight < 0), DEFAULT_LANGUAGE)


def _quality(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
