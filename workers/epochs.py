"""The job of the event log: a new epoch begins where the database was restored, copied or failed over."""

from __future__ import annotations

import structlog

from services.core.desk import Desk
from services.epochs import adopt

log = structlog.get_logger("surga.worker")


async def adopt_log(desk: Desk) -> int:
    """Adopt the log where it is not at home, and say so; gives 1 where that was done."""
    done = await adopt(desk)
    if done is None:
        return 0
    log.warning("log begins a new epoch", kind=done.kind, epoch=done.epoch, former=done.former, seq=done.seq)
    return 1
