"""Since when a reporter agrees that Ombudsman takes the case over (S27)."""

from __future__ import annotations

from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from models import ConsentEntry
from models.enums import OmbudsmanConsent


async def given_since(connection: BaseDBAsyncClient, ticket_id: int) -> datetime | None:
    """The moment of the latest word, if that is that they agree; None where they were not asked, or refused."""
    latest = await ConsentEntry.filter(ticket_id=ticket_id).using_db(connection).order_by("-id").first()
    return latest.at if latest is not None and latest.consent is OmbudsmanConsent.GIVEN else None
