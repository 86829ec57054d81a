"""The short official words for values of closed lists, once for all clients."""

from __future__ import annotations

from pathlib import Path

import yaml

FILE = Path(__file__).parent / "labels.yaml"
LANGUAGES = ("id", "en")


def labels(language: str) -> dict[str, dict[str, str]]:
    """List -> value -> words in this language; raises KeyError for a language that the desk does not speak."""
    raw = yaml.safe_load(FILE.read_text("utf-8"))
    return {name: {value: words[language] for value, words in values.items()} for name, values in raw.items()}
