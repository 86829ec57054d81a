"""Notes and corrections."""

from datetime import UTC, datetime

import pytest

from models import Event, Ticket, TicketText
from models.enums import EventKind, Role, TextKind, TicketStatus, Visibility
from services.core.refusals import Forbidden, InvalidInput, NotFound, VersionConflict
from services.tickets.editing import Edit, Note, add_note, edit
from services.tickets.location import Place
from tests.factories import (
    citizen_scope,
    event_of,
    make_agency,
    make_area,
    make_category,
    make_client_scope,
    make_scope,
    make_ticket,
)

S = TicketStatus
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


@pytest.fixture
async def pupr(desk):
    return await make_agency("dinas-pupr")


@pytest.fixture
async def officer(pupr):
    return await make_scope(Role.OFFICER, pupr)


@pytest.fixture
async def coordinator(desk):
    return await make_scope(Role.COORDINATOR, await make_agency("diskominfo"))


@pytest.fixture
async def ticket(pupr):
    return await make_ticket(S.IN_PROGRESS, lead=pupr)


async def rows():
    """All that a refusal must leave as it was."""
    return (
        await Ticket.all().order_by("id").values(),
        await TicketText.all().order_by("id").values(),
        await Event.all().order_by("seq").values("seq"),
    )


@pytest.mark.parametrize("visibility", Visibility)
async def test_a_note_is_an_event_and_leaves_the_ticket_alone(desk, officer, ticket, visibility):
    before = await Ticket.filter(id=ticket.id).values()

    done = await add_note(desk, officer, Note(ticket.id, " Sudah disurvei. ", visibility, "n-1"))

    event = await event_of(done)
    text = await TicketText.get(id=event.text_id)
    assert await Ticket.filter(id=ticket.id).values() == before
    assert (event.kind, event.visibility, event.version) == (EventKind.NOTE_ADDED, visibility, 1)
    assert (event.before, event.changed) == (event.after, ["timeline"])
    assert event.client_mutation_id == desk.keys.mutation_digest(ticket.id, "n-1")
    assert (text.kind, text.body) == (TextKind.NOTE, "Sudah disurvei.")
    assert event.text_digest == desk.keys.text_digest("Sudah disurvei.")


async def test_supporting_agencies_write_notes(desk, pupr):
    social = await make_agency("dinas-sosial")
    helper = await make_scope(Role.OFFICER, social)
    ticket = await make_ticket(S.RESOLVED, lead=pupr, supporting=(social,))

    done = await add_note(desk, helper, Note(ticket.id, "Kami ikut memantau.", Visibility.INTERNAL))

    assert (await event_of(done)).actor_agency_id == social.id


async def test_readers_and_strangers_write_nothing(desk, ticket):
    callers = [
        (await make_scope(Role.LEADER), Forbidden),
        (await make_scope(Role.ADMIN), Forbidden),
        (await make_client_scope(), Forbidden),
        (citizen_scope(ticket), Forbidden),
        (await make_scope(Role.OFFICER), NotFound),
    ]
    before = await rows()

    for scope, refusal in callers:
        with pytest.raises(refusal):
            await add_note(desk, scope, Note(ticket.id, "Teks.", Visibility.PUBLIC))
        with pytest.raises(refusal):
            await edit(desk, scope, Edit(ticket.id, 1, title="Judul"))

    assert await rows() == before


@pytest.mark.parametrize(
    ("text", "code"), [("", "EMPTY"), ("\n", "EMPTY"), ("x" * 10_001, "TOO_LONG"), ("\x00", "UNWRITABLE")]
)
async def test_bad_notes_are_not_kept(desk, officer, ticket, text, code):
    before = await rows()

    with pytest.raises(InvalidInput) as refusal:
        await add_note(desk, officer, Note(ticket.id, text, Visibility.PUBLIC))

    assert (refusal.value.code, refusal.value.path) == (code, ("text",))
    assert await rows() == before


async def test_an_edit_changes_what_is_given_and_keeps_the_old_words(desk, coordinator, ticket):
    category, area = await make_category("jalan"), await make_area()
    reported = await make_agency("dinas-sosial")
    command = Edit(
        ticket.id,
        1,
        title="Judul baru",
        body="Isi baru.",
        category_code="jalan",
        reported_agency_code="dinas-sosial",
        place=Place(area.code, "Jalan Dhoho 1", -7.8, 112.0),
        client_mutation_id="e-1",
    )

    done = await edit(desk, coordinator, command)

    row, event = await Ticket.get(id=ticket.id), await event_of(done)
    old = await TicketText.filter(ticket_id=ticket.id).order_by("id").values_list("kind", "body")
    assert (row.title, row.body, row.category_id, row.reported_agency_id) == (
        "Judul baru",
        "Isi baru.",
        category.id,
        reported.id,
    )
    assert (row.kelurahan_id, row.address, row.latitude, row.longitude) == (area.code, "Jalan Dhoho 1", -7.8, 112.0)
    assert (row.version, row.updated_at, row.status) == (2, NOW, S.IN_PROGRESS)
    assert old == [(TextKind.TITLE, ticket.title), (TextKind.BODY, ticket.body)]
    assert (event.kind, event.text_id) == (EventKind.FIELD_CHANGED, None)
    assert event.changed == ["body", "category", "location", "reportedAgency", "title"]
    assert [text["kind"] for text in event.details["texts"]] == ["TITLE", "BODY"]


async def test_what_is_not_given_stays(desk, officer, pupr):
    area = await make_area()
    ticket = await make_ticket(S.IN_PROGRESS, lead=pupr, kelurahan_id=area.code, address="Jalan Dhoho 1")

    await edit(desk, officer, Edit(ticket.id, 1, place=Place(address="Jalan Dhoho 2")))

    row = await Ticket.get(id=ticket.id)
    assert (row.title, row.kelurahan_id, row.address) == (ticket.title, area.code, "Jalan Dhoho 2")


async def test_an_edit_that_changes_nothing_is_refused(desk, officer, ticket):
    before = await rows()

    for command in (Edit(ticket.id, 1), Edit(ticket.id, 1, title=ticket.title), Edit(ticket.id, 1, place=Place())):
        with pytest.raises(InvalidInput, match="NOTHING_CHANGES"):
            await edit(desk, officer, command)

    assert await rows() == before


async def test_an_edit_checks_the_version(desk, officer, ticket):
    before = await rows()

    with pytest.raises(VersionConflict):
        await edit(desk, officer, Edit(ticket.id, 0, title="Judul baru"))

    assert await rows() == before


async def test_who_is_reported_is_the_desk_s_to_say(desk, officer, ticket):
    before = await rows()

    with pytest.raises(Forbidden) as refusal:
        await edit(desk, officer, Edit(ticket.id, 1, reported_agency_code="dinas-pupr"))

    assert refusal.value.path == ("reportedAgencyCode",)
    assert await rows() == before


async def test_an_edit_that_names_the_coordinator_s_agency_makes_the_ticket_supervisory(desk, coordinator, ticket):
    done = await edit(desk, coordinator, Edit(ticket.id, 1, reported_agency_code="diskominfo"))

    assert (await Ticket.get(id=ticket.id)).supervisory is True
    assert (await event_of(done)).changed == ["handlingClass", "reportedAgency", "supervisory"]


@pytest.mark.parametrize(
    ("order", "code", "path"),
    [
        ({"title": " "}, "EMPTY", ("title",)),
        ({"title": "x" * 201}, "TOO_LONG", ("title",)),
        ({"body": "x" * 10_001}, "TOO_LONG", ("body",)),
        ({"body": "a\x00"}, "UNWRITABLE", ("body",)),
        ({"category_code": "no-such"}, "UNKNOWN_CATEGORY", ("categoryCode",)),
        ({"reported_agency_code": "no-such"}, "UNKNOWN_AGENCY", ("reportedAgencyCode",)),
        ({"place": Place("35.71.01.9999")}, "UNKNOWN_KELURAHAN", ("location", "kelurahanCode")),
        ({"place": Place(latitude=91.0, longitude=0.0)}, "OUT_OF_RANGE", ("location", "latitude")),
    ],
)
async def test_bad_input_of_an_edit_changes_nothing(desk, coordinator, ticket, order, code, path):
    before = await rows()

    with pytest.raises(InvalidInput) as refusal:
        await edit(desk, coordinator, Edit(ticket.id, 1, **order))

    assert (refusal.value.code, refusal.value.path) == (code, path)
    assert await rows() == before


async def test_an_address_that_gives_way_is_kept_and_the_new_one_bound(desk, coordinator):
    ticket = await make_ticket(address="Jalan Lama 1", latitude=-7.5, longitude=112.0)

    await edit(desk, coordinator, Edit(ticket.id, 1, place=Place(address="Jalan Baru 2")))

    kept, event = await TicketText.get(), await Event.get(kind=EventKind.FIELD_CHANGED)
    assert (kept.kind, kept.body) == ("PLACE", '["Jalan Lama 1",-7.5,112.0]')
    assert event.details["texts"] == [
        {"kind": "PLACE", "id": kept.id, "digest": desk.keys.text_digest(kept.body).hex()}
    ]
    new = '["Jalan Baru 2",-7.5,112.0]'
    assert event.words == {"location": desk.keys.word_digest(ticket.id, "location", new)}


async def test_the_first_address_of_a_ticket_takes_no_place_of_another(desk, coordinator):
    ticket = await make_ticket()

    await edit(desk, coordinator, Edit(ticket.id, 1, place=Place(address="Jalan Baru 2")))

    assert await TicketText.all().count() == 0
