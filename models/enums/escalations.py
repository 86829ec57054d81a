"""What comes of a report that nobody acts on, or that stays unresolved."""

from enum import StrEnum


class EscalationLevel(StrEnum):
    """Who is told when nobody acts, from below upwards."""

    OFFICER = "OFFICER"
    AGENCY = "AGENCY"
    COORDINATOR = "COORDINATOR"
    LEADER = "LEADER"
    OMBUDSMAN = "OMBUDSMAN"


class UnresolvedCaseState(StrEnum):
    """Where the evaluation of an unresolved case stands; the last two end it."""

    TO_EVALUATE = "TO_EVALUATE"
    FOLLOW_UP = "FOLLOW_UP"
    DONE = "DONE"
    REOPENED = "REOPENED"


class OmbudsmanConsent(StrEnum):
    """What the reporter says to a case that Ombudsman may take over."""

    ASKED = "ASKED"
    GIVEN = "GIVEN"
    REFUSED = "REFUSED"
