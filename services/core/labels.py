"""The words for values of closed lists, once for the schema, its readers and all clients."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from services.inputs.yaml_text import read_yaml

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
    return {name: _words(raw, language) for name, raw in _read().items()}


def reporter_labels(language: str) -> dict[str, dict[str, str]]:
    """The lists that a reporter reads other words of, each whole, as `TicketStatus.reporters` and the like."""
    return {
        f"{name}.reporters": _words(raw, language) | _words(raw, language, "reporters")
        for name, raw in _read().items()
        if "reporters" in raw
    }


def _words(raw: dict[str, Any], kind: str, part: str = "values") -> dict[str, str]:
    return {value: words[kind] for value, words in raw.get(part, {}).items() if kind in words}


@cache
def _read() -> dict[str, dict[str, Any]]:
    raw: dict[str, dict[str, Any]] = read_yaml(FILE.read_text("utf-8"))
    return raw
