"""Changes of calendar and policies: what they would move, and making them."""

from __future__ import annotations

from datetime import datetime
from typing import cast

import strawberry

from models.enums import ClockKind
from schema.core.context import Context, Info
from schema.deadlines.rule_inputs import ChangeDeadlineRulesInput
from schema.results import UserError, echoed, user_errors
from schema.tickets.tickets import Ticket
from services.core.refusals import Refusal
from services.deadline_rules import change
from services.deadline_rules.comparing import MOST_MOVES, Impact
from services.queries import tickets


@strawberry.type(description="One clock of one ticket that a change moves.")
class DeadlineMove:
    ticket: Ticket
    clock: ClockKind
    before: datetime | None
    after: datetime | None


@strawberry.type(
    description=(
        "What a change of calendar or rules does to open tickets; verdicts stay. Of the tickets that the caller sees; "
        "numbers are those of tickets, a ticket is moved where one of its clocks is."
    )
)
class DeadlineImpact:
    version: int = strawberry.field(description="The version that was looked at; send it back as expectedVersion.")
    open: int
    moved: int
    become_overdue: int
    no_longer_overdue: int
    moves: list[DeadlineMove] = strawberry.field(
        description=f"The {MOST_MOVES} that move most, those that become overdue first."
    )


@strawberry.type(
    description="The new version and what it moves, or why nothing happened. Open tickets follow within a minute."
)
class DeadlineRulesPayload:
    version: int | None = None
    impact: DeadlineImpact | None = strawberry.field(
        default=None, description="Null too where counting it took too long: the change stands all the same."
    )
    errors: list[UserError] = strawberry.field(default_factory=list)
    client_mutation_id: str | None = None


@strawberry.type
class DeadlineRulesMutation:
    @strawberry.mutation(
        description=("Ubah kalender atau kebijakan: for coordinators and admins, with its legal basis; audited.")
    )
    async def change_deadline_rules(
        self,
        info: Info,
        input: ChangeDeadlineRulesInput,  # noqa: A002
    ) -> DeadlineRulesPayload:
        context = info.context
        try:
            changed = await change.change(context.desk, context.scope, input.to_change())
        except Refusal as refusal:
            return echoed(DeadlineRulesPayload(errors=await user_errors(context, refusal)), input)
        shown = None if changed.impact is None else await _shown(context, changed.impact)
        return echoed(DeadlineRulesPayload(version=changed.version, impact=shown), input)


async def impact_shown(context: Context, given: ChangeDeadlineRulesInput) -> DeadlineImpact:
    """What a change would move."""
    return await _shown(context, await change.preview(context.desk, context.scope, given.to_change()))


async def _shown(context: Context, impact: Impact) -> DeadlineImpact:
    """The impact with those of its tickets that the caller still sees."""
    keys = sorted({each.ticket_id for each in impact.moves})
    views = await tickets.tickets_by_ids(context.desk, context.scope.sight, keys) if keys else {}
    zone = context.desk.rules.zone  # what is stored is read in UTC, what a change counts stands in the city's time
    moves = [
        DeadlineMove(
            ticket=cast("Ticket", context.noting(views[each.ticket_id])),
            clock=each.moved.clock,
            before=each.moved.before and each.moved.before.astimezone(zone),
            after=each.moved.after and each.moved.after.astimezone(zone),
        )
        for each in impact.moves
        if each.ticket_id in views
    ]
    return DeadlineImpact(
        version=impact.version,
        open=impact.open,
        moved=impact.moved,
        become_overdue=impact.become_overdue,
        no_longer_overdue=impact.no_longer_overdue,
        moves=moves,
    )
