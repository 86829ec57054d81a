"""What the people of a simulation do next with a ticket, and how long they take: one policy for past and present."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from random import Random

from models.enums import Classification, TicketStatus
from services.simulation.day.templates import Template
from services.simulation.day.weights import Weighted, weighted
from services.simulation.scenario import Scenario

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
    REPLY = "REPLY"
    SILENCE = "SILENCE"
    EXTEND = "EXTEND"


class Reply(StrEnum):
    """How far the answer to the reporter is."""

    NONE = "NONE"
    WAITING = "WAITING"
    APPROVED = "APPROVED"


@dataclass(frozen=True, slots=True)
class Situation:
    """What somebody sees of a ticket before they act; words fill the case's texts, said is what was written on it."""

    status: TicketStatus
    template: Template
    number: str
    led: bool
    assigned: bool
    reply: Reply
    returns: int
    reopens: int
    supervisory: bool = False
    classification: Classification | None = None
    lead: str | None = None
    supporting: frozenset[str] = frozenset()
    again: bool = False
    kecamatan: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    said: frozenset[str] = frozenset()
    resumes: TicketStatus | None = None

    def fresh(self, texts: tuple[str, ...]) -> list[str]:
        """Those of a case's texts, filled, that nobody has written on this ticket."""
        filled = (text.format_map(self.words) for text in texts)
        return [text for text in filled if not any(text in each for each in self.said)]


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
    outcome: str | None = None
    referred_to: str | None = None
    referred: bool = False


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


def next_step(rng: Random, scenario: Scenario, seen: Situation) -> Step | None:
    """What is done next, or None where the ticket rests for good."""
    if seen.status in (S.RECEIVED, S.VERIFIED) and (closed := _closed_by_desk(rng, scenario, seen)):
        return closed
    return MAKERS[HABITS.get(seen.status, REST).draw(rng)](rng, scenario, seen)


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


def _closed_by_desk(rng: Random, scenario: Scenario, seen: Situation) -> Step | None:
    """What never reaches an agency, or comes back from it: emergencies, others' matters, no reports, and repeats."""
    template = seen.template
    if seen.status is S.RECEIVED:
        if seen.again:
            return Step(Verb.MERGE)
        if template.emergency is not None and rng.randrange(100) < template.emergency.per_cent:
            return Step(Verb.MOVE, S.DIVERTED_TO_EMERGENCY, text=_diverted(rng, scenario, template.emergency.unit))
        if template.junk is not None:
            return Step(Verb.MOVE, S.ARCHIVED, reason=template.junk)
    outside = template.outside
    if outside is None or (outside.late and not seen.returns):
        return None
    text = scenario.say(rng, "outside").format(penerima=scenario.name_of(outside.agency))
    return Step(
        Verb.MOVE,
        S.OUT_OF_JURISDICTION,
        reason=outside.reason,
        text=text,
        referred_to=outside.agency,
        referred=outside.referred,
    )


def _diverted(rng: Random, scenario: Scenario, unit: str) -> str:
    """The note of the watch; the clock time in it is filled in when it is written."""
    words = {"unit": unit, "nomor_kejadian": f"112-{rng.randrange(1, 1_000):04}", "pukul": "{pukul}"}
    return scenario.say(rng, "diverted").format_map(words)


def _verify(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    return Step(Verb.VERIFY, classification=seen.template.kind, supervisory=seen.template.supervisory)


def _incomplete(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    """Only a complaint that is not urgent is sent back, once: for photos, an address, or the time."""
    template = seen.template
    asked = any(text in seen.said for texts in scenario.incomplete.values() for text in texts)
    if asked or template.urgent or seen.reply is not Reply.NONE or template.kind is not Classification.COMPLAINT:
        return _go_on(rng, scenario, seen)
    missing = rng.choice([name for name in scenario.incomplete if name not in template.given])
    return Step(Verb.MOVE, S.INCOMPLETE, text=rng.choice(scenario.incomplete[missing]), missing=(missing,))


def _go_on(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    """What is done next where nothing is special."""
    if not seen.led:
        return _verify(rng, scenario, seen)
    return _start(rng, scenario, seen) if seen.status is S.DISPATCHED else _reply(rng, scenario, seen)


def _completed(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    """The report goes on where it was: at its agency, or at the desk."""
    return Step(Verb.MOVE, seen.resumes or S.RECEIVED, hours=HOURS_TO[S.RECEIVED])


def _archive(reason: str) -> Callable[[Random, Scenario, Situation], Step]:
    return lambda rng, scenario, seen: Step(Verb.MOVE, S.ARCHIVED, reason=reason)


def _dispatch(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    agency = _lead(scenario, seen)
    others = [code for code in seen.template.support if code != agency]
    supporting = (rng.choice(others),) if others and rng.randrange(100) < 60 else ()
    texts = seen.fresh(scenario.dispatch[_manner(seen)])
    text = rng.choice(texts) if texts and rng.randrange(100) < 60 else None
    if seen.supervisory:  # the agency that is reported, and those around it, are not given the report
        agency, supporting = scenario.staff["inspector"], ()
    return Step(Verb.DISPATCH, agency=agency, supporting=supporting, text=text)


def _manner(seen: Situation) -> str:
    """How the desk asks: for what is urgent, for a look at the place, else by the kind of the report."""
    kind = seen.classification or seen.template.kind
    if seen.template.urgent:
        return "URGENT"
    return "PLACE" if kind is Classification.COMPLAINT and "jalan" in seen.template.words else kind.value


def _lead(scenario: Scenario, seen: Situation) -> str:
    """The agency that is asked now: by the place, else each in its turn, so that what one gave back is the next's."""
    if seen.template.by_area and seen.kecamatan is not None:
        return scenario.office_of(seen.kecamatan)
    order = _order(seen)
    return order[seen.returns % len(order)]


def _order(seen: Situation) -> list[str]:
    """In which order agencies are asked, as often the likely one first."""
    template = seen.template
    own = Random(seen.number)  # noqa: S311 - the same ticket asks the same agencies first, in the past and in the present
    order = [template.agencies.draw(own)]
    return order + [code for code in template.agencies.items if code not in order]


def _start(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    """The work begins; or somebody looks at the place and finds out that it is not the city's."""
    if seen.template.outside is not None and seen.status is S.DISPATCHED and not seen.returns:
        return Step(Verb.RETURN, reason="OUTSIDE_CITY")
    return Step(Verb.MOVE, S.IN_PROGRESS)


def _assign(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    return _start(rng, scenario, seen) if seen.assigned else Step(Verb.ASSIGN)


def _give_back(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    """Once, and only what another agency can take; what is not the city's always comes back."""
    if not _came_wrong(seen):
        return _assign(rng, scenario, seen)
    return Step(Verb.RETURN, reason=rng.choice(("NOT_OUR_DUTY", "OTHER_AGENCY_LEADS")))


def _came_wrong(seen: Situation) -> bool:
    """Whether the agency that was asked first has it still, and another one may be the right one."""
    order = _order(seen)
    once = not seen.returns and not seen.supervisory and not seen.template.by_area
    return once and len(order) > 1 and seen.lead == order[0]


def _redirect(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    """The desk corrects its own choice, and says why."""
    if not _came_wrong(seen):
        return _assign(rng, scenario, seen)
    other = _order(seen)[1]
    text = scenario.say(rng, "redirected").format(penerima=scenario.short_name_of(other))
    return Step(Verb.DISPATCH, agency=other, text=text)


def _support(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    """Another agency joins in while the work goes on."""
    others = [code for code in seen.template.support if code not in (*seen.supporting, seen.lead)]
    if not others or seen.supervisory or seen.reply is not Reply.NONE:
        return _go_on(rng, scenario, seen)
    joins = rng.choice(others)
    text = scenario.say(rng, "joined").format(penerima=scenario.short_name_of(joins))
    return Step(Verb.DISPATCH, agency=seen.lead, supporting=(*sorted(seen.supporting), joins), text=text)


def _wait(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    hold = seen.template.hold
    if (seen.classification or seen.template.kind) is Classification.INFORMATION_REQUEST:
        return _extend(rng, scenario, seen)
    if hold is None or seen.reply is not Reply.NONE:
        return _go_on(rng, scenario, seen)
    return Step(Verb.MOVE, S.ON_HOLD, reason=hold.reason, hold_days=rng.randint(*hold.days))


def _note(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    """What is found out while the work goes on, and before it is answered."""
    early = seen.status is S.DISPATCHED and seen.template.outside is None
    notes = [] if early or seen.reply is not Reply.NONE else seen.fresh(seen.template.notes)
    return Step(Verb.NOTE, text=rng.choice(notes)) if notes else _go_on(rng, scenario, seen)


def _reply(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    if seen.reply is Reply.WAITING:
        return Step(Verb.APPROVE)
    if seen.reply is Reply.APPROVED:
        return Step(Verb.SEND)
    unresolved = seen.template.unresolved
    answered = not seen.fresh(seen.template.answers)
    if unresolved is not None and not answered and rng.randrange(100) < unresolved.per_cent:
        return Step(Verb.MOVE, S.UNRESOLVED, reason=unresolved.reason, text=unresolved.text.format_map(seen.words))
    return Step(Verb.DRAFT, text=_answer(rng, scenario, seen))


def _answer(rng: Random, scenario: Scenario, seen: Situation) -> str:
    """The case's answer, in which {instansi} is still to be filled in; a second one adds to the first."""
    texts = seen.fresh(seen.template.answers) or seen.fresh(scenario.words["answers_again"])
    text = rng.choice(texts or scenario.words["answers_again"])
    return scenario.say(rng, "greetings") + text + scenario.say(rng, "thanks")


def _resume(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    return Step(Verb.MOVE, S.IN_PROGRESS, hours=20.0) if seen.led else _verify(rng, scenario, seen)


def _resolve(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    kind = (seen.classification or seen.template.kind).value
    texts = seen.fresh(seen.template.evidence) or seen.fresh(scenario.words["evidence_again"])
    if kind != Classification.COMPLAINT:
        texts = seen.fresh(scenario.closing[kind])
    text = rng.choice(texts or scenario.closing[kind])
    wish = kind == Classification.ASPIRATION
    return Step(Verb.MOVE, S.RESOLVED, text=text, outcome=(seen.template.outcome or "ACCEPTED") if wish else None)


def _again(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    """The reporter answers back, as often as the agency has something new to say."""
    if not seen.fresh(scenario.words["answers_again"]):
        return _resolve(rng, scenario, seen)
    return Step(Verb.MOVE, S.IN_PROGRESS)


def _replied(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    """The reporter says something to the answer, which closes nothing."""
    texts = seen.fresh(scenario.words["replies"])
    return Step(Verb.REPLY, text=rng.choice(texts)) if texts else _resolve(rng, scenario, seen)


def _extend(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    """The agency asks for more time, once, where the law gives some: for a request for information."""
    asked = any(text in seen.said for text in scenario.words["extensions"])
    if asked or seen.status is not S.IN_PROGRESS or not scenario.words["extensions"]:
        return _go_on(rng, scenario, seen)
    return Step(Verb.EXTEND, text=rng.choice(scenario.words["extensions"]))


def _reopen(rng: Random, scenario: Scenario, seen: Situation) -> Step | None:
    if seen.reopens or not seen.fresh(scenario.words["answers_again"]):
        return None
    complaint = seen.classification is Classification.COMPLAINT
    reasons = ("REPORTER_DISPUTES", "PROBLEM_RETURNED") if complaint else ("NEW_INFORMATION",)
    return Step(Verb.REOPEN, reason=rng.choice(reasons))


MAKERS: dict[str, Callable[[Random, Scenario, Situation], Step | None]] = {
    "verify": _verify,
    "incomplete": _incomplete,
    "withdraw": _archive("WITHDRAWN"),
    "completed": _completed,
    "abandoned": _archive("INCOMPLETE"),
    "dispatch": _dispatch,
    "start": _start,
    "assign": _assign,
    "give_back": _give_back,
    "redirect": _redirect,
    "support": _support,
    "wait": _wait,
    "note": _note,
    "reply": _reply,
    "resume": _resume,
    "resolve": _resolve,
    "again": _again,
    "replied": _replied,
    "silence": lambda rng, scenario, seen: Step(Verb.SILENCE),
    "reopen": _reopen,
    "rest": lambda rng, scenario, seen: None,
}
