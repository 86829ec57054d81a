"""The job that makes the searched words anew after the city's list, or the rules, changed."""

from __future__ import annotations

import structlog

from models.database import connection
from services.core.desk import Desk
from services.reporters import reindexing
from services.search.rebuilding import rebuild

log = structlog.get_logger("surga.search")


async def make_words(desk: Desk) -> int:
    """Make outdated words anew, and have the indexes rebuilt behind; gives the number of tickets."""
    done, ended = await rebuild()
    if ended:
        await reindexing.request(connection(), desk.now())
        log.info("the words of search are made anew", tickets=done)
    return done
