"""Which part between the database and a screen is broken, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LONGEST_SILENCE = timedelta(seconds=5)


class Link(StrEnum):
    """REDIS: the bell is heard. DATABASE: the log is read. WORKER: the server process looks at the log at all."""

    REDIS = "REDIS"
    DATABASE = "DATABASE"
    WORKER = "WORKER"


@dataclass(frozen=True, slots=True)
class LinkState:
    link: Link
    ok: bool
    since: datetime


class Links:
    """What the last looks at the log found. A process that never looked knows only that its own query was answered."""

    def __init__(self) -> None:
        self._states: dict[Link, LinkState] = {}
        self._looked_at: datetime | None = None

    def note(self, now: datetime, *, bell: bool, database: bool) -> bool:
        """Keep what a look found; whether that is anything new."""
        self._looked_at = now
        found = {Link.REDIS: bell, Link.DATABASE: database, Link.WORKER: True}
        changed = [link for link, ok in found.items() if link not in self._states or self._states[link].ok != ok]
        for link in changed:
            self._states[link] = LinkState(link, found[link], now)
        return bool(changed)

    def states(self, now: datetime) -> list[LinkState]:
        """All links as they are now; a look that is overdue is the worker's fault."""
        if self._looked_at is None:
            return [LinkState(link, link is Link.DATABASE, now) for link in Link]
        states = dict(self._states)
        silent_from = self._looked_at + LONGEST_SILENCE
        if now > silent_from:
            states[Link.WORKER] = LinkState(Link.WORKER, False, silent_from)
        return [states[link] for link in Link]
