"""The door that stays open for known accounts where everybody else is shut out (docs/adr/0011)."""

from __future__ import annotations

from typing import Protocol

UNKNOWN = 0  # all accounts that do not exist are one, so that they are answered like one that does


class NarrowDoor(Protocol):
    """How a try was let in; a use case asks it before it compares a secret."""

    async def admits(self, account: str) -> bool:
        """Whether this account, "officer:12" or the like, may be tried now; always so by the open door."""


class OpenDoor:
    """The door of whoever is not counted."""

    async def admits(self, account: str) -> bool:
        return True


OPEN_DOOR = OpenDoor()
