"""Duplicates: archived with a link, both numbers alive."""

import asyncio

import pytest

from models import Event, Ticket, TicketText
from models.database import connection
from models.enums import CLOSED_STATUSES, EventKind, Role, TicketStatus
from realtime import log
from services.access.filters.filters import TicketFilter
from services.access.states import ticket_state
from services.core.refusals import Forbidden, InvalidInput, NotFound, VersionConflict
from services.feeds import decisions, feeds
from services.queries import timelines
from services.tickets.case import Done
from services.tickets.merging import Merge, merge
from tests.factories import citizen_scope, event_of, latest, make_agency, make_client_scope, make_scope, make_ticket

S = TicketStatus


@pytest.fixture
async def home(desk):
    return await make_agency("diskominfo")


@pytest.fixture
async def coordinator(home):
    return await make_scope(Role.COORDINATOR, home)


async def rows():
    """All that a refusal must leave as it was."""
    return (
        await Ticket.all().order_by("id").values(),
        await TicketText.all().order_by("id").values(),
        await Event.all().order_by("seq").values("seq"),
    )


async def test_the_duplicate_is_archived_and_points_to_the_other(desk, coordinator):
    target, duplicate = await make_ticket(), await make_ticket()
    before = await Ticket.filter(id=target.id).values()

    done = await merge(desk, coordinator, Merge(duplicate.id, 1, f" {target.number.lower()} ", "Lampu yang sama."))

    row, event = await Ticket.get(id=duplicate.id), await event_of(done)
    assert (row.status, row.merged_into_id, row.version, row.number) == (S.ARCHIVED, target.id, 2, duplicate.number)
    changed = ["continuedIn", "mergedInto", "standing", "status"]
    assert (event.kind, event.changed, event.after) == (EventKind.MERGED, changed, ticket_state(row))
    assert event.details == {"reason": "DUPLICATE", "into": target.id, "textVisibility": "INTER_AGENCY"}
    assert (await TicketText.get(id=event.text_id)).body == "Lampu yang sama."
    assert await Ticket.filter(id=target.id).values() == before


@pytest.mark.parametrize("status", sorted(CLOSED_STATUSES))
async def test_a_closed_ticket_is_no_target(desk, coordinator, status):
    target, duplicate = await make_ticket(status), await make_ticket()
    before = await rows()

    with pytest.raises(InvalidInput, match="MERGES_INTO_CLOSED") as refusal:
        await merge(desk, coordinator, Merge(duplicate.id, 1, target.number))

    assert refusal.value.path == ("intoNumber",)
    assert await rows() == before


async def test_the_ticket_that_stays_gets_an_entry(desk, coordinator):
    target, duplicate = await make_ticket(), await make_ticket()

    await merge(desk, coordinator, Merge(duplicate.id, 1, target.number))

    entry = await latest(Event.filter(ticket_id=target.id))
    assert (entry.kind, entry.version, entry.changed) == (EventKind.DUPLICATE_MERGED, 1, ["duplicates", "timeline"])
    assert entry.before == entry.after == ticket_state(await Ticket.get(id=target.id))
    assert entry.details == {"duplicate": duplicate.id, "textVisibility": "INTER_AGENCY"}


@pytest.mark.parametrize("number", ["", "KDR-2026-999999", "x\x00", "\ud800", "%", "1' OR '1'='1", "K" * 50_000])
async def test_an_unknown_target_changes_nothing(desk, coordinator, number):
    ticket = await make_ticket()
    before = await rows()

    with pytest.raises(NotFound) as refusal:
        await merge(desk, coordinator, Merge(ticket.id, 1, number))

    assert refusal.value.path == ("intoNumber",)
    assert await rows() == before


async def test_a_ticket_is_not_merged_into_itself_nor_into_a_merged_one(desk, coordinator):
    target, ticket = await make_ticket(), await make_ticket()
    merged = await make_ticket(S.ARCHIVED, merged_into_id=target.id)
    before = await rows()

    with pytest.raises(InvalidInput, match="MERGES_ITSELF"):
        await merge(desk, coordinator, Merge(ticket.id, 1, ticket.number))
    with pytest.raises(InvalidInput, match="ALREADY_MERGED"):
        await merge(desk, coordinator, Merge(ticket.id, 1, merged.number))

    assert await rows() == before


async def test_a_hidden_target_and_an_absent_one_look_alike(desk, coordinator, home, count_queries):
    hidden = await make_ticket(supervisory=True, reported_agency_id=home.id)
    ticket = await make_ticket()
    await desk.reference()  # held from now on
    before, seen = await rows(), []

    for number in (hidden.number, "KDR-2026-999999"):
        with count_queries() as statements, pytest.raises(NotFound) as refusal:
            await merge(desk, coordinator, Merge(ticket.id, 1, number))
        seen.append((statements.texts, refusal.value.code, refusal.value.path))

    assert seen[0] == seen[1]
    assert await rows() == before


async def test_a_hidden_duplicate_and_an_absent_one_look_alike(desk, coordinator, home, count_queries):
    hidden = await make_ticket(supervisory=True, reported_agency_id=home.id)
    target = await make_ticket()
    seen = []

    for ticket_id in (hidden.id, 999_999, None):
        with count_queries() as statements, pytest.raises(NotFound) as refusal:
            await merge(desk, coordinator, Merge(ticket_id, 1, target.number))
        seen.append((statements.texts, refusal.value.code, refusal.value.path))

    assert seen[0] == seen[1] == seen[2]


async def test_version_and_move_come_before_the_target(desk, coordinator):
    agency = await make_agency()
    officer = await make_scope(Role.OFFICER, agency)
    ticket = await make_ticket(S.DISPATCHED, lead=agency)
    before = await rows()

    with pytest.raises(VersionConflict):
        await merge(desk, coordinator, Merge(ticket.id, 0, "KDR-2026-999999"))
    with pytest.raises(Forbidden):
        await merge(desk, officer, Merge(ticket.id, 1, "KDR-2026-999999"))

    assert await rows() == before


async def test_two_tickets_merged_into_each_other_at_the_same_moment_make_no_ring(desk, coordinator):
    one, two = await make_ticket(), await make_ticket()

    outcomes = await asyncio.gather(
        merge(desk, coordinator, Merge(one.id, 1, two.number)),
        merge(desk, coordinator, Merge(two.id, 1, one.number)),
        return_exceptions=True,
    )

    assert sorted(isinstance(outcome, Done) for outcome in outcomes) == [False, True]
    assert await Ticket.filter(merged_into_id__isnull=False).count() == 1


@pytest.mark.parametrize("flags", [{"confidential": True}, {"confidential": None}])
async def test_whoever_does_not_see_a_protected_duplicate_does_not_learn_that_there_is_one(desk, coordinator, flags):
    target, duplicate = await make_ticket(), await make_ticket(**flags)
    leader = await make_scope(Role.LEADER, await make_agency("dinkes"))
    others = [leader, citizen_scope(target), await make_client_scope()]
    window = timelines.window(10, None, None, None)

    await merge(desk, coordinator, Merge(duplicate.id, 1, target.number, "Hal yang sama."))

    reference, shown = await desk.reference(), {}
    for scope in (coordinator, *others):
        page = (await timelines.timelines(desk, reference, scope.sight, [target.id], window))[target.id]
        shown[scope.principal] = [event.kind for event in page.events]
    entries = [EventKind.SUBMITTED, EventKind.DUPLICATE_MERGED]
    assert shown == {coordinator.principal: entries} | {scope.principal: entries[:1] for scope in others}
    event = (await log.read_after(connection(), (await latest(Event.filter(ticket_id=target.id))).seq - 1, 1))[0][0]
    now = (await feeds.load(desk, [target.id]))[target.id]
    watched = [await feeds.watch(desk, scope, TicketFilter()) for scope in (coordinator, *others)]
    told = [decisions.membership(event, each, now) for each in watched]
    assert [getattr(each, "changed", None) for each in told] == [["duplicates", "timeline"], None, None, None]


async def test_a_supervisory_report_is_merged_into_no_other_kind_and_not_to_whom_it_is_about(desk, coordinator):
    accused, inspecting = await make_agency("dishub"), await make_agency("inspektorat")
    await make_scope(Role.INSPECTOR, inspecting)
    report = {"supervisory": True, "reported_agency_id": accused.id}
    ticket, public = await make_ticket(**report), await make_ticket()
    with_them = await make_ticket(S.DISPATCHED, lead=inspecting, supporting=(accused,), supervisory=True)
    fitting, before = await make_ticket(**report), await rows()

    for target, code in ((public, "MERGES_SUPERVISORY"), (with_them, "REPORTED_AGENCY")):
        with pytest.raises(InvalidInput, match=code) as refusal:
            await merge(desk, coordinator, Merge(ticket.id, 1, target.number))
        assert refusal.value.path == ("intoNumber",)

    assert await rows() == before
    assert (await merge(desk, coordinator, Merge(ticket.id, 1, fitting.number))).ticket.merged_into_id == fitting.id
    assert (await merge(desk, coordinator, Merge(public.id, 1, fitting.number))).ticket.merged_into_id == fitting.id
