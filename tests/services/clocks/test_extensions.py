"""Extensions: asked for by the lead agency before the deadline, decided by somebody else, lapsed where nobody does."""

from datetime import UTC, datetime

import pytest

from models import Event, Extension, Ticket, TicketClock, TicketText
from models.enums import (
    Classification,
    ClockKind,
    DeadlineUnit,
    EventKind,
    ExtensionState,
    HandlingClass,
    Role,
    TicketStatus,
)
from services.clocks.extensions import ExtensionDecision, ExtensionRequest, decide_extension, request_extension
from services.clocks.handling_class import ClassChange, change_class
from services.core.refusals import Forbidden, InvalidInput, NotFound, VersionConflict
from services.tickets.moves import ChangeStatus, change_status
from tests.factories import citizen_scope, make_agency, make_client_scope, make_scope, make_ticket, scope_of
from tests.services.clocks.rules import give_policy

S, X = TicketStatus, ExtensionState
MONDAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
INFORMATION = {"classification": Classification.INFORMATION_REQUEST, "handling_class": HandlingClass.ORDINARY}


@pytest.fixture
async def pupr(desk):
    return await make_agency("dinas-pupr")


@pytest.fixture
async def home(desk):
    return await make_agency("diskominfo")


@pytest.fixture
async def officer(pupr):
    return await make_scope(Role.OFFICER, pupr)


@pytest.fixture
async def coordinator(home):
    return await make_scope(Role.COORDINATOR, home)


@pytest.fixture
async def rules(desk):
    await give_policy(ClockKind.RESOLUTION, 10, extension=7, extensions=1)


@pytest.fixture
async def ticket(desk, rules, pupr, clock):
    clock.set(MONDAY)
    return await make_ticket(S.IN_PROGRESS, lead=pupr, at=MONDAY, **INFORMATION)


def asked(ticket, **more):
    given = {"clock": ClockKind.RESOLUTION, "amount": 7, "reason": "Arsipnya di gudang.", **more}
    return ExtensionRequest(ticket.id, given.pop("version", ticket.version), **given)


async def rows():
    """All that a refusal must leave as it was."""
    return (
        await Ticket.all().order_by("id").values(),
        await TicketText.all().order_by("id").values(),
        await Extension.all().order_by("id").values(),
        await Event.all().order_by("seq").values("seq"),
    )


async def waiting(desk, officer, ticket):
    done = await request_extension(desk, officer, asked(ticket))
    return await Extension.get(), done.ticket.version


async def last_event(ticket, kind):
    return await Event.filter(ticket_id=ticket.id, kind=kind).order_by("-seq").first()


async def test_a_request_waits_with_its_words_beside_the_log(desk, officer, ticket):
    done = await request_extension(desk, officer, asked(ticket, client_mutation_id="x"))

    row, event = await Extension.get(), await last_event(ticket, EventKind.EXTENSION_REQUESTED)
    stored = await Ticket.get(id=ticket.id)
    assert (row.ticket_id, row.clock, row.amount, row.unit) == (ticket.id, "RESOLUTION", 7, "WORKING_DAYS")
    assert (row.state, row.requested_by_id, row.requested_at) == (X.WAITING, officer.officer_id, MONDAY)
    assert (await TicketText.get(id=row.reason_id)).body == "Arsipnya di gudang."
    assert (done.ticket.version, stored.version, stored.extension_askers) == (2, 2, [officer.officer_id])
    assert (event.visibility, event.text_id, event.changed) == ("INTER_AGENCY", row.reason_id, ["extensions"])
    assert event.details == {
        "extension": row.id,
        "clock": "RESOLUTION",
        "amount": 7,
        "unit": "WORKING_DAYS",
        "extensionState": "WAITING",
        "requestedBy": officer.officer_id,
    }


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"amount": 0}, "EXTENSION_OUT_OF_RANGE", ("amount",)),
        ({"amount": -1}, "EXTENSION_OUT_OF_RANGE", ("amount",)),
        ({"amount": 8}, "EXTENSION_OUT_OF_RANGE", ("amount",)),
        ({"amount": 1_000_000}, "EXTENSION_OUT_OF_RANGE", ("amount",)),
        ({"reason": " \n"}, "EMPTY", ("reason",)),
        ({"clock": ClockKind.NATIONAL}, "NO_EXTENSION", ("clock",)),
        ({"clock": ClockKind.REPORTER_REPLY}, "NO_EXTENSION", ("clock",)),
    ],
)
async def test_what_the_policy_does_not_give_is_refused(desk, officer, ticket, given, code, path):
    before = await rows()

    with pytest.raises(InvalidInput) as refusal:
        await request_extension(desk, officer, asked(ticket, **given))

    assert (refusal.value.code, refusal.value.path) == (code, path)
    assert await rows() == before


async def test_all_that_is_wrong_is_told_at_once(desk, officer, ticket):
    with pytest.raises(InvalidInput) as refusal:
        await request_extension(desk, officer, asked(ticket, amount=99, reason="", client_mutation_id="!"))

    assert {one.path for one in refusal.value.each()} == {("amount",), ("reason",), ("clientMutationId",)}


@pytest.mark.parametrize("caller", ["coordinator", "other", "supporting", "leader", "partner", "citizen"])
async def test_nobody_but_the_lead_agency_asks(desk, pupr, home, ticket, caller):
    support = await make_agency("dinas-sosial")
    await Ticket.filter(id=ticket.id).update(supporting_agency_ids=[support.id])
    scopes = {
        "coordinator": lambda: make_scope(Role.COORDINATOR, home),
        "other": lambda: make_scope(Role.OFFICER, home),
        "supporting": lambda: make_scope(Role.LIAISON, support),
        "leader": lambda: make_scope(Role.LEADER, pupr),
        "partner": make_client_scope,
    }
    scope = citizen_scope(ticket) if caller == "citizen" else await scopes[caller]()
    before = await rows()

    with pytest.raises(NotFound if caller == "other" else Forbidden):
        await request_extension(desk, scope, asked(ticket))

    assert await rows() == before


async def test_a_deadline_that_has_passed_is_not_extended(desk, officer, ticket, clock):
    clock.set((await TicketClock.get(ticket_id=ticket.id)).due_at)  # the first moment that is too late
    version = (await Ticket.get(id=ticket.id)).version

    with pytest.raises(InvalidInput) as refusal:
        await request_extension(desk, officer, asked(ticket, version=version))

    assert (refusal.value.code, await Extension.all().count()) == ("DEADLINE_PASSED", 0)


@pytest.mark.parametrize(("days", "extension", "amount"), [(3, 0, 0), (0, 7, 7)])
async def test_a_policy_that_gives_none_and_what_nothing_bounds_are_not_extended(
    desk, officer, pupr, ticket, days, extension, amount
):
    light = {"handling_class": HandlingClass.LIGHT}
    given = {"code": "ringan", "extension": extension, "extensions": min(extension, 1)}
    await give_policy(ClockKind.RESOLUTION, days, **given, **light)
    row = await make_ticket(S.IN_PROGRESS, lead=pupr, at=MONDAY, **{**INFORMATION, **light})

    with pytest.raises(InvalidInput) as refusal:
        await request_extension(desk, officer, asked(row, amount=amount))

    assert ([each.code for each in refusal.value.each()], await Extension.all().count()) == (["NO_EXTENSION"], 0)


@pytest.mark.parametrize("status", [S.RESOLVED, S.ARCHIVED])
async def test_a_clock_that_has_stopped_is_not_extended(desk, officer, pupr, ticket, status):
    closed = await make_ticket(S.IN_PROGRESS, lead=pupr, at=MONDAY, **INFORMATION)
    await Ticket.filter(id=closed.id).update(status=status)
    await TicketClock.filter(ticket_id=closed.id).update(state="STOPPED", next_at=None)
    before = await rows()

    with pytest.raises(InvalidInput) as refusal:
        await request_extension(desk, officer, asked(closed))

    assert (refusal.value.code, refusal.value.path) == ("CLOCK_STOPPED", ("clock",))
    assert await rows() == before


async def test_requests_of_other_tickets_and_for_other_clocks_count_for_themselves(desk, officer, pupr, ticket):
    await give_policy(ClockKind.NATIONAL, 60, DeadlineUnit.DAYS, extension=7, extensions=1)
    other = await make_ticket(S.IN_PROGRESS, lead=pupr, at=MONDAY, **INFORMATION)
    for elsewhere, clock in ((other, ClockKind.RESOLUTION), (ticket, ClockKind.NATIONAL)):
        await Extension.create(
            ticket=elsewhere,
            clock=clock,
            amount=7,
            unit=DeadlineUnit.DAYS,
            state=X.WAITING,
            requested_by_id=officer.officer_id,
            requested_at=MONDAY,
        )

    done = await request_extension(desk, officer, asked(ticket))

    assert (done.ticket.version, await Extension.all().count()) == (2, 3)


async def test_a_second_request_waits_for_the_first_and_no_more_are_granted_than_the_policy_gives(
    desk, officer, coordinator, ticket
):
    row, version = await waiting(desk, officer, ticket)
    with pytest.raises(InvalidInput) as twice:
        await request_extension(desk, officer, asked(ticket, version=version))

    granted = await decide_extension(desk, coordinator, ExtensionDecision(row.id, version, grant=True))
    with pytest.raises(InvalidInput) as again:
        await request_extension(desk, officer, asked(ticket, version=granted.ticket.version))

    assert (twice.value.code, again.value.code) == ("EXTENSION_WAITS", "EXTENSIONS_USED_UP")
    assert await Extension.all().count() == 1


async def test_what_was_refused_may_be_asked_for_again(desk, officer, coordinator, ticket):
    row, version = await waiting(desk, officer, ticket)
    refused = await decide_extension(desk, coordinator, ExtensionDecision(row.id, version, grant=False, note="Belum."))

    await request_extension(desk, officer, asked(ticket, version=refused.ticket.version))

    assert await Extension.all().order_by("id").values_list("state", flat=True) == [X.REFUSED, X.WAITING]


@pytest.mark.parametrize("grant", [True, False])
async def test_a_decision_ends_the_request(desk, officer, coordinator, ticket, grant):
    row, version = await waiting(desk, officer, ticket)

    done = await decide_extension(desk, coordinator, ExtensionDecision(row.id, version, grant=grant, note="Sesuai."))

    row, event = await Extension.get(), await last_event(ticket, EventKind.EXTENSION_DECIDED)
    state = X.GRANTED if grant else X.REFUSED
    assert (row.state, row.decided_by_id, row.decided_at) == (state, coordinator.officer_id, MONDAY)
    assert (await TicketText.get(id=row.note_id)).body == "Sesuai."
    assert (done.ticket.version, done.ticket.extension_askers) == (3, [])
    assert (event.visibility, event.details["extensionState"], event.text_id) == ("INTER_AGENCY", state, row.note_id)


async def test_a_refusal_needs_a_note(desk, officer, coordinator, ticket):
    row, version = await waiting(desk, officer, ticket)
    before = await rows()

    with pytest.raises(InvalidInput) as refusal:
        await decide_extension(desk, coordinator, ExtensionDecision(row.id, version, grant=False, note=" "))

    assert (refusal.value.code, refusal.value.path) == ("NOTE_NEEDED", ("note",))
    assert await rows() == before


async def test_who_asked_never_decides_whatever_post_they_act_for(desk, pupr, home, ticket):
    both = await make_scope(Role.OFFICER, pupr, Role.LIAISON)
    row, version = await waiting(desk, both, ticket)
    person = type("Person", (), {"id": both.officer_id, "name": both.name})
    before = await rows()

    with pytest.raises(Forbidden) as refusal:
        await decide_extension(
            desk, scope_of(person, home, Role.COORDINATOR), ExtensionDecision(row.id, version, grant=True)
        )

    assert refusal.value.code == "ASKED_BY_CALLER"
    assert await rows() == before


@pytest.mark.parametrize("role", [Role.OFFICER, Role.LIAISON, Role.LEADER, Role.ADMIN])
async def test_nobody_but_the_desk_decides(desk, pupr, officer, ticket, role):
    row, version = await waiting(desk, officer, ticket)
    scope = await make_scope(role, pupr)

    with pytest.raises(Forbidden):
        await decide_extension(desk, scope, ExtensionDecision(row.id, version, grant=True))

    assert (await Extension.get()).state is X.WAITING


async def test_hidden_and_absent_requests_look_alike(desk, officer, ticket):
    row, version = await waiting(desk, officer, ticket)
    stranger = await make_scope(Role.OFFICER, await make_agency("dinas-sosial"))

    for key in (row.id, row.id + 1, None):
        with pytest.raises(NotFound) as refusal:
            await decide_extension(desk, stranger, ExtensionDecision(key, version, grant=True))
        assert (refusal.value.code, refusal.value.path) == ("NOT_FOUND", ("extensionId",))


async def test_requests_and_decisions_are_of_the_version_that_was_read(desk, officer, coordinator, ticket):
    row, version = await waiting(desk, officer, ticket)

    with pytest.raises(VersionConflict):
        await request_extension(desk, officer, asked(ticket, version=version - 1))
    with pytest.raises(VersionConflict):
        await decide_extension(desk, coordinator, ExtensionDecision(row.id, version - 1, grant=True))

    assert (await Extension.get()).state is X.WAITING


async def test_a_request_is_decided_once(desk, officer, coordinator, ticket):
    row, version = await waiting(desk, officer, ticket)
    done = await decide_extension(desk, coordinator, ExtensionDecision(row.id, version, grant=True))

    with pytest.raises(InvalidInput) as refusal:
        await decide_extension(desk, coordinator, ExtensionDecision(row.id, done.ticket.version, grant=False, note="x"))

    assert (refusal.value.code, (await Extension.get()).state) == ("EXTENSION_NOT_WAITING", X.GRANTED)


@pytest.mark.parametrize(("unit", "extension"), [(DeadlineUnit.WORKING_HOURS, 7), (DeadlineUnit.WORKING_DAYS, 6)])
async def test_what_another_class_counts_otherwise_is_not_granted(desk, officer, coordinator, ticket, unit, extension):
    row, version = await waiting(desk, officer, ticket)
    light = {"code": "ringan", "handling_class": HandlingClass.LIGHT, "extension": extension, "extensions": 1}
    await give_policy(ClockKind.RESOLUTION, 3, unit, **light)
    await change_class(desk, coordinator, ClassChange(ticket.id, version, HandlingClass.LIGHT, "Hanya satu dokumen."))

    with pytest.raises(InvalidInput) as refusal:
        await decide_extension(desk, coordinator, ExtensionDecision(row.id, version + 1, grant=True))

    assert (refusal.value.code, (await Extension.get()).state) == ("NO_EXTENSION", X.WAITING)


async def test_a_request_lapses_when_its_ticket_closes(desk, officer, coordinator, ticket):
    row, version = await waiting(desk, officer, ticket)

    await change_status(desk, coordinator, ChangeStatus(ticket.id, version, S.ARCHIVED, reason_code="WITHDRAWN"))

    row, event = await Extension.get(), await last_event(ticket, EventKind.EXTENSION_DECIDED)
    assert (row.state, row.decided_by_id, row.decided_at) == (X.LAPSED, None, MONDAY)
    assert (await Ticket.get(id=ticket.id)).extension_askers == []
    assert (event.details["extensionState"], event.after["status"]) == ("LAPSED", "ARCHIVED")
