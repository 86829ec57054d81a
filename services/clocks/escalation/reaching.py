"""Rungs that are reached by themselves: each is written once, at its true moment, and told to who sees the ticket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from models.enums import CLOSED_STATUSES, EscalationLevel
from services.access.scopes import SYSTEM
from services.clocks.escalation.agreement import given_since
from services.clocks.escalation.people import people_of
from services.clocks.escalation.rows import Raised, raise_ticket
from services.deadlines.escalation.moments import Rung
from services.deadlines.stored.climbing import due_rungs
from services.tickets.case import Case


async def reach(case: Case, until: datetime) -> None:
    """Record every rung of an open ticket that was reached by a moment and is not in the log, the earliest first.

    What lay before its clocks were kept is never reached. A rung that a moved deadline has put before now is reached as
    the deadline moves, Ombudsman when the reporter agrees.
    """
    if case.ticket.status in CLOSED_STATUSES:
        return
    found = due_rungs(case.clocks.kept, case.clocks.history, case.state, case.clocks.measures, until)
    found = await _agreed(case, found, until)
    if not found:
        return
    people = await people_of(case.desk, case.connection)
    with _by_itself(case):
        for rung in found:
            notified = people.told(rung.rule.level, case.state)
            raised = Raised(rung.rule.level, rung.at, notified, rung.rule.at_once, rung)
            await raise_ticket(case, raised)


async def _agreed(case: Case, found: list[Rung], until: datetime) -> list[Rung]:
    """The same without Ombudsman where the reporter has not agreed."""
    if all(rung.rule.level is not EscalationLevel.OMBUDSMAN for rung in found):
        return found
    since = await given_since(case.connection, case.ticket.id)
    kept = [rung if rung.rule.level is not EscalationLevel.OMBUDSMAN else _since(rung, since) for rung in found]
    return sorted((rung for rung in kept if rung is not None and rung.at <= until), key=lambda rung: rung.at)


def _since(rung: Rung, since: datetime | None) -> Rung | None:
    return None if since is None else replace(rung, at=max(rung.at, since))


@contextmanager
def _by_itself(case: Case) -> Iterator[None]:
    """Let what happens in here be done by nobody."""
    held, case.scope = case.scope, SYSTEM
    try:
        yield
    finally:
        case.scope = held
