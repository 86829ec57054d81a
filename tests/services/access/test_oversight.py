"""Who examines what no inspector is free to examine, and what admins are told while nobody is left."""

from __future__ import annotations

from typing import Any

import pytest

from models import Assignment, OversightRule
from models.enums import Classification, PrincipalKind, Role, TicketStatus
from services.access.filters.filters import TicketFilter
from services.access.scopes import Scope
from services.core.refusals import NotFound
from services.credentials.credentials import issue
from services.credentials.identify import identify
from services.queries.lists.lists import count, ticket_page
from services.queries.lists.orders import TicketOrder
from services.queries.tickets import ticket_by_id, worklist_counts
from services.reporters.reporters import Reveal, reveal
from services.tickets import moves
from services.tickets.commands import Verify
from tests.factories import make_officer, make_ticket
from tests.services.access.town import DAY, PERSON, PHONE, TODAY, Town, named


async def leader_examines(town: Town) -> None:
    await OversightRule.create(
        inspectorate=town.agencies["inspektorat"], deputy=Role.LEADER, valid_from=TODAY - DAY, legal_basis="Uji"
    )


async def test_a_report_about_the_inspectorate_is_left_to_whom_the_city_names(town: Town) -> None:
    await leader_examines(town)
    leader = await named(town, "setda", Role.LEADER)
    others = [await named(town, "inspektorat", Role.INSPECTOR), await named(town, "diskominfo", Role.COORDINATOR)]
    others += [await named(town, "inspektorat", Role.LEADER), await named(town, "diskominfo", Role.ADMIN)]
    ticket = await make_ticket(supervisory=True, reported_agency_id=town.key("inspektorat"), reporter=PERSON)
    ordinary = await make_ticket(supervisory=True, reported_agency_id=town.key("dishub"), reporter=PERSON)

    for scope in others:
        assert await ticket_by_id(town.desk, scope, ticket.id) is None
        with pytest.raises(NotFound):
            await reveal(town.desk, scope, Reveal(ticket.id, "Perlu dihubungi."))
    assert await ticket_by_id(town.desk, leader, ordinary.id) is None
    view = await ticket_by_id(town.desk, leader, ticket.id)
    assert view is not None
    assert (view.title, bool(view.allowed_moves)) == (ticket.title, True)
    assert (await reveal(town.desk, leader, Reveal(ticket.id, "Pemeriksaan."))).phone == PHONE
    await moves.verify(
        town.desk, leader, Verify(ticket.id, 1, Classification.COMPLAINT, dispatch=moves.DispatchTarget("satpol"))
    )
    handler = await named(town, "satpol", Role.OFFICER)
    assert await ticket_by_id(town.desk, handler, ticket.id) is not None


async def test_an_inspector_of_another_agency_is_free_to_examine_the_inspectorate(town: Town) -> None:
    await leader_examines(town)
    await named(town, "satpol", Role.INSPECTOR)
    leader = await named(town, "setda", Role.LEADER)
    ticket = await make_ticket(supervisory=True, reported_agency_id=town.key("inspektorat"))

    assert await ticket_by_id(town.desk, leader, ticket.id) is None
    assert await ticket_by_id(town.desk, await named(town, "pupr", Role.INSPECTOR), ticket.id) is not None
    assert await ticket_by_id(town.desk, await named(town, "diskominfo", Role.COORDINATOR), ticket.id) is not None


async def test_an_inspector_is_free_whichever_post_began_last(town: Town) -> None:
    await leader_examines(town)
    officer = await make_officer(town.agencies["satpol"], Role.INSPECTOR)
    await Assignment.create(officer=officer, agency=town.agencies["pupr"], role=Role.OFFICER, valid_from=TODAY)
    leader = await named(town, "setda", Role.LEADER)
    left, own = [await make_ticket(supervisory=True, reported_agency_id=town.key(code)) for code in ("dishub", "pupr")]
    inspectorate = await make_ticket(supervisory=True, reported_agency_id=town.key("inspektorat"))

    assert [await ticket_by_id(town.desk, leader, each.id) for each in (left, own, inspectorate)] == [None] * 3


async def attention(town: Town, scope: Scope, order: TicketOrder = TicketOrder.NEWEST_FIRST, **more: Any) -> list[Any]:
    wanted = TicketFilter(worklist="NEEDS_ATTENTION", **more)  # type: ignore[arg-type]
    page = await ticket_page(town.desk, scope, wanted, order, 10, None)
    assert len(page.tickets) == await count(page.query)
    return page.tickets


async def test_what_nobody_is_left_to_examine_stands_with_the_admins_by_its_number_alone(town: Town) -> None:
    admin, inside = await named(town, "diskominfo", Role.ADMIN), await named(town, "inspektorat", Role.ADMIN)
    coordinator = await named(town, "diskominfo", Role.COORDINATOR)
    columns = {"version": 7, "return_count": 2, "anonymous": False, "classification": Classification.COMPLAINT}
    reported = {"supervisory": True, "reported_agency_id": town.key("inspektorat")}
    ticket = await make_ticket(TicketStatus.IN_PROGRESS, lead=town.agencies["satpol"], **reported, **columns)
    await make_ticket(TicketStatus.RESOLVED, supervisory=True, reported_agency_id=town.key("inspektorat"))
    await make_ticket(supervisory=True, reported_agency_id=town.key("dishub"))

    for order in TicketOrder:
        [view] = await attention(town, admin, order)
        told = {
            name: getattr(view, name) for name in dir(type(view)) if isinstance(getattr(type(view), name), property)
        }
        empty = {name: value for name, value in told.items() if value not in (None, [], (), 0, False)}
        assert (view.number, empty.keys()) == (
            ticket.number,
            {"id", "number", "version", "status", "channel", "handling_class", "hidden", "received_at", "updated_at"},
        )
        assert (view.version, view.status, view.channel, view.received_at.year) == (1, "RECEIVED", "OTHER", 1970)
    counted = {worklist.worklist: worklist.count for worklist in await worklist_counts(town.desk, admin)}
    assert counted["NEEDS_ATTENTION"] == 1
    assert await ticket_by_id(town.desk, admin, ticket.id) is None
    for scope in (inside, coordinator, await named(town, "setda", Role.LEADER)):
        assert await attention(town, scope) == []
    for more in (
        {"search": "Lampu"},
        {"open": True},
        {"status": (TicketStatus.IN_PROGRESS,)},
        {"agency_code": ("satpol",)},
    ):
        assert await attention(town, admin, **more) == []


async def test_as_soon_as_somebody_is_there_the_admins_are_told_nothing_more(town: Town) -> None:
    await leader_examines(town)
    await make_ticket(supervisory=True, reported_agency_id=town.key("inspektorat"))
    admin = await named(town, "diskominfo", Role.ADMIN)
    assert len(await attention(town, admin)) == 1

    await named(town, "inspektorat", Role.LEADER)
    assert len(await attention(town, await named(town, "diskominfo", Role.ADMIN))) == 1
    await named(town, "setda", Role.LEADER)

    assert await attention(town, await named(town, "diskominfo", Role.ADMIN)) == []


async def test_the_extra_posts_cost_no_statement(town: Town, count_queries: Any) -> None:
    officer = await make_officer(town.agencies["diskominfo"], Role.COORDINATOR)
    token = (await issue(town.desk, PrincipalKind.STAFF, name="uji", officer_id=officer.id)).token

    with count_queries() as statements:
        await identify(town.desk, token)

    assert len(statements.texts) == 1
