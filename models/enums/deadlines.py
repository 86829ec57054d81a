"""The clocks of a ticket, how they are counted and what they say."""

from enum import StrEnum


class DeadlineStanding(StrEnum):
    """Where a deadline stands today; due soon is today or the next working day (our choice)."""

    IN_TIME = "IN_TIME"
    DUE_SOON = "DUE_SOON"
    OVERDUE = "OVERDUE"
    RESTING = "RESTING"
    UNBOUND = "UNBOUND"


class ClockKind(StrEnum):
    """Whose time it is, and towards what; services/deadlines/clocks.py says in which statuses each runs and rests."""

    VERIFICATION = "VERIFICATION"
    FIRST_RESPONSE = "FIRST_RESPONSE"
    RESOLUTION = "RESOLUTION"
    REPORTER_REPLY = "REPORTER_REPLY"
    COMPLETION = "COMPLETION"
    NATIONAL = "NATIONAL"


class ClockState(StrEnum):
    """RESTING: somebody else is waited for. STOPPED: done, or no longer owed."""

    RUNNING = "RUNNING"
    RESTING = "RESTING"
    STOPPED = "STOPPED"


class DeadlineUnit(StrEnum):
    WORKING_HOURS = "WORKING_HOURS"
    WORKING_DAYS = "WORKING_DAYS"
    HOURS = "HOURS"
    DAYS = "DAYS"


UNITS_OF_DAYS = frozenset({DeadlineUnit.WORKING_DAYS, DeadlineUnit.DAYS})
# What is counted by office hours and working days, so that nothing is counted without a calendar.
UNITS_OF_OFFICES = frozenset({DeadlineUnit.WORKING_DAYS, DeadlineUnit.WORKING_HOURS})


class Punctuality(StrEnum):
    """Whether a clock that stopped was in time."""

    ON_TIME = "ON_TIME"
    LATE = "LATE"
    NOT_JUDGED = "NOT_JUDGED"


class HandlingClass(StrEnum):
    """From which the time for resolving follows; SUPERVISORY follows from the report itself and is never chosen."""

    LIGHT = "LIGHT"
    NORMATIVE = "NORMATIVE"
    ORDINARY = "ORDINARY"
    SUPERVISORY = "SUPERVISORY"


class ExtensionState(StrEnum):
    """Where a request for an extension stands; LAPSED: the deadline passed, or the ticket closed, before a decision."""

    WAITING = "WAITING"
    GRANTED = "GRANTED"
    REFUSED = "REFUSED"
    LAPSED = "LAPSED"
