"""Calendars in the database: what library, folder and decrees say, and what a year becomes when it is seeded again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from models import CalendarDay, WithdrawnDay, WorkCalendar
from models import OfficeWeek as WeekRow
from models.calendars import DayKind, DayOrigin
from services.deadlines import days_off
from services.deadlines.calendar_book import book_of
from services.deadlines.calendars import SpecialDay
from services.deadlines.days_off import LIBRARY, library_days
from services.deadlines.office_weeks import OfficeWeek
from services.deadlines.rows import calendars
from services.deadlines.rows.calendars import sync_calendars, sync_days
from services.master_data.cities import load_city
from tests.root import ROOT

EARLY = date(2026, 3, 2)
OLD = "PyPI holidays 0.5"
KEDIRI = load_city(ROOT / "cities" / "kediri").calendar.calendars
TWO = [replace(each, name="Kalender") for each in KEDIRI]


def an_older_library(monkeypatch, *, left_out=(), moved=()):
    """Let the library say what an older version would: without some days, with others elsewhere."""
    known = library_days(range(2014, 2029))

    def older(years):
        said = {day: replace(each, decree=OLD) for day, each in known.items() if day.year in years}
        said = {day: each for day, each in said.items() if day not in (*left_out, *(pair[0] for pair in moved))}
        for day, instead in moved:
            said[instead] = replace(known[day], day=instead, decree=OLD, estimated=True)
        return said

    monkeypatch.setattr(calendars, "library_days", older)
    monkeypatch.setattr(days_off, "LIBRARY", OLD)


async def stored():
    return {row.day: (row.kind, row.source, row.estimated) async for row in CalendarDay.all()}


async def test_a_newer_library_replaces_estimates_and_what_it_moved(database, monkeypatch):
    idul_fitri, leave = date(2026, 3, 21), date(2026, 3, 24)
    with monkeypatch.context() as older:
        an_older_library(older, left_out=(leave,), moved=((idul_fitri, date(2026, 3, 25)),))
        await sync_days(database, EARLY)
        before = await stored()

    changed = await sync_days(database, EARLY)

    after = await stored()
    assert before[date(2026, 3, 25)] == (DayKind.HOLIDAY, OLD, True)
    assert idul_fitri not in before
    assert changed[1] > 0
    assert date(2026, 3, 25) not in after
    assert after[idul_fitri] == (DayKind.HOLIDAY, LIBRARY, False)
    assert after[leave] == (DayKind.JOINT_LEAVE, LIBRARY, False)


async def test_a_decree_stands_when_a_newer_library_comes(database, monkeypatch):
    with monkeypatch.context() as older:
        an_older_library(older)
        await sync_days(database, EARLY)
    await CalendarDay.filter(day=date(2026, 3, 20)).update(kind=DayKind.WORKING, source="SKB 1/2026")
    await CalendarDay.create(
        day=date(2026, 7, 27), kind=DayKind.LOCAL, name="Hari jadi", source="SK 2/2026", origin=DayOrigin.DECREE
    )

    await sync_days(database, EARLY)

    after = await stored()
    assert after[date(2026, 3, 20)] == (DayKind.WORKING, "SKB 1/2026", False)
    assert after[date(2026, 7, 27)] == (DayKind.LOCAL, "SK 2/2026", False)
    assert await CalendarDay.filter(day=date(2026, 3, 20)).count() == 1


async def test_what_this_version_seeded_is_left_alone(database):
    await sync_days(database, EARLY)
    await CalendarDay.filter(day=date(2026, 3, 23)).delete()

    again = await sync_days(database, EARLY)

    assert again == (0, 0)
    assert date(2026, 3, 23) not in await stored()


async def test_an_older_library_takes_nothing_back(database, monkeypatch):
    await sync_days(database, EARLY)
    before = await stored()
    an_older_library(monkeypatch, left_out=(date(2026, 3, 24),))

    assert await sync_days(database, EARLY) == (0, 0)
    assert await stored() == before


async def test_a_day_of_the_folder_goes_before_the_library_and_gives_it_back(database):
    worked = SpecialDay(date(2026, 3, 24), DayKind.WORKING, "Hari kerja pengganti", "SK 3/2026")
    own = SpecialDay(date(2026, 3, 24), DayKind.LOCAL, "Tutup", "SK 4/2026", calendar_code="SELALU")
    await sync_days(database, EARLY, [worked, own])
    with_folder = await CalendarDay.filter(day=worked.day).order_by("calendar_code").values_list("kind", "origin")

    await sync_days(database, EARLY)

    assert sorted(with_folder) == [(DayKind.LOCAL, DayOrigin.FOLDER), (DayKind.WORKING, DayOrigin.FOLDER)]
    assert (await stored())[worked.day] == (DayKind.JOINT_LEAVE, LIBRARY, False)
    assert await CalendarDay.filter(day=worked.day).count() == 1


async def test_the_years_reach_to_the_next_and_later_ones_are_left(database):
    await sync_days(database, date(2027, 1, 1))

    changed = await sync_days(database, EARLY)

    assert changed == (0, 0)
    assert {day.year for day in await stored()} == set(range(2014, 2029))


async def test_calendars_become_those_of_the_folder(database, desk):
    first = await sync_calendars(database, KEDIRI)
    again = await sync_calendars(database, KEDIRI)
    renamed = await sync_calendars(database, TWO[:1])

    assert first == (["KEDIRI", "SELALU"], [])
    assert again == ([], [])
    assert renamed == (["KEDIRI"], ["SELALU"])
    assert await WorkCalendar.all().values_list("code", "name") == [("KEDIRI", "Kalender")]
    assert await WeekRow.filter(calendar_code="SELALU").count() == 0
    assert (await desk.reference()).calendar.calendars == book_of(TWO[:1], []).calendars


async def test_the_master_data_hold_calendars_and_days(database, desk):
    await sync_calendars(database, KEDIRI)
    await sync_days(database, EARLY)

    book = (await desk.reference()).calendar

    assert book.desk.code == "KEDIRI"
    assert book.of_agency("BPBD").code == "SELALU"
    assert book.of_agency("DISHUB").code == book.of_agency(None).code == "KEDIRI"
    assert book.desk.after(date(2026, 3, 16), 5) == date(2026, 3, 30)
    assert book.of_agency("BPBD").after(date(2026, 3, 16), 5) == date(2026, 3, 21)
    assert book.known_until == date(2026, 12, 31)


async def test_a_desk_without_calendars_works_monday_to_friday(desk):
    book = (await desk.reference()).calendar

    assert (book.desk.code, book.known_until) == ("STANDARD", date.min)
    assert book.desk.after(date(2026, 3, 6), 1) == date(2026, 3, 9)


@pytest.mark.parametrize(
    ("today", "unknown"),
    [
        (date(2026, 10, 31), []),
        (date(2026, 11, 1), [2027]),
        (date(2026, 12, 31), [2027]),
        (date(2027, 1, 1), [2027]),
    ],
)
def test_from_november_on_the_next_year_must_be_known(today, unknown):
    book = book_of([], library_days(range(2014, 2028)).values())

    assert book.unknown_years(today) == unknown


def test_a_year_of_estimates_or_without_cuti_bersama_is_not_announced():
    days = library_days(range(2026, 2029)).values()
    sure = [replace(each, estimated=False) for each in days]

    assert [book_of([], days).is_announced(year) for year in (2026, 2027, 2028)] == [True, False, False]
    assert [book_of([], sure).is_announced(year) for year in (2026, 2027, 2028)] == [True, True, False]
    assert book_of([], days).known_until + timedelta(days=1) == date(2027, 1, 1)


def test_a_known_year_without_its_week_of_ramadan_is_named():
    known = [replace(each, estimated=False) for each in library_days(range(2025, 2028)).values()]
    book = book_of(KEDIRI, known)
    desk = KEDIRI[0]
    after = OfficeWeek("Ramadan 1448 H", date(2027, 2, 8), date(2027, 3, 9), desk.weeks[0].windows, "SE 1/2027")
    whole = book_of([replace(desk, weeks=(*desk.weeks, after)), *KEDIRI[1:]], known)

    assert book.missing_weeks(date(2026, 11, 29)) == [("KEDIRI", "Ramadan 1447 H", 2027)]
    assert whole.missing_weeks(date(2026, 11, 29)) == []
    assert book_of(KEDIRI, library_days(range(2025, 2028)).values()).missing_weeks(date(2026, 11, 29)) == []


def test_the_folder_says_by_which_decrees_2026_and_the_cuti_bersama_of_2025_are_off():
    days = load_city(ROOT / "cities" / "kediri").calendar.days
    known = library_days((2025, 2026))

    decrees = {each.day: each.decree for each in days}
    assert {day: (known[day].kind, known[day].name) for day in decrees} == {
        each.day: (each.kind, each.name) for each in days
    }
    assert {decree for day, decree in decrees.items() if day.year == 2026} == {"SKB 1497/2025"}
    assert {decree for day, decree in decrees.items() if day.year == 2025} == {"Keppres 2/2025"}
    assert {day for day in known if day.year == 2026} == {day for day in decrees if day.year == 2026}
    assert sum(day.year == 2025 for day in decrees) == 10


async def test_a_day_that_a_decree_took_away_comes_back_from_no_library(database, monkeypatch):
    leave = date(2026, 3, 24)
    with monkeypatch.context() as older:
        an_older_library(older)
        await sync_days(database, EARLY)
    await WithdrawnDay.create(day=leave, legal_basis="SKB 1/2026")

    await sync_days(database, EARLY, [SpecialDay(leave, DayKind.LOCAL, "Tutup", "SK 4/2026")])

    assert leave not in await stored()
    assert date(2026, 3, 23) in await stored()


async def test_a_decreed_week_stands_and_those_of_the_folder_give_way_to_it(database, desk):
    await sync_calendars(database, KEDIRI)
    decreed = {"name": "Ramadan 1447 H", "valid_from": date(2026, 2, 18), "valid_to": date(2026, 3, 19)}
    windows = [[1, "08:00", "15:00"]]
    await WeekRow.create(
        calendar_code="KEDIRI", windows=windows, legal_basis="SE 1/2026", origin=DayOrigin.DECREE, **decreed
    )

    first = await sync_calendars(database, KEDIRI)
    again = await sync_calendars(database, KEDIRI)

    assert (first, again) == ((["KEDIRI"], []), ([], []))
    calendar = (await desk.reference()).calendar.desk
    assert [str(week.valid_from) for week in calendar.weeks] == ["2014-10-07", "2024-03-12", "2025-03-01", "2026-02-18"]
    assert calendar.week_of(date(2026, 3, 2)).legal_basis == "SE 1/2026"
    assert calendar.week_of(date(2026, 3, 20)).name == "Jam kerja"
