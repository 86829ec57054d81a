"""What a process keeps ready between questions: a bounded shelf, from which the longest unused goes first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

MOST = 64


class Shelf:
    """Things by key. build names the pages that this server serves; made counts how often one had to be made."""

    def __init__(self, build: str = "development", most: int = MOST) -> None:
        self.build = build
        self.made = 0
        self._most = most
        self._things: OrderedDict[Hashable, Any] = OrderedDict()

    def take(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """The thing under this key, put there first if need be."""
        if key not in self._things:
            self._things[key] = make()
        self._things.move_to_end(key)
        while len(self._things) > self._most:
            self._things.popitem(last=False)
        return self._things[key]

    def find(self, key: Hashable) -> Any | None:
        return self._things.get(key)

    def clear(self) -> None:
        """Forget everything: what is asked for next is made anew."""
        self._things.clear()
