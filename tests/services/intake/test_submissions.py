"""A complaint comes in: who may enter what, replays, races, and every bad input."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from models import Category, Event, ExternalLink, IdempotencyKey, MutationId, Reporter, Ticket, TicketCounter
from models.enums import ActorKind, Channel, Classification, EventKind, PrincipalKind, Role, TicketStatus
from services.access.states import ticket_state
from services.core.refusals import Forbidden, IdempotencyConflict, InvalidInput
from services.intake import idempotency
from services.intake.forms import Person, Submission
from services.intake.submissions import submit
from services.reporters.sealing import unseal
from services.tickets.location import Place
from tests.factories import (
    anonymous_scope,
    citizen_scope,
    event_of,
    make_agency,
    make_area,
    make_category,
    make_client_scope,
    make_scope,
    make_ticket,
)

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def form(**more):
    values = {"title": "Jalan berlubang", "body": "Ada lubang besar.", "channel": Channel.SURGA_WEB}
    return Submission(**{**values, **more})


async def rows():
    """All that a refusal must leave as it was."""
    return (
        await Ticket.all().count(),
        await Reporter.all().count(),
        await ExternalLink.all().count(),
        await IdempotencyKey.all().count(),
        await TicketCounter.all().values("year", "issued"),
        await Event.all().count(),
    )


async def test_a_citizen_needs_three_fields_and_gets_number_and_secret(desk):
    done = await submit(desk, anonymous_scope(), form(client_mutation_id="form-1"))

    row, event = await Ticket.get(), await event_of(done)
    assert (row.number, row.status, row.version) == ("KDR-2026-000001", TicketStatus.RECEIVED, 1)
    assert (row.anonymous, row.confidential, row.supervisory) == (None, None, False)
    assert (row.received_at, row.created_at, row.updated_at) == (NOW, NOW, NOW)
    assert (row.classification, row.category_id, row.kelurahan_id, row.lead_agency_id) == (None, None, None, None)
    assert done.secret == desk.keys.tracking_secret(row.id, 0, row.secret_salt)
    assert (event.kind, event.before, event.after) == (EventKind.SUBMITTED, None, ticket_state(row))
    assert (event.actor_kind, event.actor_id) == (ActorKind.REPORTER, None)
    assert event.client_mutation_id == desk.keys.mutation_digest(row.id, "form-1")
    assert (await MutationId.get()).value == "form-1"
    assert await Reporter.all().count() == 0


async def test_the_row_in_memory_is_the_row_in_the_table(desk):
    done = await submit(desk, anonymous_scope(), form())

    assert ticket_state(done.ticket) == ticket_state(await Ticket.get())


async def test_every_field_finds_its_column(desk):
    agency, category, area = await make_agency("dinas-pupr"), await make_category("jalan"), await make_area()
    partner = await make_client_scope()

    await submit(
        desk,
        partner,
        form(
            title="  Jalan berlubang ",
            body="Baris satu\r\nBaris dua\n",
            channel=Channel.PARTNER,
            external_id="A-17",
            classification=Classification.COMPLAINT,
            category_code="jalan",
            received_at=NOW - timedelta(hours=3),
            occurred_on=date(2026, 3, 1),
            anonymous=False,
            confidential=True,
            reported_agency_code="dinas-pupr",
            place=Place(area.code, " Jalan Dhoho 1 ", -7.82, 112.01),
            reporter=Person(" Budi Contoh ", "0812-0862-37590", "budi@example.test", "3571990000000000"),
        ),
    )

    row, stored, link = await Ticket.get(), await Reporter.get(), await ExternalLink.get()
    assert (row.title, row.body) == ("Jalan berlubang", "Baris satu\nBaris dua")
    assert (row.channel, row.classification) == (Channel.PARTNER, Classification.COMPLAINT)
    assert (row.category_id, row.reported_agency_id, row.kelurahan_id) == (category.id, agency.id, area.code)
    assert (row.received_at, row.created_at) == (NOW - timedelta(hours=3), NOW)
    assert (row.occurred_on, row.anonymous, row.confidential) == (date(2026, 3, 1), False, True)
    assert (row.address, row.latitude, row.longitude) == ("Jalan Dhoho 1", -7.82, 112.01)
    digest = desk.keys.external_digest("A-17")
    assert row.external_keys == [f"partner:{partner.client_id}|{digest}"]
    assert row.submitted_by == partner.principal
    person = [unseal(desk.keys, row.id, name, getattr(stored, name)) for name in ("name", "phone", "email", "nik")]
    assert person == ["Budi Contoh", "+62812086237590", "budi@example.test", "3571990000000000"]
    assert (link.system, link.external_id, link.direction) == (f"partner:{partner.client_id}", digest, "INBOUND")


async def test_no_personal_value_reaches_the_log(desk):
    person = Person("Budi Contoh", "0812086237590", "budi@example.test", "3571990000000000")
    secrets = ("Budi", "62812086237590", "budi@", "3571990000000000", "Dhoho", "lubang", "address:")

    await submit(desk, anonymous_scope(), form(reporter=person, place=Place(address="Jalan Dhoho 1")))

    text = str(await Event.all().values())
    assert [secret for secret in secrets if secret in text] == []


@pytest.mark.parametrize("role", [Role.OFFICER, Role.LIAISON, Role.COORDINATOR, Role.INSPECTOR])
async def test_an_officer_who_enters_for_someone_gets_no_secret(desk, role):
    scope = await make_scope(role)

    done = await submit(desk, scope, form(channel=Channel.WALK_IN, received_at=NOW - timedelta(days=1)))

    event = await event_of(done)
    assert done.secret is None
    assert (event.actor_kind, event.actor_officer_id) == (ActorKind.STAFF, scope.officer_id)


async def test_a_partner_gets_the_secret_for_its_citizen(desk):
    done = await submit(desk, await make_client_scope(), form(channel=Channel.PARTNER))

    assert done.secret == desk.keys.tracking_secret(done.ticket.id, 0, done.ticket.secret_salt)


@pytest.mark.parametrize("role", [Role.LEADER, Role.ADMIN])
async def test_readers_enter_nothing(desk, role):
    scope = await make_scope(role)
    before = await rows()

    with pytest.raises(Forbidden, match="NOT_YOUR_ROLE"):
        await submit(desk, scope, form())

    assert await rows() == before


async def test_displays_and_citizens_enter_nothing(desk):
    display, citizen = await make_client_scope(PrincipalKind.DISPLAY), citizen_scope(await make_ticket())
    before = await rows()

    for scope in (display, citizen):
        with pytest.raises(Forbidden, match="NOT_YOUR_ROLE"):
            await submit(desk, scope, form())

    assert await rows() == before


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"channel": Channel.WALK_IN}, ("channel",)),
        ({"external_id": "A-17"}, ("externalId",)),
        ({"received_at": NOW}, ("receivedAt",)),
    ],
)
async def test_without_a_token_the_form_is_narrow(desk, more, path):
    before = await rows()

    with pytest.raises(Forbidden) as refusal:
        await submit(desk, anonymous_scope(), form(**more))

    assert (refusal.value.code, refusal.value.path) == ("TOKEN_NEEDED", path)
    assert await rows() == before


@pytest.mark.parametrize(
    ("more", "code", "path"),
    [
        ({"title": ""}, "EMPTY", ("title",)),
        ({"title": " \n\t "}, "EMPTY", ("title",)),
        ({"title": "\u200b\u2060"}, "EMPTY", ("title",)),
        ({"title": "x" * 201}, "TOO_LONG", ("title",)),
        ({"title": "a\x00b"}, "UNWRITABLE", ("title",)),
        ({"title": "a\ud800b"}, "UNWRITABLE", ("title",)),
        ({"title": "a\x1b[31mb"}, "UNWRITABLE", ("title",)),
        ({"body": ""}, "EMPTY", ("body",)),
        ({"body": "x" * 10_001}, "TOO_LONG", ("body",)),
        ({"body": "a\x00"}, "UNWRITABLE", ("body",)),
        ({"body": "\udfff"}, "UNWRITABLE", ("body",)),
        ({"received_at": NOW + timedelta(minutes=3)}, "IN_THE_FUTURE", ("receivedAt",)),
        ({"received_at": datetime(1999, 12, 31, tzinfo=UTC)}, "TOO_LONG_AGO", ("receivedAt",)),
        ({"occurred_on": date(2026, 3, 3)}, "IN_THE_FUTURE", ("occurredOn",)),
        ({"occurred_on": date(1, 1, 1)}, "TOO_LONG_AGO", ("occurredOn",)),
        ({"category_code": "no-such"}, "UNKNOWN_CATEGORY", ("categoryCode",)),
        ({"reported_agency_code": "no-such"}, "UNKNOWN_AGENCY", ("reportedAgencyCode",)),
        ({"place": Place("35.71.01.9999")}, "UNKNOWN_KELURAHAN", ("location", "kelurahanCode")),
        ({"place": Place("35.71.01")}, "UNKNOWN_KELURAHAN", ("location", "kelurahanCode")),
        ({"place": Place("a\x00")}, "UNKNOWN_KELURAHAN", ("location", "kelurahanCode")),
        ({"place": Place(address="x" * 501)}, "TOO_LONG", ("location", "address")),
        ({"place": Place(latitude=90.1, longitude=0)}, "OUT_OF_RANGE", ("location", "latitude")),
        ({"place": Place(latitude=0, longitude=-180.1)}, "OUT_OF_RANGE", ("location", "longitude")),
        ({"place": Place(latitude=float("nan"), longitude=0)}, "OUT_OF_RANGE", ("location", "latitude")),
        ({"place": Place(latitude=float("inf"), longitude=0)}, "OUT_OF_RANGE", ("location", "latitude")),
        ({"place": Place(latitude=1.0)}, "HALF_A_PLACE", ("location", "longitude")),
        ({"reporter": Person(name="x" * 201)}, "TOO_LONG", ("reporter", "name")),
        ({"reporter": Person(name="a\x00")}, "UNWRITABLE", ("reporter", "name")),
        ({"reporter": Person(phone="1" * 33)}, "TOO_LONG", ("reporter", "phone")),
        ({"reporter": Person(email="budi")}, "BAD_EMAIL", ("reporter", "email")),
        ({"reporter": Person(nik="357199000000000")}, "BAD_NIK", ("reporter", "nik")),
        ({"reporter": Person(nik="٣٥٧١٩٩٠٠٠٠٠٠٠٠٠٠")}, "BAD_NIK", ("reporter", "nik")),
        ({"idempotency_key": ""}, "EMPTY", ("idempotencyKey",)),
        ({"idempotency_key": "x" * 201}, "TOO_LONG", ("idempotencyKey",)),
        ({"idempotency_key": " a"}, "UNWRITABLE", ("idempotencyKey",)),
        ({"external_id": "a\x00"}, "UNWRITABLE", ("externalId",)),
        ({"external_id": "x" * 201}, "TOO_LONG", ("externalId",)),
        ({"client_mutation_id": "ü"}, "BAD_MUTATION_ID", ("clientMutationId",)),
    ],
)
async def test_bad_input_enters_nothing(desk, more, code, path):
    await make_area()
    partner = await make_client_scope()
    before = await rows()

    with pytest.raises(InvalidInput) as refusal:
        await submit(desk, partner, form(**more))

    assert (refusal.value.code, refusal.value.path) == (code, path)
    assert await rows() == before


async def test_the_longest_texts_fit(desk):
    await submit(desk, anonymous_scope(), form(title="j" * 200, body="🌧" * 10_000))

    row = await Ticket.get()
    assert (len(row.title), len(row.body)) == (200, 10_000)


async def test_inactive_master_data_is_unknown(desk):
    await make_category("tua", active=False)

    with pytest.raises(InvalidInput, match="UNKNOWN_CATEGORY"):
        await submit(desk, anonymous_scope(), form(category_code="tua"))


async def test_a_clock_that_is_slightly_ahead_counts_as_now(desk):
    partner = await make_client_scope()

    done = await submit(desk, partner, form(received_at=NOW + timedelta(minutes=2)))

    assert done.ticket.received_at == NOW


async def test_a_report_about_the_coordinator_s_agency_is_supervisory(desk):
    await make_scope(Role.COORDINATOR, await make_agency("diskominfo"))
    await make_agency("dinas-pupr")

    ours = await submit(desk, anonymous_scope(), form(reported_agency_code="diskominfo"))
    theirs = await submit(desk, anonymous_scope(), form(reported_agency_code="dinas-pupr"))

    assert (ours.ticket.supervisory, theirs.ticket.supervisory) == (True, False)


async def test_the_number_s_year_is_the_year_of_receipt_in_kediri(desk):
    partner = await make_client_scope()
    moments = [
        datetime(2025, 12, 31, 16, 59, tzinfo=UTC),
        datetime(2025, 12, 31, 17, 0, tzinfo=UTC),
        datetime(2025, 6, 1, tzinfo=UTC),
    ]

    numbers = [(await submit(desk, partner, form(received_at=moment))).ticket.number for moment in moments]

    assert numbers == ["KDR-2025-000001", "KDR-2026-000001", "KDR-2025-000002"]


async def test_a_refused_submission_leaves_no_hole_in_the_numbers(desk):
    partner = await make_client_scope()
    await submit(desk, partner, form(idempotency_key="k"))

    with pytest.raises(IdempotencyConflict):
        await submit(desk, partner, form(idempotency_key="k", title="Lain"))
    done = await submit(desk, partner, form())

    assert done.ticket.number == "KDR-2026-000002"


@pytest.mark.parametrize("name", ["idempotency_key", "external_id"])
async def test_a_replay_gives_the_first_answer_and_writes_nothing(desk, name):
    partner = await make_client_scope()
    first = await submit(desk, partner, form(**{name: "k-1", "client_mutation_id": "one"}))
    before = await rows()

    again = await submit(desk, partner, form(**{name: "k-1", "client_mutation_id": "two"}))

    assert (again.ticket.id, again.secret, again.replay) == (first.ticket.id, first.secret, True)
    assert first.replay is False
    assert await rows() == before


@pytest.mark.parametrize("name", ["idempotency_key", "external_id"])
async def test_a_replay_does_not_ask_whether_its_master_data_is_still_in_use(desk, name):
    partner, category = await make_client_scope(), await make_category("jalan")
    first = await submit(desk, partner, form(category_code="jalan", **{name: "k-1"}))
    await Category.filter(id=category.id).update(active=False)
    await make_category()  # which tells the desk to look
    before = await rows()

    again = await submit(desk, partner, form(category_code="jalan", **{name: "k-1"}))

    assert (again.ticket.id, again.secret, again.replay) == (first.ticket.id, first.secret, True)
    for other in (form(category_code="jalan"), form(category_code="jalan", title="Lain", **{name: "k-1"})):
        with pytest.raises(InvalidInput, match="UNKNOWN_CATEGORY"):
            await submit(desk, partner, other)
    assert await rows() == before


@pytest.mark.parametrize("name", ["idempotency_key", "external_id"])
async def test_other_content_under_the_same_key_is_a_conflict(desk, name):
    partner = await make_client_scope()
    await submit(desk, partner, form(**{name: "k-1"}))
    before = await rows()

    with pytest.raises(IdempotencyConflict) as refusal:
        await submit(desk, partner, form(**{name: "k-1", "body": "Lain."}))

    expected = {"idempotency_key": "idempotencyKey", "external_id": "externalId"}[name]
    assert (refusal.value.code, refusal.value.path) == ("OTHER_CONTENT", (expected,))
    assert await rows() == before


@pytest.mark.parametrize("name", ["idempotency_key", "external_id"])
async def test_the_same_content_typed_otherwise_is_a_replay(desk, name):
    partner = await make_client_scope()
    person = Person("Sari Contoh", "0812-0340-00560", "sari@contoh.invalid", "3571010101900001")
    first = form(place=Place(address="Jl. Dhoho\n1"), reporter=person, **{name: "k"})
    done = await submit(desk, partner, first)
    before = await rows()

    pasted = Person(" Sari\u00a0Contoh", "+62 812 0340 00560", "sari@CONTOH.invalid\u200b", "3571 0101 0190 0001")
    for again in (
        replace(first, reporter=pasted),
        replace(first, title=" Jalan\u00a0berlubang", body="Ada lubang\u200b besar.\r\n"),
        replace(first, place=Place(address="Jl. Dhoho\r\n1 ")),
    ):
        assert (await submit(desk, partner, again)).ticket.id == done.ticket.id

    assert await rows() == before


async def test_a_key_that_an_earlier_release_remembered_as_it_was_typed_is_a_replay(desk, monkeypatch):
    partner, sent = await make_client_scope(), form(title=" Jalan berlubang ", idempotency_key="k")
    with monkeypatch.context() as earlier:
        earlier.setattr(idempotency, "as_kept", lambda given: given)
        done = await submit(desk, partner, sent)

    assert (await submit(desk, partner, sent)).ticket.id == done.ticket.id


async def test_any_other_field_is_other_content(desk):
    partner = await make_client_scope()
    first = form(idempotency_key="k", place=Place(address="Jalan Dhoho 1"), anonymous=True)
    await submit(desk, partner, first)
    others = [
        replace(first, anonymous=None),
        replace(first, place=Place(address="Jalan Dhoho 2")),
        replace(first, channel=Channel.EMAIL),
        replace(first, received_at=NOW),
        replace(first, reporter=Person(name="Budi Contoh")),
        replace(first, external_id="x"),
    ]

    for other in others:
        with pytest.raises(IdempotencyConflict):
            await submit(desk, partner, other)

    assert await Ticket.all().count() == 1


@pytest.mark.parametrize("name", ["idempotency_key", "external_id"])
async def test_another_principal_s_key_is_another_key(desk, name):
    one, two = await make_client_scope(), await make_client_scope()
    officer, colleague = await make_scope(Role.OFFICER), await make_scope(Role.OFFICER)

    tickets = {
        (await submit(desk, scope, form(**{name: "k-1", "body": body}))).ticket.id
        for scope, body in ((one, "Satu."), (two, "Dua."), (officer, "Satu."), (colleague, "Satu."))
    }

    assert len(tickets) == 4


async def test_two_addresses_without_a_token_do_not_share_keys(desk):
    first = await submit(desk, anonymous_scope("one"), form(idempotency_key="k"))
    second = await submit(desk, anonymous_scope("two"), form(idempotency_key="k"))

    assert first.ticket.id != second.ticket.id


@pytest.mark.parametrize("name", ["idempotency_key", "external_id"])
async def test_the_same_submission_at_the_same_moment_makes_one_ticket(desk, name):
    partner = await make_client_scope()

    outcomes = await asyncio.gather(*(submit(desk, partner, form(**{name: "k-1"})) for _ in range(8)))

    assert len({(done.ticket.id, done.secret) for done in outcomes}) == 1
    assert sorted(done.replay for done in outcomes) == [False] + [True] * 7
    assert await Ticket.all().count() == 1
    assert await Event.filter(kind=EventKind.SUBMITTED).count() == 1
    assert await TicketCounter.all().values("year", "issued") == [{"year": 2026, "issued": 1}]


async def test_other_content_at_the_same_moment_makes_one_ticket_and_one_conflict(desk):
    partner = await make_client_scope()
    forms = [form(idempotency_key="k", body="Satu."), form(idempotency_key="k", body="Dua.")]

    outcomes = await asyncio.gather(*(submit(desk, partner, each) for each in forms), return_exceptions=True)

    assert sorted(isinstance(outcome, IdempotencyConflict) for outcome in outcomes) == [False, True]
    assert await Ticket.all().count() == 1


async def test_submissions_at_the_same_moment_get_numbers_without_holes(desk):
    outcomes = await asyncio.gather(*(submit(desk, anonymous_scope(), form()) for _ in range(20)))

    assert sorted(done.ticket.number for done in outcomes) == [f"KDR-2026-{place:06d}" for place in range(1, 21)]


async def test_a_key_may_be_used_again_when_its_time_is_over(desk, clock):
    partner = await make_client_scope()
    await submit(desk, partner, form(idempotency_key="k"))
    clock.forward(days=7)

    done = await submit(desk, partner, form(idempotency_key="k", body="Lain."))

    assert done.replay is False
    assert await IdempotencyKey.all().count() == 1


async def test_expired_keys_are_forgotten(desk, clock):
    partner = await make_client_scope()
    await submit(desk, partner, form(idempotency_key="old"))
    clock.forward(days=6)
    await submit(desk, partner, form(idempotency_key="new"))
    clock.forward(days=1)

    assert await idempotency.expire_idempotency_keys(desk) == 1
    assert await idempotency.expire_idempotency_keys(desk) == 0
    assert await IdempotencyKey.all().values_list("key", flat=True) == [idempotency.stored_key(desk, "new")]
