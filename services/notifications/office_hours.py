"""When people at work hear of something: in the office hours of their agency (docs/adr/0031). Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.deadlines.calendars import LONGEST_SEARCH, ONE_DAY, Calendar


def heard_at(calendar: Calendar, moment: datetime, zone: ZoneInfo) -> datetime:
    """The first moment from this one on within office hours; itself where there are none for years."""
    day = moment.astimezone(zone).date()
    for number in range(LONGEST_SEARCH):
        midnight = datetime.combine(day + number * ONE_DAY, time(), zone)
        for window in calendar.windows(midnight.date()):
            if moment < midnight + timedelta(minutes=window.closes):
                return max(moment, midnight + timedelta(minutes=window.opens))
    return moment
