"""Which groups an event may concern: found by its keys, not asked of every group."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from typing import Generic, TypeVar

from realtime.log import LoggedEvent

Interests = Callable[[LoggedEvent], Collection[Hashable] | None]
K = TypeVar("K", bound=Hashable)


class InterestIndex(Generic[K]):
    """Finds, for events in their order, those who may be concerned: too many perhaps, never too few.

    version changes with every one who comes or goes.
    """

    def __init__(self, interests: Interests) -> None:
        self.version = 0
        self._interests = interests
        self._keyed: dict[Hashable, dict[K, None]] = {}
        self._unkeyed: dict[K, None] = {}

    def add(self, group: K, keys: Iterable[Hashable] | None) -> None:
        """Let a group be found by these keys; without any, by every event."""
        self.version += 1
        if keys is None:
            self._unkeyed[group] = None
        else:
            for key in keys:
                self._keyed.setdefault(key, {})[group] = None

    def remove(self, group: K, keys: Iterable[Hashable] | None) -> None:
        """Let a group be found no more."""
        self.version += 1
        if keys is None:
            self._unkeyed.pop(group, None)
            return
        for key in keys:
            found = self._keyed.get(key)
            if found is not None:
                found.pop(group, None)
                if not found:
                    del self._keyed[key]

    def concerned(self, events: Sequence[LoggedEvent]) -> dict[K, Sequence[LoggedEvent]]:
        """The groups that events may concern, each with those events."""
        if not events:
            return {}
        found: dict[K, list[LoggedEvent]] = {}
        for event in events if self._keyed else ():
            for group in self._of_keys(event):
                found.setdefault(group, []).append(event)
        return {**found, **dict.fromkeys(self._unkeyed, events)}

    def _of_keys(self, event: LoggedEvent) -> Iterable[K]:
        keys = keys_of(self._interests, event)
        if keys is None:
            return dict.fromkeys(group for groups in self._keyed.values() for group in groups)
        hits = [found for key in keys if (found := self._keyed.get(key)) is not None]
        if len(hits) == 1:
            return hits[0]
        return dict.fromkeys(group for groups in hits for group in groups)


def keys_of(interests: Interests, event: LoggedEvent) -> Collection[Hashable] | None:
    """The keys of an event; None, which concerns every group, where they cannot be known."""
    try:
        return interests(event)
    except Exception:  # a state that can not be read may concern anybody
        return None


def concerns(keys: frozenset[Hashable] | None, interests: Interests, event: LoggedEvent) -> bool:
    """Whether an event may concern somebody with these keys."""
    if keys is None:
        return True
    found = keys_of(interests, event)
    return found is None or not keys.isdisjoint(found)
