"""Mutations of links to SP4N-LAPOR!."""

from __future__ import annotations

from datetime import datetime

import strawberry

from models.enums import LinkDirection
from schema.core.context import Info
from schema.core.pasted import Pasted
from schema.results import TicketPayload, ticket_payload
from schema.tickets.to_commands import ticket_key
from services.sp4n import links, statuses


@strawberry.input(description="A further call corrects what was typed; what it was stays in the log.")
class LinkSp4nInput(Pasted):
    id: strawberry.ID
    expected_version: int
    tracking_id: str
    direction: LinkDirection
    created_at: datetime | None = None
    client_mutation_id: str | None = None


@strawberry.input(description="The link goes, what it was stays in the log.")
class UnlinkSp4nInput(Pasted):
    id: strawberry.ID
    expected_version: int
    reason: str
    client_mutation_id: str | None = None


@strawberry.input(description="What SP4N-LAPOR! says now, word for word.")
class RecordSp4nStatusInput(Pasted):
    id: strawberry.ID
    raw_status: str
    at: datetime | None = strawberry.field(
        default=None, description="Now where it is left out; not before the last that was noted."
    )
    client_mutation_id: str | None = None


@strawberry.type
class Sp4nMutation:
    @strawberry.mutation(description="Tautkan ke SP4N-LAPOR!, or correct the link: for the coordinator; audited.")
    async def link_sp4n(self, info: Info, input: LinkSp4nInput) -> TicketPayload:  # noqa: A002
        name, context = input.client_mutation_id, info.context
        command = links.LinkTicket(
            ticket_key(input.id), input.expected_version, input.tracking_id, input.direction, input.created_at, name
        )
        return await ticket_payload(context, links.link(context.desk, context.scope, command), name)

    @strawberry.mutation(description="Lepaskan tautan SP4N-LAPOR!: for the coordinator; audited.")
    async def unlink_sp4n(self, info: Info, input: UnlinkSp4nInput) -> TicketPayload:  # noqa: A002
        name, context = input.client_mutation_id, info.context
        command = links.UnlinkTicket(ticket_key(input.id), input.expected_version, input.reason, name)
        return await ticket_payload(context, links.unlink(context.desk, context.scope, command), name)

    @strawberry.mutation(
        description=(
            "Catat status di SP4N-LAPOR!; does not raise the version. By those who handle the ticket, and the desk."
        )
    )
    async def record_sp4n_status(self, info: Info, input: RecordSp4nStatusInput) -> TicketPayload:  # noqa: A002
        name, context = input.client_mutation_id, info.context
        command = statuses.SaidStatus(ticket_key(input.id), input.raw_status, input.at, name)
        return await ticket_payload(context, statuses.record_status(context.desk, context.scope, command), name)
