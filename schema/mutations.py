"""The root mutation: each resolver turns its input into a command, calls one use case, and answers with its payload."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import cast

import strawberry

from models import Answer as AnswerRow
from schema.clocks.mutations import ClockMutation
from schema.core.context import Context, Info
from schema.credentials.sign_in import SignInMutation
from schema.deadline_rules import DeadlineRulesMutation
from schema.displays import DisplayMutation
from schema.escalations import EscalationMutation
from schema.evaluation import EvaluationMutation
from schema.notifications.mutations import NotificationMutation
from schema.partners.mutations import PartnerMutation
from schema.reporters import ReporterMutation
from schema.results import AnswerPayload, CitizenSessionPayload, TicketPayload, echoed, ticket_payload, user_errors
from schema.sp4n import Sp4nMutation
from schema.staff.mutations import StaffMutation
from schema.tickets import inputs, to_commands
from schema.tickets.answers import Answer, AnswerView
from schema.tickets.tickets import Ticket
from services.access.scopes import Scope
from services.core import validation
from services.core.desk import Desk
from services.core.refusals import Refusal
from services.intake import submissions
from services.intake.proof_of_work import is_stranger, require_proof
from services.queries import tickets
from services.reporters import citizens
from services.tickets import answers, assigning, editing, merging, moves
from services.tickets.case import Done


@strawberry.type
class Mutation(
    DisplayMutation,
    EscalationMutation,
    NotificationMutation,
    PartnerMutation,
    ReporterMutation,
    SignInMutation,
    StaffMutation,
    ClockMutation,
    EvaluationMutation,
    DeadlineRulesMutation,
    Sp4nMutation,
):
    @strawberry.mutation(description="Hand in a report (laporan).")
    async def submit_ticket(self, info: Info, input: inputs.SubmitTicketInput) -> TicketPayload:  # noqa: A002
        return await ticket_payload(info.context, _submit(info.context, input), input.client_mutation_id)

    @strawberry.mutation(description="Verifikasi.")
    async def verify_ticket(self, info: Info, input: inputs.VerifyTicketInput) -> TicketPayload:  # noqa: A002
        use_case = moves.verify(*_caller(info), to_commands.verification(input))
        return await ticket_payload(info.context, use_case, input.client_mutation_id)

    @strawberry.mutation(
        description="Disposisi: to one lead agency and any supporting ones; again with a note to redirect."
    )
    async def dispatch_ticket(self, info: Info, input: inputs.DispatchTicketInput) -> TicketPayload:  # noqa: A002
        use_case = moves.dispatch(*_caller(info), to_commands.dispatch(input))
        return await ticket_payload(info.context, use_case, input.client_mutation_id)

    @strawberry.mutation(description="Kembalikan ke koordinator, with a reason; counted.")
    async def return_ticket(self, info: Info, input: inputs.ReturnTicketInput) -> TicketPayload:  # noqa: A002
        use_case = moves.return_(*_caller(info), to_commands.return_(input))
        return await ticket_payload(info.context, use_case, input.client_mutation_id)

    @strawberry.mutation(description="Tugaskan: give the ticket to an officer of the lead agency, or take it back.")
    async def assign_officer(self, info: Info, input: inputs.AssignOfficerInput) -> TicketPayload:  # noqa: A002
        use_case = assigning.assign(*_caller(info), to_commands.assign(input))
        return await ticket_payload(info.context, use_case, input.client_mutation_id)

    @strawberry.mutation(
        description=(
            "Every move that needs no more than a note, a reason, a date or evidence, ON_HOLD included. "
            "A move with a mutation of its own is refused and the mutation named."
        )
    )
    async def change_ticket_status(
        self,
        info: Info,
        input: inputs.ChangeTicketStatusInput,  # noqa: A002
    ) -> TicketPayload:
        use_case = moves.change_status(*_caller(info), to_commands.status_change(input))
        return await ticket_payload(info.context, use_case, input.client_mutation_id)

    @strawberry.mutation(description="Simpan konsep jawaban; submit asks the liaison for approval.")
    async def save_answer_draft(
        self,
        info: Info,
        input: inputs.SaveAnswerDraftInput,  # noqa: A002
    ) -> AnswerPayload:
        use_case = answers.save_draft(*_caller(info), to_commands.draft(input))
        return await _answer_payload(info.context, use_case, input.client_mutation_id)

    @strawberry.mutation(description="Setujui atau tolak konsep jawaban.")
    async def review_answer(self, info: Info, input: inputs.ReviewAnswerInput) -> AnswerPayload:  # noqa: A002
        use_case = answers.review(*_caller(info), to_commands.review(input))
        return await _answer_payload(info.context, use_case, input.client_mutation_id)

    @strawberry.mutation(
        description=(
            "Tarik kembali: a waiting or approved answer is a draft again. By its author, the liaison of its agency "
            "and the coordinator."
        )
    )
    async def recall_answer(self, info: Info, input: inputs.RecallAnswerInput) -> AnswerPayload:  # noqa: A002
        use_case = answers.recall(*_caller(info), to_commands.recall(input))
        return await _answer_payload(info.context, use_case, input.client_mutation_id)

    @strawberry.mutation(description="Kirim jawaban yang disetujui kepada pelapor.")
    async def send_answer(self, info: Info, input: inputs.SendAnswerInput) -> TicketPayload:  # noqa: A002
        use_case = answers.send(*_caller(info), to_commands.send(input))
        return await ticket_payload(info.context, use_case, input.client_mutation_id)

    @strawberry.mutation(description="Buka kembali; counted, and receivedAt stays.")
    async def reopen_ticket(self, info: Info, input: inputs.ReopenTicketInput) -> TicketPayload:  # noqa: A002
        use_case = moves.reopen(*_caller(info), to_commands.reopen(input))
        return await ticket_payload(info.context, use_case, input.client_mutation_id)

    @strawberry.mutation(description="Gabungkan laporan ganda; both numbers stay alive.")
    async def merge_ticket(self, info: Info, input: inputs.MergeTicketInput) -> TicketPayload:  # noqa: A002
        use_case = merging.merge(*_caller(info), to_commands.merge(input))
        return await ticket_payload(info.context, use_case, input.client_mutation_id)

    @strawberry.mutation(description="Catatan; does not raise the version.")
    async def add_note(self, info: Info, input: inputs.AddNoteInput) -> TicketPayload:  # noqa: A002
        use_case = editing.add_note(*_caller(info), to_commands.note(input))
        return await ticket_payload(info.context, use_case, input.client_mutation_id)

    @strawberry.mutation(description="Perbaiki isian; null leaves a field as it is.")
    async def edit_ticket(self, info: Info, input: inputs.EditTicketInput) -> TicketPayload:  # noqa: A002
        use_case = editing.edit(*_caller(info), to_commands.edit(input))
        return await ticket_payload(info.context, use_case, input.client_mutation_id)

    @strawberry.mutation(
        description=("A citizen's door to one ticket: a bearer token for it. Number and secret never stand in a URL.")
    )
    async def start_citizen_session(
        self,
        info: Info,
        input: inputs.StartCitizenSessionInput,  # noqa: A002
    ) -> CitizenSessionPayload:
        try:
            session = await _citizen_session(info.context, input)
        except Refusal as refusal:
            return echoed(CitizenSessionPayload(errors=await user_errors(info.context, refusal)), input)
        view = info.context.noting(await tickets.ticket_by_id(info.context.desk, session.scope, session.ticket_id))
        shown = cast("Ticket | None", view)
        opened = CitizenSessionPayload(access_token=session.token, expires_at=session.expires_at, ticket=shown)
        return echoed(opened, input)


def _caller(info: Info) -> tuple[Desk, Scope]:
    return info.context.desk, info.context.scope


async def _citizen_session(context: Context, given: inputs.StartCitizenSessionInput) -> citizens.CitizenSession:
    """A session for one ticket; its try is counted first, and given back where the secret is right.

    What is no number at all is no try.
    """
    number = validation.tracking_number(given.number, "number")
    await require_proof(context.proofs, context.scope, context.browser.proof)
    async with context.rate_limits.citizen_session(context.address, number) as door:
        return await citizens.start_session(context.desk, number, given.secret, door)


async def _submit(context: Context, given: inputs.SubmitTicketInput) -> Done:
    """Hand in a report; what a stranger has to prove comes before anything is counted against anybody."""
    await require_proof(context.proofs, context.scope, context.browser.proof)
    if is_stranger(context.scope):
        await context.rate_limits.submission(context.address)
    return await submissions.submit(context.desk, context.scope, to_commands.submission(given))


async def _answer_payload(context: Context, use_case: Awaitable[AnswerRow], mutation_id: str | None) -> AnswerPayload:
    try:
        row = await use_case
    except Refusal as refusal:
        return AnswerPayload(errors=await user_errors(context, refusal), client_mutation_id=mutation_id)
    view = context.noting(await tickets.last_look(context.desk, context.scope, row.ticket_id))
    stored = await tickets.answer_by_id(row.id)
    answer = AnswerView(stored, view) if stored else None
    return AnswerPayload(answer=cast("Answer | None", answer), client_mutation_id=mutation_id)
