"""Open311 service requests become tickets; what a file holds is computed here a second time, from its JSON alone."""

from __future__ import annotations

import asyncio
import io
import json
from collections import Counter
from datetime import datetime, timedelta

import pytest

from models import Agency, Category, Event, ExternalLink, LogHead, Ticket, TicketCounter, TicketText
from models.enums import ActorKind, AgencyKind, Channel, EventKind, TicketStatus
from realtime import log
from services.access.states import ticket_state
from services.intake.open311.importer import import_open311
from services.master_data.cities import load_city
from services.master_data.seed import seed
from tests.root import ROOT

FILE = ROOT / "tests" / "data" / "open311-chicago-2014.json"
KEDIRI = ROOT / "cities" / "kediri"
RAW = json.loads(FILE.read_text())
RECORD = {
    "service_request_id": "1",
    "status": "open",
    "service_name": "Pothole",
    "service_code": "p1",
    "requested_datetime": "2026-02-01T08:00:00+07:00",
}


async def bring(desk, *records, **options):
    """Import records as if they stood in a file."""
    return await import_open311(desk, io.BytesIO(json.dumps(records).encode()), **options)


async def bring_file(desk, **options):
    with FILE.open("rb") as file:
        return await import_open311(desk, file, **options)


def record(**changes):
    return RECORD | changes


async def test_all_25_records_with_139_notes_arrive(desk):
    report = await bring_file(desk)

    assert (report.read, report.imported, report.notes, report.existing) == (25, 25, 139, 0)
    assert (report.complete, report.bad, report.broken) == (True, [], None)
    assert report.bytes_read == FILE.stat().st_size
    assert await Ticket.all().count() == len(RAW) == 25
    assert await Event.filter(kind=EventKind.IMPORTED).count() == 25
    assert await Event.filter(kind=EventKind.IMPORTED_NOTE).count() == sum(len(each["notes"]) for each in RAW) == 139


async def test_running_servers_hear_of_records_that_come_in_after_a_new_epoch_began(desk):
    epoch = (await LogHead.get()).epoch
    desk.bell.follow("the one when this command was begun")

    await bring(desk, record(), record(service_request_id="2"))

    assert (desk.bell.epoch, (await desk.bell.high_water_mark()).seq) == (epoch, await Event.all().count())


def named(desk, raw):
    """What is kept of a record's id."""
    return desk.keys.external_digest(raw["service_request_id"])


async def test_every_record_keeps_its_words_place_and_times(desk):
    await bring_file(desk)

    for raw in RAW:
        link = await ExternalLink.get(external_id=named(desk, raw)).select_related("ticket")
        ticket = link.ticket
        assert (link.system, link.raw_status, link.data["channel"]) == (
            "open311",
            raw["status"],
            raw["extended_attributes"]["channel"],
        )
        assert (ticket.title, ticket.body) == (raw["service_name"], raw["status_notes"])
        assert (ticket.address, ticket.latitude, ticket.longitude) == (raw["address"], raw["lat"], raw["long"])
        assert ticket.received_at == datetime.fromisoformat(raw["requested_datetime"])
        assert ticket.updated_at == datetime.fromisoformat(raw["updated_datetime"])
        assert ticket.media == ([{"url": raw["media_url"]}] if "media_url" in raw else [])
        assert (ticket.channel, ticket.status) == (Channel.OPEN311, TicketStatus.RESOLVED)
        assert (ticket.kelurahan_id, ticket.classification, ticket.anonymous, ticket.confidential) == (
            None,
            None,
            None,
            False,
        )
        assert ticket.external_keys == [f"open311|{named(desk, raw)}"]


async def test_every_note_stands_in_the_timeline_at_its_own_time(desk):
    await bring_file(desk)

    for raw in RAW:
        link = await ExternalLink.get(external_id=named(desk, raw))
        notes = await Event.filter(ticket_id=link.ticket_id, kind=EventKind.IMPORTED_NOTE).order_by("at", "seq")
        texts = {text.id: text.body for text in await TicketText.filter(ticket_id=link.ticket_id)}
        expected = sorted(raw["notes"], key=lambda note: datetime.fromisoformat(note["datetime"]))
        assert [note.at for note in notes] == [datetime.fromisoformat(each["datetime"]) for each in expected]
        assert [texts[note.text_id] for note in notes] == [
            "\n".join(dict.fromkeys([each["summary"], each.get("description", each["summary"])])) for each in expected
        ]
        kinds = [note.details["texts"][0] for note in notes]
        assert [texts[kind["id"]] for kind in kinds] == [each["type"] for each in expected]
        assert [kind["digest"] for kind in kinds] == [desk.keys.text_digest(each["type"]).hex() for each in expected]
        assert [note.details.keys() for note in notes] == [{"texts"}] * len(notes)
        assert {bytes(note.text_digest) for note in notes} == {desk.keys.text_digest(texts[n.text_id]) for n in notes}


async def test_agencies_that_nobody_knows_become_external(desk):
    await seed(None, load_city(KEDIRI), desk.now())
    await bring_file(desk)

    names = Counter(raw["agency_responsible"] for raw in RAW)
    found = await Agency.filter(kind=AgencyKind.EXTERNAL, name__in=list(names))
    assert {agency.name: await Ticket.filter(lead_agency_id=agency.id).count() for agency in found} == names
    assert {agency.code for agency in found} == {
        "EXT-DOB-CONSERVATION",
        "EXT-DIM-PUBLIC-WAY-MANAGEMENT-CDOT",
        "EXT-DIVISION-OF-ELECTRICAL-OPERATIONS-CDOT",
        "EXT-DIVISION-OF-IN-HOUSE-CONSTRUCTION-CDOT",
    }


async def test_categories_are_filed_under_open311(desk):
    await bring_file(desk)

    names = Counter(raw["service_name"] for raw in RAW)
    found = await Category.filter(parent__code="OPEN311")
    assert {category.name: await Ticket.filter(category_id=category.id).count() for category in found} == names
    assert {category.code for category in found} == {f"OPEN311.{raw['service_code'].upper()}" for raw in RAW}


async def test_the_desk_s_own_agencies_and_categories_are_used(desk):
    await seed(None, load_city(KEDIRI), desk.now())

    await bring(
        desk,
        record(service_request_id="1", agency_responsible="dinas perhubungan", service_name="Lampu penerangan jalan"),
        record(service_request_id="2", agency_responsible="DISHUB", service_code="PERHUBUNGAN.PJU"),
    )

    dishub, pju = await Agency.get(code="DISHUB"), await Category.get(code="PERHUBUNGAN.PJU")
    assert await Ticket.all().values_list("lead_agency_id", "category_id") == [(dishub.id, pju.id)] * 2


async def test_one_event_per_ticket_is_news_and_its_state_is_the_row(desk, database):
    await bring_file(desk)

    logged, _ = await log.read_after(database, 0, 1_000)
    news = [event for event in logged if event.kind is EventKind.IMPORTED]
    tickets = {ticket.id: ticket for ticket in await Ticket.all()}
    assert [event.ticket_id for event in news] == sorted(tickets)
    for event in news:
        assert (event.before, event.at, event.actor_kind) == (None, desk.now(), ActorKind.IMPORT)
        assert event.after == ticket_state(tickets[event.ticket_id])
    for note in (event for event in logged if event.kind is EventKind.IMPORTED_NOTE):
        assert note.before == note.after == ticket_state(tickets[note.ticket_id])
        assert note.changed == ()
    assert [event.seq for event in logged] == list(range(1, len(logged) + 1))


async def test_numbers_follow_the_order_of_the_file(desk):
    await bring_file(desk)

    links = await ExternalLink.all().order_by("id").select_related("ticket")
    assert [link.external_id for link in links] == [named(desk, raw) for raw in RAW]
    assert [link.ticket.number for link in links] == [f"KDR-2014-{place:06}" for place in range(1, 26)]


async def test_a_second_run_makes_nothing_and_says_so(desk):
    await bring_file(desk)
    before = await Event.all().count()

    again = await bring_file(desk)

    assert (again.read, again.imported, again.notes, again.existing, again.complete) == (25, 0, 0, 25, True)
    assert (await Ticket.all().count(), await Event.all().count()) == (25, before)
    assert await TicketCounter.all().values_list("issued", flat=True) == [25]


async def test_two_runs_at_the_same_moment_make_each_record_once(desk):
    one, two = await asyncio.gather(bring_file(desk), bring_file(desk))

    assert one.imported + two.imported == 25
    assert one.existing + two.existing == 25
    assert await Ticket.all().count() == 25
    assert await Event.filter(kind=EventKind.IMPORTED_NOTE).count() == 139


async def test_a_record_that_stands_twice_in_a_file_comes_in_once(desk):
    report = await bring(desk, record(), record(description="other words"))

    assert (report.imported, report.existing) == (1, 1)
    assert await Ticket.all().values_list("body", flat=True) == ["Pothole"]


async def test_two_cities_may_use_the_same_id(desk):
    await bring(desk, record(), source="chicago")
    report = await bring(desk, record(), source="boston")

    assert report.imported == 1
    assert await ExternalLink.all().order_by("id").values_list("system", flat=True) == [
        "open311:chicago",
        "open311:boston",
    ]


@pytest.mark.parametrize(
    ("changes", "body"),
    [
        ({"description": "Deep hole", "status_notes": "Assigned"}, "Deep hole"),
        ({"description": " ", "status_notes": "Assigned"}, "Assigned"),
        ({"description": None, "status_notes": None}, "Pothole"),
    ],
)
async def test_the_body_is_the_description_else_the_status_notes_else_the_title(desk, changes, body):
    await bring(desk, record(**changes))

    assert await Ticket.all().values_list("title", "body", "status") == [("Pothole", body, TicketStatus.RECEIVED)]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"service_request_id": None}, "service_request_id is missing"),
        ({"service_request_id": "x" * 201}, "service_request_id is longer than 200 characters"),
        ({"status": "pending"}, "status 'pending' is neither open nor closed"),
        ({"requested_datetime": None}, "requested_datetime is missing"),
        ({"requested_datetime": "yesterday"}, "requested_datetime 'yesterday' is not a time"),
        (
            {"requested_datetime": "2026-02-01T08:00:00"},
            "requested_datetime '2026-02-01T08:00:00' has no offset from UTC",
        ),
        (
            {"requested_datetime": "2027-01-01T00:00:00Z"},
            "requested_datetime '2027-01-01T00:00:00Z' lies in the future",
        ),
        ({"lat": "north", "long": 1}, "lat is not a number"),
        ({"lat": 91, "long": 1}, "lat is not within 90 degrees"),
        ({"description": "x" * 10_001}, "description is longer than 10000 characters"),
        ({"description": "a\0b"}, "description holds a NUL character"),
        ({"service_name": {"id": 1}}, "service_name is not a text"),
        ({"notes": {}}, "notes is not a list"),
        ({"notes": [{"summary": "x"}]}, "note 1: datetime is missing"),
        ({"notes": ["x"]}, "note 1: it is not a JSON object"),
    ],
)
async def test_a_bad_record_is_named_while_the_rest_goes_in(desk, changes, reason):
    report = await bring(desk, record(service_request_id="a"), record(**changes), record(service_request_id="c"))

    assert (report.imported, report.refused, report.complete) == (2, 1, False)
    assert [(bad.position, bad.reason) for bad in report.bad] == [(2, reason)]
    names = [desk.keys.external_digest(name) for name in ("a", "c")]
    assert await ExternalLink.all().order_by("id").values_list("external_id", flat=True) == names


async def test_a_record_that_is_no_object_is_named_by_its_place(desk):
    report = await bring(desk, record(), 7)

    assert [str(bad) for bad in report.bad] == ["record 2: is not a JSON object"]


async def test_a_link_that_a_browser_would_run_is_left_out(desk):
    await bring(desk, record(media_url=["javascript:alert(1)", "https://example.org/a.png"]))

    assert await Ticket.all().values_list("media", flat=True) == [[{"url": "https://example.org/a.png"}]]


async def test_answers_and_names_of_callers_are_not_kept(desk):
    await bring(desk, record(attributes={"PHONE": "555"}, first_name="A", phone="555", email="a@example.org"))

    assert set((await ExternalLink.get()).data) == {"service_code", "service_name", "requested_datetime"}


@pytest.mark.parametrize("kept", [3, 14])
async def test_a_half_written_file_brings_what_stands_before_the_break(desk, kept):
    whole = [json.dumps(each) for each in RAW]
    content = "[" + ",".join(whole[:kept]) + "," + whole[kept][:200]

    report = await import_open311(desk, io.BytesIO(content.encode()))

    assert (report.imported, report.complete) == (kept, False)
    place = f"line 1, column {len('[' + ','.join(whole[:kept]) + ',') + 1}"
    assert report.broken == (
        f"The file breaks after record {kept} at {place}: a quote or a bracket is missing, or it ends too early."
    )
    assert await Ticket.all().count() == kept


async def test_the_rest_of_a_half_written_file_comes_in_with_the_whole_one(desk):
    whole = FILE.read_bytes()

    half = await import_open311(desk, io.BytesIO(whole[: len(whole) // 2]))
    rest = await import_open311(desk, io.BytesIO(whole))

    assert half.broken is not None
    assert 0 < half.imported < 25
    assert (rest.imported, rest.existing, rest.complete) == (25 - half.imported, half.imported, True)
    assert half.notes + rest.notes == 139


@pytest.mark.parametrize(
    ("content", "broken"),
    [
        (b"", "The file must hold one JSON array of service requests."),
        (b"hello", "The file must hold one JSON array of service requests."),
        (b'{"service_requests": []}', "The file must hold one JSON array of service requests."),
        (b"[ ", "The file breaks after record 0 at line 1, column 3: it ends too early."),
        (
            b"[" * 200_000,
            "The file breaks after record 0 at line 1, column 2: "
            "a quote or a bracket is missing, or it ends too early.",
        ),
    ],
)
async def test_a_file_that_is_no_list_of_records_gives_one_clear_line(desk, content, broken):
    report = await import_open311(desk, io.BytesIO(content))

    assert (report.read, report.broken) == (0, broken)
    assert await Event.all().count() == 0


GOOD = [json.dumps(record(service_request_id=name)) for name in ("1", "2", "3")]
BETWEEN = {  # what stands where the second of three records should, and the column at which it breaks
    "{'a': 1}": 2,
    '{"a": oops}': 7,
    '{"a": "x}': 7,
    '{"a": {"b": 1}': 15,
    '{"a": [1}': 9,
    '{"a": "\xff"}': 8,
    '{"a": NaN}': 1,
    '{"a": ' + "[" * 40 + "]" * 40 + "}": 1,
    "oops": 1,
}


@pytest.mark.parametrize("broken", BETWEEN)
async def test_a_record_that_is_no_json_keeps_out_nothing_but_itself(desk, broken):
    content = f"[\n{GOOD[0]},\n{broken},\n{GOOD[2]}\n]".encode("latin-1")

    report = await import_open311(desk, io.BytesIO(content))

    assert (report.read, report.imported, report.refused, report.broken) == (3, 2, 1, None)
    assert str(report.bad[0]).startswith(f"record 2: it can not be read at line 3, column {BETWEEN[broken]}: ")


async def test_so_does_one_on_the_line_of_the_others(desk):
    content = f'[{GOOD[0]},{{"a": oops}},{GOOD[1]}{GOOD[2]},]'

    report = await import_open311(desk, io.BytesIO(content.encode()))

    assert (report.read, report.imported, report.refused, report.broken) == (4, 3, 1, None)


async def test_where_no_next_record_can_be_found_the_break_is_named(desk):
    content = f'[{GOOD[0]},{{"a": "x}},{GOOD[1]},{GOOD[2]}]'

    report = await import_open311(desk, io.BytesIO(content.encode()))

    assert (report.read, report.imported, report.complete) == (1, 1, False)
    assert report.broken.startswith(f"The file breaks after record 1 at line 1, column {len(GOOD[0]) + 3}: ")


async def test_what_stands_behind_the_array_is_named(desk):
    report = await import_open311(desk, io.BytesIO(f"[{GOOD[0]}], {GOOD[1]}".encode()))

    assert (report.imported, report.complete) == (1, False)
    assert report.broken == f"The file goes on behind its array at line 1, column {len(GOOD[0]) + 3}."


async def test_an_empty_list_and_a_byte_order_mark_are_fine(desk):
    empty = await import_open311(desk, io.BytesIO(b"[]"))
    marked = await import_open311(desk, io.BytesIO(b"\xef\xbb\xbf" + json.dumps([record()]).encode()))

    assert (empty.read, empty.complete, marked.imported, marked.complete) == (0, True, 1, True)


@pytest.mark.slow
async def test_progress_is_told_batch_by_batch(desk):
    seen = []
    records = [record(service_request_id=str(place)) for place in range(250)]

    await bring(desk, *records, progress=lambda report: seen.append((report.read, report.imported)))

    assert seen == [(100, 100), (200, 200), (250, 250)]


async def test_an_update_before_the_request_never_makes_the_ticket_older(desk):
    await bring(desk, record(updated_datetime="2026-01-01T08:00:00+07:00"))

    ticket = await Ticket.get()
    assert ticket.updated_at == ticket.received_at == datetime.fromisoformat(RECORD["requested_datetime"])
    assert ticket.created_at - ticket.received_at > timedelta(days=28)
