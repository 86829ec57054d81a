"""A city's sp4n.yaml: what the words of SP4N-LAPOR! mean."""

from __future__ import annotations

from typing import Any

from models.enums import Sp4nStatus
from services.inputs.sp4n import status_word
from services.master_data.city_entries import Problems, entries

FILE = "sp4n.yaml"  # may be missing: then every word is unknown, and kept


def read_sp4n(raw: Any, problems: Problems, sources: frozenset[str]) -> dict[str, Sp4nStatus]:
    """Status by word; whatever is wrong is a line of problems with its entry."""
    found: dict[str, Sp4nStatus] = {}
    for entry in entries(FILE, raw or [], problems, sources):
        entry.text("code", limit=64)
        status = entry.member("status", Sp4nStatus)
        for word in (status_word(str(word))[:100] for word in entry.listed("words")):
            if word in found:
                entry.wrong(f"the word {word} stands in the file more than once")
            found[word] = status
        entry.finish()
    return found
