"""Reasons are offered where they can be true, and by the city's rows of the day; refused anywhere else."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from models import ReasonRule, Ticket
from models.enums import Channel, Classification, Role, TicketStatus
from models.enums import ReasonList as L
from services.access.states import ticket_state
from services.core.messages import Term
from services.core.refusals import InvalidInput
from services.master_data.cities import load_city
from services.reasons.reasons import CODES, STANDARD, Circumstances, reasons_from
from services.tickets.moves import ChangeStatus, Reopen, Return, change_status, reopen, return_
from services.tickets.workflow import IllegalTransition, open_moves
from tests.factories import event_of, make_agency, make_scope, make_ticket
from tests.root import ROOT
from tests.services.tickets.given import rows

S, C = TicketStatus, Classification
UNTIL = date(2026, 3, 20)
WORKS = {"WAITING_FOR_BUDGET", "WAITING_FOR_MATERIAL", "WAITING_FOR_TENDER", "WAITING_FOR_PERMIT", "WEATHER"}


@pytest.fixture
async def roads(desk):
    return await make_agency("dinas-pupr")


@pytest.fixture
async def officer(roads):
    return await make_scope(Role.OFFICER, roads)


@pytest.fixture
async def coordinator(desk):
    return await make_scope(Role.COORDINATOR, await make_agency("diskominfo"))


def offered(list_, status, **more):
    return set(STANDARD.of(list_, Circumstances(status, **more)))


def test_a_question_waits_for_no_weather_and_for_nothing_that_is_bought():
    every = set(CODES[L.HOLD_BY_AGENCY])

    assert offered(L.HOLD_BY_AGENCY, S.IN_PROGRESS, classification=C.COMPLAINT) == every
    assert offered(L.HOLD_BY_AGENCY, S.IN_PROGRESS, classification=C.ASPIRATION) == every
    assert offered(L.HOLD_BY_AGENCY, S.IN_PROGRESS, classification=C.INFORMATION_REQUEST) == every - WORKS
    assert offered(L.HOLD_BY_AGENCY, S.IN_PROGRESS, classification=None) == every


def test_only_a_complaint_can_turn_out_not_proven():
    assert "NOT_PROVEN" in offered(L.UNRESOLVED, S.IN_PROGRESS, classification=C.COMPLAINT)
    assert "NOT_PROVEN" not in offered(L.UNRESOLVED, S.IN_PROGRESS, classification=C.ASPIRATION)


@pytest.mark.parametrize(
    ("status", "merged", "by_desk", "codes"),
    [
        (
            S.RESOLVED,
            False,
            True,
            "REPORTER_DISPUTES PROBLEM_RETURNED NEW_INFORMATION CLOSED_BY_MISTAKE MONEV_DECISION",
        ),
        (S.UNRESOLVED, False, False, "PROBLEM_RETURNED NEW_INFORMATION CLOSED_BY_MISTAKE"),
        (
            S.OUT_OF_JURISDICTION,
            False,
            True,
            "REPORTER_DISPUTES NEW_INFORMATION CLOSED_BY_MISTAKE SENT_BACK MONEV_DECISION",
        ),
        (
            S.DIVERTED_TO_EMERGENCY,
            False,
            True,
            "REPORTER_DISPUTES PROBLEM_RETURNED NEW_INFORMATION CLOSED_BY_MISTAKE NOT_AN_EMERGENCY MONEV_DECISION",
        ),
        (S.ARCHIVED, False, True, "REPORTER_DISPUTES NEW_INFORMATION CLOSED_BY_MISTAKE COMPLETED_LATER MONEV_DECISION"),
        (S.ARCHIVED, True, True, "REPORTER_DISPUTES NEW_INFORMATION CLOSED_BY_MISTAKE NOT_A_DUPLICATE MONEV_DECISION"),
    ],
)
def test_reopening_offers_what_can_be_true_of_how_it_was_closed(status, merged, by_desk, codes):
    assert STANDARD.of(L.REOPEN, Circumstances(status, merged=merged, by_desk=by_desk)) == tuple(codes.split())


def test_a_report_is_archived_as_not_completed_only_where_it_waits_for_that():
    assert "INCOMPLETE" in offered(L.ARCHIVE, S.INCOMPLETE)
    assert "INCOMPLETE" not in offered(L.ARCHIVE, S.RECEIVED)


@pytest.mark.parametrize("status", [S.DISPATCHED, S.IN_PROGRESS, S.ON_HOLD, S.ANSWERED])
def test_what_an_agency_works_on_is_archived_only_where_its_reporter_withdraws_it(status):
    assert offered(L.ARCHIVE, status, channel=Channel.SP4N_LAPOR) == {"WITHDRAWN"}


def test_a_citizen_s_own_words_have_no_wrong_format():
    found = {channel for channel in Channel if "FORMAT_ERROR" in offered(L.ARCHIVE, S.RECEIVED, channel=channel)}

    assert found == {Channel.OPEN311, Channel.SP4N_LAPOR, Channel.PARTNER}


def test_the_city_offers_every_reason_that_can_be_true():
    city = load_city(ROOT / "cities" / "kediri")

    assert {rule.list_name: set(rule.codes) for rule in city.reasons} == {
        name: set(codes) for name, codes in CODES.items()
    }


def test_the_last_row_of_a_list_is_in_force_and_what_nobody_knows_is_left_out():
    reasons = reasons_from(
        [("RETURN", ["NOT_OUR_DUTY"]), ("RETURN", ["WRONG_LOCATION", "SPAM", "NOT_OUR_DUTY"]), ("OF_LATER", ["X"])]
    )

    assert reasons.of(L.RETURN, Circumstances(S.DISPATCHED)) == ("WRONG_LOCATION", "NOT_OUR_DUTY")
    assert reasons.of(L.JURISDICTION, Circumstances(S.RECEIVED)) == CODES[L.JURISDICTION]


async def test_a_row_of_the_city_is_offered_and_taken_from_its_day_on(desk, clock, officer, roads):
    await ReasonRule.create(list_name=L.RETURN, codes=["OUTSIDE_CITY"], valid_from=date(2020, 1, 1), legal_basis="-")
    await ReasonRule.create(list_name=L.RETURN, codes=["NOT_OUR_DUTY"], valid_from=date(2026, 3, 5), legal_basis="-")
    before, after = (desk.at(datetime(2026, 3, day, 2, 0, tzinfo=UTC)) for day in (4, 5))
    tickets = [await make_ticket(S.DISPATCHED, lead=roads) for _ in range(2)]
    state = ticket_state(tickets[0])

    shown = []
    for each in (before, after):
        reasons = (await replace(each, references=type(each.references)()).reference()).reasons
        shown += [move.reason_codes for move in open_moves(officer.sight, state, reasons) if move.by == "RETURN"]
    await return_(before, officer, Return(tickets[0].id, 1, "OUTSIDE_CITY"))
    kept = await rows()
    with pytest.raises(InvalidInput) as refusal:
        await return_(after, officer, Return(tickets[1].id, 1, "OUTSIDE_CITY"))

    assert shown == [("OUTSIDE_CITY",), ("NOT_OUR_DUTY",)]
    assert (refusal.value.code, refusal.value.params["allowed"]) == ("UNKNOWN_REASON", (Term("reason.NOT_OUR_DUTY"),))
    assert await rows() == kept


async def test_an_officer_does_not_judge_an_objection_to_the_own_work(desk, officer, coordinator, roads):
    ticket = await make_ticket(S.RESOLVED, lead=roads)
    kept = await rows()

    with pytest.raises(InvalidInput) as refusal:
        await reopen(desk, officer, Reopen(ticket.id, 1, "REPORTER_DISPUTES"))
    unchanged = await rows() == kept
    await reopen(desk, coordinator, Reopen(ticket.id, 1, "REPORTER_DISPUTES"))

    assert (refusal.value.code, unchanged) == ("UNKNOWN_REASON", True)
    assert (await Ticket.get(id=ticket.id)).status is S.REOPENED


@pytest.mark.parametrize(
    ("status", "kind", "to", "code"),
    [
        (S.RECEIVED, None, S.ON_HOLD, "WEATHER"),
        (S.IN_PROGRESS, C.COMPLAINT, S.ARCHIVED, "SPAM"),
        (S.RECEIVED, None, S.ARCHIVED, "INCOMPLETE"),
        (S.RECEIVED, None, S.ARCHIVED, "FORMAT_ERROR"),
        (S.RECEIVED, None, S.OUT_OF_JURISDICTION, "PRIVATE_MATTER"),
        (S.RECEIVED, None, S.OUT_OF_JURISDICTION, "CENTRAL_GOVERNMENT"),
        (S.IN_PROGRESS, C.INFORMATION_REQUEST, S.ON_HOLD, "WEATHER"),
        (S.IN_PROGRESS, C.COMPLAINT, S.ON_HOLD, "WAITING_FOR_DECISION"),
        (S.IN_PROGRESS, C.ASPIRATION, S.UNRESOLVED, "NOT_PROVEN"),
        (S.IN_PROGRESS, C.COMPLAINT, S.UNRESOLVED, "NO_AUTHORITY"),
    ],
)
async def test_a_reason_of_another_move_status_or_kind_changes_nothing(
    desk, coordinator, roads, status, kind, to, code
):
    lead = roads if status is S.IN_PROGRESS else None
    ticket = await make_ticket(status, lead=lead, classification=kind)
    until = UNTIL if to is S.ON_HOLD else None
    note = "Sudah diperiksa." if to is S.UNRESOLVED else None
    kept = await rows()

    with pytest.raises(InvalidInput) as refusal:
        await change_status(desk, coordinator, ChangeStatus(ticket.id, 1, to, note=note, reason_code=code, until=until))

    assert (refusal.value.code, refusal.value.path) == ("UNKNOWN_REASON", ("reasonCode",))
    assert await rows() == kept


@pytest.mark.parametrize("typed", ["weather", " Weather ", "WEA\u200bTHER", "\uff37EATHER"])
async def test_a_reason_is_understood_however_it_is_typed_and_kept_as_the_list_has_it(desk, officer, roads, typed):
    ticket = await make_ticket(S.IN_PROGRESS, lead=roads)
    order = ChangeStatus(ticket.id, 1, S.ON_HOLD, reason_code=typed, until=UNTIL)

    done = await change_status(desk, officer, order)

    assert (await event_of(done)).details["reason"] == "WEATHER"


async def test_a_reason_in_small_letters_is_no_second_fault_of_a_move_that_there_is_not(desk, officer, roads):
    ticket = await make_ticket(S.RESOLVED, lead=roads)
    kept = await rows()

    with pytest.raises(IllegalTransition) as refusal:
        await return_(desk, officer, Return(ticket.id, 1, "not_our_duty"))

    assert [each.code for each in refusal.value.each()] == ["NO_SUCH_MOVE"]
    assert await rows() == kept
