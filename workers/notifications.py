"""The jobs of notifications: the log is read on and what is due is told, calendars are looked at, old rows go."""

from __future__ import annotations

from services.core.desk import Desk
from services.notifications.projection import read_on
from services.notifications.telling import tell


async def notify(desk: Desk) -> int:
    """Read the log to its end, and tell what is due; gives the number of notifications that were told."""
    while await read_on(desk):
        pass
    return await tell(desk)
