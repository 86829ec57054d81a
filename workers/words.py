"""The job that takes the words of earlier releases out of the log."""

from __future__ import annotations

from services.audit.rewriting import rewrite
from services.core.desk import Desk
from services.reporters.reindexing import tidy_after_rewriting


async def leave_the_log(desk: Desk) -> int:
    """Replace words by digests as far as the log reaches, and tidy up behind; gives the number of events."""
    changed = await rewrite(desk)
    if changed:
        await tidy_after_rewriting(desk)
    return changed
