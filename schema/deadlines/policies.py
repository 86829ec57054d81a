"""Policies of deadlines, as clients see them."""

from __future__ import annotations

from datetime import date
from typing import cast

import strawberry

from models.enums import Channel, Classification, ClockKind, DeadlineUnit, HandlingClass, TicketStatus
from schema.master_data.agencies import Agency
from schema.master_data.categories import Category
from services.core.reference import Reference
from services.deadlines.policies import Policy


@strawberry.type(
    description=(
        "Kebijakan tenggat: a dated row. The row that names most of a ticket's properties counts, as it stood on the "
        "day of receipt; null names nothing."
    )
)
class DeadlinePolicy:
    code: str
    clock: ClockKind
    classification: Classification | None
    handling_class: HandlingClass | None
    channel: Channel | None
    agency: Agency | None
    category: Category | None
    amount: int = strawberry.field(description="0: no deadline.")
    unit: DeadlineUnit
    rests: list[TicketStatus] = strawberry.field(description="Statuses in which the clock rests.")
    extension: int = strawberry.field(description="The most that may be granted on top at once, in units; 0: none.")
    extensions: int = strawberry.field(description="How often.")
    valid_from: date
    valid_to: date | None
    legal_basis: str
    verified: bool = strawberry.field(
        description="Whether the source of the rule was seen; a proposal of this project otherwise."
    )


def policy_shown(policy: Policy, reference: Reference) -> DeadlinePolicy:
    agency = None if policy.agency_code is None else reference.agency_codes.get(policy.agency_code)
    category = None if policy.category_code is None else reference.category_codes.get(policy.category_code)
    return DeadlinePolicy(
        code=policy.code,
        clock=policy.clock,
        classification=policy.classification,
        handling_class=policy.handling_class,
        channel=policy.channel,
        agency=cast("Agency | None", agency),
        category=cast("Category | None", category),
        amount=policy.amount,
        unit=policy.unit,
        rests=list(policy.rests),
        extension=policy.extension,
        extensions=policy.extensions,
        valid_from=policy.valid_from,
        valid_to=policy.valid_to,
        legal_basis=policy.legal_basis,
        verified=policy.verified,
    )
