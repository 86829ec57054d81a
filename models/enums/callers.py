"""Who asks, who acted, and what was hidden from whom."""

from enum import StrEnum


class Role(StrEnum):
    OFFICER = "OFFICER"
    LIAISON = "LIAISON"
    COORDINATOR = "COORDINATOR"
    LEADER = "LEADER"
    INSPECTOR = "INSPECTOR"
    ADMIN = "ADMIN"


class PrincipalKind(StrEnum):
    STAFF = "STAFF"
    PARTNER = "PARTNER"
    DISPLAY = "DISPLAY"
    CITIZEN = "CITIZEN"
    ANONYMOUS = "ANONYMOUS"


class ActorKind(StrEnum):
    STAFF = "STAFF"
    PARTNER = "PARTNER"
    REPORTER = "REPORTER"
    SYSTEM = "SYSTEM"
    IMPORT = "IMPORT"


class Visibility(StrEnum):
    PUBLIC = "PUBLIC"
    INTER_AGENCY = "INTER_AGENCY"
    INTERNAL = "INTERNAL"


class HiddenReason(StrEnum):
    ANONYMOUS = "ANONYMOUS"
    CONFIDENTIAL = "CONFIDENTIAL"
    SUPERVISORY = "SUPERVISORY"
    PERSONAL_DATA = "PERSONAL_DATA"
    NOT_YOUR_ROLE = "NOT_YOUR_ROLE"
