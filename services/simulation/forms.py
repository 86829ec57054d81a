"""What a simulated citizen writes; names and numbers are fictitious."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from models.enums import Channel
from services.simulation.day.places import ELSEWHERE, HOME, KECAMATAN, NOWHERE, Spot
from services.simulation.day.templates import Template
from services.simulation.scenario import Scenario

# The channels where a person fills in the form alone; in all others an officer of the desk enters what came in.
SELF_WRITTEN = frozenset({Channel.SURGA_WEB})
# Of so many reports one after the other no two tell the same case: as many as a quiet day has.
DIFFERENT = 15
TRIES = 40
# What somebody else may report as well: it can be seen by all who pass.
SEEN_BY_NOBODY = frozenset({HOME, KECAMATAN, ELSEWHERE, NOWHERE})


@dataclass(frozen=True, slots=True)
class Form:
    """One report as it comes in; again is the report of which it tells once more."""

    template: Template
    channel: Channel
    title: str
    body: str
    words: Mapping[str, str]
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
    told: deque[str] = field(default_factory=lambda: deque(maxlen=DIFFERENT))
    bodies: set[str] = field(default_factory=set)

    def write(self, local: datetime, earlier: Sequence[Form] = ()) -> Form:
        """A report that might come in at this moment of the city's clocks; earlier ones may be told again."""
        if earlier and self.rng.randrange(100) < self.scenario.repeated:
            first = self.rng.choice(earlier)
            if visible_to_all(first) and first.again is None:
                return self._again(first, local)
        for _ in range(TRIES):
            template, channel = self.scenario.draw(self.rng, local)
            if template.code in self.told:
                continue
            form = self._form(template, channel, local)
            if form.body not in self.bodies:
                break
        self.told.append(form.template.code)
        self.bodies.add(form.body)
        return form

    def _form(self, template: Template, channel: Channel, local: datetime) -> Form:
        spot = self.scenario.places.draw(self.rng, template.place, template.only)
        words, began = self._words(template, spot)
        address = words.get("desa", spot.address) if template.place == ELSEWHERE else spot.address
        return self._filled(template, channel, local, replace(spot, words=words, address=address), began)

    def _again(self, first: Form, local: datetime) -> Form:
        """What somebody else writes of the same thing at the same place, in their own words."""
        channels = self.scenario.channels[first.template.channels]
        open_now = [each for each in channels if self.scenario.rhythm.factor(each, None, local)]
        spot = Spot(first.words, first.kelurahan_code, first.address)
        form = self._filled(first.template, self.rng.choice(open_now), local, spot, None)
        return replace(form, title=first.title, again=first)

    def _words(self, template: Template, spot: Spot) -> tuple[dict[str, str], int | None]:
        words = dict(spot.words)
        began = None
        if template.spans:
            words["sejak"], began = self.rng.choice(list(self.scenario.spans[self.rng.choice(template.spans)].items()))
        for name, values in template.fill.items():
            words[name] = self.rng.choice(values)
        return words, began

    def _filled(
        self, template: Template, channel: Channel, local: datetime, spot: Spot, began: int | None
    ) -> Form:
        rng, scenario = self.rng, self.scenario
        text = rng.choice(template.say[scenario.voices.by_channel[channel].style]).format_map(spot.words)
        anonymous, confidential = self._flags(template)
        person = rng.randrange(1, 5_000)
        named = not anonymous and not template.bare and rng.randrange(100) < 70
        days = began if began is not None else 0
        return Form(
            template=template,
            channel=channel,
            title=_sentence(rng.choice(template.titles).format_map(spot.words)),
            body=scenario.voices.speak(rng, channel, text, local, bare=template.bare),
            words=spot.words,
            kelurahan_code=spot.kelurahan_code,
            address=spot.address,
            anonymous=anonymous,
            confidential=confidential,
            occurred_on=None if template.bare or rng.randrange(100) < 60 else local.date() - timedelta(days=days),
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
