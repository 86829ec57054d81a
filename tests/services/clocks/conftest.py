"""A desk of Kediri's calendars and policies, with a coordinator and two agencies, one of which works at night."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from models.enums import Role
from services.deadlines.rows.calendars import sync_calendars, sync_days
from services.deadlines.rows.policies import sync_policies
from services.master_data.cities import load_city
from tests.factories import make_agency, make_scope
from tests.root import ROOT
from tests.services.deadlines.lives import WIB

KEDIRI = load_city(ROOT / "cities" / "kediri")


@pytest.fixture
async def rules(desk, database):
    """Kediri's calendars, days off and policies."""
    await sync_calendars(database, KEDIRI.calendar.calendars)
    await sync_days(database, date(2026, 12, 1), KEDIRI.calendar.days)
    await sync_policies(database, KEDIRI.deadlines)


@pytest.fixture
async def home(rules):
    return await make_agency("DISKOMINFO")


@pytest.fixture
async def pupr(rules):
    return await make_agency("PUPR")


@pytest.fixture
async def coordinator(home):
    return await make_scope(Role.COORDINATOR, home)


@pytest.fixture
async def officer(pupr):
    return await make_scope(Role.OFFICER, pupr)


@pytest.fixture
def set_clock(clock):
    """Put the desk's clock to a moment in WIB, as `2026-03-16 09:00`."""

    def put(text):
        clock.set(datetime.fromisoformat(text).replace(tzinfo=WIB))

    return put
