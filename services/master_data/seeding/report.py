"""What became of every entry of a city's folder, and its counts as a person reads them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    RETIRED = "retired"
    KEPT = "kept, as tickets refer to it"


CHANGES = frozenset({Outcome.ADDED, Outcome.CHANGED, Outcome.RETIRED})


@dataclass(frozen=True, slots=True)
class Seeded:
    """What became of one entry; kind is e.g. city, area, agency, category, fields the columns that changed."""

    kind: str
    code: str
    outcome: Outcome
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SeedReport:
    """Every entry with its outcome; seq is that of the event in the log, None where nothing changed."""

    entries: tuple[Seeded, ...]
    seq: int | None

    def count(self, outcome: Outcome, kind: str | None = None) -> int:
        return sum(entry.outcome is outcome and kind in (None, entry.kind) for entry in self.entries)

    @property
    def changes(self) -> tuple[Seeded, ...]:
        return tuple(entry for entry in self.entries if entry.outcome in CHANGES)

    def lines(self) -> list[str]:
        """One line per kind with its counts, as a person reads them."""
        counts = Counter((entry.kind, entry.outcome) for entry in self.entries)
        kinds = dict.fromkeys(entry.kind for entry in self.entries)
        return [
            f"{kind}: "
            + ", ".join(f"{counts[kind, outcome]} {outcome}" for outcome in Outcome if counts[kind, outcome])
            for kind in kinds
        ]
