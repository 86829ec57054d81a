"""`surga calendar`: what is known of days off, and how a year that nobody announced is told."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from models import CalendarDay, DeadlinePolicy, OfficeWeek, WorkCalendar
from models.calendars import DayKind
from models.enums import ClockKind, DeadlineUnit
from tests.conftest import SECRET
from tests.forking import Program

THIS_YEAR = datetime.now(UTC).year
YEARS = range(THIS_YEAR, THIS_YEAR + 3)  # the program reads the clock of the machine, which may pass into the next


@pytest.fixture
def environment(database: BaseDBAsyncClient, database_url: str, redis_url: str) -> dict[str, str]:
    return {
        "SURGA_ENVIRONMENT": "test",
        "SURGA_DATABASE_URL": database_url,
        "SURGA_REDIS_URL": redis_url,
        "SURGA_SECRET_KEY": SECRET,
    }


async def announce(year: int, *, estimated: bool = False) -> None:
    for kind, month in ((DayKind.HOLIDAY, 5), (DayKind.JOINT_LEAVE, 6)):
        day = date(year, month, 1)
        await CalendarDay.create(day=day, kind=kind, name="Libur [b]", source=f"SKB {year}", estimated=estimated)


async def test_years_that_are_known_pass_the_check(program: Program, environment: dict[str, str]) -> None:
    for year in YEARS:
        await announce(year)

    done = program.run("calendar", "check", **environment)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"Days off are announced up to {YEARS[-1]}-12-31; 1 calendars.\n"


async def test_a_year_of_estimates_fails_the_check_by_name(program: Program, environment: dict[str, str]) -> None:
    for year in YEARS:
        await announce(year, estimated=True)

    done = program.run("calendar", "check", **environment)

    assert done.returncode == 1
    assert done.stdout == "Days off are announced up to no day; 1 calendars.\n"
    assert "is not announced here: deadlines that reach into it are estimates.\n" in done.stderr


async def test_a_known_year_that_lacks_a_week_of_every_year_is_named(
    program: Program, environment: dict[str, str]
) -> None:
    for year in YEARS:
        await announce(year)
    await WorkCalendar.create(code="KEDIRI", name="Kalender", always=False, desk=True, agency_codes=[])
    for year, until in ((2014, None), (THIS_YEAR - 1, date(THIS_YEAR - 1, 3, 20)), (THIS_YEAR, date(THIS_YEAR, 3, 9))):
        await OfficeWeek.create(
            calendar_code="KEDIRI",
            name=f"Ramadan {year}" if until else "Jam kerja",
            valid_from=date(year, 2, 1),
            valid_to=until,
            windows=[[1, "08:00", "15:00"]],
            legal_basis="SE",
        )

    done = program.run("calendar", "check", **environment)

    named = f"KEDIRI has no week in {THIS_YEAR + 1} such as Ramadan {THIS_YEAR}: its deadlines in hours are counted"
    assert done.returncode == 0
    assert done.stderr.startswith(named)


async def test_rules_that_nobody_can_count_by_fail_the_check_by_name(
    program: Program, environment: dict[str, str]
) -> None:
    for year in YEARS:
        await announce(year)
    await WorkCalendar.create(code="KEDIRI", name="Kalender", always=False, desk=True, agency_codes=["SAR"])
    for name, windows in (
        ("Semenit", [[1, "08:00", "08:01"]]),
        ("Dobel", [[1, "08:00", "12:00"], [1, "11:00", "15:00"]]),
    ):
        await OfficeWeek.create(
            calendar_code="KEDIRI",
            name=name,
            valid_from=date(2014 if name == "Semenit" else 2100, 1, 1),
            windows=windows,
            legal_basis="SK",
        )
    for code, amount in (("lama", 1_000), ("lain", 2)):
        await DeadlinePolicy.create(
            code=code,
            clock=ClockKind.RESOLUTION,
            amount=amount,
            unit=DeadlineUnit.WORKING_HOURS,
            rests=[],
            extension=0,
            extensions=0,
            valid_from=date(2014, 1, 1),
            legal_basis="SK",
            verified=True,
        )

    done = program.run("calendar", "check", **environment)

    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "calendar KEDIRI: there is no agency SAR.",
        "calendar KEDIRI: the week Dobel from 2100-01-01: weekday 1: 08:00-12:00 and 11:00-15:00 overlap.",
        "policy lain and lama hold at the same time for the same properties (all of them).",
        "lama from 2014-01-01: 1000 WORKING_HOURS are never reached by the calendar KEDIRI in its week Semenit, within "
        "10000 days.",
    ]


async def test_the_days_of_a_year_are_listed_with_their_decree(program: Program, environment: dict[str, str]) -> None:
    await announce(2031, estimated=True)

    done = program.run("calendar", "days", "2031", **environment)
    none = program.run("calendar", "days", "2032", **environment)

    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in done.stdout.splitlines() if "│" in line]
    assert done.returncode == 0
    assert rows == [
        ["2031-05-01", "HOLIDAY (estimated)", "Libur [b]", "SKB 2031", "all"],
        ["2031-06-01", "JOINT_LEAVE (estimated)", "Libur [b]", "SKB 2031", "all"],
    ]
    assert none.returncode == 1
