"""Links to SP4N-LAPOR!: typed, corrected, removed, heard of; one id belongs to one ticket, whoever enters it."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from models import (
    AuditEntry,
    Event,
    Extension,
    ExternalLink,
    Sp4nLink,
    Sp4nSaid,
    Sp4nTerm,
    Ticket,
    TicketClock,
    TicketText,
)
from models.enums import (
    AuditKind,
    Channel,
    ClockKind,
    DeadlineUnit,
    EventKind,
    ExtensionState,
    LinkDirection,
    Role,
    Sp4nStatus,
    TicketStatus,
    Visibility,
)
from services.access.filters.filters import TicketFilter
from services.access.filters.worklists import Worklist
from services.audit.words import WordVerification
from services.clocks.passing import pass_clocks
from services.core.refusals import EdgeRefusal, Forbidden, IdempotencyConflict, InvalidInput, NotFound, VersionConflict
from services.intake.forms import Sp4nForm, Submission
from services.intake.submissions import submit
from services.queries.lists.lists import ticket_page
from services.queries.lists.orders import TicketOrder
from services.queries.tickets import worklist_counts
from services.reporters.erasure import Erasure, erase
from services.sp4n import sharing
from services.sp4n.links import LinkTicket, UnlinkTicket, link, unlink
from services.sp4n.sharing import share_ids
from services.sp4n.statuses import SaidStatus, record_status
from services.sp4n.views import links, mismatch
from services.tickets.case import locked_case
from tests.factories import latest, make_agency, make_client_scope, make_scope, make_ticket
from tests.services.clocks.rules import give_policy

S = TicketStatus
MONDAY = datetime(2026, 2, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
async def coordinator(desk):
    for word, status in (("proses", "IN_PROGRESS"), ("selesai", "RESOLVED"), ("belum diproses", "UNPROCESSED")):
        await Sp4nTerm.create(word=word, status=status)
    return await make_scope(Role.COORDINATOR, await make_agency("diskominfo"))


def form(tracking_id="#7654321", **more):
    given = {"title": "Lampu", "body": "Lampu mati.", "channel": Channel.SP4N_LAPOR}
    sp4n = None if tracking_id is None else Sp4nForm(tracking_id, more.pop("created_at", None))
    return Submission(**given, sp4n=sp4n, **more)


def linking(ticket, tracking_id="7654321", **more):
    return LinkTicket(ticket.id, more.pop("version", ticket.version), tracking_id, LinkDirection.INBOUND, **more)


async def linked(desk, coordinator, status=S.RECEIVED, **more):
    ticket = await make_ticket(status)
    await link(desk, coordinator, linking(ticket, **more))
    return await Ticket.get(id=ticket.id)


async def everything():
    """All that a refusal must leave as it was."""
    models = (Ticket, TicketText, ExternalLink, Sp4nLink, Sp4nSaid)
    return [await model.all().order_by(model._meta.pk_attr).values() for model in models], await Event.all().count()


async def found_wrong(desk):
    return [str(each) async for each in WordVerification(desk.keys).findings()]


async def numbers(desk, scope, **wanted):
    page = await ticket_page(desk, scope, TicketFilter(**wanted), TicketOrder.OLDEST_FIRST, 10, None)
    return [each.pk for each in page.tickets]


async def test_a_link_is_kept_found_audited_and_told_between_agencies(desk, coordinator):
    ticket = await linked(desk, coordinator, tracking_id=" # 7654321 ", created_at=MONDAY)

    event = await latest(Event.filter(ticket_id=ticket.id))
    assert (event.kind, event.visibility, event.version, ticket.version) == (
        EventKind.LINK_CHANGED,
        Visibility.INTER_AGENCY,
        2,
        2,
    )
    assert (event.changed, event.details["nationalSince"]) == (["sp4n", "timeline"], "2026-02-23T02:00:00+00:00")
    assert "7654321" not in str(event.details) + str(event.after)
    row, said = (await links([ticket.id]))[ticket.id]
    assert (row["tracking_id"], row["direction"], row["since"], said) == ("7654321", "INBOUND", MONDAY, [])
    assert await numbers(desk, coordinator, sp4n_tracking_id="#7654321") == [ticket.id]
    assert await numbers(desk, coordinator, sp4n_tracking_id="7654322") == []
    assert await AuditEntry.filter(kind=AuditKind.LINK_CHANGED, subject=f"ticket:{ticket.id}").count() == 1
    assert await found_wrong(desk) == []


async def test_a_correction_replaces_the_id_and_what_it_was_stays_beside_the_log(desk, coordinator):
    ticket = await linked(desk, coordinator, created_at=MONDAY)

    await link(desk, coordinator, linking(ticket, "7654322"))

    assert (await links([ticket.id]))[ticket.id][0]["tracking_id"] == "7654322"
    assert await numbers(desk, coordinator, sp4n_tracking_id="7654321") == []
    assert await TicketText.filter(kind="TRACKING_ID").order_by("id").values_list("body", flat=True) == [
        "7654321",
        "7654322",
    ]
    assert (await latest(Event.filter(ticket_id=ticket.id))).details["nationalSince"] is None
    assert await found_wrong(desk) == []
    again = await Ticket.get(id=ticket.id)
    with pytest.raises(InvalidInput, match="NOTHING_CHANGES"):
        await link(desk, coordinator, linking(again, "#7654322"))
    with pytest.raises(VersionConflict):
        await link(desk, coordinator, linking(ticket, "7654323"))
    await link(desk, coordinator, linking(again, "7654323"))
    outwards = replace(linking(again, "7654323"), expected_version=4, direction=LinkDirection.OUTBOUND)
    done = await link(desk, coordinator, outwards)
    row, _ = (await links([ticket.id]))[ticket.id]
    assert (row["tracking_id"], row["direction"], done.ticket.version) == ("7654323", "OUTBOUND", 5)


async def test_the_national_clock_counts_from_the_link_and_goes_with_it(desk, coordinator):
    await give_policy(ClockKind.NATIONAL, 60, DeadlineUnit.DAYS)
    seen = []
    ticket = await make_ticket()
    for moment in (MONDAY, MONDAY + timedelta(days=1), None):
        row = await Ticket.get(id=ticket.id)
        await link(desk, coordinator, linking(row, created_at=moment))
        seen.append(await national(ticket))
    row = await Ticket.get(id=ticket.id)
    await link(desk, coordinator, linking(row, created_at=MONDAY))
    await unlink(desk, coordinator, UnlinkTicket(ticket.id, row.version + 1, "Salah."))
    seen.append(await national(ticket))

    done = await submit(desk, coordinator, form(created_at=MONDAY))

    due = datetime(2026, 4, 24, 17, 0, tzinfo=UTC)
    assert seen == [(MONDAY, due), (MONDAY + timedelta(days=1), due + timedelta(days=1)), None, None]
    assert await national(done.ticket) == (MONDAY, due)


async def test_a_request_for_the_national_clock_lapses_with_it(desk, clock, coordinator):
    await give_policy(ClockKind.NATIONAL, 60, DeadlineUnit.DAYS)
    ticket = await linked(desk, coordinator, created_at=MONDAY)
    _, ends = await national(ticket)
    await Ticket.filter(id=ticket.id).update(extension_askers=[coordinator.officer_id])
    values = {"amount": 7, "unit": DeadlineUnit.DAYS, "state": ExtensionState.WAITING, "requested_at": MONDAY}
    await Extension.create(ticket=ticket, clock=ClockKind.NATIONAL, requested_by_id=coordinator.officer_id, **values)
    clock.set(ends)

    await pass_clocks(desk)

    assert (await Extension.get()).state is ExtensionState.LAPSED
    assert (await Ticket.get(id=ticket.id)).extension_askers == []


async def national(ticket):
    row = await TicketClock.get_or_none(ticket_id=ticket.id, clock=ClockKind.NATIONAL)
    return row and (row.started_at, row.due_at)


async def test_an_unlinked_report_is_free_again_and_its_id_too(desk, coordinator):
    ticket, other = await linked(desk, coordinator), await make_ticket()
    await record_status(desk, coordinator, SaidStatus(ticket.id, "Proses"))

    with pytest.raises(VersionConflict):
        await unlink(desk, coordinator, UnlinkTicket(ticket.id, ticket.version - 1, "Salah nomor."))
    await unlink(desk, coordinator, UnlinkTicket(ticket.id, ticket.version, "Salah nomor."))

    row = await Ticket.get(id=ticket.id)
    assert (await links([ticket.id]), row.external_keys, row.sp4n_status) == ({}, [], None)
    assert (row.version, await Sp4nSaid.all().count()) == (ticket.version + 1, 0)
    event = await latest(Event.filter(ticket_id=ticket.id))
    assert (event.details["linked"], event.details["nationalSince"]) == (False, None)
    await link(desk, coordinator, linking(other))
    assert await found_wrong(desk) == []
    with pytest.raises(InvalidInput, match="SP4N_NOT_LINKED"):
        await unlink(desk, coordinator, UnlinkTicket(ticket.id, row.version, "Lagi."))


@pytest.mark.parametrize("typed", ["", "#", "12a", "1" * 40, "##1", "1 2", "-1"])
async def test_what_is_no_id_is_refused_and_changes_nothing(desk, coordinator, typed):
    ticket = await make_ticket()
    before = await everything()

    with pytest.raises(InvalidInput, match="BAD_SP4N_ID") as refused:
        await link(desk, coordinator, linking(ticket, typed))
    with pytest.raises(InvalidInput):
        await submit(desk, coordinator, form(typed))
    with pytest.raises(EdgeRefusal, match="BAD_SP4N_ID"):
        await numbers(desk, coordinator, sp4n_tracking_id=typed)

    assert refused.value.path == ("trackingId",)
    assert await everything() == before


async def test_the_id_of_another_ticket_is_a_conflict_by_whoever_and_wherever(desk, coordinator):
    await linked(desk, coordinator)
    ticket, other = await make_ticket(), await make_scope(Role.OFFICER)
    before = await everything()

    for attempt, path in (
        (link(desk, coordinator, linking(ticket, "#7654321")), ("trackingId",)),
        (submit(desk, other, form()), ("sp4n", "trackingId")),
        (submit(desk, other, form(None, external_id="#7654321")), ("externalId",)),
    ):
        with pytest.raises(IdempotencyConflict) as refused:
            await attempt
        assert (refused.value.code, refused.value.path) == ("SP4N_TAKEN", path)

    assert await everything() == before


async def test_two_who_enter_one_report_at_once_make_one_ticket(desk, coordinator):
    other = await make_scope(Role.OFFICER)

    results = await asyncio.gather(
        submit(desk, coordinator, form()), submit(desk, other, form("7654321")), return_exceptions=True
    )

    assert sorted(type(each).__name__ for each in results) == ["Done", "IdempotencyConflict"]
    assert await Ticket.all().count() == 1


async def test_a_report_comes_with_its_link_and_a_replay_by_its_key_gives_it_again(desk, coordinator):
    done = await submit(desk, coordinator, form(created_at=MONDAY, idempotency_key="a"))
    again = await submit(desk, coordinator, form("7654321", created_at=MONDAY, idempotency_key="a"))

    row, _ = (await links([done.ticket.id]))[done.ticket.id]
    assert (row["tracking_id"], row["since"], again.ticket.id) == ("7654321", MONDAY, done.ticket.id)
    event = await Event.get(ticket_id=done.ticket.id)
    assert event.details["nationalSince"] == "2026-02-23T02:00:00+00:00"
    assert await numbers(desk, coordinator, sp4n_tracking_id="7654321") == [done.ticket.id]
    assert await found_wrong(desk) == []


async def test_the_name_that_a_report_of_the_channel_has_there_is_its_link(desk, coordinator):
    partner = await make_client_scope()

    made = [
        await submit(desk, scope, form(None, external_id=name, confidential=False))
        for scope, name in ((coordinator, "#7654321"), (partner, "0007654322"), (coordinator, "LPR-22"))
    ]

    found = await links([each.ticket.id for each in made])
    assert {key: row["tracking_id"] for key, (row, _) in found.items()} == {
        made[0].ticket.id: "7654321",
        made[1].ticket.id: "7654322",
    }
    assert await numbers(desk, coordinator, sp4n_tracking_id="7654322") == [made[1].ticket.id]
    assert await numbers(desk, partner, external_id="0007654322") == [made[1].ticket.id]
    corrected = await link(desk, coordinator, linking(made[1].ticket, "7654323"))
    assert (await links([corrected.ticket.id]))[corrected.ticket.id][0]["tracking_id"] == "7654323"
    assert await found_wrong(desk) == []


async def test_partners_and_officers_enter_one_report_once(desk, coordinator):
    partner, other = await make_client_scope(), await make_client_scope()
    first = await submit(desk, partner, form(None, external_id="7654321"))
    await submit(desk, coordinator, form("7654322"))
    before = await everything()

    again = await submit(desk, partner, form(None, external_id="7654321"))
    for attempt in (
        submit(desk, coordinator, form()),
        submit(desk, coordinator, form(None, external_id="#7654321")),
        submit(desk, other, form(None, external_id="#07654321")),
        submit(desk, partner, form(None, external_id="7654322")),
    ):
        with pytest.raises(IdempotencyConflict, match="SP4N_TAKEN"):
            await attempt

    assert (again.replay, again.ticket.id) == (True, first.ticket.id)
    assert await everything() == before


async def test_a_partner_and_an_officer_who_enter_one_report_at_once_make_one_ticket(desk, coordinator):
    partner = await make_client_scope()

    results = await asyncio.gather(
        submit(desk, coordinator, form()), submit(desk, partner, form(None, external_id="7654321")),
        return_exceptions=True,
    )  # fmt: skip

    assert sorted(type(each).__name__ for each in results) == ["Done", "IdempotencyConflict"]
    assert await Ticket.all().count() == 1


async def test_a_link_comes_from_officers_by_its_own_channel_and_from_the_past(desk, coordinator):
    before = await everything()
    for given, path in (
        (Submission("Lampu", "Lampu mati.", Channel.PHONE, sp4n=Sp4nForm("1")), ("sp4n",)),
        (form(created_at=desk.now() + timedelta(hours=1)), ("sp4n", "createdAt")),
        (form(external_id="8"), ("externalId",)),
    ):
        with pytest.raises(InvalidInput) as refused:
            await submit(desk, coordinator, given)
        assert refused.value.path == path
    ticket = await make_ticket()
    with pytest.raises(InvalidInput, match="IN_THE_FUTURE"):
        await link(desk, coordinator, linking(ticket, created_at=desk.now() + timedelta(hours=1)))
    assert (await everything())[0][2:] == before[0][2:]


async def test_what_is_said_is_kept_word_for_word_and_understood_by_the_city_s_list(desk, clock, coordinator):
    ticket = await linked(desk, coordinator)
    for raw in ("Belum  DIPROSES", "Menunggu Bupati?", "proses"):
        clock.forward(hours=1)
        await record_status(desk, coordinator, SaidStatus(ticket.id, raw))

    said = (await links([ticket.id]))[ticket.id][1]
    assert [(each["raw"], each["status"], each["recorded_by_id"]) for each in said] == [
        ("proses", "IN_PROGRESS", coordinator.officer_id),
        ("Menunggu Bupati?", "UNKNOWN", coordinator.officer_id),
        ("Belum  DIPROSES", "UNPROCESSED", coordinator.officer_id),
    ]
    after = await Ticket.get(id=ticket.id)
    assert (after.version, after.sp4n_status) == (ticket.version, "IN_PROGRESS")
    event = await latest(Event.filter(ticket_id=ticket.id))
    assert (event.details["sp4n"], event.visibility) == ("IN_PROGRESS", Visibility.INTER_AGENCY)
    assert await found_wrong(desk) == []


async def test_no_more_than_fifty_are_shown_the_newest_first(desk, clock, coordinator):
    ticket = await linked(desk, coordinator)
    for number in range(52):
        clock.forward(minutes=1)
        await record_status(desk, coordinator, SaidStatus(ticket.id, f"Langkah {number}"))

    said = (await links([ticket.id]))[ticket.id][1]

    assert [each["raw"] for each in said] == [f"Langkah {number}" for number in range(51, 1, -1)]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"at": timedelta(hours=-2)}, ("at",)),
        ({"at": timedelta(hours=1)}, ("at",)),
        ({"raw_status": " "}, ("rawStatus",)),
        ({"raw_status": "a\x00b"}, ("rawStatus",)),
        ({"raw_status": "a\nb"}, ("rawStatus",)),
        ({"raw_status": "a" * 201}, ("rawStatus",)),
    ],
)
async def test_history_out_of_order_or_to_come_is_refused(desk, clock, coordinator, given, path):
    ticket = await linked(desk, coordinator)
    for word in ("Belum diproses", "Proses"):  # of one moment, the last that was noted stands there
        await record_status(desk, coordinator, SaidStatus(ticket.id, word, desk.now() - timedelta(hours=1)))
    assert (await Ticket.get(id=ticket.id)).sp4n_status == "IN_PROGRESS"
    before = await everything()
    given = {**given, **({"at": desk.now() + given["at"]} if "at" in given else {})}

    with pytest.raises(InvalidInput) as refused:
        await record_status(desk, coordinator, SaidStatus(**{"ticket_id": ticket.id, "raw_status": "Proses", **given}))

    assert refused.value.path == path
    assert await everything() == before


async def test_a_clock_that_is_slightly_ahead_says_nothing_of_what_is_to_come(desk, clock, coordinator):
    ticket = await linked(desk, coordinator)
    await record_status(desk, coordinator, SaidStatus(ticket.id, "Proses", desk.now() + desk.rules.clock_tolerance))

    await record_status(desk, coordinator, SaidStatus(ticket.id, "Selesai"))

    assert await Sp4nSaid.all().order_by("id").values_list("at", flat=True) == [desk.now()] * 2


async def test_who_differs_is_found_and_counted(desk, coordinator):
    async def said(status, raw, tracking_id):
        ticket = await linked(desk, coordinator, status, tracking_id=tracking_id)
        await record_status(desk, coordinator, SaidStatus(ticket.id, raw))
        return ticket.id

    here = await said(S.RESOLVED, "Proses", "1")
    there = await said(S.RECEIVED, "Selesai", "2")
    unknown = await said(S.RECEIVED, "?", "3")
    await said(S.RECEIVED, "Proses", "4")
    await said(S.RESOLVED, "Selesai", "5")
    await make_ticket()

    assert await numbers(desk, coordinator, sp4n_mismatch=("CLOSED_HERE_ONLY",)) == [here]
    assert await numbers(desk, coordinator, sp4n_mismatch=("CLOSED_THERE_ONLY", "UNKNOWN_STATUS")) == [there, unknown]
    assert await numbers(desk, coordinator, sp4n_mismatch=()) == []
    assert await numbers(desk, coordinator, worklist=Worklist.MISMATCHED) == [here, there, unknown]
    counts = {each.worklist: each.count for each in await worklist_counts(desk, coordinator)}
    assert counts[Worklist.MISMATCHED] == 3


@pytest.mark.parametrize(
    ("here", "there", "found"),
    [
        (S.RECEIVED, None, None),
        (S.RECEIVED, Sp4nStatus.IN_PROGRESS, None),
        (S.RESOLVED, Sp4nStatus.RESOLVED, None),
        (S.RECEIVED, Sp4nStatus.RESOLVED, "CLOSED_THERE_ONLY"),
        (S.RESOLVED, Sp4nStatus.IN_PROGRESS, "CLOSED_HERE_ONLY"),
        (S.RECEIVED, Sp4nStatus.UNKNOWN, "UNKNOWN_STATUS"),
        (S.RESOLVED, Sp4nStatus.UNKNOWN, "UNKNOWN_STATUS"),
    ],
)
def test_how_two_desks_disagree(here, there, found):
    assert mismatch(here, there) == found


async def test_who_does_not_steer_links_nothing_and_who_handles_hears(desk, coordinator):
    roads = await make_agency("pupr")
    officer, stranger = await make_scope(Role.OFFICER, roads), await make_scope(Role.OFFICER)
    leader = await make_scope(Role.LEADER)
    ticket = await make_ticket(S.IN_PROGRESS, lead=roads)
    with pytest.raises(Forbidden):
        await link(desk, officer, linking(ticket))
    with pytest.raises(NotFound):
        await link(desk, stranger, linking(ticket))
    await link(desk, coordinator, linking(ticket))
    before = await everything()
    with pytest.raises(Forbidden):
        await unlink(desk, officer, UnlinkTicket(ticket.id, 2, "Salah."))
    for scope, wrong in ((leader, Forbidden), (stranger, NotFound)):
        with pytest.raises(wrong):
            await record_status(desk, scope, SaidStatus(ticket.id, "Proses"))
    assert await everything() == before

    await record_status(desk, officer, SaidStatus(ticket.id, "Proses"))

    assert (await Ticket.get(id=ticket.id)).sp4n_status == "IN_PROGRESS"


async def test_an_erasure_takes_id_and_words(desk, coordinator):
    ticket = await make_ticket(reporter={"name": "Sekar"})
    await link(desk, coordinator, linking(ticket))
    await record_status(desk, coordinator, SaidStatus(ticket.id, "Proses"))

    await erase(desk, coordinator, Erasure(ticket.id, 2, "REPORTER_REQUEST"))

    assert await links([ticket.id]) == {}
    assert await numbers(desk, coordinator, sp4n_tracking_id="7654321") == []
    assert await found_wrong(desk) == []
    with pytest.raises(IdempotencyConflict, match="SP4N_TAKEN"):  # who sends it again is known
        await link(desk, coordinator, linking(await make_ticket()))


async def of_officers(desk, *channels):
    """Tickets that several officers entered under the same id of another system, and the ids of their links."""
    digest, made = desk.keys.external_digest("7654321"), []
    for officer, channel in enumerate(channels, 1):
        key = f"staff:{officer}|{digest}"
        ticket = await make_ticket(channel=channel, external_keys=[key])
        row = await ExternalLink.create(
            ticket_id=ticket.id,
            system=f"staff:{officer}",
            external_id=digest,
            direction="INBOUND",
            created_at=desk.now(),
        )
        made.append((ticket.id, row.id))
    return made


async def systems():
    return await ExternalLink.all().order_by("id").values_list("system", flat=True)


async def test_a_busy_ticket_keeps_its_id_of_before_until_the_next_run(desk, coordinator, monkeypatch):
    [(busy, _), _, _] = await of_officers(desk, Channel.SP4N_LAPOR, Channel.SP4N_LAPOR, Channel.PHONE)

    def busy_case(desk, scope, ticket_id):
        if ticket_id == busy:
            raise EdgeRefusal("BUSY", "desk_busy")
        return locked_case(desk, scope, ticket_id)

    with monkeypatch.context() as held:
        held.setattr(sharing, "locked_case", busy_case)
        assert await share_ids(desk) == 1
    first = await systems()
    assert await share_ids(desk) == 1

    assert first == ["staff:1", "sp4n", "staff:3"]  # other channels have ids of their own
    assert await systems() == ["sp4n-double:1", "sp4n", "staff:3"]


async def test_ids_of_before_come_into_one_space_and_doubles_are_named(desk, coordinator):
    found = await of_officers(desk, Channel.SP4N_LAPOR, Channel.SP4N_LAPOR)
    made = [ticket_id for ticket_id, _ in found]

    assert [await share_ids(desk), await share_ids(desk)] == [2, 0]
    before = await everything()
    assert [await sharing._share(desk, *each) for each in found] == [False, False]  # another worker was faster

    assert await everything() == before
    assert await systems() == ["sp4n", "sp4n-double:2"]
    assert (await latest(Event.filter(ticket_id=made[1]))).details == {"duplicateOf": made[0]}
    assert await numbers(desk, coordinator, sp4n_tracking_id="7654321") == [made[0]]
    assert await numbers(desk, coordinator, external_id="7654321") == made
