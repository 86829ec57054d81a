"""What one event shows to all groups of one sight, made once: its view, the names that changed, its frame."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

MOST_SHARED = 256  # our choice: what is shown at one moment to the groups of a busy worker
# Stands where a frame's cursor goes. Nobody is ever shown it, so that no text of a ticket holds it by intent.
PLACE = secrets.token_hex(16)


class Shared:
    """Values by the very objects that they hang on, at most so many; the oldest go first.

    An entry holds these objects, so that as long as it is there no other one has the same identity. made: how often a
    value had to be made.
    """

    def __init__(self, most: int = MOST_SHARED) -> None:
        self.made = 0
        self._most = most
        self._entries: OrderedDict[tuple[int, ...], tuple[tuple[object, ...], Any]] = OrderedDict()

    def take(self, owners: tuple[object, ...], make: Callable[[], Any]) -> Any:
        """The value of these objects, made first if need be; None is made anew each time."""
        key = tuple(map(id, owners))
        entry = self._entries.get(key)
        if entry is not None:
            return entry[1]
        value = make()
        self.made += 1
        if value is not None:
            self._entries[key] = owners, value
            if len(self._entries) > self._most:
                self._entries.popitem(last=False)
        return value


class Pieces:
    """A frame as JSON, apart from the cursors in it."""

    __slots__ = ("_cursor", "_frame", "_pieces")

    def __init__(self, payload: bytes) -> None:
        self._pieces = payload.split(PLACE.encode())
        self._cursor: str | None = None
        self._frame = b""

    def frame(self, cursor: str) -> bytes:
        """The frame with this cursor: one and the same for all groups that have the same one."""
        if cursor != self._cursor:
            self._cursor, self._frame = cursor, cursor.encode().join(self._pieces)
        return self._frame
