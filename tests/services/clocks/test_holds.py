"""An agency holds a ticket for so many working days in all; longer, only the coordinator."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from models import Event, Ticket
from models.enums import Role, TicketStatus
from services.core.messages import say
from services.core.refusals import InvalidInput
from services.deadlines.calendars import calendar_of
from services.deadlines.holds import HoldRule, HoldRules, held_days
from services.deadlines.lives import StatusStep
from services.deadlines.rows.calendars import sync_calendars
from services.master_data.cities import load_city
from services.tickets.moves import ChangeStatus, change_status
from tests.factories import make_agency, make_scope, make_ticket
from tests.root import ROOT
from tests.services.clocks.rules import give_holds

KEDIRI = load_city(ROOT / "cities" / "kediri")
S = TicketStatus
WIB = ZoneInfo("Asia/Jakarta")
MONDAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def wib(day, hour=9):
    return datetime(2026, 3, day, hour, tzinfo=WIB)


@pytest.fixture
async def pupr(desk):
    return await make_agency("dinas-pupr")


@pytest.fixture
async def officer(pupr):
    return await make_scope(Role.OFFICER, pupr)


@pytest.fixture
async def ticket(desk, pupr, clock):
    await give_holds(5)
    clock.set(MONDAY)
    return await make_ticket(S.IN_PROGRESS, lead=pupr, at=MONDAY)


async def hold(desk, scope, ticket, until, *, prolong=False):
    version = (await Ticket.get(id=ticket.id)).version
    wanted = ChangeStatus(ticket.id, version, S.ON_HOLD, reason_code="SCHEDULED", until=until, prolong=prolong)
    return await change_status(desk, scope, wanted)


async def go_on(desk, scope, ticket):
    version = (await Ticket.get(id=ticket.id)).version
    return await change_status(desk, scope, ChangeStatus(ticket.id, version, S.IN_PROGRESS))


async def refused(desk, scope, ticket, until, **more):
    events = await Event.all().count()
    with pytest.raises(InvalidInput) as refusal:
        await hold(desk, scope, ticket, until, **more)
    assert (refusal.value.path, await Event.all().count()) == (("until",), events)
    return refusal.value


async def test_an_agency_holds_up_to_the_last_day_that_is_left(desk, officer, ticket):
    found = await refused(desk, officer, ticket, date(2026, 3, 10))
    await hold(desk, officer, ticket, date(2026, 3, 9))

    assert (found.code, found.params["limit"], found.params["left"]) == ("HOLD_TOO_LONG", 5, 5)
    assert "sisanya 5 hari kerja" in say(found.code, **found.params)


async def test_what_earlier_holds_used_is_gone(desk, officer, ticket, clock):
    await hold(desk, officer, ticket, date(2026, 3, 9))
    clock.set(datetime(2026, 3, 5, 2, 0, tzinfo=UTC))  # Thursday: three working days after Monday
    await go_on(desk, officer, ticket)

    found = await refused(desk, officer, ticket, date(2026, 3, 10))
    await hold(desk, officer, ticket, date(2026, 3, 9))
    clock.set(datetime(2026, 3, 9, 2, 0, tzinfo=UTC))
    longer = await refused(desk, officer, ticket, date(2026, 3, 10), prolong=True)

    assert (found.code, found.params["left"]) == ("HOLD_TOO_LONG", 2)
    assert (longer.code, longer.params["left"]) == ("HOLD_USED_UP", 0)


async def test_the_coordinator_holds_longer_and_that_counts(desk, officer, ticket, clock):
    coordinator = await make_scope(Role.COORDINATOR, await make_agency("diskominfo"))
    await hold(desk, coordinator, ticket, date(2026, 4, 30))
    clock.set(datetime(2026, 4, 1, 2, 0, tzinfo=UTC))
    await go_on(desk, officer, ticket)

    assert (await refused(desk, officer, ticket, date(2026, 4, 2))).code == "HOLD_USED_UP"


async def test_another_agency_has_its_own_days(desk, officer, ticket, clock):
    await hold(desk, officer, ticket, date(2026, 3, 9))
    social = await make_agency("dinas-sosial")
    await Ticket.filter(id=ticket.id).update(lead_agency_id=social.id)
    clock.set(datetime(2026, 3, 9, 2, 0, tzinfo=UTC))

    await hold(desk, await make_scope(Role.OFFICER, social), ticket, date(2026, 3, 16), prolong=True)

    assert (await Ticket.get(id=ticket.id)).hold_until == date(2026, 3, 16)


async def test_an_agency_that_works_every_day_holds_by_its_own_calendar(desk, database, clock):
    await sync_calendars(database, KEDIRI.calendar.calendars)
    await give_holds(5)
    clock.set(datetime(2026, 3, 6, 2, 0, tzinfo=UTC))  # Friday
    rescue = await make_agency("BPBD")
    officer, ticket = await make_scope(Role.OFFICER, rescue), await make_ticket(S.IN_PROGRESS, lead=rescue)

    found = await refused(desk, officer, ticket, date(2026, 3, 12))
    await hold(desk, officer, ticket, date(2026, 3, 11))
    clock.set(datetime(2026, 3, 9, 2, 0, tzinfo=UTC))
    await go_on(desk, officer, ticket)
    again = await refused(desk, officer, ticket, date(2026, 3, 12))

    assert (found.params["left"], again.params["left"]) == (5, 2)


async def test_a_city_without_a_row_bounds_nothing(desk, pupr, officer, clock):
    clock.set(MONDAY)
    ticket = await make_ticket(S.IN_PROGRESS, lead=pupr, at=MONDAY)

    await hold(desk, officer, ticket, date(2026, 9, 1))

    assert (await Ticket.get(id=ticket.id)).status is S.ON_HOLD


@pytest.mark.parametrize(
    ("steps", "days"),
    [
        ([StatusStep(wib(2), S.ON_HOLD, "A", date(2026, 3, 6))], 4),
        ([StatusStep(wib(2), S.ON_HOLD, "A", date(2026, 3, 6)), StatusStep(wib(4), S.IN_PROGRESS, "A")], 2),
        ([StatusStep(wib(2), S.ON_HOLD, "A", date(2026, 3, 6)), StatusStep(wib(2, 15), S.IN_PROGRESS, "A")], 0),
        ([StatusStep(wib(6), S.ON_HOLD, "A", date(2026, 3, 9))], 1),
        (
            [
                StatusStep(wib(2), S.ON_HOLD, "A", date(2026, 3, 3)),
                StatusStep(wib(3), S.ON_HOLD, "A", date(2026, 3, 5)),
            ],
            3,
        ),
        (
            [
                StatusStep(wib(2), S.ON_HOLD, None, date(2026, 3, 6)),
                StatusStep(wib(2), S.ON_HOLD, "B", date(2026, 3, 6)),
            ],
            0,
        ),
        ([StatusStep(wib(16), S.ON_HOLD, "A", date(2026, 3, 30))], 2),
        ([StatusStep(wib(20), S.ON_HOLD, "A", date(2026, 3, 25))], 0),
        ([], 0),
    ],
)
def test_the_days_of_one_agency_by_hand(steps, days):
    assert held_days(steps, "A", calendar_of([]), WIB, date(2026, 3, 18)) == days


def test_a_rule_holds_from_its_day_until_the_next():
    rules = HoldRules((HoldRule(20, date(2026, 1, 1), "SK 1"), HoldRule(5, date(2026, 3, 1), "SK 2")))

    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 2, 28), date(2026, 3, 1)]
    assert [rules.limit(day) for day in days] == [None, 20, 20, 5]


@pytest.mark.parametrize("day", [date.min, date.max])
async def test_a_day_that_nobody_may_ask_for_is_refused_as_that_alone(desk, officer, ticket, day):
    found = await refused(desk, officer, ticket, day)

    assert (found.code, found.path) == ("UNTIL_OUT_OF_RANGE", ("until",))
