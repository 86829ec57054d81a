"""A demo at ten on a working day, for pictures: `python -m bench.office_hours demo`, with YOUNG=1 of one quiet day."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from api.cli import main
from services.core import desk
from services.simulation import demo
from workers import loop

WIB = timezone(timedelta(hours=7))
TEN_WIB = 10
FRIDAY = 4


def ahead(now: datetime) -> timedelta:
    """How far the clock has to go forward until it is ten in the morning of a weekday."""
    local = now.astimezone(WIB)
    ten = local.replace(hour=TEN_WIB, minute=5, second=0, microsecond=0)
    while ten < local or ten.weekday() > FRIDAY:
        ten += timedelta(days=1)
    return ten - local


class OfficeTime(datetime):
    """The clock of a desk, at its start moved to an office hour."""

    shift = ahead(datetime.now(UTC))

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]  # the plain class, as all else makes it
        return datetime.now(tz) + cls.shift


if __name__ == "__main__":
    setattr(desk, "datetime", OfficeTime)  # noqa: B010 - which types do not foresee
    loop.WENT_WELL = loop.WENT_WELL.replace("$1,", f"$1, interval '{OfficeTime.shift.total_seconds()} seconds' +")
    if os.environ.get("YOUNG") == "1":
        demo.DAYS = 1  # a dozen reports
    main()
