"""No open ticket is nobody's: whatever state it is in, the worklist of somebody who sees it holds it."""

from itertools import product

import pytest

from models.enums import OPEN_STATUSES, Role, TicketStatus
from services.access.access import sees
from services.access.filters.filters import TicketFilter, condition
from services.access.filters.worklists import Worklist, worklist_rule
from services.access.states import ticket_state
from services.feeds.feeds import watch
from services.queries.lists.lists import ticket_page
from services.queries.lists.orders import TicketOrder
from services.queries.tickets import worklist_counts
from tests.factories import make_agency, make_officer, make_scope, make_ticket

S = TicketStatus


@pytest.fixture
async def callers(desk):
    """A coordinator, an inspector, and liaison and officer of an agency; another agency has nobody."""
    home, led = await make_agency("diskominfo"), await make_agency("pupr")
    await make_agency("dlhkp")
    return {
        "coordinator": await make_scope(Role.COORDINATOR, home),
        "inspector": await make_scope(Role.INSPECTOR, await make_agency("inspektorat")),
        "liaison": await make_scope(Role.LIAISON, led),
        "officer": await make_scope(Role.OFFICER, led),
    }


def holders(callers, reference, state):
    """Who sees the ticket in a worklist, and in which."""
    return {
        (name, worklist)
        for name, scope in callers.items()
        for worklist in Worklist
        if sees(scope, state) and worklist_rule(worklist, scope, reference).holds(state)
    }


async def test_every_open_state_is_in_somebody_s_worklist(desk, callers):
    reference = await desk.reference()
    led, empty = (reference.agency_codes[code].pk for code in ("pupr", "dlhkp"))
    officer = callers["officer"].officer_id
    base = {**ticket_state(await make_ticket()), "waiting": 0}
    tried = 0

    for status, lead, returns, assignee, left, supervisory in product(
        sorted(OPEN_STATUSES),
        (None, led, empty),
        (0, 1),
        (None, officer),
        (False, True),
        (False, True),
    ):
        if assignee is not None and (lead != led or left):
            continue  # an officer has only what their agency leads, and nobody has what somebody left
        state = {
            **base,
            "status": status,
            "lead": lead,
            "returns": returns,
            "assignee": assignee,
            "left": left,
            "supervisory": supervisory,
            "confidential": supervisory,
        }
        assert holders(callers, reference, state), state
        tried += 1

    assert tried == len(OPEN_STATUSES) * 28


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({"status": S.REOPENED, "returns": 1}, {("coordinator", Worklist.TO_DISPATCH)}),
        ({"status": S.VERIFIED, "returns": 1}, {("coordinator", Worklist.RETURNED)}),
        ({"status": S.INCOMPLETE}, {("coordinator", Worklist.WAITING)}),
        ({"status": S.ON_HOLD, "hold_until": "2026-03-03"}, {("coordinator", Worklist.WAITING)}),
        (
            {"status": S.ON_HOLD, "hold_until": "2026-03-02"},
            {("coordinator", Worklist.WAITING), ("coordinator", Worklist.NEEDS_ATTENTION)},
        ),
        ({"status": S.RESOLVED, "left": True}, set()),
        ({"status": S.ARCHIVED, "hold_until": "2026-03-01"}, set()),
    ],
)
async def test_what_waits_for_the_desk(desk, callers, values, wanted):
    state = {**ticket_state(await make_ticket()), **values}

    assert holders(callers, await desk.reference(), state) == wanted


async def test_an_agency_that_nobody_works_for_needs_attention_until_somebody_does(desk, callers):
    empty = await make_agency("dinkes")
    state = ticket_state(await make_ticket(S.DISPATCHED, lead=empty))
    before = holders(callers, await desk.reference(), state)

    await make_officer(empty)

    assert before == {("coordinator", Worklist.NEEDS_ATTENTION)}
    assert holders(callers, await desk.reference(), state) == set()  # it is UNASSIGNED of the new officer now


async def test_the_counts_equal_the_lists(desk, callers):
    led = await make_agency("dpkp")
    scope = await make_scope(Role.LIAISON, led)
    for status, returns in product(S, (0, 1)):
        lead = led if status in (S.DISPATCHED, S.IN_PROGRESS, S.ANSWERED, S.REOPENED, S.RESOLVED) else None
        hold = desk.today() if status is S.ON_HOLD else None
        await make_ticket(status, lead=lead, return_count=returns, hold_until=hold, assignee_left=bool(returns))

    for caller in (callers["coordinator"], scope):
        counted = {each.worklist: each.count for each in await worklist_counts(desk, caller)}
        for worklist in Worklist:
            page = await ticket_page(desk, caller, TicketFilter(worklist=worklist), TicketOrder.NEWEST_FIRST, 100, None)
            rule = condition(TicketFilter(worklist=worklist), await desk.reference(), caller)
            assert len(page.tickets) == counted[worklist], worklist
            assert all(rule.holds(view.state) for view in page.tickets)


@pytest.mark.parametrize("worklist", Worklist)
async def test_every_worklist_can_be_followed_and_its_feed_goes_on_until_the_day_ends(desk, clock, callers, worklist):
    followed = [await watch(desk, scope, TicketFilter(worklist=worklist)) for scope in callers.values()]
    again = [await watch(desk, scope, TicketFilter(worklist=worklist)) for scope in callers.values()]
    clock.forward(days=1)
    tomorrow = [await watch(desk, scope, TicketFilter(worklist=worklist)) for scope in callers.values()]

    assert [each.mark for each in followed] == [each.mark for each in again]
    assert ([each.mark for each in followed] == [each.mark for each in tomorrow]) is (
        worklist is not Worklist.NEEDS_ATTENTION
    )
