"""How a report stands at SP4N-LAPOR!, and how the two desks disagree."""

from enum import StrEnum


class LinkDirection(StrEnum):
    INBOUND = "INBOUND"
    OUTBOUND = "OUTBOUND"


class Sp4nStatus(StrEnum):
    """Where SP4N-LAPOR! says that a report stands, as the city's list understands its words."""

    UNPROCESSED = "UNPROCESSED"
    VERIFIED = "VERIFIED"
    IN_PROGRESS = "IN_PROGRESS"
    POSTPONED = "POSTPONED"
    RESOLVED = "RESOLVED"
    ARCHIVED = "ARCHIVED"
    UNKNOWN = "UNKNOWN"


CLOSED_THERE = frozenset({Sp4nStatus.RESOLVED, Sp4nStatus.ARCHIVED})
OPEN_THERE = frozenset(Sp4nStatus) - CLOSED_THERE - {Sp4nStatus.UNKNOWN}


class Sp4nMismatch(StrEnum):
    """How the two desks disagree."""

    CLOSED_HERE_ONLY = "CLOSED_HERE_ONLY"
    CLOSED_THERE_ONLY = "CLOSED_THERE_ONLY"
    UNKNOWN_STATUS = "UNKNOWN_STATUS"
