"""Mutations of a ticket's clocks: its class, extensions of its deadlines, and what its reporter replied."""

from __future__ import annotations

import strawberry

from schema.clocks import inputs
from schema.core.context import Info
from schema.results import TicketPayload, ticket_payload
from services.clocks import extensions, handling_class, replies


@strawberry.type
class ClockMutation:
    @strawberry.mutation(description="Ubah kelas penanganan.")
    async def change_handling_class(
        self,
        info: Info,
        input: inputs.ChangeHandlingClassInput,  # noqa: A002
    ) -> TicketPayload:
        context = info.context
        use_case = handling_class.change_class(context.desk, context.scope, input.to_command())
        return await ticket_payload(context, use_case, input.client_mutation_id)

    @strawberry.mutation(description="Minta perpanjangan: for the lead agency, before the deadline.")
    async def request_extension(
        self,
        info: Info,
        input: inputs.RequestExtensionInput,  # noqa: A002
    ) -> TicketPayload:
        context = info.context
        use_case = extensions.request_extension(context.desk, context.scope, input.to_command())
        return await ticket_payload(context, use_case, input.client_mutation_id)

    @strawberry.mutation(description="Putuskan perpanjangan: for the coordinator, never by who asked.")
    async def decide_extension(
        self,
        info: Info,
        input: inputs.DecideExtensionInput,  # noqa: A002
    ) -> TicketPayload:
        context = info.context
        use_case = extensions.decide_extension(context.desk, context.scope, input.to_command())
        return await ticket_payload(context, use_case, input.client_mutation_id)

    @strawberry.mutation(description="Catat tanggapan pelapor; does not raise the version.")
    async def record_reporter_reply(
        self,
        info: Info,
        input: inputs.RecordReporterReplyInput,  # noqa: A002
    ) -> TicketPayload:
        context = info.context
        use_case = replies.record_reply(context.desk, context.scope, input.to_command())
        return await ticket_payload(context, use_case, input.client_mutation_id)
