"""Notes once a minute which sockets are open: of screens, so that the desk sees which ones work, and of sessions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import structlog

from models.enums import PrincipalKind
from realtime.cancellation import is_end
from services.access.scopes import Scope
from services.core.desk import Desk
from services.credentials import sessions
from services.displays import displays

EVERY_SECONDS = 60.0
log = structlog.get_logger("surga.displays")


class Heartbeats:
    """scopes gives those of the sockets that are open now."""

    def __init__(self, desk: Desk, scopes: Callable[[], Iterable[Scope | None]]) -> None:
        self._desk = desk
        self._scopes = scopes

    async def keep_noting(self, every: float = EVERY_SECONDS) -> None:
        """Note them until cancelled; while the database is away the next minute tries again."""
        while True:
            await asyncio.sleep(every)
            try:
                await self.note()
            except BaseException as wrong:
                if is_end(wrong):
                    raise
                log.warning("heartbeats not noted", error=type(wrong).__name__)

    async def note(self) -> None:
        """Note every screen and every session that has an open socket, in one statement each."""
        scopes = [scope for scope in self._scopes() if scope is not None]
        await displays.heard(
            _credentials(scope for scope in scopes if scope.kind is PrincipalKind.DISPLAY), self._desk.now()
        )
        await sessions.note_open(self._desk, _credentials(scope for scope in scopes if scope.session))


def _credentials(scopes: Iterable[Scope]) -> list[int]:
    return sorted({scope.credential_id for scope in scopes if scope.credential_id is not None})
