"""Dated policies of deadlines: which row counts for a ticket, and which contradict each other (docs/adr/0027). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import combinations, groupby, pairwise

from models.enums import Channel, Classification, ClockKind, DeadlineUnit, HandlingClass, TicketStatus
from services.deadlines.calendars import ONE_DAY
from services.deadlines.clocks import CLOCKS

MOST_AMOUNT = 1_000  # units; our choice: more than any decree gives, and little enough to be counted at once
MOST_EXTENSIONS = 10  # our choice
YEARS_TO_COME = 10  # our choice: no decree reaches further, and no question has to


@dataclass(frozen=True, slots=True)
class Policy:
    """What a clock is given, for reports of these properties that are received from valid_from on.

    None names nothing. rests are the statuses in which the clock rests; an amount of 0 bounds nothing. verified: the
    source of the rule was seen.
    """

    code: str
    clock: ClockKind
    amount: int
    unit: DeadlineUnit
    valid_from: date
    legal_basis: str
    classification: Classification | None = None
    handling_class: HandlingClass | None = None
    channel: Channel | None = None
    agency_code: str | None = None
    category_code: str | None = None
    rests: tuple[TicketStatus, ...] = ()
    extension: int = 0
    extensions: int = 0
    valid_to: date | None = None
    verified: bool = False

    @property
    def named(self) -> dict[str, object]:
        """The properties that it names."""
        found = {
            "classification": self.classification,
            "class": self.handling_class,
            "channel": self.channel,
            "agency": self.agency_code,
            "category": self.category_code,
        }
        return {name: value for name, value in found.items() if value is not None}

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Properties:
    """What a policy can name of a ticket; category_codes are the category's and of all above it, its own first."""

    classification: Classification | None = None
    handling_class: HandlingClass = HandlingClass.ORDINARY
    channel: Channel | None = None
    agency_code: str | None = None
    category_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyBook:
    """All rows that a desk ever had; a row ends the one of the same code before it."""

    rows: tuple[Policy, ...] = ()
    _of_clocks: dict[ClockKind, list[Policy]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def on(self, day: date) -> list[Policy]:
        """The rows that hold on a day, by clock and code."""
        order = list(ClockKind)
        found = (row for row in self.rows if row.holds_on(day))
        return sorted(found, key=lambda row: (order.index(row.clock), row.code))

    def policy(self, clock: ClockKind, properties: Properties, day: date) -> Policy | None:
        """The row that names most of a ticket's properties, as it stood on the day of receipt."""
        found = [row for row in self._of_clock(clock) if row.holds_on(day) and _meets(row, properties)]
        if len(found) < 2:
            return found[0] if found else None
        return max(found, key=lambda row: _weight(row, properties), default=None)

    def _of_clock(self, clock: ClockKind) -> list[Policy]:
        found = self._of_clocks.get(clock)
        if found is None:
            found = self._of_clocks[clock] = [row for row in self.rows if row.clock is clock]
        return found


NO_POLICIES = PolicyBook()


def policy_book(rows: Iterable[Policy]) -> PolicyBook:
    """The rows with their ends: of each code a row ends the day before the next one begins."""
    ordered = sorted(rows, key=lambda row: (row.code, row.valid_from))
    ended = [_until(row, after) for row, after in pairwise([*ordered, None]) if row is not None]
    return PolicyBook(tuple(ended))


def row_problems(row: Policy) -> Iterator[str]:
    """What is wrong with a row by itself."""
    if not 0 <= row.amount <= MOST_AMOUNT:
        yield f"amount must be 0 to {MOST_AMOUNT}, not {row.amount}"
    if not 0 <= row.extension <= MOST_AMOUNT:
        yield f"extension must be 0 to {MOST_AMOUNT}, not {row.extension}"
    if not 0 <= row.extensions <= MOST_EXTENSIONS:
        yield f"extensions must be 0 to {MOST_EXTENSIONS}, not {row.extensions}"
    if (row.extension > 0) != (row.extensions > 0):
        yield "extension says how much at once and extensions how often: both or neither"
    if wrong := [status for status in row.rests if status not in CLOCKS[row.clock].may_rest]:
        allowed = ", ".join(sorted(CLOCKS[row.clock].may_rest))
        yield f"{row.clock} stops in {', '.join(wrong)}; it may rest in {allowed} only"
    if row.valid_to is not None and row.valid_to < row.valid_from:
        yield "valid_to lies before valid_from"


def contradictions(rows: Iterable[Policy]) -> Iterator[tuple[str, str]]:
    """Rows that can not stand beside each other: the code of one, and what is wrong with it."""
    ordered = sorted(rows, key=lambda row: (row.code, row.valid_from))
    for code, group in groupby(ordered, key=lambda row: row.code):
        same = list(group)
        if len({row.clock for row in same}) > 1:
            yield code, "names two clocks: another clock needs a code of its own"
        for one, other in pairwise(same):
            if one.valid_from == other.valid_from:
                yield code, f"begins twice on {one.valid_from}"
    for one, other in combinations(policy_book(ordered).rows, 2):
        if ties(one, other):
            yield one.code, f"and {other.code} hold at the same time for the same properties ({_common(one, other)})"


def _until(row: Policy, after: Policy | None) -> Policy:
    if after is None or after.code != row.code:
        return row
    before = after.valid_from - ONE_DAY
    return replace(row, valid_to=before if row.valid_to is None else min(row.valid_to, before))


def _meets(row: Policy, properties: Properties) -> bool:
    return (
        row.classification in (None, properties.classification)
        and row.handling_class in (None, properties.handling_class)
        and row.channel in (None, properties.channel)
        and row.agency_code in (None, properties.agency_code)
        and (row.category_code is None or row.category_code in properties.category_codes)
    )


def _weight(row: Policy, properties: Properties) -> tuple[int, int]:
    """More names go before fewer, then the category itself before one above it."""
    codes = properties.category_codes
    return len(row.named), -codes.index(row.category_code) if row.category_code is not None else 0


def ties(one: Policy, other: Policy) -> bool:
    """Whether a ticket can be that two rows of one clock fit alike; categories are one below another or apart."""
    if one.clock is not other.clock or one.code == other.code or len(one.named) != len(other.named):
        return False
    if one.valid_from > (other.valid_to or date.max) or other.valid_from > (one.valid_to or date.max):
        return False
    both = one.named.keys() & other.named.keys()
    return all(one.named[name] == other.named[name] for name in both)


def _common(one: Policy, other: Policy) -> str:
    named = one.named | other.named
    return ", ".join(f"{name} {value}" for name, value in named.items()) or "all of them"
