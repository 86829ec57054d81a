"""Lives of reports for tests: Kediri's calendars and rows, and moments as people write them."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from models.enums import ClockKind, DeadlineUnit, TicketStatus
from services.deadlines.calendar_book import book_of
from services.deadlines.clocks import CLOCKS
from services.deadlines.counting import read_clock
from services.deadlines.days_off import library_days
from services.deadlines.lives import StatusStep
from services.deadlines.policies import Policy
from services.master_data.cities import load_city
from tests.root import ROOT

WIB = ZoneInfo("Asia/Jakarta")
CITY = load_city(ROOT / "cities" / "kediri")
BOOK = book_of(CITY.calendar.calendars, library_days(range(2014, 2029)).values())


def at(text):
    """A moment in WIB, as `2026-03-16 09:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=WIB)


def said(moment):
    """A moment as at() reads it; None stays None."""
    return None if moment is None else f"{moment.astimezone(WIB):%Y-%m-%d %H:%M}"


def policy(amount, unit=DeadlineUnit.WORKING_DAYS, clock=ClockKind.RESOLUTION, **more):
    """A row that names nothing and rests where its clock does."""
    rests = tuple(sorted(CLOCKS[clock].rests))
    given = {"code": "uji", "valid_from": date(2014, 1, 1), "legal_basis": "SK uji", "rests": rests}
    return Policy(clock=clock, amount=amount, unit=unit, **{**given, **more})


def steps(*words):
    """Steps out of `moment STATUS [agency] [until=day]`; the first may be the moment of receipt alone."""
    made, agency = [], None
    for line in words:
        day, time, *rest = line.split()
        held = [date.fromisoformat(each[6:]) for each in rest if each.startswith("until=")]
        named = [each for each in rest[1:] if not each.startswith("until=")]
        agency = named[0] if named else agency
        status = TicketStatus(rest[0]) if rest else TicketStatus.RECEIVED
        made.append(StatusStep(at(f"{day} {time}"), status, agency, held[0] if held else None))
    return made


def read(row, *words, now=None, **more):
    """The clock of a row after these steps; now is the last of their moments where it is left out."""
    made = steps(*words)
    return read_clock(row.clock, row, made, BOOK, WIB, at(now) if now else made[-1].at, **more)
