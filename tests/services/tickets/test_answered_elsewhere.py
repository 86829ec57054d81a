"""What was answered in another report is archived with that report's number, which its reporter is told."""

import pytest

from models import Answer, Ticket
from models.enums import AgencyKind, AnswerState, PrincipalKind, Role, TicketStatus
from services.core.refusals import InvalidInput, NotFound, Refusal
from services.queries.timelines import timelines, window
from services.tickets.moves import ChangeStatus, change_status
from tests.factories import citizen_scope, event_of, make_agency, make_client_scope, make_scope, make_ticket
from tests.services.tickets.given import rows

S = TicketStatus
OTHERS = "Hal yang sama sudah dijawab pada laporan lain. "


def archived(ticket, other, **more):
    given = {"status": S.ARCHIVED, "reason_code": "ALREADY_ANSWERED", "answered_in_number": other, **more}
    return ChangeStatus(ticket.id, ticket.version, **given)


@pytest.fixture
async def answered(desk, pupr):
    return await make_ticket(S.RESOLVED, lead=pupr)


async def told(desk, scope, ticket):
    """The last sentence to the reporter that this caller reads."""
    found = await timelines(desk, await desk.reference(), scope.sight, [ticket.id], window(None, None, 1, None))
    return found[ticket.id].events[-1].public_message


async def test_the_reporter_is_told_the_number_of_the_other_report(desk, coordinator, answered):
    ticket = await make_ticket(S.VERIFIED)

    done = await change_status(desk, coordinator, archived(ticket, f" {answered.number.lower()} "))

    assert (await event_of(done)).details["answeredIn"] == answered.id
    for scope in (citizen_scope(ticket), coordinator):
        assert f"sudah dijawab pada laporan {answered.number}. " in await told(desk, scope, ticket)


async def test_without_a_number_and_of_old_entries_the_sentence_names_none(desk, coordinator):
    ticket = await make_ticket(S.VERIFIED)

    done = await change_status(desk, coordinator, archived(ticket, None))

    assert "answeredIn" not in (await event_of(done)).details
    assert OTHERS in await told(desk, citizen_scope(ticket), ticket)


@pytest.mark.parametrize("flag", ["confidential", "supervisory"])
@pytest.mark.parametrize("later", [False, True])
async def test_a_protected_report_is_never_named(desk, pupr, answered, flag, later):
    both = await make_scope(Role.COORDINATOR, await make_agency("inspektorat"), Role.INSPECTOR)
    ticket = await make_ticket(S.VERIFIED)
    if not later:
        await Ticket.filter(id=answered.id).update(**{flag: True})
    await change_status(desk, both, archived(ticket, answered.number))

    await Ticket.filter(id=answered.id).update(**{flag: True})

    assert OTHERS in await told(desk, citizen_scope(ticket), ticket)


async def test_partners_are_not_told_the_number(desk, coordinator, answered):
    ticket = await make_ticket(S.VERIFIED)
    await change_status(desk, coordinator, archived(ticket, answered.number))

    assert answered.number not in (await told(desk, await make_client_scope(PrincipalKind.PARTNER), ticket) or "")


async def test_what_was_answered_and_goes_on_can_be_named(desk, coordinator, pupr):
    ticket, other = await make_ticket(S.VERIFIED), await make_ticket(S.IN_PROGRESS, lead=pupr)
    await Answer.create(ticket=other, version=1, state=AnswerState.SENT, text="Sudah.", updated_at=other.updated_at)

    await change_status(desk, coordinator, archived(ticket, other.number))

    assert other.number in await told(desk, citizen_scope(ticket), ticket)


@pytest.mark.parametrize(
    ("given", "kind", "code"),
    [
        ({"answered_in_number": "own"}, InvalidInput, "ANSWERED_IN_ITSELF"),
        ({"answered_in_number": "bukan nomor"}, InvalidInput, "BAD_NUMBER"),
        ({"answered_in_number": ""}, InvalidInput, "BAD_NUMBER"),
        ({"answered_in_number": "KDR-2026-999999"}, NotFound, "NOT_FOUND"),
        ({"answered_in_number": "hidden"}, NotFound, "NOT_FOUND"),
        ({"answered_in_number": "waiting"}, InvalidInput, "NOT_ANSWERED_THERE"),
        ({"reason_code": "WITHDRAWN"}, InvalidInput, "NOT_WANTED"),
        ({"status": S.ON_HOLD, "reason_code": "WAITING_FOR_DECISION"}, InvalidInput, "NOT_WANTED"),
        ({"status": S.RESOLVED, "reason_code": None}, InvalidInput, "NOT_WANTED"),
    ],
)
async def test_a_number_that_leads_nowhere_or_is_not_asked_for_changes_nothing(
    desk, coordinator, home, answered, given, kind, code
):
    ticket, waiting = await make_ticket(S.VERIFIED), await make_ticket(S.VERIFIED)
    hidden = await make_ticket(S.RESOLVED, supervisory=True, reported_agency_id=home.id)
    named = {"own": ticket.number, "waiting": waiting.number, "hidden": hidden.number}
    given = {"answered_in_number": answered.number, **given}
    number = given["answered_in_number"]
    before = await rows()

    with pytest.raises(Refusal) as refusal:
        await change_status(desk, coordinator, archived(ticket, **_other(given, named.get(number, number))))

    found = {(type(each), each.code, each.path) for each in refusal.value.each()}
    assert (kind, code, ("answeredInNumber",)) in found
    assert await rows() == before


def _other(given, number):
    return {"other": number} | {name: value for name, value in given.items() if name != "answered_in_number"}


@pytest.mark.parametrize("given", [{"referred": False}, {"referred": True}, {"referred_to_agency_code": "pln"}])
@pytest.mark.parametrize(
    ("source", "order"),
    [
        (S.VERIFIED, {"status": S.INCOMPLETE, "note": "Di mana?"}),
        (S.VERIFIED, {"status": S.ARCHIVED, "reason_code": "WITHDRAWN"}),
        (S.DISPATCHED, {"status": S.IN_PROGRESS}),
        (S.ANSWERED, {"status": S.IN_PROGRESS}),
        (S.RESOLVED, {"status": S.IN_PROGRESS}),
    ],
)
async def test_what_a_move_does_not_take_is_refused_and_not_left_unread(desk, coordinator, pupr, given, source, order):
    await make_agency("pln", kind=AgencyKind.EXTERNAL)
    ticket = await make_ticket(source, lead=None if source is S.VERIFIED else pupr)
    before = await rows()

    with pytest.raises(Refusal) as refusal:
        await change_status(desk, coordinator, ChangeStatus(ticket.id, 1, **order, **given))

    path = ("referred",) if "referred" in given else ("referredToAgencyCode",)
    assert [each.path for each in refusal.value.each() if each.code == "NOT_WANTED"] == [path]
    assert await rows() == before
