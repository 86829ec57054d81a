"""The words for values of closed lists, once for the schema, its readers and all clients."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).parent / "terms.yaml"
LANGUAGES = ("id", "en")


@dataclass(frozen=True, slots=True)
class ClosedList:
    """What a closed list is, and the terms that officers know its values by."""

    description: str
    terms: dict[str, str]


def closed_lists() -> dict[str, ClosedList]:
    """Every closed list of the contract, by its name there."""
    return {name: ClosedList(raw["description"], _words(raw, "term")) for name, raw in _read().items()}


def labels(language: str) -> dict[str, dict[str, str]]:
    """List -> value -> short words in this language; raises KeyError for a language that the desk does not speak."""
    if language not in LANGUAGES:
        raise KeyError(language)
    found = {name: _words(raw, language) for name, raw in _read().items()}
    return {name: words for name, words in found.items() if words}


def _words(raw: dict[str, Any], kind: str) -> dict[str, str]:
    return {value: words[kind] for value, words in raw.get("values", {}).items() if kind in words}


def _read() -> dict[str, dict[str, Any]]:
    raw: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text("utf-8"))
    return raw
