"""What one event shows to all groups of one sight, made once: its view, the names that changed, its frame."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

MOST_SHARED = 256  # our choice: what is shown at one moment to the groups of a busy worker
MOST_BYTES = 16 << 20  # our choice: 60 aliases of one long text have 2 MB a frame, an ordinary frame 1 KB
# Stands where a frame's cursor goes. Nobody is ever shown it, so that no text of a ticket holds it by intent.
CURSOR = secrets.token_hex(16)


class Shared:
    """Values by the very objects that they hang on, at most so many and, where they have a size, so many bytes.

    The oldest go first. An entry holds these objects, so that as long as it is there no other one has the same
    identity. made: how often a value had to be made. held: how many bytes of values with a size are here.
    """

    def __init__(self, most: int = MOST_SHARED, most_bytes: int = MOST_BYTES) -> None:
        self.made = self.held = 0
        self._most, self._most_bytes = most, most_bytes
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
            self.held += size_of(value)
            self._trim()
        return value

    def _trim(self) -> None:
        while len(self._entries) > self._most or self.held > self._most_bytes:
            _, (_, oldest) = self._entries.popitem(last=False)
            self.held -= size_of(oldest)


def size_of(value: Any) -> int:
    """How many bytes a frame holds; views and names have no size of their own, as their rows are bounded."""
    return value.size if isinstance(value, Pieces) else 0


class Pieces:
    """A frame as JSON, apart from the cursors in it. size: its bytes, and those of the frame with its last cursor."""

    __slots__ = ("_cursor", "_frame", "_pieces", "size")

    def __init__(self, payload: bytes) -> None:
        self.size = 2 * len(payload)
        self._pieces = payload.split(CURSOR.encode())
        self._cursor: str | None = None
        self._frame = b""

    def frame(self, cursor: str) -> bytes:
        """The frame with this cursor: one and the same for all groups that have the same one."""
        if cursor != self._cursor:
            self._cursor, self._frame = cursor, cursor.encode().join(self._pieces)
        return self._frame
