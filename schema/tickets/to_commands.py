"""Inputs turned into commands of the use cases: ids are read, lists frozen, nothing is decided."""

from __future__ import annotations

from schema.tickets import inputs
from services.core.nodes import key_of
from services.intake import forms
from services.tickets import answers, commands, editing, location, merging


def ticket_key(text: str) -> int | None:
    return key_of(text, "Ticket")


def location_of(given: inputs.LocationInput | None) -> location.Place | None:
    if given is None:
        return None
    return location.Place(given.kelurahan_code, given.address, given.latitude, given.longitude)


def person_of(given: inputs.ReporterInput | None) -> forms.Person | None:
    return None if given is None else forms.Person(given.name, given.phone, given.email, given.nik)


def submission(given: inputs.SubmitTicketInput) -> forms.Submission:
    return forms.Submission(
        title=given.title,
        body=given.body,
        channel=given.channel,
        idempotency_key=given.idempotency_key,
        external_id=given.external_id,
        classification=given.classification,
        category_code=given.category_code,
        received_at=given.received_at,
        occurred_on=given.occurred_on,
        anonymous=given.anonymous,
        confidential=given.confidential,
        reported_agency_code=given.reported_agency_code,
        place=location_of(given.location),
        reporter=person_of(given.reporter),
        client_mutation_id=given.client_mutation_id,
        receipt=bool(given.receipt),
        sp4n=None if given.sp4n is None else forms.Sp4nForm(given.sp4n.tracking_id, given.sp4n.created_at),
    )


def verification(given: inputs.VerifyTicketInput) -> commands.Verify:
    return commands.Verify(
        ticket_id=ticket_key(given.id),
        expected_version=given.expected_version,
        classification=given.classification,
        category_code=given.category_code,
        supervisory=given.supervisory,
        anonymous=given.anonymous,
        confidential=given.confidential,
        reported_agency_code=given.reported_agency_code,
        title=given.title,
        handling_class=given.handling_class,
        note=given.note,
        dispatch=_dispatch_fields(given.dispatch),
        client_mutation_id=given.client_mutation_id,
    )


def _dispatch_fields(given: inputs.DispatchFields | None) -> commands.DispatchTarget | None:
    if given is None:
        return None
    return commands.DispatchTarget(given.lead_agency_code, codes(given.supporting_agency_codes), given.note)


def codes(given: list[str] | None) -> tuple[str, ...] | None:
    return None if given is None else tuple(given)


def dispatch(given: inputs.DispatchTicketInput) -> commands.Dispatch:
    return commands.Dispatch(
        ticket_id=ticket_key(given.id),
        expected_version=given.expected_version,
        lead_agency_code=given.lead_agency_code,
        supporting_agency_codes=codes(given.supporting_agency_codes),
        note=given.note,
        client_mutation_id=given.client_mutation_id,
    )


def return_(given: inputs.ReturnTicketInput) -> commands.Return:
    return commands.Return(
        ticket_key(given.id), given.expected_version, given.reason_code, given.note, given.client_mutation_id
    )


def assign(given: inputs.AssignOfficerInput) -> commands.Assign:
    """An id that is no officer's is a wrong officer, never "nobody"."""
    officer = None if given.officer_id is None else key_of(given.officer_id, "Officer") or 0
    return commands.Assign(ticket_key(given.id), given.expected_version, officer, given.client_mutation_id)


def status_change(given: inputs.ChangeTicketStatusInput) -> commands.ChangeStatus:
    return commands.ChangeStatus(
        ticket_id=ticket_key(given.id),
        expected_version=given.expected_version,
        status=given.status,
        note=given.note,
        reason_code=given.reason_code,
        until=given.until,
        evidence=tuple(commands.Evidence(each.description, each.url) for each in given.evidence or ()),
        prolong=bool(given.prolong),
        missing=codes(given.missing) or (),
        referred_to_agency_code=given.referred_to_agency_code,
        referred=given.referred,
        answered_in_number=given.answered_in_number,
        client_mutation_id=given.client_mutation_id,
    )


def reopen(given: inputs.ReopenTicketInput) -> commands.Reopen:
    return commands.Reopen(
        ticket_key(given.id), given.expected_version, given.reason_code, given.note, given.client_mutation_id
    )


def merge(given: inputs.MergeTicketInput) -> merging.Merge:
    return merging.Merge(
        ticket_key(given.id), given.expected_version, given.into_number, given.note, given.client_mutation_id
    )


def note(given: inputs.AddNoteInput) -> editing.Note:
    mentions = tuple(key_of(str(each), "Officer") for each in given.mentions or ())
    return editing.Note(ticket_key(given.id), given.text, given.visibility, given.client_mutation_id, mentions)


def edit(given: inputs.EditTicketInput) -> editing.Edit:
    return editing.Edit(
        ticket_id=ticket_key(given.id),
        expected_version=given.expected_version,
        title=given.title,
        body=given.body,
        category_code=given.category_code,
        reported_agency_code=given.reported_agency_code,
        place=location_of(given.location),
        client_mutation_id=given.client_mutation_id,
    )


def draft(given: inputs.SaveAnswerDraftInput) -> answers.Draft:
    """An id that is no answer's is a wrong answer, never a new one."""
    answer = None if given.answer_id is None else key_of(given.answer_id, "Answer") or 0
    return answers.Draft(
        ticket_id=ticket_key(given.ticket_id),
        text=given.text,
        answer_id=answer,
        expected_answer_version=given.expected_answer_version,
        submit=bool(given.submit),
        client_mutation_id=given.client_mutation_id,
    )


def recall(given: inputs.RecallAnswerInput) -> answers.Recall:
    return answers.Recall(key_of(given.answer_id, "Answer"), given.expected_answer_version, given.client_mutation_id)


def review(given: inputs.ReviewAnswerInput) -> answers.Review:
    return answers.Review(
        answer_id=key_of(given.answer_id, "Answer"),
        expected_answer_version=given.expected_answer_version,
        approve=given.approve,
        note=given.note,
        client_mutation_id=given.client_mutation_id,
    )


def send(given: inputs.SendAnswerInput) -> answers.Send:
    return answers.Send(
        ticket_id=ticket_key(given.ticket_id),
        expected_version=given.expected_version,
        answer_id=key_of(given.answer_id, "Answer"),
        client_mutation_id=given.client_mutation_id,
    )
