"""A hold that goes on: the ticket stays on hold until another day, no new hold is counted, and its reporter is told."""

from datetime import date

import pytest

from models import Ticket
from models.enums import TicketStatus
from services.core.refusals import InvalidInput
from services.queries.holds import holds
from services.queries.timelines import timelines, window
from services.tickets.moves import ChangeStatus, change_status
from tests.factories import citizen_scope, event_of, make_ticket
from tests.services.tickets.given import rows

S = TicketStatus
FIRST, LATER = date(2026, 3, 10), date(2026, 3, 20)


def on_hold(ticket, until, reason, **more):
    return ChangeStatus(ticket.id, ticket.version, S.ON_HOLD, until=until, reason_code=reason, **more)


@pytest.mark.parametrize(
    ("by", "source", "reason", "said"),
    [
        ("coordinator", S.VERIFIED, "WAITING_FOR_DECISION", "Kami masih menunggu keputusan pimpinan."),
        ("officer", S.IN_PROGRESS, "SCHEDULED", "Penanganan sudah dijadwalkan."),
    ],
)
async def test_a_hold_is_prolonged_and_counted_once(desk, coordinator, officer, pupr, by, source, reason, said):
    scope = {"coordinator": coordinator, "officer": officer}[by]
    ticket = await make_ticket(source, lead=pupr if by == "officer" else None)
    first = await event_of(await change_status(desk, scope, on_hold(ticket, FIRST, reason)))

    done = await change_status(
        desk, scope, on_hold(await Ticket.get(id=ticket.id), LATER, reason.lower(), prolong=True)
    )

    row, event = await Ticket.get(id=ticket.id), await event_of(done)
    assert (row.status, row.hold_until, row.version) == (S.ON_HOLD, LATER, 3)
    assert ("holdCount" in first.changed, "holdCount" in event.changed) == (True, False)
    assert event.details["reason"] == reason
    assert await holds([ticket.id]) == {ticket.id: 1}
    shown = await timelines(
        desk, await desk.reference(), citizen_scope(ticket).sight, [ticket.id], window(None, None, 1, None)
    )
    assert shown[ticket.id].events[-1].public_message == (
        f"Penanganan laporan Anda ditunda sampai 20 Maret 2026. {said} Setelah itu kami kabari lagi."
    )


@pytest.mark.parametrize(
    ("status", "more", "code", "path"),
    [
        (S.ON_HOLD, {}, "PROLONG_NEEDED", "prolong"),
        (S.ON_HOLD, {"prolong": True, "reason": None}, "REASON_NEEDED", "reasonCode"),
        (S.ON_HOLD, {"prolong": True, "until": None}, "UNTIL_NEEDED", "until"),
        (S.ON_HOLD, {"prolong": True, "until": date(2026, 3, 2)}, "UNTIL_OUT_OF_RANGE", "until"),
        (S.ON_HOLD, {"prolong": True, "reason": "WAITING_FOR_DECISION"}, "UNKNOWN_REASON", "reasonCode"),
        (S.IN_PROGRESS, {"prolong": True}, "NOT_WANTED", "prolong"),
        (S.DISPATCHED, {"prolong": True}, "NOT_WANTED", "prolong"),
    ],
)
async def test_it_is_said_where_a_hold_goes_on_and_nowhere_else(desk, officer, pupr, status, more, code, path):
    ticket = await make_ticket(status, lead=pupr, hold_until=FIRST if status is S.ON_HOLD else None)
    given = {"until": LATER, "reason": "SCHEDULED", **more}
    before = await rows()

    with pytest.raises(InvalidInput) as refusal:
        await change_status(desk, officer, on_hold(ticket, **given))

    assert [(each.code, each.path) for each in refusal.value.each()] == [(code, (path,))]
    assert await rows() == before


async def test_the_desk_prolongs_an_agency_s_hold_by_the_agency_s_reasons_and_on_its_behalf(desk, coordinator, pupr):
    ticket = await make_ticket(S.ON_HOLD, lead=pupr, hold_until=FIRST)
    before = await rows()

    with pytest.raises(InvalidInput, match="UNKNOWN_REASON"):
        await change_status(desk, coordinator, on_hold(ticket, LATER, "WAITING_FOR_DECISION", prolong=True))
    assert await rows() == before
    done = await change_status(desk, coordinator, on_hold(ticket, LATER, "SCHEDULED", prolong=True))

    assert (await event_of(done)).on_behalf_of_id == pupr.id
