"""Verifying: classification, protection, the inspector's part, and a dispatch in the same transaction."""

import pytest

from models import Event, Ticket, TicketText
from models.enums import EventKind, Role, TextKind, TicketStatus
from services.access.states import ticket_state
from services.core.refusals import Forbidden, InvalidInput, NotFound
from services.tickets import moves
from services.tickets.moves import (
    Dispatch,
    DispatchTarget,
    Return,
)
from tests.factories import event_of, make_category, make_scope, make_ticket, seq_of
from tests.services.tickets.given import rows, verification

S = TicketStatus


async def test_verifying_needs_a_classification_only(desk, coordinator):
    ticket = await make_ticket()

    done = await moves.verify(desk, coordinator, verification(ticket))

    row = await Ticket.get(id=ticket.id)
    assert (row.status, row.classification, row.version, row.category_id) == (S.VERIFIED, "COMPLAINT", 2, None)
    assert (await event_of(done)).changed == ["classification", "status"]


async def test_verifying_keeps_the_old_title_and_the_note_in_rows_of_their_own(desk, coordinator):
    ticket = await make_ticket(title="TOLONG")
    category = await make_category("pju")

    done = await moves.verify(
        desk,
        coordinator,
        verification(ticket, title="  Lampu mati ", note="Ditelepon.", category_code="pju", client_mutation_id="tab-1"),
    )

    row, event = await Ticket.get(id=ticket.id), await event_of(done)
    title, note = await text_of(ticket, TextKind.TITLE), await text_of(ticket, TextKind.NOTE)
    assert (row.title, row.category_id) == ("Lampu mati", category.id)
    assert (title.body, note.body) == ("TOLONG", "Ditelepon.")
    assert (event.text_id, event.text_digest) == (note.id, desk.keys.text_digest("Ditelepon."))
    assert event.details == {
        "textVisibility": "INTER_AGENCY",
        "texts": [{"kind": "TITLE", "id": title.id, "digest": desk.keys.text_digest("TOLONG").hex()}],
    }
    assert event.changed == ["category", "classification", "status", "title"]
    assert event.client_mutation_id == desk.keys.mutation_digest(ticket.id, "tab-1")


async def text_of(ticket, kind):
    return await TicketText.get(ticket_id=ticket.id, kind=kind)


async def test_no_event_holds_free_text(desk, coordinator):
    ticket = await make_ticket(title="Judul rahasia", body="Isi rahasia")

    await moves.verify(desk, coordinator, verification(ticket, title="Judul baru rahasia", note="Catatan rahasia"))

    texts = [
        str(row) for row in await Event.filter(ticket_id=ticket.id).values("before", "after", "details", "changed")
    ]
    assert not any("rahasia" in text for text in texts)


async def test_verify_and_dispatch_is_one_transaction_with_two_events(desk, coordinator, pupr, social):
    ticket = await make_ticket()
    command = verification(
        ticket,
        note="Jelas.",
        dispatch=DispatchTarget("dinas-pupr", ("dinas-sosial", "dinas-sosial"), "Mohon segera."),
        client_mutation_id="both",
    )

    done = await moves.verify(desk, coordinator, command)

    row = await Ticket.get(id=ticket.id)
    first, second, third = await Event.filter(ticket_id=ticket.id).order_by("seq")
    assert (row.status, row.version, row.lead_agency_id) == (S.DISPATCHED, 3, pupr.id)
    assert row.supporting_agency_ids == [social.id]
    assert [first.kind, second.kind, third.kind] == [EventKind.SUBMITTED, EventKind.VERIFIED, EventKind.DISPATCHED]
    assert (second.version, third.version, third.seq) == (2, 3, await seq_of(done))
    assert second.before == first.after
    assert third.before == second.after
    assert third.after == ticket_state(row)
    assert (second.after["status"], second.after["lead"]) == ("VERIFIED", None)
    assert third.changed == ["leadAgency", "status", "supportingAgencies"]
    assert {second.client_mutation_id, third.client_mutation_id} == {desk.keys.mutation_digest(ticket.id, "both")}


async def test_a_bad_dispatch_takes_the_verification_with_it(desk, coordinator):
    ticket = await make_ticket()
    before = await rows()

    with pytest.raises(InvalidInput) as refusal:
        await moves.verify(desk, coordinator, verification(ticket, dispatch=DispatchTarget("no-such-agency")))

    assert (refusal.value.code, refusal.value.path) == ("UNKNOWN_AGENCY", ("dispatch", "leadAgencyCode"))
    assert await rows() == before


@pytest.mark.parametrize(
    ("order", "code", "path"),
    [
        ({"category_code": "no-such"}, "UNKNOWN_CATEGORY", ("categoryCode",)),
        ({"reported_agency_code": "no-such"}, "UNKNOWN_AGENCY", ("reportedAgencyCode",)),
        ({"title": "   "}, "EMPTY", ("title",)),
        ({"title": "x" * 201}, "TOO_LONG", ("title",)),
        ({"title": "a\x00b"}, "UNWRITABLE", ("title",)),
        ({"title": "a\nb"}, "UNWRITABLE", ("title",)),
        ({"note": "x" * 10_001}, "TOO_LONG", ("note",)),
        ({"note": "\ud800"}, "UNWRITABLE", ("note",)),
        ({"client_mutation_id": "x" * 65}, "BAD_MUTATION_ID", ("clientMutationId",)),
        ({"client_mutation_id": ""}, "BAD_MUTATION_ID", ("clientMutationId",)),
        ({"client_mutation_id": "a b"}, "BAD_MUTATION_ID", ("clientMutationId",)),
    ],
)
async def test_bad_input_of_a_verification_changes_nothing(desk, coordinator, order, code, path):
    ticket = await make_ticket()
    before = await rows()

    with pytest.raises(InvalidInput) as refusal:
        await moves.verify(desk, coordinator, verification(ticket, **order))

    assert (refusal.value.code, refusal.value.path) == (code, path)
    assert await rows() == before


@pytest.mark.parametrize(
    ("current", "wanted", "after"),
    [
        (None, None, None),
        (None, True, True),
        (False, None, False),
        (False, False, False),
        (False, True, True),
        (True, True, True),
    ],
)
@pytest.mark.parametrize("flag", ["anonymous", "confidential"])
async def test_the_desk_raises_protection(desk, coordinator, flag, current, wanted, after):
    ticket = await make_ticket(**{flag: current})

    await moves.verify(desk, coordinator, verification(ticket, **{flag: wanted}))

    assert getattr(await Ticket.get(id=ticket.id), flag) is after


@pytest.mark.parametrize(
    ("flag", "current"),
    [("anonymous", None), ("anonymous", True), ("confidential", None), ("confidential", True), ("supervisory", True)],
)
async def test_the_desk_never_lowers_protection(desk, coordinator, flag, current):
    ticket = await make_ticket(**{flag: current})
    before = await rows()

    with pytest.raises(Forbidden) as refusal:
        await moves.verify(desk, coordinator, verification(ticket, **{flag: False}))

    assert (refusal.value.code, refusal.value.path) == ("LOWERS_PROTECTION", (flag,))
    assert await rows() == before


async def test_only_the_inspector_says_that_a_ticket_is_not_supervisory(desk, home):
    inspector = await make_scope(Role.INSPECTOR)
    ticket = await make_ticket(supervisory=True, reported_agency_id=home.id)

    await moves.verify(desk, inspector, verification(ticket, supervisory=False))

    assert (await Ticket.get(id=ticket.id)).supervisory is False


async def test_a_report_about_the_coordinator_s_agency_becomes_the_inspector_s(desk, coordinator, home):
    ticket = await make_ticket()

    await moves.verify(desk, coordinator, verification(ticket, reported_agency_code="diskominfo"))

    row = await Ticket.get(id=ticket.id)
    assert (row.supervisory, row.reported_agency_id) == (True, home.id)
    with pytest.raises(NotFound):
        await moves.dispatch(desk, coordinator, Dispatch(ticket.id, 2, "diskominfo"))


async def test_a_report_about_the_coordinator_s_agency_is_not_dispatched_by_its_coordinator(desk, coordinator, pupr):
    ticket = await make_ticket()
    before = await rows()
    command = verification(ticket, reported_agency_code="diskominfo", dispatch=DispatchTarget("dinas-pupr"))

    with pytest.raises(Forbidden, match="NOT_YOUR_TICKET"):
        await moves.verify(desk, coordinator, command)

    assert await rows() == before


async def test_the_inspector_steers_supervisory_tickets_and_no_others(desk, home, pupr):
    inspector = await make_scope(Role.INSPECTOR)
    theirs = await make_ticket(supervisory=True, reported_agency_id=home.id)
    other = await make_ticket()

    done = await moves.verify(desk, inspector, verification(theirs, dispatch=DispatchTarget("dinas-pupr")))
    returned = await moves.return_(desk, inspector, Return(theirs.id, 3, "NOT_OUR_DUTY"))

    assert (done.ticket.status, done.ticket.lead_agency_id) == (S.DISPATCHED, pupr.id)
    assert (await event_of(returned)).on_behalf_of_id == pupr.id
    with pytest.raises(NotFound):
        await moves.verify(desk, inspector, verification(other))


async def test_a_report_about_another_agency_stays_the_coordinator_s(desk, coordinator, pupr):
    ticket = await make_ticket()

    await moves.verify(desk, coordinator, verification(ticket, reported_agency_code="dinas-pupr"))

    assert (await Ticket.get(id=ticket.id)).supervisory is False
