"""What a city's folder says, once it is read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from models.enums import AgencyKind, AreaLevel, Channel, ReasonList, Role, Sp4nStatus
from services.deadlines.escalation.rules import EscalationRule
from services.deadlines.holds import HoldRule
from services.deadlines.policies import Policy
from services.master_data.city_calendar import CityCalendar
from services.reasons.promises import ReporterRule
from services.reasons.resolving import ResolvingRule
from services.search.word_list import WordList


@dataclass(frozen=True, slots=True)
class DatedName:
    """A name of an agency from one day on, to another one included."""

    name: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class CityAgency:
    """short_name is what people in the office say; None where they say the name."""

    code: str
    kind: AgencyKind
    parent: str | None
    area: str | None
    short_name: str | None
    names: tuple[DatedName, ...]

    def name_on(self, day: date) -> str:
        """The name in force on that day; before the first one, the first."""
        current = [dated.name for dated in self.names if dated.valid_from <= day]
        return current[-1] if current else self.names[0].name


@dataclass(frozen=True, slots=True)
class CityArea:
    code: str
    name: str
    level: AreaLevel
    parent: str | None


@dataclass(frozen=True, slots=True)
class CityCategory:
    code: str
    name: str
    parent: str | None
    sp4n: str | None


@dataclass(frozen=True, slots=True)
class CityChannel:
    """The words for a channel, by language (`id`, `en`)."""

    code: Channel
    labels: dict[str, str]


@dataclass(frozen=True, slots=True)
class CityOversight:
    """From valid_from on: the role of deputy examines what no inspector is free to examine; codes are agencies'."""

    inspectorate: str
    deputy: Role
    valid_from: date
    legal_basis: str


@dataclass(frozen=True, slots=True)
class CityReasons:
    """From valid_from on a list offers these codes, in this order."""

    list_name: ReasonList
    codes: tuple[str, ...]
    valid_from: date
    legal_basis: str


@dataclass(frozen=True, slots=True)
class CityNotifications:
    """From valid_from on officers' notifications go after so many days."""

    keep_days: int
    valid_from: date
    legal_basis: str


@dataclass(frozen=True, slots=True)
class CityOverdueLimit:
    """From valid_from on until the next entry: above so many overdue tickets the city's board alarms."""

    tickets: int
    valid_from: date
    legal_basis: str


@dataclass(frozen=True, slots=True)
class City:
    """One city's folder, checked; parents come before their children in every tuple."""

    folder: Path
    code: str
    name: str
    timezone: str
    number_prefix: str
    version: str
    desk: str | None
    agencies: tuple[CityAgency, ...]
    areas: tuple[CityArea, ...]
    categories: tuple[CityCategory, ...]
    channels: tuple[CityChannel, ...]
    deadlines: tuple[Policy, ...]
    oversight: tuple[CityOversight, ...]
    reasons: tuple[CityReasons, ...]
    reporters: tuple[ReporterRule, ...]
    search: WordList
    calendar: CityCalendar
    resolving: tuple[ResolvingRule, ...]
    holds: tuple[HoldRule, ...]
    escalations: tuple[EscalationRule, ...]
    notifications: tuple[CityNotifications, ...]
    overdue_limits: tuple[CityOverdueLimit, ...]
    sp4n: Mapping[str, Sp4nStatus]
