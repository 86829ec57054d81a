"""What the checks of a change share: the path of a field, days within bounds, and codes of this city."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from services.core.reference import Reference, spelled
from services.core.refusals import Checks, InvalidInput
from services.deadlines.policies import YEARS_TO_COME
from services.deadlines.rows.calendars import FIRST_YEAR

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Fields:
    """Checks of one input against the master data of this moment; root is the path of the input itself."""

    checks: Checks
    reference: Reference
    today: date
    root: tuple[str, ...]

    @property
    def calendar_codes(self) -> frozenset[str]:
        return frozenset(each.code for each in self.reference.calendar.calendars)

    def path(self, *names: str) -> tuple[str, ...]:
        return (*self.root, *names)

    def wrong(self, code: str, *names: str, **params: object) -> None:
        """Keep what is wrong with a field."""
        self.checks.keep(InvalidInput(code, path=self.path(*names), **params))

    def few(self, rows: Sequence[Row], limit: int, name: str) -> Sequence[Row]:
        """The rows of a list; none of one that is too long, as nobody reads so many errors."""
        if len(rows) > limit:
            self.wrong("TOO_MANY_ROWS", name, limit=limit)
            return ()
        return rows

    def day(self, day: date, *names: str) -> date:
        """A day that a decree can be about."""
        first, last = date(FIRST_YEAR, 1, 1), date(self.today.year + YEARS_TO_COME, 12, 31)
        if not first <= day <= last:
            raise InvalidInput("DAY_OUT_OF_RANGE", path=self.path(*names), first=first, last=last)
        return day

    def span(self, since: date, until: date | None, *names: str) -> None:
        """Keep what is wrong with the days from which and to which a row holds."""
        self.checks(self.day, since, *names, "validFrom")
        known = None if until is None else self.checks(self.day, until, *names, "validTo")
        if known is not None and known < since:
            self.wrong("ENDS_BEFORE_IT_BEGINS", *names, "validTo")

    def code(self, codes: Collection[str], code: str, *names: str) -> str | None:
        """The code of the city that is meant; None where there is none, which is kept."""
        found = spelled(codes, code)
        if found is None:
            self.wrong("UNKNOWN_CODE", *names, field=names[-1])
        return found
