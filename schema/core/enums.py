"""The closed lists of the contract, with the official Indonesian terms. Clients accept values that they do not know.

The values stand in models/enums, or beside what they are for; the words in services/core/terms.yaml.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from models import enums
from models.calendars import DayKind
from services.access.filters import filters, worklists
from services.core.labels import ClosedList, closed_lists
from services.core.links import Link
from services.feeds.decisions import LeftReason
from services.queries.lists.orders import TicketOrder

CLOSED_LISTS: tuple[type[StrEnum], ...] = (
    enums.TicketStatus,
    enums.Classification,
    enums.DeadlineStanding,
    enums.Channel,
    enums.AgencyKind,
    enums.HiddenReason,
    enums.Visibility,
    enums.ActorKind,
    enums.AnswerState,
    enums.MoveMutation,
    enums.MoveNeed,
    enums.PrincipalKind,
    enums.Role,
    enums.AuditKind,
    filters.AgencyRole,
    worklists.Worklist,
    TicketOrder,
    enums.ClockKind,
    enums.ClockState,
    enums.DeadlineUnit,
    enums.Punctuality,
    enums.HandlingClass,
    enums.NotificationKind,
    enums.ExtensionState,
    enums.EscalationLevel,
    enums.UnresolvedCaseState,
    enums.Sp4nStatus,
    enums.Sp4nMismatch,
    enums.LinkDirection,
    enums.OmbudsmanConsent,
    Link,
)


def describe(closed: type[StrEnum], name: str, words: ClosedList, only: Collection[str] | None = None) -> None:
    """Make a closed list part of the schema, and give its values the terms that officers know them by."""
    made = strawberry.enum(closed, name=name, description=words.description)
    definition: StrawberryEnumDefinition = made.__strawberry_definition__  # type: ignore[attr-defined]
    definition.values = [value for value in definition.values if only is None or value.name in only]
    for value in definition.values:
        value.description = words.terms.get(value.name)


def describe_all() -> None:
    """Make every closed list part of the schema."""
    words = closed_lists()
    for closed in CLOSED_LISTS:
        describe(closed, closed.__name__, words[closed.__name__])
    describe(DayKind, "CalendarDayKind", words["CalendarDayKind"])
    describe(LeftReason, "TicketLeftReason", words["TicketLeftReason"])
    describe(enums.EventKind, "TicketEventKind", words["TicketEventKind"], enums.TIMELINE_KINDS)


describe_all()
