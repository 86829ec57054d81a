"""One conflict of interest: every role, with a post in the reported agency or without, on every path to a report."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from models import Assignment, Ticket
from models.database import connection
from models.enums import AuditKind, Classification, Role, TicketStatus
from realtime import log
from services.access.filters.filters import TicketFilter
from services.access.scopes import Scope
from services.audit.audit import record
from services.audit.pages import AuditFilter, audit_page
from services.board.board import BoardFilter, snapshot
from services.core.desk import Desk
from services.core.refusals import Forbidden, NotFound, Refusal
from services.feeds import pull
from services.feeds.feeds import load, watch
from services.queries.lists.lists import count, ticket_page
from services.queries.lists.orders import TicketOrder
from services.queries.tickets import ticket_by_id, ticket_by_number, tickets_by_ids, worklist_counts
from services.reporters.citizens import RotateSecret, rotate_secret
from services.reporters.erasure import Erasure, erase
from services.reporters.reporters import Lookup, Reveal, find, reveal
from services.tickets import assigning, moves
from services.tickets.commands import Assign, Dispatch, Verify
from services.tickets.editing import Edit, edit
from tests.factories import make_ticket
from tests.services.access.town import BOUND, PHONE, PLACES, TODAY, Town, everything

HANDLERS = {Role.OFFICER, Role.LIAISON}
WHO_SEES = HANDLERS | {Role.COORDINATOR, Role.INSPECTOR}  # what is supervisory and led by roads, which is supported
WHO_KNOWS = {Role.COORDINATOR, Role.INSPECTOR}
MAY = {
    "reveal": WHO_KNOWS,
    "rotate": WHO_KNOWS,
    "name": {Role.INSPECTOR},
    "protect": {Role.INSPECTOR},
    "erase": WHO_KNOWS,
}


async def paths(desk: Desk, scope: Scope, ticket: Ticket) -> dict[str, bool]:
    """Which ways show this ticket to a caller."""
    words = TicketFilter(search="Lampu jalan mati")
    page = await ticket_page(desk, scope, TicketFilter(), TicketOrder.NEWEST_FIRST, 10, None)
    searched = await ticket_page(desk, scope, words, TicketOrder.RELEVANCE, 10, None)
    watched = await watch(desk, scope, TicketFilter())
    loaded = (await load(desk, [ticket.id]))[ticket.id]
    head = await log.head(connection())
    first = desk.cursors.seal_feed(head.epoch, 0)
    fed = await pull.status_changes(desk, scope, TicketFilter(), 100, first)
    board = await snapshot(desk, scope.sight, BoardFilter())
    waiting = {each.worklist.value: each.count for each in await worklist_counts(desk, scope)}
    entries = await audit_page(desk, scope, AuditFilter(subject=f"ticket:{ticket.id}"), 10, None)
    return {
        "id": await ticket_by_id(desk, scope, ticket.id) is not None,
        "number": await ticket_by_number(desk, scope, ticket.number) is not None,
        "ids": ticket.id in await tickets_by_ids(desk, scope.sight, [ticket.id]),
        "list": ticket.number in {view.number for view in page.tickets},
        "search": ticket.number in {view.number for view in searched.tickets},
        "count": await count(page.query) == 1,
        "live": watched.holds(loaded.state),
        "feed": ticket.number in {change.ticket.number for change in fed.changes},
        "board": board.total == 1,
        "worklists": waiting["TO_VERIFY"] == 1,
        "audit": bool(entries.rows),
    }


async def outcome(use_case: Any) -> str:
    try:
        await use_case
    except Refusal as refusal:
        return type(refusal).__name__
    return "done"


def commands(desk: Desk, scope: Scope, ticket: Ticket) -> dict[str, Any]:
    """What may be done to a report's reporter and to its protection, each not begun yet."""
    key, version = ticket.id, ticket.version
    lowered = Verify(key, version, Classification.COMPLAINT, supervisory=False)
    return {
        "reveal": lambda: reveal(desk, scope, Reveal(key, "Perlu dihubungi.")),
        "rotate": lambda: rotate_secret(desk, scope, RotateSecret(key, "Kode bocor.")),
        "name": lambda: edit(desk, scope, Edit(key, version, reported_agency_code="satpol")),
        "protect": lambda: moves.verify(desk, scope, lowered),
        "erase": lambda: erase(desk, scope, Erasure(key, version, "Permintaan.")),
    }


@pytest.mark.parametrize("place", list(PLACES))
async def test_a_supervisory_report_is_shown_on_no_path_to_whom_it_is_about(town: Town, place: str) -> None:
    ticket = await town.report("dishub")

    for role in Role:
        scope = await town.scope(role, place)
        await record(town.desk, AuditKind.REPORTER_REVEALED, scope.principal, subject=f"ticket:{ticket.id}")
        shown = await paths(town.desk, scope, ticket)

        sees = role in WHO_SEES and place not in BOUND
        assert (role, shown) == (role, dict.fromkeys(shown, sees) | {"audit": place not in BOUND})


@pytest.mark.parametrize("place", list(PLACES))
async def test_nobody_touches_a_supervisory_report_about_an_agency_of_theirs(town: Town, place: str) -> None:
    ticket = await town.report("dishub")
    before = await everything()

    for role in Role:
        scope = await town.scope(role, place)
        for name, command in commands(town.desk, scope, ticket).items():
            if role in MAY[name] and place not in BOUND:
                continue  # the test below does what is allowed
            refusal = NotFound if place in BOUND or role not in WHO_SEES else Forbidden
            assert (role, name, await outcome(command())) == (role, name, refusal.__name__)
    found = await find(town.desk, await town.scope(Role.COORDINATOR, place), Lookup(phone=PHONE))
    assert [view.number for view in found] == ([] if place in BOUND else [ticket.number])
    assert (await everything())[0] == before[0]


@pytest.mark.parametrize("place", [place for place, binds in PLACES.items() if not binds])
@pytest.mark.parametrize("name", list(MAY))
async def test_the_inspector_does_what_others_may_not(town: Town, name: str, place: str) -> None:
    scope = await town.scope(Role.INSPECTOR, place)
    ticket = await town.report("dishub")

    assert await outcome(commands(town.desk, scope, ticket)[name]()) == "done"


@pytest.mark.parametrize("place", list(PLACES))
async def test_while_nobody_is_named_only_the_inspector_knows_the_reporter(town: Town, place: str) -> None:
    ticket = await town.report(None)
    before = (await everything())[0]

    for role in Role:
        scope = await town.scope(role, place)
        view = await ticket_by_id(town.desk, scope, ticket.id)
        assert (role, view is not None) == (role, role in WHO_SEES)
        shown = view is not None and "reporter" not in view.hidden_reasons
        assert (role, shown) == (role, role is Role.INSPECTOR)
        if role is not Role.INSPECTOR:
            done = {await outcome(command()) for command in commands(town.desk, scope, ticket).values()}
            assert (role, done) == (role, {"Forbidden" if role in WHO_SEES else "NotFound"})
    assert (await everything())[0] == before


@pytest.mark.parametrize("place", list(PLACES))
@pytest.mark.parametrize("name", list(MAY))
async def test_the_inspector_does_it_while_nobody_is_named(town: Town, name: str, place: str) -> None:
    scope = await town.scope(Role.INSPECTOR, place)

    assert await outcome(commands(town.desk, scope, await town.report(None))[name]()) == "done"


@pytest.mark.parametrize("place", list(PLACES))
@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.OFFICER, Role.LIAISON])
async def test_an_ordinary_report_about_an_own_agency_is_worked_on_without_its_reporter(
    town: Town, role: Role, place: str
) -> None:
    scope = await town.scope(role, place)
    ticket = await town.report("dishub", supervisory=False)

    view = await ticket_by_id(town.desk, scope, ticket.id)
    found = await find(town.desk, scope, Lookup(phone=PHONE)) if role is Role.COORDINATOR else []

    assert view is not None
    # Those who handle it know the reporter, masked, as the reporter declined anonymity.
    assert ("reporter" in view.hidden_reasons) is (place in BOUND and role is Role.COORDINATOR)
    assert bool(found) is (role is Role.COORDINATOR and place not in BOUND)
    if role is Role.COORDINATOR and place in BOUND:
        done = {name: await outcome(command()) for name, command in commands(town.desk, scope, ticket).items()}
        assert {name: done[name] for name in ("reveal", "rotate", "name", "erase")} == {
            "reveal": "Forbidden",
            "rotate": "Forbidden",
            "name": "Forbidden",
            "erase": "VersionConflict",  # it was verified meanwhile
        }


@pytest.mark.parametrize("place", list(PLACES))
async def test_a_name_binds_from_the_moment_that_it_is_given(town: Town, place: str) -> None:
    scopes = [await town.scope(role, place) for role in WHO_SEES]
    inspector = await town.scope(Role.INSPECTOR, "nowhere")
    ticket = await town.report("satpol")
    assert None not in [await ticket_by_id(town.desk, scope, ticket.id) for scope in scopes]

    await edit(town.desk, inspector, Edit(ticket.id, 1, reported_agency_code="dishub"))

    for scope in scopes:
        shown = await paths(town.desk, scope, ticket)
        assert {shown[name] for name in shown.keys() - {"audit"}} == {place not in BOUND}


async def test_who_named_the_agency_does_not_learn_of_the_reporter(town: Town) -> None:
    inspector = await town.scope(Role.INSPECTOR, "nowhere")
    other = await town.scope(Role.INSPECTOR, "nowhere")
    ticket = await town.report("satpol")
    await edit(town.desk, inspector, Edit(ticket.id, 1, reported_agency_code="dishub"))
    ticket = await Ticket.get(id=ticket.id)
    before = await everything()

    for name in ("reveal", "rotate", "erase"):
        with pytest.raises(Forbidden, match="NAMED_BY_CALLER"):
            await commands(town.desk, inspector, ticket)[name]()

    assert await everything() == before
    assert (await reveal(town.desk, other, Reveal(ticket.id, "Pemeriksaan."))).phone == PHONE


async def test_a_coordinator_who_named_an_agency_before_it_was_supervisory_finds_no_reporter(town: Town) -> None:
    coordinator = await town.scope(Role.COORDINATOR, "nowhere")
    ticket = await town.report(None, supervisory=False)
    await edit(town.desk, coordinator, Edit(ticket.id, 1, reported_agency_code="dishub"))
    assert len(await find(town.desk, coordinator, Lookup(phone=PHONE))) == 1
    await moves.verify(town.desk, coordinator, Verify(ticket.id, 2, Classification.COMPLAINT, supervisory=True))

    assert await find(town.desk, coordinator, Lookup(phone=PHONE)) == []
    with pytest.raises(Forbidden, match="NAMED_BY_CALLER"):
        await reveal(town.desk, coordinator, Reveal(ticket.id, "Perlu dihubungi."))


async def test_a_verification_does_not_name_whom_it_makes_the_inspector_s(town: Town) -> None:
    coordinator = await town.scope(Role.COORDINATOR, "nowhere")
    ticket = await town.report(None, supervisory=False)
    before = await everything()
    wanted = Verify(ticket.id, 1, Classification.COMPLAINT, supervisory=True, reported_agency_code="dishub")

    with pytest.raises(Forbidden, match="NOT_YOURS_TO_NAME"):
        await moves.verify(town.desk, coordinator, wanted)

    assert await everything() == before


@pytest.mark.parametrize(
    ("reported", "lead", "supporting", "code"),
    [
        ("dishub", "dishub", (), "REPORTED_AGENCY"),
        ("dishub", "inspektorat", ("satpol", "dishub"), "REPORTED_AGENCY"),
        ("dishub", "inspektorat", ("satpol",), None),
        ("dishub", "satpol", (), None),
        (None, "satpol", (), "INSPECTORATE_ONLY"),
        (None, "inspektorat", ("satpol",), "INSPECTORATE_ONLY"),
        (None, "inspektorat", (), None),
    ],
)
async def test_a_supervisory_report_never_goes_to_whom_it_may_be_about(
    town: Town, reported: str | None, lead: str, supporting: tuple[str, ...], code: str | None
) -> None:
    key = None if reported is None else town.key(reported)
    ticket = await make_ticket(TicketStatus.VERIFIED, supervisory=True, reported_agency_id=key)
    before = await everything()

    for role in (Role.COORDINATOR, Role.INSPECTOR):
        command = Dispatch(ticket.id, 1, lead, supporting)
        if code is not None:
            with pytest.raises(Refusal, match=code):
                await moves.dispatch(town.desk, await town.scope(role, "nowhere"), command)
            assert (await everything())[0] == before[0]
    if code is None:
        done = await moves.dispatch(
            town.desk, await town.scope(Role.COORDINATOR, "nowhere"), Dispatch(ticket.id, 1, lead, supporting)
        )
        assert done.ticket.lead_agency_id == town.key(lead)


async def test_nobody_is_assigned_who_has_a_post_in_the_reported_agency(town: Town) -> None:
    inspector, bound = await town.scope(Role.INSPECTOR, "nowhere"), await town.scope(Role.OFFICER, "second post")
    free = await town.scope(Role.OFFICER, "nowhere")
    ticket = await make_ticket(
        TicketStatus.DISPATCHED, lead=town.agencies["pupr"], supervisory=True, reported_agency_id=town.key("dishub")
    )
    before = await everything()

    with pytest.raises(Refusal, match="REPORTED_AGENCY"):
        await assigning.assign(town.desk, inspector, Assign(ticket.id, 1, bound.officer_id))

    assert await everything() == before
    done = await assigning.assign(town.desk, inspector, Assign(ticket.id, 1, free.officer_id))
    assert done.ticket.assignee_id == free.officer_id


async def test_a_post_given_since_the_caller_was_identified_binds_them_too(town: Town) -> None:
    coordinator = await town.scope(Role.COORDINATOR, "nowhere")
    ticket = await town.report("dishub", supervisory=False)
    await Assignment.create(
        officer_id=coordinator.officer_id, agency=town.agencies["dishub"], role=Role.OFFICER, valid_from=TODAY
    )
    before = await everything()

    for name in ("reveal", "rotate", "name", "erase"):
        with pytest.raises(Forbidden, match="NOT_YOURS"):
            await commands(town.desk, coordinator, ticket)[name]()

    assert await everything() == before


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"reported_agency_code": "dishub", "dispatch": moves.DispatchTarget("dishub")}, "REPORTED_AGENCY"),
        ({"dispatch": moves.DispatchTarget("satpol")}, "INSPECTORATE_ONLY"),
        ({"dispatch": moves.DispatchTarget("inspektorat", ("satpol",))}, "INSPECTORATE_ONLY"),
    ],
)
async def test_a_verification_dispatches_by_the_same_rules(town: Town, given: dict[str, Any], code: str) -> None:
    inspector = await town.scope(Role.INSPECTOR, "nowhere")
    ticket = await make_ticket(supervisory=True)
    before = await everything()

    with pytest.raises(Refusal, match=code):
        await moves.verify(town.desk, inspector, Verify(ticket.id, 1, Classification.COMPLAINT, **given))

    assert await everything() == before


async def test_a_coordinator_who_raises_it_dispatches_it_to_the_inspectorate_only(town: Town) -> None:
    coordinator, ticket = await town.scope(Role.COORDINATOR, "nowhere"), await make_ticket()
    wanted = Verify(ticket.id, 1, Classification.COMPLAINT, supervisory=True)

    with pytest.raises(Refusal, match="INSPECTORATE_ONLY"):
        await moves.verify(town.desk, coordinator, replace(wanted, dispatch=moves.DispatchTarget("pupr")))
    done = await moves.verify(town.desk, coordinator, replace(wanted, dispatch=moves.DispatchTarget("inspektorat")))

    assert done.ticket.lead_agency_id == town.key("inspektorat")
