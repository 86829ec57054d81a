"""What comes of an answer: the reporter says something, it is resolved, or opened again."""

from __future__ import annotations

from random import Random

from models.enums import Classification, TicketStatus
from services.simulation.scenario import Scenario
from services.simulation.steps import Situation, Step, Verb

S = TicketStatus


def resolve(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    kind = (seen.classification or seen.template.kind).value
    texts = seen.fresh(seen.template.evidence) or seen.fresh(scenario.words["evidence_again"])
    if kind != Classification.COMPLAINT:
        texts = seen.fresh(scenario.closing[kind])
    text = rng.choice(texts or scenario.closing[kind])
    wish = kind == Classification.ASPIRATION
    return Step(Verb.MOVE, S.RESOLVED, text=text, outcome=(seen.template.outcome or "ACCEPTED") if wish else None)


def again(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    """The reporter answers back, as often as the agency has something new to say."""
    if not seen.fresh(scenario.words["answers_again"]):
        return resolve(rng, scenario, seen)
    return Step(Verb.MOVE, S.IN_PROGRESS)


def replied(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    """The reporter says something to the answer, which closes nothing."""
    texts = seen.fresh(scenario.words["replies"])
    return Step(Verb.REPLY, text=rng.choice(texts)) if texts else resolve(rng, scenario, seen)


def reopen(rng: Random, scenario: Scenario, seen: Situation) -> Step | None:
    if seen.reopens or not seen.fresh(scenario.words["answers_again"]):
        return None
    complaint = seen.classification is Classification.COMPLAINT
    reasons = ("REPORTER_DISPUTES", "PROBLEM_RETURNED") if complaint else ("NEW_INFORMATION",)
    return Step(Verb.REOPEN, reason=rng.choice(reasons))
