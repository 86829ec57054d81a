"""One clock with all that it takes to check it by hand, as clients see it."""

from __future__ import annotations

from datetime import date, datetime
from typing import cast
from zoneinfo import ZoneInfo

import strawberry

from models.enums import ClockKind, ClockState, DeadlineStanding, DeadlineUnit, Punctuality, TicketStatus
from schema.deadlines.calendars import CalendarDay, day_shown
from schema.deadlines.policies import DeadlinePolicy, policy_shown
from schema.master_data.agencies import Agency
from services.core.reference import Reference
from services.deadlines.readings import Reading, Segment, Verdict
from services.queries.deadline_questions import Answer
from services.queries.deadline_words import explained


@strawberry.type(description="A stretch of time in which nothing about a clock changed.")
class DeadlineSegment:
    from_: datetime = strawberry.field(name="from")
    to: datetime
    status: TicketStatus
    agency: Agency | None = strawberry.field(description="Who had the ticket; null: the desk.")
    calendar_code: str
    running: bool
    days: int = strawberry.field(
        description="Days that count in it: those at whose end (24.00 WIB) the clock ran; 0 for units of hours."
    )
    seconds: int = strawberry.field(description="Seconds that count in it; 0 for units of days.")


@strawberry.type(description="Penjelasan tenggat: what was counted, so that anybody can count again.")
class DeadlineExplanation:
    text: str = strawberry.field(description="In the caller's language, as an officer would say it to a citizen.")
    segments: list[DeadlineSegment] = strawberry.field(
        description=(
            "From the start to the deadline, or to now while it rests. The days or seconds of those that run add up "
            "to what is used at their end; at the deadline that is amount and extension."
        )
    )
    days_off: list[CalendarDay] = strawberry.field(
        description="Days off between start and end that would have been working days, each with its decree."
    )


@strawberry.type(description="Putusan saat jam berhenti.")
class DeadlineVerdict:
    at: datetime
    punctuality: Punctuality
    due_at: datetime | None = strawberry.field(description="The deadline of that moment.")
    late_by: int = strawberry.field(description="Days or seconds over; 0 in time.")
    rules_version: int
    policy_code: str


@strawberry.type(description="Tenggat: one clock of a ticket, with all that it takes to check it by hand.")
class Deadline:
    clock: ClockKind
    state: ClockState
    standing: DeadlineStanding
    started_at: datetime = strawberry.field(
        description=(
            "When it started; receivedAt, however late it was entered, or the first dispatch, answer or question."
        )
    )
    due_at: datetime | None = strawberry.field(
        description=(
            "The first moment that is too late, if nothing more happens; of a clock that has stopped, as it stood "
            "then. Null while it rests without a date on which it goes on."
        )
    )
    due_on: date | None = strawberry.field(description="The last day in time (WIB).")
    due_soon_at: datetime | None = strawberry.field(description="From when it is DUE_SOON; null unless it runs.")
    amount: int = strawberry.field(description="What the rule gives, in units.")
    extension: int = strawberry.field(description="What was granted on top, in units.")
    unit: DeadlineUnit
    used: int = strawberry.field(
        description=(
            "Used so far: days for units of days, seconds for units of hours. With left it is amount and extension."
        )
    )
    left: int = strawberry.field(description="What is left: days or seconds; 0 once it has passed.")
    verdicts: list[DeadlineVerdict] = strawberry.field(
        description="One for each time that it stopped, oldest first; what was once given never changes."
    )
    policy: DeadlinePolicy
    rules_version: int = strawberry.field(description="The version of calendar and rules that it was computed by.")
    explanation: DeadlineExplanation


def deadline_shown(found: Answer, language: str) -> Deadline:
    reading, reference = found.reading, found.reference
    return Deadline(
        clock=reading.clock,
        state=reading.state,
        standing=reading.standing,
        started_at=reading.started_at,
        due_at=reading.due_at,
        due_on=reading.due_on,
        due_soon_at=reading.due_soon_at,
        amount=reading.policy.amount,
        extension=reading.extension,
        unit=reading.policy.unit,
        used=reading.used,
        left=reading.left,
        verdicts=[verdict_shown(each, reference.rules_version) for each in reading.verdicts],
        policy=policy_shown(reading.policy, reference),
        rules_version=reference.rules_version,
        explanation=explanation_shown(reading, reference, found.zone, language),
    )


def explanation_shown(reading: Reading, reference: Reference, zone: ZoneInfo, language: str) -> DeadlineExplanation:
    return DeadlineExplanation(
        text=explained(reading, language, zone),
        segments=[_segment(each, reference) for each in reading.segments],
        days_off=[day_shown(each) for each in reading.days_off],
    )


def _segment(segment: Segment, reference: Reference) -> DeadlineSegment:
    agency = None if segment.agency_code is None else reference.agency_codes.get(segment.agency_code)
    return DeadlineSegment(
        from_=segment.start,
        to=segment.end,
        status=segment.status,
        agency=cast("Agency | None", agency),
        calendar_code=segment.calendar_code,
        running=segment.running,
        days=segment.days,
        seconds=segment.seconds,
    )


def verdict_shown(verdict: Verdict, rules_version: int) -> DeadlineVerdict:
    return DeadlineVerdict(
        at=verdict.at,
        punctuality=verdict.punctuality,
        due_at=verdict.due_at,
        late_by=verdict.late_by,
        rules_version=rules_version,
        policy_code=verdict.policy_code,
    )
