"""Tickets on their way: what each mutation checks, writes and leaves alone."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from models import Answer, Event, Ticket, TicketText
from models.enums import AnswerState, Classification, EventKind, Role, TextKind, TicketStatus
from services.access.states import ticket_state
from services.core.refusals import Forbidden, InvalidInput, NotFound, VersionConflict
from services.tickets import moves
from services.tickets.case import Done
from services.tickets.moves import (
    Assign,
    Dispatch,
    DispatchTarget,
    Evidence,
    Reopen,
    Return,
    StatusChange,
    Verification,
)
from services.tickets.workflow import IllegalTransition
from tests.factories import event_of, make_agency, make_category, make_officer, make_scope, make_ticket, seq_of

S = TicketStatus
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


@pytest.fixture
async def home(desk):
    return await make_agency("diskominfo")


@pytest.fixture
async def pupr(desk):
    return await make_agency("dinas-pupr")


@pytest.fixture
async def social(desk):
    return await make_agency("dinas-sosial")


@pytest.fixture
async def coordinator(home):
    return await make_scope(Role.COORDINATOR, home)


@pytest.fixture
async def officer(pupr):
    return await make_scope(Role.OFFICER, pupr)


async def rows():
    """All that a refusal must leave as it was."""
    return (
        await Ticket.all().order_by("id").values(),
        await TicketText.all().order_by("id").values(),
        await Answer.all().order_by("id").values(),
        await Event.all().order_by("seq").values("seq"),
    )


def verification(ticket, **more):
    return Verification(ticket.id, ticket.version, Classification.COMPLAINT, **more)


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
    assert event.client_mutation_id == "tab-1"


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
    assert {second.client_mutation_id, third.client_mutation_id} == {"both"}


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


async def test_a_redirect_needs_a_note_and_starts_afresh_with_the_other_agency(desk, coordinator, pupr, social):
    worker = await make_officer(pupr)
    ticket = await make_ticket(S.DISPATCHED, lead=pupr, assignee=worker, answers_waiting=1)
    waiting = await Answer.create(
        ticket=ticket, version=1, state=AnswerState.WAITING_APPROVAL, text="Sudah.", updated_at=NOW
    )
    before = await rows()

    with pytest.raises(InvalidInput) as refusal:
        await moves.dispatch(desk, coordinator, Dispatch(ticket.id, 1, "dinas-sosial"))

    assert (refusal.value.code, refusal.value.path) == ("NOTE_NEEDED", ("note",))
    assert await rows() == before

    await moves.dispatch(desk, coordinator, Dispatch(ticket.id, 1, "dinas-sosial", note="Bukan jalan kota."))

    row = await Ticket.get(id=ticket.id)
    assert (row.lead_agency_id, row.assignee_id, row.answers_waiting) == (social.id, None, 0)
    assert (row.received_at, row.return_count) == (ticket.received_at, 0)
    assert (await Answer.get(id=waiting.id)).state is AnswerState.DRAFT


@pytest.mark.parametrize(
    ("order", "code", "path"),
    [
        ({"lead_agency_code": "no-such"}, "UNKNOWN_AGENCY", ("leadAgencyCode",)),
        ({"lead_agency_code": "closed"}, "UNKNOWN_AGENCY", ("leadAgencyCode",)),
        ({"supporting_agency_codes": ("no-such",)}, "UNKNOWN_AGENCY", ("supportingAgencyCodes",)),
        ({"supporting_agency_codes": ("dinas-pupr",)}, "LEAD_SUPPORTS_ITSELF", ("supportingAgencyCodes",)),
        ({"supporting_agency_codes": ("dinas-sosial",) * 21}, "TOO_MANY", ("supportingAgencyCodes",)),
    ],
)
async def test_bad_input_of_a_dispatch_changes_nothing(desk, coordinator, pupr, social, order, code, path):
    await make_agency("closed", active=False)
    ticket = await make_ticket(S.VERIFIED)
    before = await rows()

    with pytest.raises(InvalidInput) as refusal:
        await moves.dispatch(desk, coordinator, Dispatch(ticket.id, 1, **{"lead_agency_code": "dinas-pupr", **order}))

    assert (refusal.value.code, refusal.value.path) == (code, path)
    assert await rows() == before


async def test_a_redirect_to_where_it_is_changes_nothing(desk, coordinator, pupr):
    ticket = await make_ticket(S.DISPATCHED, lead=pupr)
    before = await rows()

    with pytest.raises(InvalidInput, match="NOTHING_CHANGES"):
        await moves.dispatch(desk, coordinator, Dispatch(ticket.id, 1, "dinas-pupr", note="Lagi."))

    assert await rows() == before


async def test_a_return_clears_the_agency_and_counts_one_bounce(desk, officer, pupr, social):
    worker = await make_officer(pupr)
    ticket = await make_ticket(S.IN_PROGRESS, lead=pupr, supporting=(social,), assignee=worker, return_count=2)

    done = await moves.return_(desk, officer, Return(ticket.id, 1, "WRONG_LOCATION", "Ini wilayah kabupaten."))

    row, event = await Ticket.get(id=ticket.id), await event_of(done)
    assert (row.status, row.lead_agency_id, row.assignee_id, row.return_count) == (S.VERIFIED, None, None, 3)
    assert (row.supporting_agency_ids, row.received_at) == ([], ticket.received_at)
    assert (event.kind, event.details["reason"]) == (EventKind.RETURNED, "WRONG_LOCATION")
    assert event.changed == ["assignee", "leadAgency", "returnCount", "status", "supportingAgencies"]
    assert event.on_behalf_of_id is None


async def test_the_coordinator_s_move_for_an_agency_is_recorded_on_its_behalf(desk, coordinator, pupr):
    ticket = await make_ticket(S.DISPATCHED, lead=pupr)

    done = await moves.return_(desk, coordinator, Return(ticket.id, 1, "NOT_OUR_DUTY"))

    event = await event_of(done)
    assert (event.on_behalf_of_id, event.actor_officer_id) == (pupr.id, coordinator.officer_id)
    assert event.actor_agency_id == coordinator.agency_id


async def test_a_coordinator_s_own_agency_needs_no_behalf(desk, coordinator, home):
    ticket = await make_ticket(S.DISPATCHED, lead=home)

    done = await moves.change_status(desk, coordinator, StatusChange(ticket.id, 1, S.IN_PROGRESS))

    assert (await event_of(done)).on_behalf_of_id is None


@pytest.mark.parametrize(
    ("status", "order", "code", "path"),
    [
        (S.ON_HOLD, {"until": date(2026, 3, 9)}, "REASON_NEEDED", ("reasonCode",)),
        (S.ON_HOLD, {"reason_code": "SPAM", "until": date(2026, 3, 9)}, "UNKNOWN_REASON", ("reasonCode",)),
        (S.ON_HOLD, {"reason_code": "WEATHER"}, "UNTIL_NEEDED", ("until",)),
        (S.ON_HOLD, {"reason_code": "WEATHER", "until": date(2026, 3, 2)}, "UNTIL_OUT_OF_RANGE", ("until",)),
        (S.ON_HOLD, {"reason_code": "WEATHER", "until": date(2027, 3, 4)}, "UNTIL_OUT_OF_RANGE", ("until",)),
        (S.UNRESOLVED, {"reason_code": "NO_BUDGET"}, "NOTE_NEEDED", ("note",)),
        (S.UNRESOLVED, {"reason_code": "NO_BUDGET", "note": " "}, "NOTE_NEEDED", ("note",)),
    ],
)
async def test_a_move_without_what_it_needs_changes_nothing(desk, coordinator, pupr, status, order, code, path):
    ticket = await make_ticket(S.IN_PROGRESS, lead=pupr)
    before = await rows()

    with pytest.raises(InvalidInput) as refusal:
        await moves.change_status(desk, coordinator, StatusChange(ticket.id, 1, status, **order))

    assert (refusal.value.code, refusal.value.path) == (code, path)
    assert await rows() == before


@pytest.mark.parametrize(
    ("order", "path"),
    [
        ({"reason_code": "SPAM"}, ("reasonCode",)),
        ({"until": date(2026, 3, 9)}, ("until",)),
        ({"evidence": (Evidence("Foto"),)}, ("evidence",)),
    ],
)
async def test_a_move_refuses_what_it_has_no_use_for(desk, officer, pupr, order, path):
    ticket = await make_ticket(S.DISPATCHED, lead=pupr)
    before = await rows()

    with pytest.raises(InvalidInput) as refusal:
        await moves.change_status(desk, officer, StatusChange(ticket.id, 1, S.IN_PROGRESS, **order))

    assert (refusal.value.code, refusal.value.path) == ("NOT_WANTED", path)
    assert await rows() == before


@pytest.mark.parametrize(
    ("evidence", "code", "path"),
    [
        ((), "EVIDENCE_NEEDED", ("evidence",)),
        ((Evidence("Foto"),) * 21, "TOO_MANY", ("evidence",)),
        ((Evidence("Foto"), Evidence(" ")), "EMPTY", ("evidence", "1", "description")),
        ((Evidence("Foto", "javascript:alert(1)"),), "BAD_URL", ("evidence", "0", "url")),
        ((Evidence("Foto", "https://"),), "BAD_URL", ("evidence", "0", "url")),
    ],
)
async def test_a_resolution_without_good_evidence_changes_nothing(desk, officer, pupr, evidence, code, path):
    ticket = await make_ticket(S.ANSWERED, lead=pupr)
    before = await rows()

    with pytest.raises(InvalidInput) as refusal:
        await moves.change_status(desk, officer, StatusChange(ticket.id, 1, S.RESOLVED, evidence=evidence))

    assert (refusal.value.code, refusal.value.path) == (code, path)
    assert await rows() == before


async def test_evidence_is_kept_in_rows_of_its_own(desk, officer, pupr):
    ticket = await make_ticket(S.ANSWERED, lead=pupr)
    evidence = (Evidence("Foto lampu menyala", "https://example.test/1.jpg"), Evidence("Berita acara"))

    done = await moves.change_status(desk, officer, StatusChange(ticket.id, 1, S.RESOLVED, evidence=evidence))

    first, second = await TicketText.filter(ticket_id=ticket.id, kind=TextKind.EVIDENCE).order_by("id")
    event = await event_of(done)
    assert (first.body, second.body) == ("Foto lampu menyala\nhttps://example.test/1.jpg", "Berita acara")
    assert event.text_id == first.id
    assert [text["id"] for text in event.details["texts"]] == [first.id, second.id]


async def test_a_hold_ends_with_its_date(desk, officer, pupr):
    ticket = await make_ticket(S.IN_PROGRESS, lead=pupr)
    hold = StatusChange(ticket.id, 1, S.ON_HOLD, reason_code="WEATHER", until=date(2026, 3, 9))

    await moves.change_status(desk, officer, hold)
    held = await Ticket.get(id=ticket.id)
    await moves.change_status(desk, officer, StatusChange(ticket.id, 2, S.IN_PROGRESS))

    assert (held.hold_until, (await Ticket.get(id=ticket.id)).hold_until) == (date(2026, 3, 9), None)


async def test_tomorrow_begins_at_midnight_in_kediri(desk, clock, officer, pupr):
    ticket = await make_ticket(S.IN_PROGRESS, lead=pupr)
    clock.set(datetime(2026, 3, 2, 17, 30, tzinfo=UTC))

    with pytest.raises(InvalidInput, match="UNTIL_OUT_OF_RANGE"):
        await moves.change_status(
            desk, officer, StatusChange(ticket.id, 1, S.ON_HOLD, reason_code="WEATHER", until=date(2026, 3, 3))
        )


async def test_a_ticket_held_before_it_had_an_agency_goes_back_to_the_desk(desk, coordinator):
    ticket = await make_ticket(S.ON_HOLD, hold_until=date(2026, 3, 9))

    with pytest.raises(IllegalTransition):
        await moves.change_status(desk, coordinator, StatusChange(ticket.id, 1, S.IN_PROGRESS))
    await moves.change_status(desk, coordinator, StatusChange(ticket.id, 1, S.RECEIVED))

    row = await Ticket.get(id=ticket.id)
    assert (row.status, row.hold_until, row.version) == (S.RECEIVED, None, 2)


async def test_reopening_is_counted_and_keeps_the_time_of_receipt(desk, officer, pupr):
    ticket = await make_ticket(S.RESOLVED, lead=pupr, reopen_count=1)

    done = await moves.reopen(desk, officer, Reopen(ticket.id, 1, "PROBLEM_RETURNED", "Mati lagi."))

    row, event = await Ticket.get(id=ticket.id), await event_of(done)
    assert (row.status, row.reopen_count, row.received_at) == (S.REOPENED, 2, ticket.received_at)
    assert (row.lead_agency_id, event.details["reason"]) == (pupr.id, "PROBLEM_RETURNED")
    assert event.changed == ["reopenCount", "status"]


async def test_reopening_a_duplicate_takes_the_merge_back(desk, coordinator):
    target = await make_ticket()
    ticket = await make_ticket(S.ARCHIVED, merged_into_id=target.id)

    await moves.reopen(desk, coordinator, Reopen(ticket.id, 1, "NOT_A_DUPLICATE"))

    assert (await Ticket.get(id=ticket.id)).merged_into_id is None


async def test_reopening_needs_a_reason_that_the_table_knows(desk, officer, pupr):
    ticket = await make_ticket(S.RESOLVED, lead=pupr)
    before = await rows()

    with pytest.raises(InvalidInput) as refusal:
        await moves.reopen(desk, officer, Reopen(ticket.id, 1, "BECAUSE"))

    assert (refusal.value.code, refusal.value.path) == ("UNKNOWN_REASON", ("reasonCode",))
    assert await rows() == before


async def test_an_officer_of_the_lead_agency_is_assigned_and_taken_back(desk, officer, pupr):
    worker = await make_officer(pupr)
    ticket = await make_ticket(S.DISPATCHED, lead=pupr)

    done = await moves.assign(desk, officer, Assign(ticket.id, 1, worker.id))
    assigned = await Ticket.get(id=ticket.id)
    await moves.assign(desk, officer, Assign(ticket.id, 2, None))

    event, row = await event_of(done), await Ticket.get(id=ticket.id)
    assert (assigned.assignee_id, assigned.version, assigned.status) == (worker.id, 2, S.DISPATCHED)
    assert (event.kind, event.changed) == (EventKind.ASSIGNED, ["assignee"])
    assert (row.assignee_id, row.version) == (None, 3)


async def test_nobody_is_assigned_who_does_not_work_for_the_lead_agency_today(desk, coordinator, pupr, social):
    strangers = [
        await make_officer(social),
        await make_officer(pupr, active=False),
        await make_officer(pupr, valid_to=date(2026, 3, 1)),
        await make_officer(pupr, valid_from=date(2026, 3, 3)),
        await make_officer(pupr, Role.LEADER),
    ]
    ticket = await make_ticket(S.DISPATCHED, lead=pupr)
    before = await rows()

    for officer_id in [*(stranger.id for stranger in strangers), 0, 999_999, 10**17]:
        with pytest.raises(InvalidInput) as refusal:
            await moves.assign(desk, coordinator, Assign(ticket.id, 1, officer_id))
        assert (refusal.value.code, refusal.value.path) == ("UNKNOWN_OFFICER", ("officerId",))

    assert await rows() == before


async def test_an_assignment_counts_on_its_last_day_in_kediri(desk, clock, coordinator, pupr):
    clock.set(datetime(2026, 3, 3, 16, 59, tzinfo=UTC))
    worker = await make_officer(pupr, valid_to=date(2026, 3, 3))
    ticket = await make_ticket(S.DISPATCHED, lead=pupr)

    await moves.assign(desk, coordinator, Assign(ticket.id, 1, worker.id))

    assert (await Ticket.get(id=ticket.id)).assignee_id == worker.id


@pytest.mark.parametrize("status", [S.RECEIVED, S.VERIFIED, S.RESOLVED])
async def test_a_ticket_without_an_agency_at_work_has_no_assignee(desk, coordinator, pupr, status):
    worker = await make_officer(pupr)
    ticket = await make_ticket(status, lead=pupr if status is S.RESOLVED else None)
    before = await rows()

    with pytest.raises(IllegalTransition, match="NOT_WITH_AN_AGENCY"):
        await moves.assign(desk, coordinator, Assign(ticket.id, 1, worker.id))

    assert await rows() == before


async def test_checks_come_in_the_order_visible_version_move_needs(desk, pupr, social):
    stranger, liaison = await make_scope(Role.LIAISON, social), await make_scope(Role.LIAISON, pupr)
    ticket = await make_ticket(S.IN_PROGRESS, lead=pupr)
    bad = {"reason_code": "NO_SUCH", "client_mutation_id": None}

    with pytest.raises(NotFound):
        await moves.change_status(desk, stranger, StatusChange(ticket.id, 9, S.RECEIVED, **bad))
    with pytest.raises(VersionConflict):
        await moves.change_status(desk, liaison, StatusChange(ticket.id, 9, S.RECEIVED, **bad))
    with pytest.raises(IllegalTransition):
        await moves.change_status(desk, liaison, StatusChange(ticket.id, 1, S.RECEIVED, **bad))
    with pytest.raises(InvalidInput):
        await moves.change_status(desk, liaison, StatusChange(ticket.id, 1, S.UNRESOLVED, **bad))


@pytest.mark.parametrize("expected", [0, -1, 2, 2**31])
async def test_a_stale_version_changes_nothing(desk, officer, pupr, expected):
    ticket = await make_ticket(S.DISPATCHED, lead=pupr)
    before = await rows()

    with pytest.raises(VersionConflict) as refusal:
        await moves.change_status(desk, officer, StatusChange(ticket.id, expected, S.IN_PROGRESS))

    assert (refusal.value.ticket_id, refusal.value.expected) == (ticket.id, expected)
    assert await rows() == before


async def test_hidden_and_absent_tickets_cost_the_same_statements(desk, officer, social, count_queries):
    hidden = await make_ticket(S.DISPATCHED, lead=social)
    seen = []

    for ticket_id in (hidden.id, 999_999, None):
        with count_queries() as statements, pytest.raises(NotFound) as refusal:
            await moves.change_status(desk, officer, StatusChange(ticket_id, 1, S.IN_PROGRESS))
        seen.append((statements.texts, refusal.value.code, refusal.value.path))

    assert seen[0] == seen[1] == seen[2]


async def test_of_two_officers_at_the_same_moment_one_wins(desk, officer, pupr):
    other = await make_scope(Role.OFFICER, pupr)
    ticket = await make_ticket(S.DISPATCHED, lead=pupr)

    outcomes = await asyncio.gather(
        moves.change_status(desk, officer, StatusChange(ticket.id, 1, S.IN_PROGRESS)),
        moves.return_(desk, other, Return(ticket.id, 1, "NOT_OUR_DUTY")),
        return_exceptions=True,
    )

    row = await Ticket.get(id=ticket.id)
    assert sorted(isinstance(outcome, Done) for outcome in outcomes) == [False, True]
    assert row.version == 2
    assert await Event.filter(ticket_id=ticket.id).count() == 2
    # Who came second lost sight of the ticket if it was returned, and else holds an old version.
    lost = next(outcome for outcome in outcomes if isinstance(outcome, Exception))
    assert isinstance(lost, VersionConflict if row.status is S.IN_PROGRESS else NotFound)


async def test_of_twenty_moves_at_the_same_moment_one_wins(desk, officer, pupr):
    ticket = await make_ticket(S.DISPATCHED, lead=pupr)
    command = StatusChange(ticket.id, 1, S.IN_PROGRESS)

    outcomes = await asyncio.gather(
        *(moves.change_status(desk, officer, command) for _ in range(20)), return_exceptions=True
    )

    assert sum(isinstance(outcome, VersionConflict) for outcome in outcomes) == 19
    assert (await Ticket.get(id=ticket.id)).version == 2


async def test_the_bell_rings_after_commit_and_not_after_a_refusal(desk, officer, pupr):
    rung = []

    class Listening:
        async def ring(self, seq):
            rung.append((seq, (await Ticket.get(id=ticket.id)).status))

    ticket = await make_ticket(S.DISPATCHED, lead=pupr)
    heard = replace(desk, bell=Listening())

    done = await moves.change_status(heard, officer, StatusChange(ticket.id, 1, S.IN_PROGRESS))
    with pytest.raises(VersionConflict):
        await moves.change_status(heard, officer, StatusChange(ticket.id, 1, S.IN_PROGRESS))

    assert rung == [(done.appended.least_seq, S.IN_PROGRESS)]


async def test_the_event_is_the_last_write_before_commit(desk, coordinator, pupr, count_queries):
    ticket = await make_ticket()

    with count_queries() as statements:
        await moves.verify(
            desk, coordinator, verification(ticket, note="Jelas.", dispatch=DispatchTarget("dinas-pupr"))
        )

    assert "INSERT INTO event_waiting" in statements.texts[-1]
    assert sum("INSERT INTO event_waiting" in text for text in statements.texts) == 1
