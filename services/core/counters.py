"""Counts of what happens too often for an audit entry each, held in memory until they are flushed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from models.enums import AuditKind

MOST_STRANGERS, MOST_KNOWN = 500, 5_000  # principals of a minute and process; our choice
REST = {True: "address:other", False: "other"}  # who comes after so many shares one row
Key = tuple[datetime, AuditKind, str]


@dataclass(slots=True)
class Counters:
    """Counts by minute, kind and principal; of bounded size, and callers without an account never displace others."""

    counts: dict[Key, int] = field(default_factory=dict)
    principals: dict[bool, set[Key]] = field(default_factory=lambda: {True: set(), False: set()})
    minute: datetime | None = None

    def add(self, moment: datetime, kind: AuditKind, principal: str) -> None:
        minute = moment.replace(second=0, microsecond=0)
        if minute != self.minute:
            self.minute = minute
            self.principals = {True: set(), False: set()}
        key = self._key(minute, kind, principal)
        self.counts[key] = self.counts.get(key, 0) + 1

    def _key(self, minute: datetime, kind: AuditKind, principal: str) -> Key:
        key, stranger = (minute, kind, principal), principal.startswith("address:")
        known = self.principals[stranger]
        if key not in known:
            if len(known) >= (MOST_STRANGERS if stranger else MOST_KNOWN):
                return minute, kind, REST[stranger]
            known.add(key)
        return key

    def take(self) -> dict[Key, int]:
        """What was counted since the last time."""
        taken, self.counts = self.counts, {}
        return taken

    def give_back(self, taken: dict[Key, int]) -> None:
        """Add back what could not be flushed."""
        for key, count in taken.items():
            if key in self.counts or len(self.counts) < MOST_STRANGERS + MOST_KNOWN:
                self.counts[key] = self.counts.get(key, 0) + count
