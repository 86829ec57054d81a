"""The inbox of a group: events that came in and are not shown yet."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime
from itertools import chain, islice
from typing import NamedTuple

from realtime.log import LoggedEvent


class Unshown(NamedTuple):
    """Events that came in together, and when; as_of is the moment up to which a feed has all that came before."""

    since: float
    as_of: datetime
    events: Sequence[LoggedEvent]


class Inbox:
    """Events in the order of the log. position: everything up to it is done; as_of: the look up to which that holds."""

    __slots__ = ("_at", "_parts", "_waiting", "as_of", "position")

    def __init__(self, position: int, as_of: datetime) -> None:
        self.position = position
        self.as_of = as_of
        self._parts: deque[Unshown] = deque()
        self._at = 0  # how many events of the first part are done
        self._waiting = 0

    def __len__(self) -> int:
        return self._waiting

    @property
    def since(self) -> float:
        """When the oldest of these events came in."""
        return self._parts[0].since

    def put(self, part: Unshown) -> None:
        """Add what came in."""
        self._parts.append(part)
        self._waiting += len(part.events)

    def next(self, most: int) -> list[LoggedEvent]:
        """What comes next, at most so many."""
        waiting = chain.from_iterable(part.events for part in self._parts)
        return list(islice(waiting, self._at, self._at + most))

    def step(self) -> None:
        """The next event is done."""
        part = self._parts[0]
        self.position = part.events[self._at].seq
        self._at += 1
        self._waiting -= 1
        if self._at == len(part.events):
            self._parts.popleft()
            self._at = 0
            self.as_of = self._parts[0].as_of if self._parts else self.as_of

    def skip_to(self, position: int, as_of: datetime) -> None:
        """Everything up to there is done; as_of holds where nothing is left."""
        left = [part._replace(events=[each for each in part.events if each.seq > position]) for part in self._parts]
        self._parts = deque(part for part in left if part.events)
        self._at, self.position = 0, position
        self.as_of = self._parts[0].as_of if self._parts else as_of
        self._waiting = sum(len(part.events) for part in self._parts)
