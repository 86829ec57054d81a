"""Counts a clock minute by minute, as slowly and plainly as one can: what the calculator is held against.

Nothing of services/deadlines is used but the rows of Kediri's folder and of the library, read anew here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import holidays
import yaml

from tests.root import ROOT

MINUTE = timedelta(minutes=1)
NEVER_CLOSES = {"BPBD", "RSUD-GAMBIRAN", "RSUD-KILISUCI"}
RUNS = {
    "VERIFICATION": "RECEIVED VERIFIED",
    "FIRST_RESPONSE": "DISPATCHED",
    "RESOLUTION": "RECEIVED VERIFIED DISPATCHED IN_PROGRESS REOPENED",
    "REPORTER_REPLY": "ANSWERED",
    "COMPLETION": "INCOMPLETE",
    "NATIONAL": "RECEIVED VERIFIED DISPATCHED IN_PROGRESS ON_HOLD ANSWERED REOPENED",
}
RESTS = {
    "VERIFICATION": "INCOMPLETE ON_HOLD",
    "FIRST_RESPONSE": "RECEIVED VERIFIED INCOMPLETE ON_HOLD",
    "RESOLUTION": "INCOMPLETE ON_HOLD ANSWERED",
    "REPORTER_REPLY": "",
    "COMPLETION": "",
    "NATIONAL": "INCOMPLETE",
}
CALENDAR = yaml.safe_load((ROOT / "cities" / "kediri" / "calendar.yaml").read_text("utf-8"))["calendars"][0]
YEARS = range(2014, 2029)
OFF = {
    day
    for category in ("public", "government")
    for day in holidays.country_holidays("ID", years=YEARS, categories=(category,), language="id")
}


def office_minutes(day: date) -> set[int]:
    """The minutes of a day in which the city's offices work."""
    if day in OFF:
        return set()
    week = CALENDAR["weeks"][0]
    for each in CALENDAR["weeks"][1:]:
        if each["valid_from"] <= day <= each["valid_to"]:
            week = each
    names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    found = set[int]()
    for line in week["windows"]:
        first, _, last = line["days"].partition("-")
        if names.index(first) <= day.weekday() <= names.index(last or first):
            for span in line["hours"]:
                opens, closes = (int(each[:2]) * 60 + int(each[3:]) for each in span.split("-"))
                found |= set(range(opens, closes))
    return found


OFFICE: dict[date, set[int]] = {}


def works(day: date, minute: int | None, agency: str | None) -> bool:
    """Whether who has a ticket works in this minute; None: at all on this day."""
    if agency in NEVER_CLOSES:
        return True
    found = OFFICE.setdefault(day, office_minutes(day)) if day not in OFFICE else OFFICE[day]
    return bool(found) if minute is None else minute in found


@dataclass
class Told:
    """What the counter says: state, when it passes (None: it rests), and what was used; days or minutes."""

    started: datetime
    state: str
    due: datetime | None
    used: int


class Walk:
    """The state of one clock, moved by steps and by the end of holds. Moments are WIB without a zone."""

    def __init__(self, clock: str) -> None:
        self.clock = clock
        self.runs, self.rests = RUNS[clock].split(), RESTS[clock].split()
        self.state = "NOT_STARTED"
        self.status = ""
        self.agency: str | None = None
        self.until: date | None = None
        self.stopped_for_good = False
        self.started: datetime | None = None
        self.used = 0

    def step(self, at: datetime, status: str, agency: str | None, until: date | None) -> None:
        before, self.status, self.until = self.status, status, until
        self.agency = None if status in ("RECEIVED", "VERIFIED") else agency
        begins = {
            "FIRST_RESPONSE": self.state == "NOT_STARTED" and status == "DISPATCHED",
            "REPORTER_REPLY": status == "ANSWERED",
            "COMPLETION": status == "INCOMPLETE" and before != "INCOMPLETE",
        }.get(self.clock, self.state == "NOT_STARTED")
        if begins:
            self.state, self.started, self.used = "RUNNING", at, 0
        if self.state == "NOT_STARTED":
            return
        if status in self.runs:
            self.state = "STOPPED" if self.stopped_for_good else "RUNNING"
        elif status not in self.rests:
            self.stopped_for_good = self.stopped_for_good or self.clock == "FIRST_RESPONSE"
            self.state = "STOPPED"
        elif self.state != "STOPPED":
            self.state = "RESTING"

    def minute(self, at: datetime) -> None:
        """What happens by itself at the beginning of a minute."""
        if self.state == "RESTING" and self.status == "ON_HOLD" and self.until is not None and at.date() > self.until:
            self.state = "RUNNING"

    def count(self, at: datetime, unit: str) -> int:
        """What this minute counts."""
        if self.state != "RUNNING" or self.started is None:
            return 0
        minute = at.hour * 60 + at.minute
        if unit == "HOURS":
            return 1
        if unit == "WORKING_HOURS":
            return int(works(at.date(), minute, self.agency))
        ends_a_day = minute == 1439 and at.date() > self.started.date()
        return int(ends_a_day and (unit == "DAYS" or works(at.date(), None, self.agency)))


Steps = list[tuple[datetime, str, str | None, date | None]]


def tell(clock: str, unit: str, amount: int, steps: Steps) -> Told | None:
    """The clock as of the last step; amount is in days or minutes."""
    walk, now = Walk(clock), steps[-1][0]
    due, at, left = None, steps[0][0], list(steps)
    seen, used = None, 0
    while True:
        while left and left[0][0] <= at:
            before = walk.started, walk.used
            walk.step(*left.pop(0))
            if walk.started != before[0] or (walk.started is not None and walk.used == 0 and before[1]):
                due = None
        walk.minute(at)
        if at == now:
            seen, used = walk.state, walk.used
            if walk.started is None:
                return None
            if due is not None or walk.state == "STOPPED":
                break
            if walk.state == "RESTING" and not (walk.status == "ON_HOLD" and walk.until):
                break
        if due is None:
            walk.used += walk.count(at, unit)
            if walk.started is not None and walk.used >= amount:
                due = at + MINUTE
                if at >= now:
                    break
        at += MINUTE
    assert walk.started is not None
    return Told(walk.started, str(seen), due, min(used, amount))
