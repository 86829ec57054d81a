"""Merged reports follow the ticket that stays: they are told of its moves, and come back where it was nothing."""

import pytest

from models import Event, Ticket
from models.database import connection
from models.enums import Channel, EventKind, ReasonList, Role, TicketStatus
from realtime import log
from services.access.filters.filters import TicketFilter
from services.access.filters.worklists import Worklist, worklist_rule
from services.access.states import ticket_state
from services.core.refusals import VersionConflict
from services.feeds import decisions, feeds
from services.feeds.pull import status_changes
from services.queries.merged import continuations, duplicates
from services.reasons.reasons import CODES
from services.tickets.continuations import OF_ITSELF
from services.tickets.merging import Merge, merge
from services.tickets.moves import ChangeStatus, Reopen, Verify, change_status, reopen, verify
from tests.factories import citizen_scope, latest, make_agency, make_scope, make_ticket, make_tickets

S = TicketStatus


@pytest.fixture
async def coordinator(desk):
    return await make_scope(Role.COORDINATOR, await make_agency("diskominfo"))


async def merged_into(target):
    return await make_ticket(S.ARCHIVED, merged_into_id=target.id)


async def told_of(ticket):
    """What the log holds of a ticket beyond its first event: kind, changed names, details."""
    events = await Event.filter(ticket_id=ticket.id).order_by("seq").offset(1)
    return [(event.kind, event.changed, event.details) for event in events]


async def test_a_move_of_the_ticket_that_stays_is_told_to_every_report_below_it(desk, coordinator):
    target = await make_ticket(S.RECEIVED)
    near = await merged_into(target)
    far, apart = await merged_into(near), await make_ticket()
    before = [await Ticket.filter(id=each.id).values() for each in (near, far)]

    await change_status(desk, coordinator, ChangeStatus(target.id, 1, S.INCOMPLETE, note="Di mana?"))

    step = {"continuation": target.id, "from": "RECEIVED", "to": "INCOMPLETE"}
    assert await told_of(near) == await told_of(far) == [(EventKind.CONTINUATION_CHANGED, ["continuedIn"], step)]
    assert await told_of(apart) == []
    assert [await Ticket.filter(id=each.id).values() for each in (near, far)] == before
    last = await latest(Event.filter(ticket_id=near.id))
    assert last.before == last.after == ticket_state(await Ticket.get(id=near.id))


async def test_what_changes_no_status_is_told_to_no_merged_report(desk, coordinator):
    target = await make_ticket(S.ON_HOLD, hold_until=desk.today())
    near = await merged_into(target)
    order = ChangeStatus(
        target.id, 1, S.ON_HOLD, reason_code="WAITING_FOR_DECISION", until=desk.today().replace(day=20), prolong=True
    )

    await change_status(desk, coordinator, order)

    assert (await Ticket.get(id=target.id)).hold_until == order.until
    assert await told_of(near) == []


async def test_a_refused_move_tells_nobody(desk, coordinator):
    target = await make_ticket(S.RECEIVED)
    near = await merged_into(target)

    with pytest.raises(VersionConflict):
        await change_status(desk, coordinator, ChangeStatus(target.id, 0, S.INCOMPLETE, note="Di mana?"))

    assert await told_of(near) == []


@pytest.mark.parametrize("reason", CODES[ReasonList.ARCHIVE])
async def test_duplicates_come_back_to_the_desk_where_the_ticket_was_archived_for_itself(desk, coordinator, reason):
    # Only an incomplete report was not completed, and only an imported one can have a wrong format.
    channel = Channel.SP4N_LAPOR if reason == "FORMAT_ERROR" else Channel.SURGA_WEB
    target = await make_ticket(S.INCOMPLETE if reason == "INCOMPLETE" else S.RECEIVED, channel=channel)
    near = await merged_into(target)
    far = await merged_into(near)

    await change_status(desk, coordinator, ChangeStatus(target.id, 1, S.ARCHIVED, reason_code=reason))

    row = await Ticket.get(id=near.id)
    if reason in OF_ITSELF:
        assert (row.status, row.merged_into_id, row.lead_agency_id, row.reopen_count) == (S.REOPENED, None, None, 1)
        changed = ["continuedIn", "mergedInto", "reopenCount", "standing", "status"]
        assert await told_of(near) == [(EventKind.REOPENED, changed, {"reason": "NOT_A_DUPLICATE"})]
        todo = worklist_rule(Worklist.TO_DISPATCH, coordinator, await desk.reference())
        assert todo.holds(ticket_state(row))
        [(kind, _, step)] = await told_of(far)
        assert (kind, step["continuation"], step["to"]) == (EventKind.CONTINUATION_CHANGED, near.id, "REOPENED")
    else:
        assert (row.status, row.merged_into_id) == (S.ARCHIVED, target.id)
        [(kind, _, step)] = await told_of(near)
        assert (kind, step["to"]) == (EventKind.CONTINUATION_CHANGED, "ARCHIVED")


async def test_a_merge_of_the_ticket_that_stays_leads_its_duplicates_on(desk, coordinator):
    last, target = await make_ticket(S.RECEIVED), await make_ticket(S.RECEIVED)
    near = await merged_into(target)

    await merge(desk, coordinator, Merge(target.id, 1, last.number))
    await verify(desk, coordinator, Verify(last.id, 1, "COMPLAINT"))

    assert [details["to"] for _, _, details in await told_of(near)] == ["ARCHIVED", "VERIFIED"]
    found = (await continuations([near.id, last.id]))[near.id]
    assert (found.number, found.status) == (last.number, S.VERIFIED)
    assert found.updated_at == (await Ticket.get(id=last.id)).updated_at


async def test_a_ring_of_merges_ends(desk):
    one = await make_ticket(S.ARCHIVED)
    two = await merged_into(one)
    await Ticket.filter(id=one.id).update(merged_into_id=two.id)

    assert (await continuations([one.id]))[one.id].status is S.ARCHIVED


async def test_duplicates_are_those_that_the_caller_sees_oldest_first(desk, coordinator):
    target = await make_ticket()
    shown = [await merged_into(target) for _ in range(3)]
    await make_ticket(S.ARCHIVED, merged_into_id=target.id, confidential=True)
    leader = await make_scope(Role.LEADER, await make_agency("dinkes"))

    everything = await duplicates(desk, coordinator.sight, [target.id, shown[0].id])
    public = (await duplicates(desk, leader.sight, [target.id]))[target.id]

    assert [view.pk for view in public] == [row.id for row in shown]
    assert (len(everything[target.id]), everything[shown[0].id]) == (4, [])
    assert await duplicates(desk, citizen_scope(target).sight, [target.id]) == {target.id: []}


async def test_the_reporter_of_a_merged_report_hears_what_becomes_of_the_matter_and_nobody_else_does(desk, coordinator):
    target = await make_ticket(S.RECEIVED)
    near = await merged_into(target)
    begin = desk.cursors.seal_feed((await log.head(connection())).epoch, (await log.head(connection())).seq)

    await change_status(desk, coordinator, ChangeStatus(target.id, 1, S.INCOMPLETE, note="Di mana?"))

    changes = [
        [(change.ticket.number, change.from_, change.to) for change in page.changes]
        for scope in (citizen_scope(near), coordinator, citizen_scope(target))
        if (page := await status_changes(desk, scope, TicketFilter(), 10, begin))
    ]
    own, real = (near.number, S.RECEIVED, S.INCOMPLETE), (target.number, S.RECEIVED, S.INCOMPLETE)
    assert changes == [[own], [real], [real]]
    event = await logged(near)
    for scope, changed in ((citizen_scope(near), ["continuedIn"]), (coordinator, None)):
        now = await feeds.load(desk, [near.id])
        shown = decisions.membership(event, await feeds.watch(desk, scope, TicketFilter()), now[near.id])
        assert getattr(shown, "changed", None) == changed


async def logged(ticket):
    """The last event of a ticket as the log is read."""
    last = await latest(Event.filter(ticket_id=ticket.id))
    events, _ = await log.read_after(connection(), last.seq - 1, 1)
    return events[0]


async def test_a_report_that_is_reopened_goes_on_nowhere_else_and_says_so(desk, coordinator):
    near, alone = await merged_into(await make_ticket()), await make_ticket(S.ARCHIVED)

    for ticket in (near, alone):
        await reopen(desk, coordinator, Reopen(ticket.id, 1, "NEW_INFORMATION"))

    [(_, changed, _)], [(_, of_the_other, _)] = await told_of(near), await told_of(alone)
    assert changed == ["continuedIn", "mergedInto", "reopenCount", "standing", "status"]
    assert of_the_other == ["reopenCount", "standing", "status"]
    assert await continuations([near.id]) == {}


async def merged(count, target):
    """So many reports that were merged into this one."""
    before = set(await Ticket.all().values_list("id", flat=True))
    await make_tickets(count)
    made = Ticket.exclude(id__in=before)
    await made.update(status=S.ARCHIVED, merged_into_id=target.id)
    return sorted(await Ticket.exclude(id__in=before).values_list("id", flat=True))


@pytest.mark.parametrize("reason", ["NOT_RELEVANT", "SPAM"])
async def test_five_hundred_merged_reports_cost_hardly_more_statements_than_five(
    desk, coordinator, count_queries, reason
):
    await desk.reference()  # which the first move would read besides
    spent = {}
    for count in (5, 500):
        target = await make_ticket(S.RECEIVED)
        near = await merged(count, target)
        with count_queries() as statements:
            await change_status(desk, coordinator, ChangeStatus(target.id, 1, S.ARCHIVED, reason_code=reason))
        spent[count] = statements.count
        events = await Event.filter(ticket_id__in=near, kind__not=EventKind.SUBMITTED).order_by("seq")
        kind = EventKind.REOPENED if reason in OF_ITSELF else EventKind.CONTINUATION_CHANGED
        assert [(event.ticket_id, event.kind) for event in events] == [(each, kind) for each in near]
        for event in events:
            assert event.after == ticket_state(await Ticket.get(id=event.ticket_id))

    assert spent[500] - spent[5] == (4 if reason in OF_ITSELF else 0)  # rows are saved a hundred at once
