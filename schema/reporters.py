"""Mutations that reveal, find or erase a reporter, or rotate a tracking secret; each use leaves an event."""

from __future__ import annotations

from typing import cast

import strawberry

from schema.core.context import Info
from schema.core.pasted import Pasted
from schema.results import TicketPayload, UserError, ticket_payload, user_errors
from schema.tickets.reporter import RevealedReporter
from schema.tickets.tickets import Ticket
from schema.tickets.to_commands import ticket_key
from services.core.paging import LARGEST_PAGE
from services.core.refusals import Refusal
from services.reporters import citizens, erasure, reporters


@strawberry.input(description="Why somebody must know who reported; the reason stays with the ticket.")
class RevealReporterInput(Pasted):
    id: strawberry.ID
    reason: str
    client_mutation_id: str | None = None


@strawberry.type(description="The reporter, this once, or why not. Its fields are null where nothing was given.")
class RevealReporterPayload:
    reporter: RevealedReporter | None = None
    errors: list[UserError] = strawberry.field(default_factory=list)
    client_mutation_id: str | None = None


@strawberry.input(description="Exactly one of phone and nik.")
class FindReporterTicketsInput(Pasted):
    phone: str | None = None
    nik: str | None = None
    client_mutation_id: str | None = None


@strawberry.type(description=f"Tickets of one reporter, newest first, at most {LARGEST_PAGE}, or why not.")
class FindReporterTicketsPayload:
    tickets: list[Ticket] = strawberry.field(
        default_factory=list, description="Those that the caller sees and where the reporter declined anonymity."
    )
    errors: list[UserError] = strawberry.field(default_factory=list)
    client_mutation_id: str | None = None


@strawberry.input(description="It can not be undone: all words on the ticket go, and all that tells who reported.")
class EraseReporterInput(Pasted):
    id: strawberry.ID
    expected_version: int
    reason: str = strawberry.field(
        description=(
            "A code: " + ", ".join(erasure.ErasureReason) + ". Anything else counts as OTHER and is kept nowhere, as "
            "words would be about a person again."
        )
    )
    client_mutation_id: str | None = None


@strawberry.input(description="Why the citizen needs a new secret; the reason stays with the ticket.")
class RotateTrackingSecretInput(Pasted):
    id: strawberry.ID
    reason: str
    client_mutation_id: str | None = None


@strawberry.type(description="The new secret, this once, or why there is none.")
class RotateTrackingSecretPayload:
    tracking_secret: str | None = strawberry.field(
        default=None, description="For the citizen, with the number; it is kept nowhere and not shown again."
    )
    errors: list[UserError] = strawberry.field(default_factory=list)
    client_mutation_id: str | None = None


@strawberry.type
class ReporterMutation:
    @strawberry.mutation(
        description=(
            "Buka identitas pelapor. For the coordinator, and for the inspector where the ticket is supervisory; never "
            "for who has a post in the reported agency, nor for who named it on a supervisory ticket. Who, when and "
            "why is in the log before the answer is; Throttled when too often."
        )
    )
    async def reveal_reporter(self, info: Info, input: RevealReporterInput) -> RevealReporterPayload:  # noqa: A002
        command = reporters.Reveal(ticket_key(input.id), input.reason, input.client_mutation_id)
        try:
            await info.context.rate_limits.reveal(info.context.scope.principal)
            identity = await reporters.reveal(info.context.desk, info.context.scope, command)
        except Refusal as refusal:
            errors = await user_errors(info.context, refusal)
            return RevealReporterPayload(errors=errors, client_mutation_id=input.client_mutation_id)
        shown = RevealedReporter(name=identity.name, phone=identity.phone, email=identity.email, nik=identity.nik)
        return RevealReporterPayload(reporter=shown, client_mutation_id=input.client_mutation_id)

    @strawberry.mutation(
        description=(
            "Cari laporan seorang pelapor by phone or NIK. For the coordinator; every search is logged, too many "
            "are Throttled, and it is a mutation so that neither ever stands in a URL."
        )
    )
    async def find_reporter_tickets(
        self,
        info: Info,
        input: FindReporterTicketsInput,  # noqa: A002
    ) -> FindReporterTicketsPayload:
        command = reporters.Lookup(input.phone, input.nik, input.client_mutation_id)
        try:
            await info.context.rate_limits.lookup(info.context.scope.principal)
            found = await reporters.find(info.context.desk, info.context.scope, command)
        except Refusal as refusal:
            errors = await user_errors(info.context, refusal)
            return FindReporterTicketsPayload(errors=errors, client_mutation_id=input.client_mutation_id)
        tickets = cast("list[Ticket]", [info.context.noting(view) for view in found])
        return FindReporterTicketsPayload(tickets=tickets, client_mutation_id=input.client_mutation_id)

    @strawberry.mutation(
        description=(
            "Hapus data pelapor: identity, title, body, place, notes and answers go for ever; number, statuses, times "
            "and counts stay. What the desk itself merged into the ticket goes along; otherTickets names the rest. "
            "For those who may reveal the reporter."
        )
    )
    async def erase_reporter(self, info: Info, input: EraseReporterInput) -> TicketPayload:  # noqa: A002
        command = erasure.Erasure(ticket_key(input.id), input.expected_version, input.reason, input.client_mutation_id)
        use_case = erasure.erase(info.context.desk, info.context.scope, command)
        return await ticket_payload(info.context, use_case, input.client_mutation_id)

    @strawberry.mutation(
        description=(
            "Ganti kode akses pelapor: the old secret and every session that it opened end at once. For those who "
            "may reveal the reporter, as it opens the ticket as its reporter would; audited."
        )
    )
    async def rotate_tracking_secret(
        self,
        info: Info,
        input: RotateTrackingSecretInput,  # noqa: A002
    ) -> RotateTrackingSecretPayload:
        command = citizens.RotateSecret(ticket_key(input.id), input.reason, input.client_mutation_id)
        try:
            secret = await citizens.rotate_secret(info.context.desk, info.context.scope, command)
        except Refusal as refusal:
            errors = await user_errors(info.context, refusal)
            return RotateTrackingSecretPayload(errors=errors, client_mutation_id=input.client_mutation_id)
        return RotateTrackingSecretPayload(tracking_secret=secret, client_mutation_id=input.client_mutation_id)
