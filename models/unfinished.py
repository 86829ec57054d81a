"""Statements that were given up after PostgreSQL had prepared them, and before they were sent to be executed."""

from __future__ import annotations

from typing import Any

import asyncpg


class FinishingConnection(asyncpg.Connection):  # type: ignore[misc]
    """A connection that knows whether it left a statement between its preparing and its executing.

    asyncpg tells the server to finish with the second message only. Without it the statement's transaction and locks
    stay, and when the statement's time is up whoever has the connection then is told of a timeout that is not theirs.
    """

    __slots__ = ("is_unfinished",)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.is_unfinished = False

    async def _do_execute(self, *given: Any, **named: Any) -> Any:
        try:
            return await super()._do_execute(*given, **named)
        except BaseException:
            self.is_unfinished = not self._protocol._is_cancelling()  # where it cancels, asyncpg tells the server
            raise

    async def finish(self) -> None:
        """Tell the server that no more of such a statement will come."""
        if self.is_unfinished:
            await self.execute("SELECT")  # asyncpg can send no message of this kind that says less
            self.is_unfinished = False
