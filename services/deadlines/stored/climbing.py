"""The rungs of a ticket's clocks that the log does not have (docs/adr/0029). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from models.enums import ClockKind, EscalationLevel
from services.deadlines.calendar_book import CalendarBook
from services.deadlines.calendars import NoWorkingDay
from services.deadlines.escalation.moments import Rung, rungs_of
from services.deadlines.escalation.rules import EscalationRule
from services.deadlines.lives import ClockLife
from services.deadlines.policies import Policy
from services.deadlines.stored.histories import History


def open_rungs(
    rules: Iterable[EscalationRule],
    clock: ClockKind,
    policy: Policy,
    history: History,
    book: CalendarBook,
    zone: ZoneInfo,
    lives: Sequence[ClockLife] | None = None,
) -> list[Rung]:
    """The rungs of a clock that are not in the log and do not lie before its clocks were kept, the next first.

    Ombudsman's may lie before: it is reached when the reporter agrees, whenever that is. lives: those of the clock,
    where they are known already.
    """
    if lives is None:
        lives = history.lives(clock, policy, zone)
    if not lives:
        return []
    try:
        found = rungs_of(rules, clock, policy, lives[-1], book, zone, history.extension(clock, policy.unit))
    except NoWorkingDay:  # a calendar by which nobody works bounds nothing
        return []
    left = [rung for rung in found if (rung.rule.code, rung.life_at) not in history.escalated]
    return [rung for rung in left if _needs_consent(rung.rule) or not history.is_silent(rung.at)]


def next_rung(
    rules: Iterable[EscalationRule],
    clock: ClockKind,
    policy: Policy,
    history: History,
    book: CalendarBook,
    zone: ZoneInfo,
    due_at: datetime | None,
    as_of: datetime,
    lives: Sequence[ClockLife] | None = None,
) -> datetime | None:
    """When the next of them is reached; what comes after a deadline is looked at once that has passed.

    What waits for the reporter's consent at this moment is looked at when they agree.
    """
    upcoming = due_at is None or due_at > as_of
    rows = [rule for rule in rules if not upcoming or rule.from_start or (rule.amount < 0 and due_at is not None)]
    found = open_rungs(rows, clock, policy, history, book, zone, lives) if rows else []
    return next((rung.at for rung in found if rung.at > as_of or not _needs_consent(rung.rule)), None)


def _needs_consent(rule: EscalationRule) -> bool:
    return rule.level is EscalationLevel.OMBUDSMAN
