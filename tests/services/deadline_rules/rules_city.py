"""A desk with Kediri's calendars and policies, and changes of them."""

from __future__ import annotations

from datetime import date
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from models import CalendarDay, DeadlinePolicy, DeadlineRule, Event, Installation, OfficeWeek, WithdrawnDay
from models.calendars import DayKind
from models.enums import ClockKind, DeadlineUnit, Purpose
from services.core.desk import Desk
from services.core.installation import settle
from services.core.reference import Reference
from services.deadline_rules.commands import GivenDay, GivenPolicy, GivenWeek, GivenWindow, RulesChange
from services.deadlines.rows.calendars import sync_calendars, sync_days, sync_rules
from services.deadlines.rows.policies import board_rules, sync_policies
from services.master_data.cities import load_city
from tests.root import ROOT

KEDIRI = load_city(ROOT / "cities" / "kediri")
BASIS = "SK 188.45/7/2026"
NEW_DAY = GivenDay(date(2026, 3, 10), DayKind.LOCAL, "Hari jadi Kota Kediri")


async def seed_rules(database: BaseDBAsyncClient, desk: Desk) -> None:
    """Kediri's calendars, days and policies, as version 1."""
    await settle(Purpose.TEST, desk.now())
    await sync_calendars(database, KEDIRI.calendar.calendars)
    await sync_days(database, desk.today())
    await sync_policies(database, KEDIRI.deadlines)
    await sync_rules(database, board_rules(KEDIRI.deadlines))


def rules_change(expected_version: int = 1, legal_basis: str = BASIS, **rows: Any) -> RulesChange:
    return RulesChange(expected_version, legal_basis, **{name: tuple(each) for name, each in rows.items()})


def week(*windows: tuple[int, str, str], **given: Any) -> GivenWeek:
    """A week of the desk from 1 July 2026; without windows Monday to Friday, 08:00-15:00."""
    hours = windows or tuple((weekday, "08:00", "15:00") for weekday in range(1, 6))
    values = {"calendar_code": "KEDIRI", "name": "Jam kerja baru", "valid_from": date(2026, 7, 1), "valid_to": None}
    return GivenWeek(**{**values, **given}, windows=tuple(GivenWindow(*each) for each in hours))


def policy(**given: Any) -> GivenPolicy:
    """A row of FIRST_RESPONSE that names nothing, of a code that there is."""
    values = {
        "code": "tindak-lanjut",
        "clock": ClockKind.FIRST_RESPONSE,
        "amount": 3,
        "unit": DeadlineUnit.WORKING_DAYS,
        "valid_from": date(2026, 3, 1),
    }
    return GivenPolicy(**{**values, **given})


async def everything(desk: Desk) -> tuple[object, ...]:
    """All rows that a change of rules can touch, and how many events there are."""
    tables = (CalendarDay, DeadlinePolicy, DeadlineRule, OfficeWeek, WithdrawnDay, Installation)
    rows = [sorted(map(str, await table.all().values_list())) for table in tables]
    return (*rows, await Event.all().count())


async def books(desk: Desk) -> Reference:
    return await desk.reference()
