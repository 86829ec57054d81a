"""Which part between the database and a screen is broken, and since when; the times are our choice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LONGEST_SILENCE = timedelta(seconds=5)  # as five looks at the log take
CLOCKS_LATE = timedelta(seconds=60)  # after which the job that notes passing deadlines is late


class Link(StrEnum):
    """REDIS: the bell is heard. DATABASE: the log is read. WORKER: the server process looks at the log at all.

    CLOCKS: passing deadlines are noted in time.
    """

    REDIS = "REDIS"
    DATABASE = "DATABASE"
    WORKER = "WORKER"
    CLOCKS = "CLOCKS"


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
        self._clocks_at: datetime | None = None
        self._begun_at: datetime | None = None

    def note_clocks(self, at: datetime | None) -> None:
        """Keep when passing deadlines were last noted, as the database knows it; None for never."""
        self._clocks_at = at

    def note(self, now: datetime, *, bell: bool, database: bool) -> bool:
        """Keep what a look found; whether that is anything new."""
        self._looked_at, self._begun_at = now, self._begun_at or now
        late_from = self._late_from(now)
        found = {Link.REDIS: bell, Link.DATABASE: database, Link.WORKER: True, Link.CLOCKS: now <= late_from}
        changed = [link for link, ok in found.items() if link not in self._states or self._states[link].ok != ok]
        for link in changed:
            since = late_from if link is Link.CLOCKS and not found[link] else now
            self._states[link] = LinkState(link, found[link], since)
        return bool(changed)

    def states(self, now: datetime) -> list[LinkState]:
        """All links as they are now; an overdue look counts as a failure of WORKER."""
        if self._looked_at is None:
            answered = (Link.DATABASE, Link.CLOCKS)
            return [LinkState(link, link in answered, now) for link in Link]
        states = dict(self._states)
        silent_from = self._looked_at + LONGEST_SILENCE
        if now > silent_from:
            states[Link.WORKER] = LinkState(Link.WORKER, False, silent_from)
        return [states[link] for link in Link]

    def _late_from(self, now: datetime) -> datetime:
        """From when the noting of deadlines counts as late; a process that has just begun to look waits first."""
        return (self._clocks_at or self._begun_at or now) + CLOCKS_LATE
