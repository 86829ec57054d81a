"""What is done next, in parts of a hundred: one policy for past and present."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from models.enums import TicketStatus
from services.simulation.day.weights import Weighted, weighted
from services.simulation.habits.agencies import (
    answer_reporter,
    assign,
    give_back,
    incomplete,
    note,
    redirect,
    resume,
    start_work,
    support,
    wait,
)
from services.simulation.habits.desk import archive, closed_by_desk, completed, dispatch, verify
from services.simulation.habits.reporters import again, reopen, replied, resolve
from services.simulation.scenario import Scenario
from services.simulation.steps import Situation, Step, Verb

S = TicketStatus


REST = weighted({"rest": 100})
# What happens in each status, in parts of a hundred: names of the makers below. In all others a ticket rests.
HABITS: dict[TicketStatus, Weighted[str]] = {
    S.RECEIVED: weighted({"verify": 95, "incomplete": 4, "withdraw": 1}),
    S.INCOMPLETE: weighted({"completed": 78, "abandoned": 22}),
    S.VERIFIED: weighted({"dispatch": 100}),
    S.DISPATCHED: weighted(
        {"start": 56, "assign": 28, "give_back": 6, "redirect": 2, "wait": 3, "note": 3, "incomplete": 1, "withdraw": 1}
    ),
    S.IN_PROGRESS: weighted({"reply": 77, "note": 12, "support": 4, "wait": 6, "incomplete": 1}),
    S.ON_HOLD: weighted({"resume": 100}),
    S.ANSWERED: weighted({"resolve": 80, "again": 4, "replied": 6, "silence": 10}),
    S.REOPENED: weighted({"resume": 100}),
    S.RESOLVED: weighted({"rest": 95, "reopen": 5}),
}


def next_step(rng: Random, scenario: Scenario, seen: Situation) -> Step | None:
    """What is done next, or None where nothing is done with the ticket any more."""
    if seen.status in (S.RECEIVED, S.VERIFIED) and (closed := closed_by_desk(rng, scenario, seen)):
        return closed
    return MAKERS[HABITS.get(seen.status, REST).draw(rng)](rng, scenario, seen)


MAKERS: dict[str, Callable[[Random, Scenario, Situation], Step | None]] = {
    "verify": verify,
    "incomplete": incomplete,
    "withdraw": archive("WITHDRAWN"),
    "completed": completed,
    "abandoned": archive("INCOMPLETE"),
    "dispatch": dispatch,
    "start": start_work,
    "assign": assign,
    "give_back": give_back,
    "redirect": redirect,
    "support": support,
    "wait": wait,
    "note": note,
    "reply": answer_reporter,
    "resume": resume,
    "resolve": resolve,
    "again": again,
    "replied": replied,
    "silence": lambda rng, scenario, seen: Step(Verb.SILENCE),
    "reopen": reopen,
    "rest": lambda rng, scenario, seen: None,
}
