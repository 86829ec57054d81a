"""Notes once a minute which screens have an open line, so that the desk sees which ones hang and work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import structlog

from models.enums import PrincipalKind
from services import displays
from services.desk import Desk
from services.scopes import Scope

EVERY_SECONDS = 60.0
log = structlog.get_logger("surga.displays")


class Heartbeats:
    """scopes are those of the lines that are open now."""

    def __init__(self, desk: Desk, scopes: Callable[[], Iterable[Scope | None]]) -> None:
        self._desk = desk
        self._scopes = scopes

    async def keep_noting(self, every: float = EVERY_SECONDS) -> None:
        """Note them until cancelled; while the database is away the next minute tries again."""
        while True:
            await asyncio.sleep(every)
            try:
                await self.note()
            except Exception as wrong:
                log.warning("heartbeats not noted", error=type(wrong).__name__)

    async def note(self) -> None:
        """Note every screen whose line is open, in one statement."""
        heard = {
            scope.credential_id
            for scope in self._scopes()
            if scope is not None and scope.kind is PrincipalKind.DISPLAY and scope.credential_id is not None
        }
        await displays.heard(sorted(heard), self._desk.now())
