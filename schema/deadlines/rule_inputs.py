"""A change of calendar and policies, as clients write it."""

from __future__ import annotations

from datetime import date

import strawberry

from models.calendars import DayKind
from models.enums import Channel, Classification, ClockKind, DeadlineUnit, HandlingClass, TicketStatus
from schema.core.pasted import Pasted
from services.deadline_rules.commands import GivenDay, GivenPolicy, GivenWeek, GivenWindow, RulesChange


@strawberry.input(description="A day that differs from its weekday; its decree is the legalBasis of the change.")
class CalendarDayInput(Pasted):
    day: date
    kind: DayKind
    name: str = strawberry.field(description="1 to 200 characters.")
    calendar_code: str | None = None

    def to_day(self) -> GivenDay:
        return GivenDay(self.day, self.kind, self.name, self.calendar_code)


@strawberry.input(description="As OfficeWindow; windows of a day do not overlap.")
class OfficeWindowInput(Pasted):
    weekday: int
    opens: str
    closes: str

    def to_window(self) -> GivenWindow:
        return GivenWindow(self.weekday, self.opens, self.closes)


@strawberry.input(description="From validFrom on, in place of what held then.")
class OfficeWeekInput(Pasted):
    calendar_code: str
    name: str
    valid_from: date
    windows: list[OfficeWindowInput]
    valid_to: date | None = None

    def to_week(self) -> GivenWeek:
        windows = tuple(each.to_window() for each in self.windows)
        return GivenWeek(self.calendar_code, self.name, self.valid_from, self.valid_to, windows)


@strawberry.input(description="A row of DeadlinePolicy; its legal basis is that of the change.")
class DeadlinePolicyInput(Pasted):
    code: str
    clock: ClockKind
    amount: int
    unit: DeadlineUnit
    rests: list[TicketStatus]
    valid_from: date
    classification: Classification | None = None
    handling_class: HandlingClass | None = None
    channel: Channel | None = None
    agency_code: str | None = None
    category_code: str | None = None
    extension: int = 0
    extensions: int = 0
    valid_to: date | None = None

    def to_policy(self) -> GivenPolicy:
        return GivenPolicy(
            code=self.code,
            clock=self.clock,
            amount=self.amount,
            unit=self.unit,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            classification=self.classification,
            handling_class=self.handling_class,
            channel=self.channel,
            agency_code=self.agency_code,
            category_code=self.category_code,
            rests=tuple(self.rests),
            extension=self.extension,
            extensions=self.extensions,
        )


@strawberry.input(
    description=(
        "Some or all of it in one transaction. Rows that hold at the same time, for the same properties, are refused "
        "by name."
    )
)
class ChangeDeadlineRulesInput(Pasted):
    expected_version: int = strawberry.field(description="Of the rules: from previewDeadlineRules.")
    legal_basis: str = strawberry.field(description="SK, Keppres or SKB with number: 1 to 300 characters.")
    days: list[CalendarDayInput] | None = strawberry.field(
        default=None, description="Put in place of what stands there."
    )
    remove_days: list[date] | None = None
    weeks: list[OfficeWeekInput] | None = None
    policies: list[DeadlinePolicyInput] | None = strawberry.field(
        default=None, description="A new row ends the one of the same code the day before."
    )
    client_mutation_id: str | None = None

    def to_change(self) -> RulesChange:
        return RulesChange(
            expected_version=self.expected_version,
            legal_basis=self.legal_basis,
            days=tuple(each.to_day() for each in self.days or ()),
            remove_days=tuple(self.remove_days or ()),
            weeks=tuple(each.to_week() for each in self.weeks or ()),
            policies=tuple(each.to_policy() for each in self.policies or ()),
        )
