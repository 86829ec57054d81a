"""One clock of a locked ticket, as it stands."""

from __future__ import annotations

from models.enums import ClockKind
from services.deadlines.readings import Reading
from services.tickets.case import Case


async def reading_of(case: Case, clock: ClockKind) -> Reading | None:
    """The clock by the ticket's history up to now; None where it has not started, or nothing bounds it."""
    raise NotImplementedError
