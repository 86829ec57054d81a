"""What an agency does with a report: it takes it, gives it back, waits, and answers."""

from __future__ import annotations

from random import Random

from models.enums import Classification, TicketStatus
from services.simulation.habits.desk import asking_order, verify
from services.simulation.scenario import Scenario
from services.simulation.steps import AnswerProgress, Situation, Step, Verb

S = TicketStatus


def incomplete(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    """Only a complaint that is not urgent is sent back, once: for photos, an address, or the time."""
    template = seen.template
    asked = any(text in seen.said for texts in scenario.incomplete.values() for text in texts)
    if (
        asked
        or template.urgent
        or seen.reply is not AnswerProgress.NONE
        or template.kind is not Classification.COMPLAINT
    ):
        return go_on(rng, scenario, seen)
    missing = rng.choice([name for name in scenario.incomplete if name not in template.given])
    return Step(Verb.MOVE, S.INCOMPLETE, text=rng.choice(scenario.incomplete[missing]), missing=(missing,))


def go_on(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    """What is done next where nothing is special."""
    if not seen.led:
        return verify(rng, scenario, seen)
    return start_work(rng, scenario, seen) if seen.status is S.DISPATCHED else answer_reporter(rng, scenario, seen)


def start_work(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    """The work begins; or somebody looks at the place and finds out that it is not the city's."""
    if seen.template.outside is not None and seen.status is S.DISPATCHED and not seen.returns:
        return Step(Verb.RETURN, reason="OUTSIDE_CITY")
    return Step(Verb.MOVE, S.IN_PROGRESS)


def assign(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    return start_work(rng, scenario, seen) if seen.assigned else Step(Verb.ASSIGN)


def give_back(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    """Once, and only what another agency can take; what is not the city's always comes back."""
    if not _came_wrong(seen):
        return assign(rng, scenario, seen)
    return Step(Verb.RETURN, reason=rng.choice(("NOT_OUR_DUTY", "OTHER_AGENCY_LEADS")))


def _came_wrong(seen: Situation) -> bool:
    """Whether the agency that was asked first has it still, and another one may be the right one."""
    order = asking_order(seen)
    once = not seen.returns and not seen.supervisory and not seen.template.by_area
    return once and len(order) > 1 and seen.lead == order[0]


def redirect(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    """The desk corrects its own choice, and says why."""
    if not _came_wrong(seen):
        return assign(rng, scenario, seen)
    other = asking_order(seen)[1]
    text = scenario.say(rng, "redirected").format(penerima=scenario.short_name_of(other))
    return Step(Verb.DISPATCH, agency=other, text=text)


def support(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    """Another agency joins in while the work goes on."""
    others = [code for code in seen.template.support if code not in (*seen.supporting, seen.lead)]
    if not others or seen.supervisory or seen.reply is not AnswerProgress.NONE:
        return go_on(rng, scenario, seen)
    joins = rng.choice(others)
    text = scenario.say(rng, "joined").format(penerima=scenario.short_name_of(joins))
    return Step(Verb.DISPATCH, agency=seen.lead, supporting=(*sorted(seen.supporting), joins), text=text)


def wait(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    hold = seen.template.hold
    if (seen.classification or seen.template.kind) is Classification.INFORMATION_REQUEST:
        return extend(rng, scenario, seen)
    if hold is None or seen.reply is not AnswerProgress.NONE:
        return go_on(rng, scenario, seen)
    return Step(Verb.MOVE, S.ON_HOLD, reason=hold.reason, hold_days=rng.randint(*hold.days))


def note(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    """What is found out while the work goes on, and before it is answered."""
    early = seen.status is S.DISPATCHED and seen.template.outside is None
    notes = [] if early or seen.reply is not AnswerProgress.NONE else seen.fresh(seen.template.notes)
    return Step(Verb.NOTE, text=rng.choice(notes)) if notes else go_on(rng, scenario, seen)


def answer_reporter(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    if seen.reply is AnswerProgress.WAITING:
        return Step(Verb.APPROVE)
    if seen.reply is AnswerProgress.APPROVED:
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


def resume(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    return Step(Verb.MOVE, S.IN_PROGRESS, hours=20.0) if seen.led else verify(rng, scenario, seen)


def extend(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    """The agency asks for more time, once, where the law gives some: for a request for information."""
    asked = any(text in seen.said for text in scenario.words["extensions"])
    if asked or seen.status is not S.IN_PROGRESS or not scenario.words["extensions"]:
        return go_on(rng, scenario, seen)
    return Step(Verb.EXTEND, text=rng.choice(scenario.words["extensions"]))
