"""The inputs of escalation, and the commands that they are."""

from __future__ import annotations

import strawberry

from models.enums import EscalationLevel, OmbudsmanConsent
from schema.core.pasted import Pasted
from schema.tickets.to_commands import ticket_key
from services.clocks.escalation.acknowledging import Acknowledge
from services.clocks.escalation.consents import Consent
from services.clocks.escalation.upwards import Escalate
from services.core.nodes import key_of


@strawberry.input(description="By those who handle or steer the ticket, to a level above their own.")
class EscalateTicketInput(Pasted):
    id: strawberry.ID
    expected_version: int
    level: EscalationLevel
    reason: str
    client_mutation_id: str | None = None

    def to_command(self) -> Escalate:
        return Escalate(ticket_key(self.id), self.expected_version, self.level, self.reason, self.client_mutation_id)


@strawberry.input(description="By those who were told.")
class AcknowledgeEscalationInput(Pasted):
    escalation_id: strawberry.ID
    note: str = strawberry.field(description="What will be done.")
    client_mutation_id: str | None = None

    def to_command(self) -> Acknowledge:
        return Acknowledge(key_of(self.escalation_id, "Escalation"), self.note, self.client_mutation_id)


@strawberry.input(description="What the reporter said, or that they were asked.")
class RecordOmbudsmanConsentInput(Pasted):
    id: strawberry.ID
    expected_version: int
    consent: OmbudsmanConsent
    note: str | None = None
    client_mutation_id: str | None = None

    def to_command(self) -> Consent:
        return Consent(ticket_key(self.id), self.expected_version, self.consent, self.note, self.client_mutation_id)
