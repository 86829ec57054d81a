"""What is told once though it happened twice at a moment, and what is taken from lists once, whoever is at it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from models import Event, Notification, Ticket
from models.database import connection
from models.enums import EventKind, NotificationKind, TicketStatus
from realtime import log
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.refusals import Forbidden
from services.feeds.feeds import load
from services.notifications import projection
from services.notifications.feed import Cleared, shown_to
from services.notifications.notifications import notification_page, reader_of
from services.notifications.projection import read_on
from services.notifications.reading import MarkRead, mark_read
from services.tickets import moves
from services.tickets.commands import Dispatch
from tests.conftest import Clock
from tests.factories import make_ticket
from tests.services.notifications.conftest import Office
from tests.services.notifications.test_projection import happened, passed
from workers.notifications import notify

AWAY = "Bukan tugas PUPR."


async def climbed(ticket: Ticket, at: Any, whom: Scope, clock: str = "RESOLUTION") -> None:
    """A rung of the ladder that a clock reached, told to one officer."""
    details = {"notified": [whom.officer_id], "clock": clock, "escalation": 7, "rule": "penyelesaian-instansi"}
    await happened(ticket, "ESCALATED", at, details=details)


async def listed(desk: Desk, scope: Scope) -> list[tuple[str, str, int]]:
    page = await notification_page(desk, reader_of(scope, "en"), 20, None, unread_only=False)
    return [(row.kind.value, row.text, row.count) for row in page.notifications]


async def cleared() -> list[Any]:
    """Whom the log told of what is gone, each time with the rows."""
    return [event.details["to"] for event in await Event.filter(kind=EventKind.NOTIFICATIONS_CLEARED).order_by("seq")]


@pytest.mark.parametrize("page", [500, 2])
async def test_a_passing_and_its_rung_are_one_notification(
    desk: Desk, office: Office, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    ticket = await make_ticket(TicketStatus.DISPATCHED, lead=office.roads)
    await notify(desk)
    await Notification.all().delete()
    monkeypatch.setattr(projection, "PAGE", page)  # of two events: the passing would end the first one, after NOTIFIED

    await passed(ticket, desk.now())
    await climbed(ticket, desk.now(), office.liaison)
    await notify(desk)

    text = f"Report {ticket.number} was escalated to you by its deadline: Resolution."
    assert await listed(desk, office.liaison) == [("ESCALATED", text, 1)]
    assert (await Notification.get(kind=NotificationKind.ESCALATED)).escalation_id == 7


async def test_a_rung_of_another_moment_clock_or_hand_is_told_beside_a_passing(desk: Desk, office: Office) -> None:
    ticket = await make_ticket(TicketStatus.DISPATCHED, lead=office.roads)
    await notify(desk)
    await Notification.all().delete()
    now = desk.now()

    await passed(ticket, now)
    await climbed(ticket, now - timedelta(seconds=1), office.liaison)
    await climbed(ticket, now, office.liaison, "NATIONAL")
    by_hand = {"notified": [office.liaison.officer_id], "clock": None, "escalation": 8}
    await happened(ticket, "ESCALATED", now, details=by_hand, actor_kind="STAFF")
    await notify(desk)

    kinds = (
        await Notification.filter(officer_id=office.liaison.officer_id).order_by("id").values_list("kind", flat=True)
    )
    assert kinds == ["OVERDUE", "ESCALATED", "ESCALATED", "ESCALATED"]


async def test_what_a_standstill_kept_counts_a_passing_and_its_rung_once(
    desk: Desk, office: Office, clock: Clock
) -> None:
    tickets = [await make_ticket(TicketStatus.DISPATCHED, lead=office.roads) for _ in range(2)]
    await notify(desk)
    await Notification.all().delete()
    for ticket in tickets:
        await passed(ticket, desk.now() - timedelta(hours=5))
        await climbed(ticket, desk.now() - timedelta(hours=5), office.liaison)
    await notify(desk)
    clock.forward(minutes=1)
    await notify(desk)

    told = "While the service stood still, 2 deadlines came near or passed."
    assert await listed(desk, office.liaison) == [("SUMMARY", told, 2)]


async def test_two_workers_that_read_what_leaves_a_sight_clear_it_once(
    desk: Desk, office: Office, clock: Clock
) -> None:
    tickets = [await make_ticket(TicketStatus.DISPATCHED, lead=office.roads) for _ in range(2)]
    for ticket in tickets:
        await passed(ticket, desk.now() - timedelta(hours=5))
    await notify(desk)
    clock.forward(minutes=1)
    await notify(desk)
    whom = str(office.liaison.officer_id)
    summary = await Notification.get(kind=NotificationKind.SUMMARY)
    of_tickets = {row.ticket_id: row.id for row in await Notification.filter(kind=NotificationKind.DISPATCHED)}

    for ticket in tickets:  # both are gone before anybody reads of the first
        await moves.dispatch(desk, office.coordinator, Dispatch(ticket.id, 1, "dinkes", note=AWAY))
    await asyncio.gather(read_on(desk), read_on(desk))

    first, second = tickets
    assert await cleared() == [
        {whom: [of_tickets[first.id]]},
        {whom: [of_tickets[second.id]]},
        {whom: [summary.id]},
    ]


async def test_a_summary_stays_while_one_of_its_tickets_is_seen(desk: Desk, office: Office, clock: Clock) -> None:
    tickets = [await make_ticket(TicketStatus.DISPATCHED, lead=office.roads) for _ in range(2)]
    await notify(desk)
    await Notification.all().delete()
    for ticket in tickets:
        await passed(ticket, desk.now() - timedelta(hours=5))
    await notify(desk)
    clock.forward(minutes=1)
    await notify(desk)
    [summary] = await Notification.filter(officer_id=office.liaison.officer_id)

    seen = []
    for ticket in tickets:
        await moves.dispatch(desk, office.coordinator, Dispatch(ticket.id, 1, "dinkes", note=AWAY))
        await notify(desk)
        seen.append(await cleared())

    assert seen == [[], [{str(office.liaison.officer_id): [summary.id]}]]


async def test_two_devices_that_mark_the_same_at_once_clear_it_once(desk: Desk, office: Office) -> None:
    for _ in range(3):
        await make_ticket(TicketStatus.DISPATCHED, lead=office.roads)
    await notify(desk)
    ids = tuple(await Notification.all().order_by("id").values_list("id", flat=True))

    marking = [MarkRead(ids=ids), MarkRead(all_up_to=ids[-1]), MarkRead(ids=ids[::-1])]
    unread = await asyncio.gather(*(mark_read(desk, office.liaison, each) for each in marking))

    assert unread == [0, 0, 0]
    assert await cleared() == [{str(office.liaison.officer_id): list(ids)}]


async def test_who_has_not_said_which_post_to_act_for_marks_nothing(desk: Desk, office: Office) -> None:
    await make_ticket(TicketStatus.DISPATCHED, lead=office.roads)
    await notify(desk)
    scope = replace(office.liaison, agency_id=None, agencies=frozenset({office.roads.id, office.health.id}))
    row = await Notification.get()

    with pytest.raises(Forbidden, match="POST_NOT_CHOSEN"):
        await mark_read(desk, scope, MarkRead(ids=(row.id,)))

    assert (await Notification.get()).read_at is None


async def test_what_went_with_a_ticket_is_not_taken_from_who_sees_it_again(desk: Desk, office: Office) -> None:
    ticket = await make_ticket(TicketStatus.DISPATCHED, lead=office.roads)
    now = (await load(desk, [ticket.id]))[ticket.id]
    event = replace(
        (await log.read_after(connection(), 0, 1))[0][0],
        kind=EventKind.NOTIFICATIONS_CLEARED,
        details={"to": {str(each.officer_id): [7] for each in (office.liaison, office.stranger)}, "ticket": ticket.id},
    )

    shown = [shown_to(event, reader_of(each, "id"), now) for each in (office.liaison, office.stranger, office.officer)]

    assert shown == [None, Cleared((7,)), None]
