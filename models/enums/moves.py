"""How a ticket moves: by which mutation, with what, and from which list of reasons."""

from enum import StrEnum


class MoveMutation(StrEnum):
    VERIFY = "VERIFY"
    DISPATCH = "DISPATCH"
    RETURN = "RETURN"
    CHANGE_STATUS = "CHANGE_STATUS"
    SEND_ANSWER = "SEND_ANSWER"
    REOPEN = "REOPEN"
    MERGE = "MERGE"


class MoveNeed(StrEnum):
    NOTE = "NOTE"
    REASON = "REASON"
    UNTIL = "UNTIL"
    AGENCY = "AGENCY"
    EVIDENCE = "EVIDENCE"
    DUPLICATE_OF = "DUPLICATE_OF"
    ANSWER = "ANSWER"


class ReasonList(StrEnum):
    """The lists of reasons, by the move that they are chosen with; a city's folder says what each offers."""

    RETURN = "RETURN"
    HOLD_BY_DESK = "HOLD_BY_DESK"
    HOLD_BY_AGENCY = "HOLD_BY_AGENCY"
    JURISDICTION = "JURISDICTION"
    ARCHIVE = "ARCHIVE"
    UNRESOLVED = "UNRESOLVED"
    OUTCOME = "OUTCOME"
    REOPEN = "REOPEN"
