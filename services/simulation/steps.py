"""What the people of a simulation do next with a ticket, and how long they take: one policy for past and present."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from zoneinfo import ZoneInfo

from models.enums import Classification, TicketStatus
from services.reasons.reasons import MISSING
from services.simulation.scenario import Scenario, Topic, Weighted, weighted

S = TicketStatus


class Verb(StrEnum):
    VERIFY = "VERIFY"
    DISPATCH = "DISPATCH"
    RETURN = "RETURN"
    ASSIGN = "ASSIGN"
    MOVE = "MOVE"
    DRAFT = "DRAFT"
    APPROVE = "APPROVE"
    SEND = "SEND"
    NOTE = "NOTE"
    REOPEN = "REOPEN"
    MERGE = "MERGE"


class Reply(StrEnum):
    """How far the answer to the reporter is."""

    NONE = "NONE"
    WAITING = "WAITING"
    APPROVED = "APPROVED"


@dataclass(frozen=True, slots=True)
class Situation:
    """What somebody sees of a ticket before they act."""

    status: TicketStatus
    topic: Topic
    led: bool
    assigned: bool
    reply: Reply
    returns: int
    reopens: int
    supervisory: bool = False
    classification: Classification | None = None
    resumes: TicketStatus | None = None

    @property
    def works(self) -> bool:
        """Whether something is to be done: a question waits for no budget, and for no weather."""
        return self.classification is not Classification.INFORMATION_REQUEST


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do; only the fields that the verb needs are filled. hours is a mean of its own."""

    verb: Verb
    to: TicketStatus | None = None
    agency: str | None = None
    supporting: tuple[str, ...] = ()
    classification: Classification | None = None
    supervisory: bool = False
    reason: str | None = None
    text: str | None = None
    hold_days: int = 0
    hours: float | None = None
    missing: tuple[str, ...] = ()
    referred_to: str | None = None
    referred: bool = False


REST = weighted({"rest": 100})
# What happens in each status, in parts of a hundred: names of the makers below. In all others a ticket rests.
HABITS: dict[TicketStatus, Weighted[str]] = {
    S.RECEIVED: weighted({"verify": 83, "incomplete": 5, "vague": 4, "spam": 4, "duplicate": 4}),
    S.INCOMPLETE: weighted({"completed": 78, "abandoned": 22}),
    S.VERIFIED: weighted({"dispatch": 100}),
    S.DISPATCHED: weighted({"start": 62, "assign": 24, "give_back": 6, "wait": 5, "note": 2, "incomplete": 1}),
    S.IN_PROGRESS: weighted({"reply": 84, "note": 8, "wait": 5, "give_up": 2, "incomplete": 1}),
    S.ON_HOLD: weighted({"resume": 100}),
    S.ANSWERED: weighted({"resolve": 91, "again": 5, "note": 4}),
    S.REOPENED: weighted({"resume": 100}),
    S.RESOLVED: weighted({"rest": 94, "reopen": 6}),
}
# Mean hours until the step, where the topic does not decide.
HOURS = {
    Verb.VERIFY: 7.0,
    Verb.DISPATCH: 4.0,
    Verb.RETURN: 10.0,
    Verb.ASSIGN: 5.0,
    Verb.MOVE: 8.0,
    Verb.APPROVE: 6.0,
    Verb.SEND: 2.0,
    Verb.NOTE: 12.0,
    Verb.REOPEN: 40.0,
    Verb.MERGE: 6.0,
}
# Whatever the topic: emergencies are passed on at once, and reporters take their time to complete a report.
HOURS_TO: dict[TicketStatus | None, float] = {S.DIVERTED_TO_EMERGENCY: 0.1, S.RESOLVED: 30.0, S.RECEIVED: 50.0}
OFFICE_FROM, OFFICE_TO = 7, 16


def next_step(rng: Random, scenario: Scenario, seen: Situation) -> Step | None:
    """What is done next, or None where the ticket rests for good."""
    if seen.status is S.RECEIVED and (diverted := _closed_by_desk(rng, scenario, seen.topic)):
        return diverted
    return MAKERS[HABITS.get(seen.status, REST).draw(rng)](rng, scenario, seen)


def delay(rng: Random, step: Step, topic: Topic) -> timedelta:
    """How long it takes until somebody does this."""
    hours = topic.days * 9 if step.verb is Verb.DRAFT else HOURS[step.verb]
    hours = step.hours or HOURS_TO.get(step.to, hours)
    return timedelta(hours=min(rng.expovariate(1 / hours), hours * 5), seconds=5 + 55 * rng.random())


def office_time(rng: Random, moment: datetime, zone: ZoneInfo) -> datetime:
    """The moment itself within office hours of Monday to Friday, else some time of the next office morning."""
    local = moment.astimezone(zone)
    if local.weekday() < 5 and OFFICE_FROM <= local.hour < OFFICE_TO:
        return moment
    day = local.replace(hour=OFFICE_FROM, minute=0, second=0) + timedelta(days=local.hour >= OFFICE_TO)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    return (day + timedelta(minutes=rng.randrange(150), seconds=rng.randrange(60))).astimezone(moment.tzinfo)


def _closed_by_desk(rng: Random, scenario: Scenario, topic: Topic) -> Step | None:
    """The step that closes emergencies, other governments' matters and prank messages before they reach an agency."""
    if rng.randrange(100) < topic.emergency:
        return Step(Verb.MOVE, S.DIVERTED_TO_EMERGENCY, text=scenario.say(rng, "diverted"))
    if rng.randrange(100) < topic.outside:
        reason = rng.choice(("PROVINCE", "STATE_COMPANY"))
        body, referred = rng.choice(scenario.outside), rng.randrange(100) < 60
        return Step(Verb.MOVE, S.OUT_OF_JURISDICTION, reason=reason, referred_to=body, referred=referred)
    if rng.randrange(100) < topic.junk:
        return Step(Verb.MOVE, S.ARCHIVED, reason=rng.choice(("PRANK", "SPAM", "NOT_RELEVANT")))
    return None


def _verify(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    return Step(
        Verb.VERIFY,
        classification=seen.topic.kinds.draw(rng),
        supervisory=rng.randrange(100) < seen.topic.supervisory,
    )


def _incomplete(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    return Step(Verb.MOVE, S.INCOMPLETE, text=scenario.say(rng, "incomplete"), missing=(rng.choice(MISSING),))


def _completed(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    """The report goes on where it was: at its agency, or at the desk."""
    return Step(Verb.MOVE, seen.resumes or S.RECEIVED, hours=HOURS_TO[S.RECEIVED])


def _archive(*reasons: str) -> Callable[[Random, Scenario, Situation], Step]:
    return lambda rng, scenario, seen: Step(Verb.MOVE, S.ARCHIVED, reason=rng.choice(reasons))


def _dispatch(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    agency = seen.topic.agencies.draw(rng)
    others = [code for code in seen.topic.agencies.items if code != agency]
    supporting = (rng.choice(others),) if others and rng.randrange(100) < 30 else ()
    text = scenario.say(rng, "dispatch") if rng.randrange(100) < 60 else None
    if seen.supervisory:  # nobody here says who is reported
        agency, supporting = scenario.staff["inspector"], ()
    return Step(Verb.DISPATCH, agency=agency, supporting=supporting, text=text)


def _start(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    return Step(Verb.MOVE, S.IN_PROGRESS)


def _assign(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    return _start(rng, scenario, seen) if seen.assigned else Step(Verb.ASSIGN)


def _give_back(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    if seen.returns:
        return _start(rng, scenario, seen)
    return Step(Verb.RETURN, reason=rng.choice(("NOT_OUR_DUTY", "OTHER_AGENCY_LEADS", "WRONG_LOCATION")))


def _wait(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    works = ("FIELD_SURVEY", "WAITING_FOR_BUDGET", "WAITING_FOR_MATERIAL", "WEATHER")
    reason = rng.choice(works if seen.works else ("FIELD_SURVEY", "WAITING_FOR_OTHERS"))
    return Step(Verb.MOVE, S.ON_HOLD, reason=reason, hold_days=rng.randrange(2, 15))


def _note(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    return Step(Verb.NOTE, text=scenario.say(rng, "notes"))


def _reply(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    if seen.reply is Reply.WAITING:
        return Step(Verb.APPROVE)
    if seen.reply is Reply.APPROVED:
        return Step(Verb.SEND)
    return Step(Verb.DRAFT, text=scenario.say(rng, "answers"))


def _give_up(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    reason = "NO_BUDGET" if seen.works else "NOT_FEASIBLE"
    return Step(Verb.MOVE, S.UNRESOLVED, reason=reason, text=scenario.say(rng, "unresolved"))


def _resume(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    return Step(Verb.MOVE, S.IN_PROGRESS, hours=30.0) if seen.led else _verify(rng, scenario, seen)


def _resolve(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    return Step(Verb.MOVE, S.RESOLVED, text=scenario.say(rng, "evidence"))


def _reopen(rng: Random, scenario: Scenario, seen: Situation) -> Step | None:
    if seen.reopens:
        return None
    return Step(Verb.REOPEN, reason=rng.choice(("REPORTER_DISPUTES", "PROBLEM_RETURNED", "NEW_INFORMATION")))


MAKERS: dict[str, Callable[[Random, Scenario, Situation], Step | None]] = {
    "verify": _verify,
    "incomplete": _incomplete,
    "vague": _archive("TOO_GENERAL", "NOT_RELEVANT"),
    "spam": _archive("SPAM", "PRANK"),
    "duplicate": lambda rng, scenario, seen: Step(Verb.MERGE),
    "completed": _completed,
    "abandoned": _archive("INCOMPLETE"),
    "dispatch": _dispatch,
    "start": _start,
    "assign": _assign,
    "give_back": _give_back,
    "wait": _wait,
    "note": _note,
    "reply": _reply,
    "give_up": _give_up,
    "resume": _resume,
    "resolve": _resolve,
    "again": _start,
    "reopen": _reopen,
    "rest": lambda rng, scenario, seen: None,
}
