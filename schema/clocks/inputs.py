"""What the mutations of a ticket's clocks take."""

from __future__ import annotations

from datetime import datetime

import strawberry

from models.enums import Channel, ClockKind, HandlingClass
from schema.core.pasted import Pasted
from services.clocks.extensions import ExtensionDecision, ExtensionRequest
from services.clocks.handling_class import ClassChange
from services.clocks.replies import RecordReply
from services.core.nodes import key_of


@strawberry.input(description="The deadline moves with it; what was used stays used. For those who verify.")
class ChangeHandlingClassInput(Pasted):
    id: strawberry.ID
    expected_version: int
    handling_class: HandlingClass
    reason: str
    client_mutation_id: str | None = None

    def to_command(self) -> ClassChange:
        key = key_of(self.id, "Ticket")
        return ClassChange(key, self.expected_version, self.handling_class, self.reason, self.client_mutation_id)


@strawberry.input(description="By the lead agency, before the deadline, within what the rule allows.")
class RequestExtensionInput(Pasted):
    id: strawberry.ID
    expected_version: int
    amount: int
    reason: str
    clock: ClockKind = ClockKind.RESOLUTION
    client_mutation_id: str | None = None

    def to_command(self) -> ExtensionRequest:
        key = key_of(self.id, "Ticket")
        return ExtensionRequest(
            key, self.expected_version, self.clock, self.amount, self.reason, self.client_mutation_id
        )


@strawberry.input(description="For the whole amount that was asked for, or not at all.")
class DecideExtensionInput(Pasted):
    extension_id: strawberry.ID
    expected_version: int = strawberry.field(description="Of the ticket.")
    grant: bool
    note: str | None = strawberry.field(default=None, description="Needed to refuse.")
    client_mutation_id: str | None = None

    def to_command(self) -> ExtensionDecision:
        key = key_of(self.extension_id, "Extension")
        return ExtensionDecision(key, self.expected_version, self.grant, self.note, self.client_mutation_id)


@strawberry.input(
    description=("What a reporter said on the phone, at the counter or by message; starts the reporter's clock anew.")
)
class RecordReporterReplyInput(Pasted):
    id: strawberry.ID
    text: str
    channel: Channel
    received_at: datetime | None = strawberry.field(
        default=None, description="Now where it is left out; never before the answer, never in the future."
    )
    client_mutation_id: str | None = None

    def to_command(self) -> RecordReply:
        key = key_of(self.id, "Ticket")
        return RecordReply(key, self.text, self.channel, self.received_at, self.client_mutation_id)
