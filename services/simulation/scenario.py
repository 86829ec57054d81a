"""What a day of one city is made of: its cases, places, voices and hours, from its folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import yaml

from models.enums import Channel
from services.core.desk import Desk
from services.inputs.yaml_text import read_yaml
from services.master_data.cities import find_city, load_city
from services.master_data.city import City
from services.master_data.city_entries import CityInvalid
from services.master_data.codes import OUTSIDE
from services.simulation.day.places import Places, read_places
from services.simulation.day.rhythm import Rhythm, read_rhythm
from services.simulation.day.templates import Span, Template, known_place, read_templates
from services.simulation.day.voices import Voices, read_voices
from services.simulation.day.weights import Weighted, weighted

FORMAT = 2
FILE, PLACES, CASES = "day.yaml", "places.yaml", "cases"
POSTS = ("coordinator", "admin", "leader", "inspector", "officer", "officer_other_agency")
KINDS_OF_WORDS = (
    "joined",
    "redirected",
    "diverted",
    "outside",
    "answers_again",
    "evidence_again",
    "greetings",
    "thanks",
)
# A city without these shows fewer things: what reporters reply, and why more time is asked for.
FURTHER_WORDS = ("replies", "extensions")
Drawn = tuple[Template, Channel]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A city's day; all texts are templates of the project. Numbers are per cent."""

    city: City
    staff: Mapping[str, str]
    rhythm: Rhythm
    places: Places
    voices: Voices
    templates: tuple[Template, ...]
    channels: Mapping[str, Mapping[Channel, float]]
    spans: Mapping[str, tuple[Span, ...]]
    anonymous: int
    confidential: int
    repeated: int
    words: Mapping[str, tuple[str, ...]]
    dispatch: Mapping[str, tuple[str, ...]]
    incomplete: Mapping[str, tuple[str, ...]]
    closing: Mapping[str, tuple[str, ...]]
    tables: dict[tuple[bool, int, int], Weighted[Drawn]] = field(default_factory=dict, repr=False, compare=False)

    def draw(self, rng: Random, local: datetime) -> Drawn:
        """A case that may come in at this moment of the city's clocks, and the channel it comes by."""
        key = (self.rhythm.is_open(local), local.hour, local.month)
        if key not in self.tables:
            self.tables[key] = self._table(local)
        return self.tables[key].draw(rng)

    def _table(self, local: datetime) -> Weighted[Drawn]:
        return _pairs(
            (template, channel, template.weight * share * self.rhythm.factor(channel, template.hours, local))
            for template in self.templates
            if not template.months or local.month in template.months
            for channel, share in _shares(self.channels[template.channels])
        )

    def template_of(self, category: str | None, title: str) -> Template | None:
        """The case that a ticket tells, by its title; else some case of its category, else none."""
        alike = [each for each in self.templates if each.category == category]
        told = [each for each in (alike if category else self.templates) if each.title_words(title) is not None]
        if told:
            return max(told, key=lambda each: each.literal(title))
        return next((each for each in alike if each.answers), None)

    def say(self, rng: Random, kind: str) -> str:
        """One of the texts of a kind that belong to no case (KINDS_OF_WORDS)."""
        return rng.choice(self.words[kind])

    def name_of(self, code: str) -> str:
        """The name of an agency, the latest that it has."""
        return next(agency.names[-1].name for agency in self.city.agencies if agency.code == code)

    def short_name_of(self, code: str) -> str:
        """What people in the office call an agency."""
        found = next(agency for agency in self.city.agencies if agency.code == code)
        return found.short_name or found.names[-1].name

    def office_of(self, area: str) -> str:
        """The agency that is the office of a kecamatan, by the code of both."""
        return next(agency.code for agency in self.city.agencies if agency.area == area)

    @property
    def agencies(self) -> frozenset[str]:
        """The agencies that work on cases, by code."""
        return frozenset(code for template in self.templates for code in (*template.agencies.items, *template.support))


def _pairs(found: Iterator[tuple[Template, Channel, float]]) -> Weighted[Drawn]:
    rows = [(template, channel, weight) for template, channel, weight in found if weight]
    bounds = weighted(dict(enumerate(weight for _, _, weight in rows))).bounds
    return Weighted(tuple((template, channel) for template, channel, _ in rows), bounds)


def _shares(channels: Mapping[Channel, float]) -> Iterator[tuple[Channel, float]]:
    total = sum(channels.values())
    return ((channel, weight / total) for channel, weight in channels.items())


async def scenario_of(desk: Desk) -> Scenario:
    """The day of the city that the desk's master data came from. Raises CityInvalid where its folder is not known."""
    return load_scenario(find_city((await desk.reference()).city_code))


def load_scenario(folder: Path) -> Scenario:
    """Read a city's day, and check it against the city's own codes. Raises CityInvalid."""
    city = load_city(folder)
    day, places = _read(folder / FILE, FILE), _read(folder / PLACES, PLACES)
    cases = [(f"{CASES}/{path.name}", path) for path in sorted((folder / CASES).glob("*.yaml"))]
    templates = [template for name, path in cases for template in _made(name, read_templates, _read(path, name))]
    scenario: Scenario = _made(FILE, _scenario, city, day, _made(PLACES, read_places, city, places), tuple(templates))
    if problems := tuple(_unknown_codes(scenario)):
        raise CityInvalid(problems)
    return scenario


def _read(path: Path, name: str) -> Any:
    try:
        return read_yaml(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CityInvalid((f"{name}: the file: cannot be read: {error.strerror}.",)) from error
    except yaml.YAMLError as error:
        raise CityInvalid((f"{name}: the file: is not YAML: {' '.join(str(error).split())}.",)) from error


def _made(name: str, make: Any, *given: Any) -> Any:
    """What is made of a file's content; a mistake in it becomes one line that names the file."""
    try:
        return make(*given)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise CityInvalid((f"{name}: the file: is not as it should be: {error!r}.",)) from error


def _scenario(city: City, raw: Mapping[str, Any], places: Places, templates: tuple[Template, ...]) -> Scenario:
    if raw["format"] != FORMAT:
        raise ValueError(f"format {raw['format']}")
    return Scenario(
        city=city,
        staff={post: raw["staff"][post] for post in POSTS},
        rhythm=read_rhythm(raw),
        places=places,
        voices=read_voices(raw),
        templates=templates,
        channels={
            name: {Channel(code): float(weight) for code, weight in channels.items()}
            for name, channels in raw["channels"].items()
        },
        spans={name: tuple(Span(*span) for span in spans) for name, spans in raw["spans"].items()},
        anonymous=int(raw["anonymous"]),
        confidential=int(raw["confidential"]),
        repeated=int(raw["repeated"]),
        words={kind: _texts(raw[kind]) for kind in KINDS_OF_WORDS}
        | {kind: _texts(raw[kind]) if kind in raw else () for kind in FURTHER_WORDS},
        dispatch={name: _texts(texts) for name, texts in raw["dispatch"].items()},
        incomplete={name: _texts(texts) for name, texts in raw["incomplete"].items()},
        closing={name: _texts(texts) for name, texts in raw["closing"].items()},
    )


def _texts(raw: Sequence[str]) -> tuple[str, ...]:
    texts = tuple(raw)
    if not texts or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"{raw!r} must be a list of texts")
    return texts


def _unknown_codes(scenario: Scenario) -> list[str]:
    kinds = {agency.code: agency.kind for agency in scenario.city.agencies}
    categories = {category.code for category in scenario.city.categories} | {None}
    named = [(f"staff: {post}", code) for post, code in scenario.staff.items()]
    named += [("round_the_clock", code) for code in sorted(scenario.rhythm.round_the_clock)]
    named += [(f"case {each.code}", code) for each in scenario.templates for code in each.codes]
    lines = [f"{FILE}: {where}: agency {code} is not in agencies.yaml." for where, code in named if code not in kinds]
    for each in scenario.templates:
        where = f"{FILE}: case {each.code}"
        if each.category not in categories:
            lines.append(f"{where}: category {each.category} is not in categories.yaml.")
        if each.outside is not None and kinds.get(each.outside.agency) not in (*OUTSIDE, None):
            lines.append(f"{where}: agency {each.outside.agency} is no body outside of the city.")
        if each.channels not in scenario.channels:
            lines.append(f"{where}: channels {each.channels} are not in {FILE}.")
        if not known_place(each.place, scenario.places.public):
            lines.append(f"{where}: place {each.place} is not in {PLACES}.")
        if unknown := set(each.spans) - set(scenario.spans):
            lines.append(f"{where}: spans {', '.join(sorted(unknown))} are not in {FILE}.")
    return lines
