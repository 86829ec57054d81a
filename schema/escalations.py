"""The mutations of escalation."""

from __future__ import annotations

from typing import cast

import strawberry

from models.enums import EscalationLevel, OmbudsmanConsent
from schema.core.context import Context, Info
from schema.core.pasted import Pasted
from schema.deadlines.escalations import Escalation, EscalationView
from schema.results import TicketPayload, UserError, ticket_payload, user_errors
from schema.tickets.to_commands import ticket_key
from services.clocks.escalation import acknowledging, consents, upwards
from services.core.nodes import key_of
from services.core.refusals import Refusal
from services.queries.escalations import escalations_by_ids


@strawberry.input(description="By those who handle or steer the ticket, to a level above their own.")
class EscalateTicketInput(Pasted):
    id: strawberry.ID
    expected_version: int
    level: EscalationLevel
    reason: str
    client_mutation_id: str | None = None

    def to_command(self) -> upwards.Escalate:
        return upwards.Escalate(
            ticket_key(self.id), self.expected_version, self.level, self.reason, self.client_mutation_id
        )


@strawberry.input(description="By those who were told.")
class AcknowledgeEscalationInput(Pasted):
    escalation_id: strawberry.ID
    note: str = strawberry.field(description="What will be done.")
    client_mutation_id: str | None = None

    def to_command(self) -> acknowledging.Acknowledge:
        return acknowledging.Acknowledge(key_of(self.escalation_id, "Escalation"), self.note, self.client_mutation_id)


@strawberry.input(description="What the reporter said, or that they were asked.")
class RecordOmbudsmanConsentInput(Pasted):
    id: strawberry.ID
    expected_version: int
    consent: OmbudsmanConsent
    note: str | None = None
    client_mutation_id: str | None = None

    def to_command(self) -> consents.Consent:
        return consents.Consent(
            ticket_key(self.id), self.expected_version, self.consent, self.note, self.client_mutation_id
        )


@strawberry.type(description="An escalation, or why nothing happened.")
class EscalationPayload:
    escalation: Escalation | None = None
    errors: list[UserError] = strawberry.field(default_factory=list)
    client_mutation_id: str | None = None


@strawberry.type
class EscalationMutation:
    @strawberry.mutation(description="Eskalasi oleh petugas.")
    async def escalate_ticket(self, info: Info, input: EscalateTicketInput) -> TicketPayload:  # noqa: A002
        use_case = upwards.escalate(info.context.desk, info.context.scope, input.to_command())
        return await ticket_payload(info.context, use_case, input.client_mutation_id)

    @strawberry.mutation(description="Terima eskalasi: for those who were told.")
    async def acknowledge_escalation(
        self,
        info: Info,
        input: AcknowledgeEscalationInput,  # noqa: A002
    ) -> EscalationPayload:
        return await _acknowledged(info.context, input)

    @strawberry.mutation(description="Catat persetujuan pelapor untuk Ombudsman: for the coordinator; audited.")
    async def record_ombudsman_consent(
        self,
        info: Info,
        input: RecordOmbudsmanConsentInput,  # noqa: A002
    ) -> TicketPayload:
        use_case = consents.record(info.context.desk, info.context.scope, input.to_command())
        return await ticket_payload(info.context, use_case, input.client_mutation_id)


async def _acknowledged(context: Context, given: AcknowledgeEscalationInput) -> EscalationPayload:
    command, name = given.to_command(), given.client_mutation_id
    try:
        await acknowledging.acknowledge(context.desk, context.scope, command)
    except Refusal as refusal:
        return EscalationPayload(errors=await user_errors(context, refusal), client_mutation_id=name)
    key = command.escalation_id or 0
    row = (await escalations_by_ids([key]))[key]
    shown = EscalationView(row, await context.desk.reference())
    return EscalationPayload(escalation=cast("Escalation", shown), client_mutation_id=name)
