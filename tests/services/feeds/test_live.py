"""What one event shows to one caller: decided from the state before, the state after and the row of now."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from models import Agency, Ticket
from models.database import connection
from models.enums import AgencyKind, Classification, EventKind, PrincipalKind, Role, TicketStatus
from realtime import log
from realtime.cursors import FeedPosition
from realtime.log import LoggedEvent
from services.access.filters.filters import TicketFilter
from services.access.filters.worklists import Worklist
from services.access.scopes import SYSTEM, Scope
from services.core.desk import Desk
from services.core.nodes import key_of
from services.core.refusals import EdgeRefusal
from services.credentials.endings import revocation
from services.feeds import decisions, feeds
from services.feeds.pull import StatusChangePage, status_changes
from services.queries.lists.lists import ticket_page
from services.queries.lists.orders import TicketOrder
from services.tickets import assigning, moves
from services.tickets.answers import Draft, save_draft
from services.tickets.commands import Assign
from services.tickets.editing import Note, add_note
from services.tickets.moves import ChangeStatus, Dispatch, Return, Verify
from tests.factories import (
    anonymous_scope,
    citizen_scope,
    make_agency,
    make_client_scope,
    make_officer,
    make_scope,
    make_ticket,
)
from tests.services.feeds.test_named import concerns

DUE = {"expected_version": 1}


async def last_event() -> LoggedEvent:
    head = await log.head(connection())
    events, _ = await log.read_after(connection(), head.seq - 1, 1)
    return events[0]


async def shown(desk: Desk, scope: Scope, wanted: TicketFilter | None = None) -> Any:
    """What the last event does to a caller's live list."""
    event = await last_event()
    watched = await feeds.watch(desk, scope, wanted or TicketFilter())
    now = await feeds.load(desk, [event.ticket_id or 0])
    return decisions.membership(event, watched, now.get(event.ticket_id or 0))


@pytest.fixture
async def roads(database: object) -> Agency:
    return await make_agency("pupr")


async def test_a_dispatch_enters_the_list_of_the_agency_and_updates_the_coordinators(desk: Desk, roads: Agency) -> None:
    coordinator, officer = await make_scope(Role.COORDINATOR), await make_scope(Role.OFFICER, roads)
    ticket = await make_ticket(TicketStatus.VERIFIED)

    await moves.dispatch(desk, coordinator, Dispatch(ticket.id, 1, "pupr", client_mutation_id="mine"))

    entered, updated = await shown(desk, officer), await shown(desk, coordinator)
    assert isinstance(entered, decisions.Entered)
    assert entered.ticket.lead_agency is not None
    assert entered.ticket.lead_agency.code == "pupr"
    assert isinstance(updated, decisions.Updated)
    assert updated.changed == ["leadAgency", "status"]


async def test_a_return_leaves_the_sight_of_the_agency_and_tells_nothing_more(desk: Desk, roads: Agency) -> None:
    officer = await make_scope(Role.OFFICER, roads)
    ticket = await make_ticket(TicketStatus.DISPATCHED, lead=roads)

    await moves.return_(desk, officer, Return(ticket.id, 1, "NOT_OUR_DUTY"))

    left = await shown(desk, officer)
    assert left == decisions.Left(left.event, ticket.id, decisions.LeftReason.NOT_VISIBLE)


async def test_a_move_out_of_the_filter_leaves_for_the_filters_reason(desk: Desk, roads: Agency) -> None:
    coordinator = await make_scope(Role.COORDINATOR)
    ticket = await make_ticket(TicketStatus.RECEIVED)

    await moves.verify(desk, coordinator, Verify(ticket.id, 1, Classification.COMPLAINT))

    left = await shown(desk, coordinator, TicketFilter(status=(TicketStatus.RECEIVED,)))
    entered = await shown(desk, coordinator, TicketFilter(worklist=Worklist.TO_DISPATCH))
    assert left.reason is decisions.LeftReason.FILTER
    assert isinstance(entered, decisions.Entered)


async def test_a_note_is_no_status_change_and_no_secret_of_another_agency(desk: Desk, roads: Agency) -> None:
    officer, stranger = await make_scope(Role.OFFICER, roads), await make_scope(Role.OFFICER)
    ticket = await make_ticket(TicketStatus.DISPATCHED, lead=roads)

    await add_note(desk, officer, Note(ticket.id, "Sudah disurvei.", visibility="INTERNAL"))  # type: ignore[arg-type]

    event = await last_event()
    watched = await feeds.watch(desk, officer, TicketFilter())
    assert decisions.status_change(event, watched, (await feeds.load(desk, [ticket.id]))[ticket.id]) is None
    assert (await shown(desk, officer)).changed == ["timeline"]
    for scope in (stranger, await make_scope(Role.COORDINATOR), await make_client_scope()):
        assert await shown(desk, scope) is None


async def test_a_draft_is_told_to_those_who_work_on_the_ticket_only(desk: Desk, roads: Agency) -> None:
    officer = await make_scope(Role.OFFICER, roads)
    ticket = await make_ticket(TicketStatus.IN_PROGRESS, lead=roads)

    await save_draft(desk, officer, Draft(ticket.id, "Lampu sudah kami ganti."))

    assert (await shown(desk, officer)).changed == ["answers"]
    for scope in (await make_scope(Role.LEADER), await make_client_scope(), citizen_scope(ticket)):
        assert await shown(desk, scope) is None


async def test_a_change_of_hidden_fields_tells_a_partner_of_the_version_alone(desk: Desk, roads: Agency) -> None:
    liaison, partner = await make_scope(Role.LIAISON, roads), await make_client_scope()
    officer = await make_officer(roads)
    ticket = await make_ticket(TicketStatus.DISPATCHED, lead=roads)

    await assigning.assign(desk, liaison, Assign(ticket.id, 1, officer.id))

    assert (await shown(desk, liaison)).changed == ["assignee"]
    assert (await shown(desk, partner)).changed == ["version"]


async def test_an_event_of_a_ticket_that_is_hidden_by_now_is_not_shown(desk: Desk, roads: Agency) -> None:
    """A replay never shows what a fresh query hides."""
    partner = await make_client_scope(PrincipalKind.PARTNER)
    await make_ticket(TicketStatus.RECEIVED)
    event = await last_event()
    await Ticket.all().update(confidential=True)

    watched = await feeds.watch(desk, partner, TicketFilter())
    now = (await feeds.load(desk, [event.ticket_id or 0]))[event.ticket_id or 0]

    assert decisions.status_change(event, watched, now) is None
    assert decisions.membership(event, watched, now) is None


async def test_feeds_refuse_searches_and_strangers(desk: Desk) -> None:
    coordinator = await make_scope(Role.COORDINATOR)

    with pytest.raises(EdgeRefusal) as search:
        await feeds.watch(desk, coordinator, TicketFilter(search="lampu"))
    with pytest.raises(EdgeRefusal) as stranger:
        await feeds.watch(desk, anonymous_scope(), TicketFilter())

    assert (search.value.code, stranger.value.code) == ("BAD_INPUT", "UNAUTHENTICATED")


async def test_mutation_ids_are_told_to_the_callers_own_kind_only(desk: Desk, roads: Agency) -> None:
    coordinator, partner = await make_scope(Role.COORDINATOR), await make_client_scope()
    ticket = await make_ticket(TicketStatus.VERIFIED)
    await moves.dispatch(desk, coordinator, Dispatch(ticket.id, 1, "pupr", client_mutation_id="tab-1"))
    event = await last_event()
    by_partner = replace(event, actor_id=partner.principal)

    assert decisions.visible_mutation_id(event, coordinator.sight) == "tab-1"
    assert decisions.visible_mutation_id(event, partner.sight) is None
    assert decisions.visible_mutation_id(by_partner, partner.sight) == "tab-1"
    assert decisions.visible_mutation_id(by_partner, (await make_client_scope()).sight) is None


async def pull(desk: Desk, scope: Scope, after: str | None, first: int = 10) -> StatusChangePage:
    return await status_changes(desk, scope, TicketFilter(), first, after)


async def test_the_pull_feed_gives_every_change_once_in_pages(desk: Desk, roads: Agency) -> None:
    coordinator = await make_scope(Role.COORDINATOR)
    start = await pull(desk, coordinator, None)
    tickets = [await make_ticket() for _ in range(5)]
    for ticket in tickets:
        await moves.verify(desk, coordinator, Verify(ticket.id, 1, Classification.COMPLAINT))

    cursor, seen, pages_read = start.cursor, [], 0
    while True:
        page = await pull(desk, coordinator, cursor, first=3)
        seen += [(change.ticket.number, change.from_, change.to) for change in page.changes]
        cursor, pages_read = page.cursor, pages_read + 1
        if not page.has_next:
            break

    received = [(ticket.number, None, TicketStatus.RECEIVED) for ticket in tickets]
    verified = [(ticket.number, TicketStatus.RECEIVED, TicketStatus.VERIFIED) for ticket in tickets]
    assert seen == received + verified
    assert pages_read == 4
    assert start.changes == []


async def test_the_pull_cursor_moves_on_over_what_the_caller_may_not_see(desk: Desk, roads: Agency) -> None:
    officer = await make_scope(Role.OFFICER, roads)
    start = await pull(desk, officer, None)
    await make_ticket()

    page = await pull(desk, officer, start.cursor)

    assert (page.changes, page.has_next, page.reset) == ([], False, False)
    assert page.cursor != start.cursor


async def test_the_pull_feed_resets_cursors_of_another_log_from_ahead_and_from_long_ago(desk: Desk) -> None:
    coordinator = await make_scope(Role.COORDINATOR)
    old = (await pull(desk, coordinator, None)).cursor
    await make_ticket()
    head = await log.head(connection())

    foreign = await pull(desk, coordinator, desk.cursors.seal_feed("another-log", head.seq))
    ahead = await pull(desk, coordinator, desk.cursors.seal_feed(head.epoch, head.seq + 1))
    late = await pull(desk.at(head.at + desk.rules.horizon * 2), coordinator, old)

    for page in (foreign, ahead, late):
        assert (page.reset, page.changes) == (True, [])
        assert desk.cursors.open_feed(page.cursor) == FeedPosition(head.epoch, head.seq)


async def test_the_pull_feed_resets_cursors_behind_more_matches_than_its_horizon_holds(desk: Desk) -> None:
    coordinator = await make_scope(Role.COORDINATOR)
    old = (await pull(desk, coordinator, None)).cursor
    for _ in range(4):
        await make_ticket()

    within, beyond = (replace(desk, rules=replace(desk.rules, horizon_matches=most)) for most in (4, 3))

    shown, told = await pull(within, coordinator, old), await pull(beyond, coordinator, old)
    assert (shown.reset, len(shown.changes)) == (False, 4)
    assert (told.reset, told.changes) == (True, [])


async def test_what_a_caller_does_not_see_does_not_count_for_the_horizon(desk: Desk, roads: Agency) -> None:
    officer = await make_scope(Role.OFFICER, roads)
    old = (await pull(desk, officer, None)).cursor
    for lead in (None, None, roads, None):
        await make_ticket(TicketStatus.DISPATCHED if lead else TicketStatus.RECEIVED, lead=lead)

    page = await pull(replace(desk, rules=replace(desk.rules, horizon_matches=1)), officer, old)

    assert (page.reset, len(page.changes)) == (False, 1)


async def test_the_pull_feed_resets_cursors_that_leave_more_to_look_at_than_a_return_may(desk: Desk) -> None:
    coordinator = await make_scope(Role.COORDINATOR)
    old = (await pull(desk, coordinator, None)).cursor
    for _ in range(4):
        await make_ticket()

    within, beyond = (replace(desk, rules=replace(desk.rules, horizon_reach=most)) for most in (4, 3))

    assert (await pull(within, coordinator, old)).reset is False
    assert (await pull(beyond, coordinator, old)).reset is True


async def test_the_pull_feed_refuses_what_is_no_feed_cursor(desk: Desk) -> None:
    coordinator = await make_scope(Role.COORDINATOR)

    for cursor in ("", "x", desk.cursors.seal_page("NEWEST_FIRST", [1, "KDR-2026-000001"])):
        with pytest.raises(EdgeRefusal) as refused:
            await pull(desk, coordinator, cursor)
        assert refused.value.code == "BAD_CURSOR"


async def fresh(desk: Desk, scope: Scope, wanted: TicketFilter) -> dict[int, int]:
    page = await ticket_page(desk, scope, wanted, TicketOrder.OLDEST_FIRST, 100, None)
    return {view.pk: view.version for view in page.tickets}


@pytest.mark.parametrize("changes", [120, pytest.param(2_000, marks=pytest.mark.slow)])
async def test_a_list_kept_by_the_feed_always_equals_a_fresh_query(desk: Desk, roads: Agency, changes: int) -> None:
    """Random moves, every kind of caller, several filters: some lists compared after each move, all now and then."""
    chance = random.Random(7)
    health = await make_agency("dinkes")
    await make_agency("pln", kind=AgencyKind.EXTERNAL)
    coordinator = await make_scope(Role.COORDINATOR)
    movers = [coordinator, await make_scope(Role.LIAISON, roads), await make_scope(Role.LIAISON, health)]
    watchers = [
        *movers,
        await make_scope(Role.LEADER),
        await make_scope(Role.INSPECTOR),
        await make_client_scope(PrincipalKind.PARTNER),
        await make_client_scope(PrincipalKind.DISPLAY),
    ]
    police = await make_agency("satpol-pp")
    tickets = [
        await make_ticket(
            confidential=chance.choice([True, False, None]), reported_agency_id=chance.choice([police.id, None])
        )
        for _ in range(12)
    ]
    watchers.append(citizen_scope(tickets[0]))
    filters = [TicketFilter(), TicketFilter(open=True), TicketFilter(agency_code=("pupr",))]
    watches = [(scope, wanted, await feeds.watch(desk, scope, wanted)) for scope in watchers for wanted in filters]
    lists = [await fresh(desk, scope, wanted) for scope, wanted, _ in watches]
    seq = (await log.head(connection())).seq

    for place in range(changes):
        await random_move(desk, chance, chance.choice(movers))
        events, head = await log.read_after(connection(), seq, 100)
        seq = head.seq
        rows = await feeds.load(desk, {event.ticket_id for event in events if event.ticket_id})
        for (scope, wanted, watched), kept in zip(watches, lists, strict=True):
            for event in events:
                apply(decisions.membership(event, watched, rows.get(event.ticket_id or 0)), kept)
            if place % 40 == 0 or place == changes - 1 or chance.random() < 0.1:
                assert kept == await fresh(desk, scope, wanted), (scope, wanted)


def apply(frame: decisions.Entered | decisions.Updated | decisions.Left | None, kept: dict[int, int]) -> None:
    if isinstance(frame, decisions.Left):
        kept.pop(frame.ticket_id, None)
    elif frame is not None:
        kept[frame.ticket.pk] = frame.ticket.version


async def random_move(desk: Desk, chance: random.Random, scope: Scope) -> None:
    """One allowed move of one visible ticket, chosen by chance; nothing where there is none."""
    page = await ticket_page(desk, scope, TicketFilter(), TicketOrder.NEWEST_FIRST, 100, None)
    options = [(view, move) for view in page.tickets for move in view.allowed_moves]
    if not options:
        return
    view, move = chance.choice(options)
    order: Any
    if move.by == "VERIFY":
        supervisory = chance.random() < 0.3 or None
        order = Verify(view.pk, view.version, Classification.COMPLAINT, supervisory=supervisory)
        await moves.verify(desk, scope, order)
    elif move.by == "DISPATCH" and view.supervisory and view.reported_agency is None:
        return  # to the inspectorate only
    elif move.by == "DISPATCH":
        lead, other = chance.sample(["pupr", "dinkes"], 2)
        supporting = (other,) if chance.random() < 0.5 else None
        if view.lead_agency is not None and agencies_of(view) == [lead, *(supporting or ())]:
            return  # a redirect to the same agencies changes nothing
        await moves.dispatch(desk, scope, Dispatch(view.pk, view.version, lead, supporting, "Alihkan."))
    elif move.by == "RETURN":
        await moves.return_(desk, scope, Return(view.pk, view.version, chance.choice(move.reason_codes), "Bukan kami."))
    elif move.by == "REOPEN":
        order = moves.Reopen(view.pk, view.version, chance.choice(move.reason_codes), "Belum selesai.")
        await moves.reopen(desk, scope, order)
    elif chance.random() < 0.2 and view.lead_agency is not None and scope.agency_id == view.lead_agency.pk:
        officer_id = None if view.assignee is not None else scope.officer_id
        await assigning.assign(desk, scope, Assign(view.pk, view.version, officer_id))
    elif move.by == "CHANGE_STATUS":
        await moves.change_status(desk, scope, status_order(desk, view, move))


def agencies_of(view: Any) -> list[str]:
    return [view.lead_agency.code, *(agency.code for agency in view.supporting_agencies)]


def status_order(desk: Desk, view: Any, move: Any) -> ChangeStatus:
    return ChangeStatus(
        view.pk,
        view.version,
        move.to,
        note="Catatan.",
        reason_code=move.reason_codes[0] if move.reason_codes else None,
        until=desk.today().replace(year=2027) if "UNTIL" in move.needs else None,
        evidence=(moves.Evidence("Foto lokasi"),) if "EVIDENCE" in move.needs else (),
        referred_to_agency_code="pln" if "AGENCY" in move.needs else None,
        prolong=move.to == view.status,
    )


def test_ids_of_tickets_are_read_back() -> None:
    assert key_of("VGlja2V0OjEy", "Ticket") == 12


async def test_the_end_of_a_credential_concerns_only_what_it_or_its_client_opened(desk: Desk) -> None:
    officer = await make_scope()
    one, other = replace(officer, credential_id=5), replace(officer, credential_id=6)
    display = await make_client_scope(PrincipalKind.DISPLAY)
    screen, next_one = replace(display, client_id=7), replace(display, client_id=8)

    async def concerned(*events: log.NewEvent) -> list[Scope]:
        await log.append(connection(), events)
        event = await last_event()
        return [scope for scope in (one, other, screen, next_one) if concerns(event, scope)]

    assert await concerned(revocation(desk, 5, SYSTEM)) == [one]
    assert await concerned(revocation(desk, 99, SYSTEM, 7)) == [screen]
    several = replace(revocation(desk, 5, SYSTEM), details={"credentials": [5, 6]})
    assert await concerned(several) == [one, other]
    assert await concerned(replace(several, kind=EventKind.RIGHTS_CHANGED)) == [one, other, screen, next_one]
