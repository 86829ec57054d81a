"""Rungs that are reached by the time alone: each is written once, at its true moment (docs/adr/0029)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from models.enums import CLOSED_STATUSES, EscalationLevel
from services.access.scopes import SYSTEM
from services.access.states import State
from services.clocks.escalation.agreement import given_since
from services.clocks.escalation.people import recipients
from services.clocks.escalation.rows import Raised, raise_ticket
from services.deadlines.escalation.moments import Rung
from services.deadlines.stored.climbing import open_rungs
from services.deadlines.stored.keeping import properties_of
from services.master_data.people import people_of
from services.tickets.case import Case
from services.tickets.clocks.ticket_clocks import TicketClocks


async def reach(case: Case, until: datetime) -> None:
    """Record every rung of an open ticket that was reached by a moment and is not in the log, the earliest first.

    What lay before its clocks were kept is never reached. Ombudsman's rung is reached when the reporter agrees.
    """
    if case.ticket.status in CLOSED_STATUSES:
        return
    found = await _agreed(case, [rung for rung in unreached(case.clocks, case.state) if rung.at <= until])
    if not found:
        return
    people = await people_of(case.connection, case.desk.today())
    with _by_itself(case):
        for rung in found:
            notified = recipients(people, rung.rule.level, case.state)
            raised = Raised(rung.rule.level, rung.at, notified, rung.rule.at_once, rung)
            await raise_ticket(case, raised)


def unreached(clocks: TicketClocks, state: State) -> list[Rung]:
    """The rungs of all clocks that have not stopped, without those that the log has."""
    history, measures, found = clocks.history, clocks.measures, list[Rung]()
    properties, day = properties_of(state, measures), measures.day_of(history.received_at)
    for clock, one in clocks.kept.items():
        policy = None if one.stopped else measures.policies.policy(clock, properties, day)
        if policy is not None:
            rules = measures.ladder.of_clock(clock)
            found += open_rungs(rules, clock, policy, history, measures.book, measures.zone)
    return sorted(found, key=lambda rung: (rung.at, rung.rule.code))


async def _agreed(case: Case, found: list[Rung]) -> list[Rung]:
    """The same without Ombudsman where the reporter has not agreed; where they did so later, that is the moment."""
    if all(rung.rule.level is not EscalationLevel.OMBUDSMAN for rung in found):
        return found
    since = await given_since(case.connection, case.ticket.id)
    kept = [rung if rung.rule.level is not EscalationLevel.OMBUDSMAN else _since(rung, since) for rung in found]
    return sorted((rung for rung in kept if rung is not None), key=lambda rung: rung.at)


def _since(rung: Rung, since: datetime | None) -> Rung | None:
    return None if since is None else replace(rung, at=max(rung.at, since))


@contextmanager
def _by_itself(case: Case) -> Iterator[None]:
    """Record the events of this block as acts of the system."""
    held, case.scope = case.scope, SYSTEM
    try:
        yield
    finally:
        case.scope = held
