"""Ways around one conflict of interest, each as somebody would go it."""

from __future__ import annotations

import pytest

from models import OversightRule, Ticket
from models.database import connection
from models.enums import Classification, Role, TicketStatus, Visibility
from realtime import log
from services.access.filters.filters import TicketFilter
from services.core.refusals import Forbidden, InvalidInput, NotFound
from services.credentials.identify import refreshed
from services.feeds.pull import status_changes
from services.queries.lists.lists import count, ticket_page
from services.queries.lists.orders import TicketOrder
from services.queries.tickets import ticket_by_id
from services.reporters.reporters import Reveal, reveal
from services.tickets import merging, moves
from services.tickets.answers import Draft, save_draft
from services.tickets.commands import Verify
from services.tickets.editing import Edit, Note, add_note, edit
from tests.conftest import Clock
from tests.factories import make_ticket
from tests.services.access.town import DAY, PERSON, TODAY, Town, everything, named

S = TicketStatus


async def test_whom_it_is_about_merges_it_neither_away_nor_into_itself(town: Town) -> None:
    accused = await town.scope(Role.COORDINATOR, "second post")
    theirs, other = await town.report("dishub"), await make_ticket()
    before = await everything()

    for ticket, into in ((theirs, other), (other, theirs)):
        with pytest.raises(NotFound):
            await merging.merge(town.desk, accused, merging.Merge(ticket.id, 1, into.number))

    assert await everything() == before


async def test_a_report_can_not_be_merged_into_one_of_theirs_and_stays_hidden_from_them(town: Town) -> None:
    coordinator, dishub = await town.scope(Role.COORDINATOR, "nowhere"), await named(town, "dishub", Role.OFFICER)
    secret, theirs = await town.report("dishub"), await make_ticket(S.IN_PROGRESS, lead=town.agencies["dishub"])
    before = await everything()

    with pytest.raises(InvalidInput, match="MERGES_SUPERVISORY"):
        await merging.merge(town.desk, coordinator, merging.Merge(secret.id, 1, theirs.number))

    assert await everything() == before
    assert await ticket_by_id(town.desk, dishub, secret.id) is None
    assert await ticket_by_id(town.desk, dishub, theirs.id) is not None


async def test_a_handler_with_a_second_post_there_writes_and_moves_nothing(town: Town) -> None:
    accused = await town.scope(Role.LIAISON, "second post")
    ticket = await town.report("dishub")
    before = await everything()

    for use_case in (
        lambda: add_note(town.desk, accused, Note(ticket.id, "Catatan.", Visibility.INTERNAL)),
        lambda: save_draft(town.desk, accused, Draft(ticket.id, "Sudah beres.")),
        lambda: moves.return_(town.desk, accused, moves.Return(ticket.id, 1, "NOT_OUR_DUTY")),
        lambda: moves.reopen(town.desk, accused, moves.Reopen(ticket.id, 1, "CLOSED_BY_MISTAKE")),
        lambda: edit(town.desk, accused, Edit(ticket.id, 99, title="Versi lama")),
    ):
        with pytest.raises(NotFound):
            await use_case()

    assert await everything() == before


@pytest.mark.parametrize("place", ["own agency", "second post"])
async def test_no_filter_and_no_total_tells_of_it(town: Town, place: str) -> None:
    accused = await town.scope(Role.INSPECTOR, place)
    ticket = await town.report("dishub", external_keys=["staff:1|abc"])

    for wanted in (
        TicketFilter(external_id="abc"),
        TicketFilter(search=ticket.number),
        TicketFilter(status=(S.RECEIVED,)),
        TicketFilter(agency_code=("dishub",)),
    ):
        page = await ticket_page(town.desk, accused, wanted, TicketOrder.NEWEST_FIRST, 10, None)
        assert (page.tickets, await count(page.query)) == ([], 0)


async def test_to_name_the_same_agency_again_frees_nobody(town: Town) -> None:
    accused = await town.scope(Role.COORDINATOR, "second post")
    ticket = await town.report("dishub", supervisory=False)
    again = Verify(ticket.id, 1, Classification.COMPLAINT, reported_agency_code="dishub")

    await moves.verify(town.desk, accused, again)

    assert (await Ticket.get(id=ticket.id)).supervisory is True  # as a coordinator sits there
    assert await ticket_by_id(town.desk, accused, ticket.id) is None


async def test_events_of_before_are_not_shown_to_whom_it_is_about_now(town: Town) -> None:
    handler = await town.scope(Role.LIAISON, "own agency")
    dishub = town.agencies["dishub"]
    ticket = await make_ticket(S.DISPATCHED, lead=dishub, reported_agency_id=dishub.id)
    await moves.change_status(town.desk, handler, moves.ChangeStatus(ticket.id, 1, S.IN_PROGRESS))
    begin = town.desk.cursors.seal_feed((await log.head(connection())).epoch, 0)
    assert len((await status_changes(town.desk, handler, TicketFilter(), 50, begin)).changes) == 2

    await Ticket.filter(id=ticket.id).update(supervisory=True)

    assert (await status_changes(town.desk, handler, TicketFilter(), 50, begin)).changes == []


async def test_all_roles_at_once_are_not_one_more_right(town: Town) -> None:
    everybody = await named(town, "dishub", *Role)
    theirs, other = await town.report("dishub"), await town.report("satpol")

    assert await ticket_by_id(town.desk, everybody, theirs.id) is None
    assert await ticket_by_id(town.desk, everybody, other.id) is not None


async def test_the_deputy_is_bound_like_an_inspector(town: Town) -> None:
    await OversightRule.create(
        inspectorate=town.agencies["inspektorat"], deputy=Role.LEADER, valid_from=TODAY, legal_basis="Uji"
    )
    deputy = await named(town, "setda", Role.LEADER, Role.ADMIN, Role.COORDINATOR)
    about = {"reported_agency_id": town.key("inspektorat"), "anonymous": False, "reporter": PERSON}
    ticket = await make_ticket(supervisory=True, **about)

    await edit(town.desk, deputy, Edit(ticket.id, 1, reported_agency_code="satpol"))

    with pytest.raises(Forbidden, match="NAMED_BY_CALLER"):
        await reveal(town.desk, deputy, Reveal(ticket.id, "Pemeriksaan."))


async def test_a_rule_of_tomorrow_lets_nobody_in_today(town: Town, clock: Clock) -> None:
    await OversightRule.create(
        inspectorate=town.agencies["inspektorat"], deputy=Role.LEADER, valid_from=TODAY + DAY, legal_basis="Uji"
    )
    leader, admin = await named(town, "setda", Role.LEADER), await named(town, "diskominfo", Role.ADMIN)
    ends = admin.valid_until
    assert leader.valid_until == ends
    assert (leader.deputy, admin.unattended) == (False, (town.key("inspektorat"),))

    clock.forward(days=1)

    assert ends is not None
    assert ends < clock.moment
    assert (await refreshed(town.desk, leader)).deputy is True
    assert (await refreshed(town.desk, admin)).unattended == ()
