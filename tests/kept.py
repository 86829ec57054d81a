"""What a fixture filled the worker's database with is kept for the next test that only reads the same.

Such a fixture says `if keeping.lacks(name)` before it fills the database and `keeping.keep(name)` after it. A test that
takes no fixture of that name begins with an empty database, whatever order tests run in.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from models import LogHead


class Keeping:
    """The fixture whose rows stand in the database, what it told of them, and where the log ended then."""

    def __init__(self) -> None:
        self.name: str | None = None
        self.told: Any = None
        self._head = ("", 0)

    def fits(self, fixtures: Collection[str]) -> bool:
        """Whether a test of these fixtures finds what it would fill the database with."""
        return self.name is not None and self.name in fixtures

    def lacks(self, name: str) -> bool:
        """Whether the database is not filled by this fixture yet."""
        return self.name != name

    async def keep(self, name: str, told: Any = None) -> None:
        """Keep what stands in the database from now on."""
        self.name, self.told, self._head = name, told, await head()

    def forget(self) -> None:
        """The next test begins with an empty database."""
        self.name = self.told = None

    async def require_unchanged(self) -> None:
        """Fail where a test that was to read only has written to the log."""
        found, self.name = self.name, None
        assert await head() == self._head
        self.name = found


async def head() -> tuple[str, int]:
    """The end of the log."""
    one = await LogHead.get()
    return one.epoch, one.seq


keeping = Keeping()
