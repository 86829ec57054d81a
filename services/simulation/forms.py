"""What a simulated citizen writes; names and numbers are fictitious."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from models.enums import Channel
from services.simulation.day.places import ELSEWHERE, HOME, KECAMATAN, NOWHERE, Spot
from services.simulation.day.templates import Span, Template
from services.simulation.scenario import Scenario

# The channels where a person fills in the form alone; in all others an officer of the desk enters what came in.
SELF_WRITTEN = frozenset({Channel.SURGA_WEB})
# Of so many reports one after the other no two tell the same case: as many as a quiet day has.
DIFFERENT = 15
# Of so many nobody tells the same case of the same place, but for those who tell it again on purpose.
WHILE_OPEN = 200
TRIES = 40
# What somebody else may report as well: it can be seen by all who pass.
SEEN_BY_NOBODY = frozenset({HOME, KECAMATAN, ELSEWHERE, NOWHERE})


@dataclass(frozen=True, slots=True)
class Form:
    """One report as it comes in: said is the text of its case before it was filled, again what it tells once more."""

    template: Template
    channel: Channel
    title: str
    body: str
    said: str
    words: Mapping[str, str]
    span: Span | None
    kelurahan_code: str | None
    address: str | None
    anonymous: bool | None
    confidential: bool | None
    occurred_on: date | None
    reported_agency_code: str | None
    reporter_name: str | None
    reporter_phone: str | None
    again: Form | None = None


@dataclass(slots=True)
class Citizens:
    """All who write to a city's desk; they hardly repeat each other."""

    scenario: Scenario
    rng: Random
    latest: deque[Form] = field(default_factory=lambda: deque(maxlen=DIFFERENT))
    places: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=WHILE_OPEN))
    bodies: set[str] = field(default_factory=set)

    def write(self, local: datetime, earlier: Callable[[], Sequence[Form]] = list) -> Form:
        """A report that might come in at this moment of the city's clocks; what is still open may be told again."""
        repeats = self.rng.randrange(100) < self.scenario.repeated
        told_twice = {id(form.again) for form in self.latest}
        once = [form for form in earlier() if id(form) not in told_twice and form.again is None] if repeats else []
        known = [form for form in once if visible_to_all(form)]
        form = self._again(self.rng.choice(known), local) if known else self._new(local)
        self.latest.append(form)
        self.bodies.add(form.body)
        return form

    def _new(self, local: datetime) -> Form:
        """What nobody has told: of another case than the latest reports, at another place than those of this case."""
        told = {form.template.code for form in self.latest}
        for _ in range(TRIES):
            template, channel = self.scenario.draw(self.rng, local)
            if template.code in told:
                continue
            form = self._form(template, channel, local)
            if form.body not in self.bodies and (form.template.code, form.address) not in self.places:
                break
        self.places.append((form.template.code, form.address or form.body))
        return form

    def _form(self, template: Template, channel: Channel, local: datetime) -> Form:
        spot = self.scenario.places.draw(self.rng, template.place, template.only)
        words = self._words(template, spot)
        span = None
        if template.spans:
            span = self.rng.choice(self.scenario.spans[self.rng.choice(template.spans)])
        address = words.get("desa", spot.address) if template.place == ELSEWHERE else spot.address
        return self._filled(template, channel, local, replace(spot, words=words, address=address), span)

    def _again(self, first: Form, local: datetime) -> Form:
        """What somebody else writes of the same thing at the same place, in their own words."""
        channels = self.scenario.channels[first.template.channels]
        open_now = [each for each in channels if self.scenario.rhythm.factor(each, None, local)]
        spot = Spot(first.words, first.kelurahan_code, first.address)
        for _ in range(TRIES):
            form = self._filled(first.template, self.rng.choice(open_now), local, spot, first.span)
            if form.said != first.said and form.body not in self.bodies:
                break
        return replace(form, title=first.title, again=first)

    def _words(self, template: Template, spot: Spot) -> dict[str, str]:
        words = dict(spot.words)
        for name, values in template.fill.items():
            words[name] = self.rng.choice(values)
        return words

    def _filled(self, template: Template, channel: Channel, local: datetime, spot: Spot, span: Span | None) -> Form:
        rng, scenario = self.rng, self.scenario
        style = scenario.voices.by_channel[channel].style
        lasting = {} if span is None else {"sejak": span.spoken if style == "chat" else span.written}
        said = rng.choice(template.say[style])
        text = said.format_map({**spot.words, **lasting})
        anonymous, confidential = self._flags(template)
        person = rng.randrange(1, 5_000)
        named = not anonymous and not template.bare and rng.randrange(100) < 70
        return Form(
            template=template,
            channel=channel,
            title=_sentence(rng.choice(template.titles).format_map(spot.words)),
            body=scenario.voices.speak(rng, channel, text, local, bare=template.bare),
            said=said,
            words=spot.words,
            span=span,
            kelurahan_code=spot.kelurahan_code,
            address=spot.address,
            anonymous=anonymous,
            confidential=confidential,
            occurred_on=None if template.bare or rng.randrange(100) < 60 else local.date() - _since(span),
            reported_agency_code=template.reported.draw(rng) if template.reported is not None else None,
            reporter_name=f"Warga Contoh {person}" if named else None,
            # Indonesian mobile numbers begin with 81 to 89: one with 800 reaches nobody.
            reporter_phone=f"+62800{person:08}" if named else None,
        )

    def _flags(self, template: Template) -> tuple[bool | None, bool | None]:
        """anonim and rahasia: mostly asked and answered, now and then not asked at all."""
        scenario = self.scenario
        anonymous, confidential = template.flags or (scenario.anonymous, scenario.confidential)
        if template.bare:
            return False, False
        asked = template.flags is not None or self.rng.randrange(100) < 96
        hidden = self.rng.randrange(100) < confidential
        return self.rng.randrange(100) < anonymous, hidden if asked else None


def _since(span: Span | None) -> timedelta:
    """How long ago it began; today where a report does not say."""
    return timedelta(days=span.days if span is not None else 0)


def words_of(scenario: Scenario, template: Template, row: Mapping[str, Any]) -> dict[str, str]:
    """What fills the texts of who answers a ticket, from its columns kelurahan_id, address and title alone."""
    address: str | None = row["address"]
    place = scenario.places.words_of(row["kelurahan_id"], address)
    return {**place, "alamat": address or "lokasi yang dilaporkan", **(template.title_words(row["title"]) or {})}


def visible_to_all(form: Form) -> bool:
    """Whether somebody else may report the same: it lies where people pass, and nothing of it is protected."""
    template = form.template
    return template.place not in SEEN_BY_NOBODY and not template.flags and not form.anonymous and not form.confidential


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]
