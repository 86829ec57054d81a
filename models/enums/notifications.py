"""What officers are told of."""

from enum import StrEnum


class NotificationKind(StrEnum):
    """What an officer is told of; services/notifications/table.py says of which events, and who."""

    ASSIGNED = "ASSIGNED"
    DISPATCHED = "DISPATCHED"
    MENTIONED = "MENTIONED"
    DUE_SOON = "DUE_SOON"
    OVERDUE = "OVERDUE"
    ESCALATED = "ESCALATED"
    REPORTER_REPLIED = "REPORTER_REPLIED"
    ANSWER_TO_APPROVE = "ANSWER_TO_APPROVE"
    EXTENSION = "EXTENSION"
    CASE_FOLLOW_UP = "CASE_FOLLOW_UP"
    SUMMARY = "SUMMARY"
    CALENDAR_UNKNOWN = "CALENDAR_UNKNOWN"
