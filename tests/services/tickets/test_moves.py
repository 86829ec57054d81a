"""What moves need: notes, reasons, dates and evidence; holds and reopening."""

from datetime import UTC, date, datetime

import pytest

from models import Answer, Ticket, TicketText
from models.enums import AnswerState, TextKind, TicketStatus
from services.core.refusals import InvalidInput
from services.tickets import answers, moves
from services.tickets.moves import (
    ChangeStatus,
    Evidence,
    Reopen,
)
from services.tickets.workflow import IllegalTransition
from tests.factories import event_of, make_ticket
from tests.services.tickets.given import rows

S = TicketStatus


NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


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
        await moves.change_status(desk, coordinator, ChangeStatus(ticket.id, 1, status, **order))

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
        await moves.change_status(desk, officer, ChangeStatus(ticket.id, 1, S.IN_PROGRESS, **order))

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
async def test_a_resolution_without_good_evidence_changes_nothing(desk, liaison, pupr, evidence, code, path):
    ticket = await make_ticket(S.ANSWERED, lead=pupr)
    before = await rows()

    with pytest.raises(InvalidInput) as refusal:
        await moves.change_status(desk, liaison, ChangeStatus(ticket.id, 1, S.RESOLVED, evidence=evidence))

    assert (refusal.value.code, refusal.value.path) == (code, path)
    assert await rows() == before


async def test_evidence_is_kept_in_rows_of_its_own(desk, liaison, pupr):
    ticket = await make_ticket(S.ANSWERED, lead=pupr)
    evidence = (Evidence("Foto lampu menyala", "https://example.test/1.jpg"), Evidence("Berita acara"))

    done = await moves.change_status(desk, liaison, ChangeStatus(ticket.id, 1, S.RESOLVED, evidence=evidence))

    first, second = await TicketText.filter(ticket_id=ticket.id, kind=TextKind.EVIDENCE).order_by("id")
    event = await event_of(done)
    assert (first.body, second.body) == ("Foto lampu menyala\nhttps://example.test/1.jpg", "Berita acara")
    assert event.text_id == first.id
    assert [text["id"] for text in event.details["texts"]] == [first.id, second.id]


async def test_a_hold_ends_with_its_date(desk, officer, pupr):
    ticket = await make_ticket(S.IN_PROGRESS, lead=pupr)
    hold = ChangeStatus(ticket.id, 1, S.ON_HOLD, reason_code="WEATHER", until=date(2026, 3, 9))

    await moves.change_status(desk, officer, hold)
    held = await Ticket.get(id=ticket.id)
    await moves.change_status(desk, officer, ChangeStatus(ticket.id, 2, S.IN_PROGRESS))

    assert (held.hold_until, (await Ticket.get(id=ticket.id)).hold_until) == (date(2026, 3, 9), None)


async def test_tomorrow_begins_at_midnight_in_kediri(desk, clock, officer, pupr):
    ticket = await make_ticket(S.IN_PROGRESS, lead=pupr)
    clock.set(datetime(2026, 3, 2, 17, 30, tzinfo=UTC))

    with pytest.raises(InvalidInput, match="UNTIL_OUT_OF_RANGE"):
        await moves.change_status(
            desk, officer, ChangeStatus(ticket.id, 1, S.ON_HOLD, reason_code="WEATHER", until=date(2026, 3, 3))
        )


async def test_a_ticket_held_before_it_had_an_agency_goes_back_to_the_desk(desk, coordinator):
    ticket = await make_ticket(S.ON_HOLD, hold_until=date(2026, 3, 9))

    with pytest.raises(IllegalTransition):
        await moves.change_status(desk, coordinator, ChangeStatus(ticket.id, 1, S.IN_PROGRESS))
    await moves.change_status(desk, coordinator, ChangeStatus(ticket.id, 1, S.RECEIVED))

    row = await Ticket.get(id=ticket.id)
    assert (row.status, row.hold_until, row.version) == (S.RECEIVED, None, 2)


async def test_reopening_is_counted_and_keeps_the_time_of_receipt(desk, officer, pupr):
    ticket = await make_ticket(S.RESOLVED, lead=pupr, reopen_count=1)

    done = await moves.reopen(desk, officer, Reopen(ticket.id, 1, "PROBLEM_RETURNED", "Mati lagi."))

    row, event = await Ticket.get(id=ticket.id), await event_of(done)
    assert (row.status, row.reopen_count, row.received_at) == (S.REOPENED, 2, ticket.received_at)
    assert (row.lead_agency_id, event.details["reason"]) == (pupr.id, "PROBLEM_RETURNED")
    assert event.changed == ["reopenCount", "standing", "status"]


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


@pytest.mark.parametrize("note", [None, " "])
async def test_nobody_diverts_a_report_to_112_without_saying_who_took_it(desk, coordinator, note):
    ticket = await make_ticket(S.RECEIVED)
    before = await rows()

    with pytest.raises(InvalidInput) as refusal:
        await moves.change_status(desk, coordinator, ChangeStatus(ticket.id, 1, S.DIVERTED_TO_EMERGENCY, note=note))

    assert (refusal.value.code, refusal.value.path) == ("NOTE_NEEDED", ("note",))
    assert await rows() == before


@pytest.mark.parametrize("status", [S.DISPATCHED, S.IN_PROGRESS, S.ON_HOLD, S.ANSWERED])
async def test_a_report_is_withdrawn_while_an_agency_works_on_it(desk, coordinator, officer, pupr, status):
    ticket = await make_ticket(status, lead=pupr, hold_until=date(2026, 3, 9) if status is S.ON_HOLD else None)
    draft = await answers.save_draft(desk, officer, answers.Draft(ticket.id, "Sudah kami cek.", submit=True))

    done = await moves.change_status(desk, coordinator, ChangeStatus(ticket.id, 1, S.ARCHIVED, reason_code="WITHDRAWN"))

    row, event = await Ticket.get(id=ticket.id), await event_of(done)
    assert (row.status, row.lead_agency_id, row.hold_until, row.return_count) == (S.ARCHIVED, pupr.id, None, 0)
    assert (row.answers_waiting, (await Answer.get(id=draft.id)).state) == (0, AnswerState.DRAFT)
    assert (event.details["reason"], event.on_behalf_of_id) == ("WITHDRAWN", None)
