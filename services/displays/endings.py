"""The end of a screen: every token of it at once, on every server (docs/adr/0012)."""

from __future__ import annotations

from tortoise.backends.base.client import BaseDBAsyncClient

from models import Client, Display, RefreshToken
from realtime import log
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.transactions import transaction
from services.credentials.endings import End, Whose, end_credentials

LONGEST_NAME = 100
REUSED = "REUSED"  # its key was used twice: perhaps somebody copied it


async def end_display(desk: Desk, by: Scope, client_id: int, why: str) -> bool:
    """End a screen for ever; its sockets close. False where it had ended before, or does not exist."""
    async with transaction() as using:
        display = await Display.filter(client_id=client_id).using_db(using).select_for_update().first()
        if display is None or display.revoked_at is not None:
            return False
        display.revoked_at, display.copied = desk.now(), why == REUSED
        await display.save(using_db=using, update_fields=["revoked_at", "copied"])
        client = await Client.get(id=client_id, using_db=using)
        client.active, client.name = False, freed(client.name, client_id)
        await client.save(using_db=using, update_fields=["active", "name"])
        await RefreshToken.filter(client_id=client_id, spent_at=None).using_db(using).update(spent_at=desk.now())
        whose, details = Whose(client_id=client_id), {"why": why}
        ended = await end_credentials(desk, using, End.DISPLAY_REVOKED, by, whose, details=details)
        appended = await log.append(using, ended.events) if ended.events else None
    if appended is not None:
        await desk.committed(appended.least_seq)
    return True


async def lock_enrolled(using: BaseDBAsyncClient, client_id: int) -> bool:
    """Whether the screen is not revoked; locks its row, so that other changes of its tokens wait."""
    display = await Display.filter(client_id=client_id).using_db(using).select_for_update().first()
    return display is not None and display.revoked_at is None


def freed(name: str, client_id: int) -> str:
    """The name that an ended screen keeps, so that another one may have its plain name."""
    mark = f" #{client_id}"
    return name[: LONGEST_NAME - len(mark)] + mark
