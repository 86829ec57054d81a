"""What the desk does: it verifies, dispatches, closes what is nobody's, and corrects its own choice."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from models.enums import Classification, TicketStatus
from services.simulation.habits.pace import HOURS_TO
from services.simulation.scenario import Scenario
from services.simulation.steps import Situation, Step, Verb

S = TicketStatus


def closed_by_desk(rng: Random, scenario: Scenario, seen: Situation) -> Step | None:
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


def verify(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    return Step(Verb.VERIFY, classification=seen.template.kind, supervisory=seen.template.supervisory)


def completed(rng: Random, scenario: Scenario, seen: Situation) -> Step:
    """The report goes on where it was: at its agency, or at the desk."""
    return Step(Verb.MOVE, seen.resumes or S.RECEIVED, hours=HOURS_TO[S.RECEIVED])


def archive(reason: str) -> Callable[[Random, Scenario, Situation], Step]:
    return lambda rng, scenario, seen: Step(Verb.MOVE, S.ARCHIVED, reason=reason)


def dispatch(rng: Random, scenario: Scenario, seen: Situation) -> Step:
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
    order = asking_order(seen)
    return order[seen.returns % len(order)]


def asking_order(seen: Situation) -> list[str]:
    """In which order agencies are asked, as often the likely one first."""
    template = seen.template
    own = Random(seen.number)  # noqa: S311 - the same ticket asks the same agencies first, in the past and in the present
    order = [template.agencies.draw(own)]
    return order + [code for code in template.agencies.items if code not in order]
