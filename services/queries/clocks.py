"""The clocks of tickets as one caller reads them, each with all that it takes to check it by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from models.database import connection
from models.enums import (
    ClockKind,
    ClockState,
    DeadlineStanding,
    HiddenReason,
    PrincipalKind,
    Punctuality,
    TicketStatus,
)
from models.event_formats import lifted
from services.access.access import unnamed_to
from services.access.fields import NAMING_CLOCKS, REPORTERS_CLOCKS
from services.core.desk import Desk
from services.core.reference import Reference
from services.deadlines.counting import read_clock
from services.deadlines.lives import Step
from services.deadlines.policies import Policy
from services.deadlines.readings import Reading, Segment, Verdict
from services.deadlines.units import MICROSECOND
from services.queries.views import TicketView

# A ticket's clocks and its history in one statement, however many tickets.
CLOCKS = """
SELECT t.id, t.received_at,
  (SELECT json_agg(k) FROM ticket_clock k WHERE k.ticket_id = t.id) AS clocks,
  (SELECT json_agg(json_build_array(e.at, e.format, e.after) ORDER BY e.at, e.seq) FROM event e
   WHERE e.ticket_id = t.id AND e.after IS NOT NULL) AS steps
FROM ticket t WHERE t.id = ANY($1)
"""
NEVER = datetime.max.replace(tzinfo=UTC)
ORDER = list(ClockKind)
UNTOLD = ""  # in place of a code that would name an agency


@dataclass(frozen=True, slots=True)
class GivenVerdict:
    """A verdict as it was given, with the version of calendar and policies that it was given by."""

    verdict: Verdict
    rules_version: int


@dataclass(frozen=True, slots=True)
class StoredClock:
    """A clock as it is kept, with the steps of its ticket; used are days or seconds."""

    clock: ClockKind
    state: ClockState
    standing: DeadlineStanding
    started_at: datetime
    due_at: datetime | None
    due_soon_at: datetime | None
    used: int
    extension: int
    policy_code: str
    rules_version: int
    verdicts: tuple[GivenVerdict, ...]
    history: History


class History:
    """What a ticket's clocks are counted from, as the log gives it; made of it where it is asked for."""

    def __init__(self, received_at: datetime, written: Sequence[Sequence[Any]]) -> None:
        self.received_at = received_at
        self._written = written
        self._steps: list[Step] | None = None

    def steps(self, reference: Reference) -> list[Step]:
        """The steps of the ticket, the earliest first."""
        if self._steps is None:
            self._steps = [_step(reference, *each) for each in self._written]
        return self._steps


class ClockView:
    """The contract's Deadline as plain attributes; what has to be counted is counted once, when it is asked for.

    While calendar or policies have changed and the kept clock was not moved yet, all of it is counted by those of now.
    unnamed: no agency may be named to the caller.
    """

    def __init__(self, kept: StoredClock, policy: Policy, reference: Reference, desk: Desk, *, unnamed: bool) -> None:
        self.reference = reference
        self.zone = desk.rules.zone
        self.clock = kept.clock
        self.started_at = kept.started_at
        self.amount = policy.amount
        self.extension = kept.extension
        self.unit = policy.unit
        self._kept = kept
        self._policy = policy
        self._unnamed = unnamed
        self._now = desk.now()

    @cached_property
    def reading(self) -> Reading:
        """What the calculator says of it now."""
        found = self._counted()
        if not self._unnamed:
            return found
        return replace(found, policy=self.policy, segments=tuple(map(_unnamed, found.segments)))

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
        return tuple(replace(each, verdict=self._untold(each.verdict)) for each in self._kept.verdicts)

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
        return self.reading.used

    @property
    def left(self) -> int:
        return self.reading.left

    @property
    def rules_version(self) -> int:
        return self.reference.rules_version if self._is_behind else self._kept.rules_version

    @property
    def place(self) -> tuple[bool, datetime, int]:
        """Its place in a list: the next to pass first, what has stopped last."""
        return self.state is ClockState.STOPPED, self.due_at or NEVER, ORDER.index(self.clock)

    @property
    def _is_behind(self) -> bool:
        return self._kept.rules_version != self.reference.rules_version

    @property
    def _current(self) -> StoredClock | Reading:
        return self.reading if self._is_behind else self._kept

    def _counted(self) -> Reading:
        kept = self._kept
        since = kept.started_at if kept.clock is ClockKind.NATIONAL else None
        # Servers' clocks differ: what was written down has happened.
        steps = kept.history.steps(self.reference)
        as_of = max(self._now, steps[-1].at)
        found = read_clock(
            kept.clock,
            self._policy,
            steps,
            self.reference.calendar,
            self.zone,
            as_of,
            extension=kept.extension,
            since=since,
        )
        assert found is not None  # noqa: S101 - it has started, and its policy bounds it
        return found

    def _untold(self, verdict: Verdict) -> Verdict:
        rows = self.reference.policies.rows
        names = any(row.code == verdict.policy_code and row.agency_code is not None for row in rows)
        return replace(verdict, policy_code=UNTOLD) if names else verdict


async def stored_clocks(keys: Sequence[int]) -> dict[int, list[StoredClock]]:
    """The clocks of these tickets; one statement for any number."""
    _, rows = await connection().execute_query(CLOCKS, [list(keys)])
    return {row["id"]: _of_ticket(row) for row in rows}


def _of_ticket(row: Mapping[str, Any]) -> list[StoredClock]:
    history = History(row["received_at"], json.loads(row["steps"] or "[]"))
    return [_stored(clock, history) for clock in json.loads(row["clocks"] or "[]")]


def _step(reference: Reference, at: str, written: int, after: dict[str, Any]) -> Step:
    state = lifted(written, after) or after
    agency, held = reference.agencies.get(state.get("lead") or 0), state.get("hold_until")
    return Step(
        datetime.fromisoformat(at),
        TicketStatus(state["status"]),
        agency.code if agency else None,
        date.fromisoformat(held) if held else None,
    )


def _stored(row: Mapping[str, Any], history: History) -> StoredClock:
    return StoredClock(
        clock=ClockKind(row["clock"]),
        state=ClockState(row["state"]),
        standing=DeadlineStanding(row["standing"]),
        started_at=datetime.fromisoformat(row["started_at"]),
        due_at=_moment(row["due_at"]),
        due_soon_at=_moment(row["due_soon_at"]),
        used=row["used"],
        extension=row["extension"],
        policy_code=row["policy_code"],
        rules_version=row["rules_version"],
        verdicts=tuple(map(_verdict, row["verdicts"])),
        history=history,
    )


def _verdict(given: Mapping[str, Any]) -> GivenVerdict:
    verdict = Verdict(
        at=datetime.fromisoformat(given["at"]),
        punctuality=Punctuality(given["punctuality"]),
        due_at=_moment(given["due_at"]),
        late_by=given["late_by"],
        policy_code=given["policy_code"],
    )
    return GivenVerdict(verdict, given["rules_version"])


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def clock_views(found: Sequence[StoredClock], ticket: TicketView, desk: Desk) -> list[ClockView]:
    """The clocks of a ticket that the caller reads, the next to pass first; those that stopped come last."""
    own = ticket.sight.kind is PrincipalKind.CITIZEN
    unnamed = unnamed_to(ticket.sight, ticket.row["supervisory"])
    views = []
    for kept in found:
        policy = _policy(kept, ticket.reference, desk)
        if policy is not None and (not own or kept.clock in REPORTERS_CLOCKS):
            views.append(ClockView(kept, policy, ticket.reference, desk, unnamed=unnamed))
    if unnamed and views and ticket.redactions is not None:
        for coordinate in NAMING_CLOCKS:
            ticket.redactions.note(coordinate, HiddenReason.SUPERVISORY, ticket.pk)
    return sorted(views, key=_place)


def _policy(kept: StoredClock, reference: Reference, desk: Desk) -> Policy | None:
    """The policy of a kept clock, as it stood on the day of receipt; None where it went, or bounds nothing."""
    day = kept.history.received_at.astimezone(desk.rules.zone).date()
    rows = [row for row in reference.policies.rows if row.code == kept.policy_code and row.amount > 0]
    return next((row for row in rows if row.holds_on(day)), None)


def _place(view: ClockView) -> tuple[bool, datetime, int]:
    return view.place


def _unnamed(segment: Segment) -> Segment:
    return replace(segment, agency_code=None, calendar_code=UNTOLD)
