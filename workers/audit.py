"""The jobs of the audit log: they seal entries, turn counts into entries, and log the head of the chain."""

from __future__ import annotations

import structlog

from models.database import connection
from services.audit.chain import current_head
from services.audit.counts import settle
from services.audit.sealing import seal_waiting
from services.core.desk import Desk

log = structlog.get_logger("surga.audit")


async def seal(desk: Desk) -> int:
    """Seal the entries that wait; one that Surga did not write is sealed too, and logged as an error."""
    sealed = await seal_waiting(desk)
    for entry_id in sealed.foreign:
        log.error("audit entry was not written by Surga", entry=entry_id)
    return sealed.count


async def settle_counts(desk: Desk) -> int:
    """Turn counts of past minutes into entries."""
    return await settle(desk)


async def tell_head(desk: Desk) -> int:
    """Log the head: as the process's log is kept elsewhere, a shortened chain is found by it."""
    head = await current_head(connection())
    log.info("audit head", head=str(head), at=desk.now().isoformat())
    return 0
