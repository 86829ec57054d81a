"""A question for the calculator of deadlines, as clients write it."""

from __future__ import annotations

from datetime import date, datetime

import strawberry

from models.enums import Channel, Classification, ClockKind, HandlingClass, TicketStatus
from schema.core.pasted import Pasted
from services.queries.deadline_questions import Question, QuestionStep


@strawberry.input(description="From this moment on.")
class DeadlineStepInput(Pasted):
    at: datetime
    status: TicketStatus
    hold_until: date | None = strawberry.field(default=None, description="For ON_HOLD.")
    lead_agency_code: str | None = strawberry.field(
        default=None, description="Who leads from then on; null: as before."
    )

    def to_step(self) -> QuestionStep:
        return QuestionStep(self.at, self.status, self.hold_until, self.lead_agency_code)


@strawberry.input(
    description=(
        "Pertanyaan tenggat: a report that need not exist. The last status goes on; state, standing, used and left are "
        "told as of the last moment given."
    )
)
class DeadlineQuestionInput(Pasted):
    received_at: datetime
    clock: ClockKind = ClockKind.RESOLUTION
    classification: Classification | None = None
    handling_class: HandlingClass | None = strawberry.field(
        default=None, description="SUPERVISORY too; ORDINARY where it is left out."
    )
    channel: Channel | None = None
    category_code: str | None = None
    sp4n_created_at: datetime | None = strawberry.field(
        default=None, description="For NATIONAL: when it came to be in SP4N-LAPOR!."
    )
    extension: int = strawberry.field(default=0, description="Granted on top, in units.")
    history: list[DeadlineStepInput] | None = strawberry.field(
        default=None, description="Statuses after RECEIVED in the order of their moments, at most 200."
    )

    def to_question(self) -> Question:
        return Question(
            received_at=self.received_at,
            clock=self.clock,
            classification=self.classification,
            handling_class=self.handling_class,
            channel=self.channel,
            category_code=self.category_code,
            sp4n_created_at=self.sp4n_created_at,
            extension=self.extension,
            steps=tuple(step.to_step() for step in self.history or ()),
        )
