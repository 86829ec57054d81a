"""Some reports wait several times as long for the city, so that every standing and rung is to be seen."""

from __future__ import annotations

from zlib import crc32

from models.enums import TicketStatus
from services.simulation.day.templates import Template

ONE_IN, TIMES = 12, 8
WITH_THE_CITY = frozenset(
    {
        TicketStatus.RECEIVED,
        TicketStatus.VERIFIED,
        TicketStatus.DISPATCHED,
        TicketStatus.IN_PROGRESS,
        TicketStatus.REOPENED,
    }
)


def slowness(number: str, status: TicketStatus, template: Template) -> int:
    """How many times as long as usual the next step takes, by the report's number alone; 1 for what is urgent."""
    slow = not template.urgent and status in WITH_THE_CITY and crc32(number.encode()) % ONE_IN == 0
    return TIMES if slow else 1
