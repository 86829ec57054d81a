"""How long it takes until somebody does a thing, and whether it waits for an office day."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from models.enums import TicketStatus
from services.simulation.day.templates import Template
from services.simulation.scenario import Scenario
from services.simulation.steps import Step, Verb

S = TicketStatus

# Mean hours until the step, where the case does not decide.
HOURS = {
    Verb.VERIFY: 3.0,
    Verb.DISPATCH: 2.0,
    Verb.RETURN: 10.0,
    Verb.ASSIGN: 4.0,
    Verb.MOVE: 8.0,
    Verb.APPROVE: 5.0,
    Verb.SEND: 1.0,
    Verb.NOTE: 10.0,
    Verb.REOPEN: 40.0,
    Verb.MERGE: 4.0,
    Verb.REPLY: 20.0,
    Verb.SILENCE: 1.0,
    Verb.EXTEND: 4.0,
}
# Whatever the case: emergencies are passed on at once, and reporters take their time to complete a report.
HOURS_TO: dict[TicketStatus | None, float] = {S.DIVERTED_TO_EMERGENCY: 0.1, S.RESOLVED: 30.0, S.RECEIVED: 50.0}
URGENT = 0.08  # part of the usual time that is taken for what is urgent
IN_THE_FIELD = frozenset({Verb.ASSIGN, Verb.MOVE, Verb.NOTE})


def delay(rng: Random, step: Step, template: Template) -> timedelta:
    """How long it takes until somebody does this."""
    hours = template.days * 9 if step.verb is Verb.DRAFT else HOURS[step.verb]
    hours = step.hours or HOURS_TO.get(step.to, hours)
    if template.urgent and step.verb is not Verb.DRAFT:
        hours *= URGENT
    return timedelta(hours=min(rng.expovariate(1 / hours), hours * 5), seconds=5 + 55 * rng.random())


def at_any_hour(step: Step, template: Template, agency: str | None, scenario: Scenario) -> bool:
    """Whether this is done at night as well: by the desk's watch, or by a crew that goes out to what is urgent.

    agency is the one that leads, None while the desk has the ticket. Everything else waits for an office day.
    """
    if step.to is S.DIVERTED_TO_EMERGENCY:
        return True
    if not template.urgent:
        return False
    return agency is None or (agency in scenario.rhythm.round_the_clock and _field_work(step))


def _field_work(step: Step) -> bool:
    return step.verb in IN_THE_FIELD and step.to in (None, S.IN_PROGRESS)
