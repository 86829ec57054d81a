"""Who steers is told once of each year whose calendar should be known by now and is not (decided here)."""

from __future__ import annotations

from datetime import datetime

from models.enums import NotificationKind, Role
from services.core.desk import Desk
from services.core.transactions import transaction
from services.master_data.people import people_of
from services.notifications.office_hours import heard_at

STEERING = (Role.COORDINATOR, Role.ADMIN)  # who changes calendars
ADD = """
INSERT INTO notification (officer_id, kind, at, year)
SELECT unnest($1::int[]), $2, unnest($3::timestamptz[]), $4 ON CONFLICT (officer_id, kind, year) DO NOTHING
"""
# What waits for office hours while the year becomes known is not told any more.
FORGET = "DELETE FROM notification WHERE kind = $1 AND NOT told AND year <> ALL($2::int[])"


async def warn_of_calendar(desk: Desk) -> int:
    """Note for who steers that a year is not known, to be told in their office hours; gives the number of years."""
    reference = await desk.reference()
    years = reference.calendar.unknown_years(desk.today())
    async with transaction() as using:
        await using.execute_query(FORGET, [NotificationKind.CALENDAR_UNKNOWN.value, years])
        if not years:
            return 0
        people = await people_of(using, desk.today())
        heard: dict[int, datetime] = {}
        for post in people.with_role(*STEERING):
            agency = reference.agencies.get(post.agency_id)
            calendar = reference.calendar.of_agency(agency.code if agency else None)
            heard[post.officer_id] = heard_at(calendar, desk.now(), desk.rules.zone)
        for year in years:
            values = [list(heard), NotificationKind.CALENDAR_UNKNOWN.value, list(heard.values()), year]
            await using.execute_query(ADD, values)
    return len(years)
