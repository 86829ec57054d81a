"""The clocks of tickets as one caller reads them, each with all that it takes to check it by hand (docs/adr/0034)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from models.database import connection
from models.enums import UNITS_OF_DAYS, ClockKind, ClockState, DeadlineStanding, HiddenReason, PrincipalKind
from services.access.access import unnamed_to
from services.access.fields import NAMING_CLOCKS, REPORTERS_CLOCKS
from services.core.desk import Desk
from services.core.reference import Reference
from services.deadlines.calendar_book import CalendarBook
from services.deadlines.calendars import NoWorkingDay, SpecialDay
from services.deadlines.counting import read_clock, stand_of
from services.deadlines.lives import StatusStep
from services.deadlines.policies import Policy
from services.deadlines.readings import ClockStanding, Reading, Segment, Verdict
from services.deadlines.stored.histories import History
from services.deadlines.stored.kept import GivenVerdict, KeptClock
from services.deadlines.units import MICROSECOND
from services.queries.views import TicketView
from services.tickets.clocks.measures import measures_of
from services.tickets.clocks.rows import StoredClocks, read_histories

NEVER = datetime.max.replace(tzinfo=UTC)
ORDER = list(ClockKind)
SECONDS_OF_AN_HOUR = 3_600
UNTOLD = ""  # in place of a code that would name an agency


class ClockView:
    """The contract's Deadline as plain attributes; what has to be counted is counted once, when it is asked for.

    While calendar or policies have changed and the kept clock was not moved yet, all of it is counted by those of now.
    unnamed: no agency may be named to the caller.
    """

    def __init__(
        self,
        clock: ClockKind,
        kept: KeptClock,
        policy: Policy,
        history: History,
        reference: Reference,
        desk: Desk,
        *,
        unnamed: bool,
    ) -> None:
        self.clock = clock
        self.reference = reference
        self.zone = desk.rules.zone
        self.started_at = kept.started_at
        self.amount = policy.amount
        self.extension = kept.extension
        self.unit = policy.unit
        self._kept = kept
        self._policy = policy
        self._history = history
        self._unnamed = unnamed
        self._now = desk.now()

    @cached_property
    def reading(self) -> Reading | None:
        """What the calculator says of it now; None where its policy bounds nothing."""
        found = self._counted()
        if found is None or not self._unnamed:
            return found
        segments, days_off = map(_unnamed, found.segments), map(_day_without_agency, found.days_off)
        return replace(found, policy=self.policy, segments=tuple(segments), days_off=tuple(days_off))

    @property
    def policy(self) -> Policy:
        policy = self._policy
        if not self._unnamed or policy.agency_code is None:
            return policy
        return replace(policy, agency_code=None, code=UNTOLD, legal_basis=UNTOLD)

    @property
    def verdicts(self) -> tuple[GivenVerdict, ...]:
        if not self._unnamed:
            return self._kept.verdicts
        return tuple(replace(each, verdict=self._without_agency(each.verdict)) for each in self._kept.verdicts)

    @property
    def state(self) -> ClockState:
        return self._current.state

    @property
    def standing(self) -> DeadlineStanding:
        return self._current.standing

    @property
    def due_at(self) -> datetime | None:
        return self._current.due_at

    @property
    def due_soon_at(self) -> datetime | None:
        return self._current.due_soon_at

    @property
    def due_on(self) -> date | None:
        due = self.due_at
        return None if due is None else (due - MICROSECOND).astimezone(self.zone).date()

    @property
    def used(self) -> int:
        return self._standing_now.used if self.amount else 0

    @property
    def left(self) -> int:
        """What is left in the measure of used; nothing of a clock that nothing bounds."""
        given = self.amount + self.extension if self.amount else 0
        return given * (1 if self.unit in UNITS_OF_DAYS else SECONDS_OF_AN_HOUR) - self.used

    @property
    def rules_version(self) -> int:
        return self.reference.rules_version if self._is_behind else self._kept.rules_version

    @property
    def sort_key(self) -> tuple[bool, datetime, int]:
        """The order of a list: the next to pass first, what has stopped last."""
        return self.state is ClockState.STOPPED, self.due_at or NEVER, ORDER.index(self.clock)

    @property
    def _is_behind(self) -> bool:
        return self._kept.rules_version != self.reference.rules_version and not self._kept.stopped

    @property
    def _current(self) -> KeptClock | ClockStanding:
        return self._standing_now if self._is_behind else self._kept

    @cached_property
    def _standing_now(self) -> ClockStanding:
        """What has counted by now, without what explains it."""
        try:
            found = stand_of(*self._counted_with, extension=self.extension, since=self._since)
        except NoWorkingDay:  # a calendar by which nobody works bounds nothing
            clock, policy, steps, book, zone, as_of = self._counted_with
            found = stand_of(clock, replace(policy, amount=0), steps, book, zone, as_of, since=self._since)
        assert found is not None  # noqa: S101 - it has started
        return found[0]

    def _counted(self) -> Reading | None:
        try:
            return read_clock(*self._counted_with, extension=self.extension, since=self._since)
        except NoWorkingDay:
            return None

    @property
    def _counted_with(self) -> tuple[ClockKind, Policy, list[StatusStep], CalendarBook, ZoneInfo, datetime]:
        history = self._history
        # Servers' clocks differ: what was written down has happened.
        as_of = max(self._now, history.last or self._now, history.received_at)
        return self.clock, self._policy, history.steps, self.reference.calendar, self.zone, as_of

    @property
    def _since(self) -> datetime | None:
        return self._history.national_since if self.clock is ClockKind.NATIONAL else None

    def _without_agency(self, verdict: Verdict) -> Verdict:
        rows = self.reference.policies.rows
        names = any(row.code == verdict.policy_code and row.agency_code is not None for row in rows)
        return replace(verdict, policy_code=UNTOLD) if names else verdict


async def ledgers(keys: Sequence[int]) -> dict[int, StoredClocks]:
    """What is kept of the clocks of these tickets, with their histories; one statement for any number."""
    return dict((await read_histories(connection(), keys)).tickets)


def clock_views(found: StoredClocks, ticket: TicketView, desk: Desk) -> list[ClockView]:
    """The clocks of a ticket that the caller reads, the next to pass first; those that stopped come last."""
    reference, received_at = ticket.reference, ticket.row["received_at"]
    own, unnamed = ticket.sight.kind is PrincipalKind.CITIZEN, unnamed_to(ticket.sight, ticket.row["supervisory"])
    history = found.history(received_at, measures_of(reference, desk.rules.zone))
    day, views = received_at.astimezone(desk.rules.zone).date(), []
    for clock, kept in found.kept.items():
        policy = _policy(kept, reference, day)
        if policy is not None and (not own or clock in REPORTERS_CLOCKS):
            views.append(ClockView(clock, kept, policy, history, reference, desk, unnamed=unnamed))
    if unnamed and views and ticket.redactions is not None:
        for coordinate in NAMING_CLOCKS:
            ticket.redactions.note(coordinate, HiddenReason.SUPERVISORY, ticket.pk)
    return sorted(views, key=_sort_key)


def _policy(kept: KeptClock, reference: Reference, day: date) -> Policy | None:
    """The policy of a kept clock, as it stood on the day of receipt; None where it went."""
    rows = (row for row in reference.policies.rows if row.code == kept.policy_code)
    return next((row for row in rows if row.holds_on(day)), None)


def _sort_key(view: ClockView) -> tuple[bool, datetime, int]:
    return view.sort_key


def _unnamed(segment: Segment) -> Segment:
    return replace(segment, agency_code=None, calendar_code=UNTOLD)


def _day_without_agency(special: SpecialDay) -> SpecialDay:
    """A day off; of one that some calendar alone rests on only that it is off, as its name may be that of an agency."""
    if special.calendar_code is None:
        return special
    return replace(special, name=UNTOLD, decree=UNTOLD, calendar_code=UNTOLD)
