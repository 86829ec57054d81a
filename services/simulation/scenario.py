"""What a day of one city is made of: its topics, words and proportions, from day.yaml of the city's folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Generic, TypeVar

import yaml

from models.enums import Channel, Classification
from services.core.desk import Desk
from services.master_data.cities import City, find_city, load_city
from services.master_data.city_entries import CityInvalid
from services.tickets.needs import RESPONSIBLE

FORMAT = 1
FILE = "day.yaml"
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Weighted(Generic[Item]):
    """Items that are drawn as often as their weights say."""

    items: tuple[Item, ...]
    bounds: tuple[float, ...]

    def draw(self, rng: Random) -> Item:
        return rng.choices(self.items, cum_weights=self.bounds)[0]


def weighted(weights: Mapping[Item, float]) -> Weighted[Item]:
    bounds: list[float] = []
    for weight in weights.values():
        bounds.append((bounds[-1] if bounds else 0) + weight)
    return Weighted(tuple(weights), tuple(bounds))


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing that people write about; days is how long its work takes, the other numbers are per cent."""

    category: str | None
    agencies: Weighted[str]
    kinds: Weighted[Classification]
    days: float
    titles: tuple[str, ...]
    bodies: tuple[str, ...]
    emergency: int
    supervisory: int
    outside: int
    junk: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """A city's day; the texts are templates of the project, filled with places and spans of time."""

    city: City
    tickets_per_day: int
    staff: Mapping[str, str]
    hours: Weighted[int]
    channels: Weighted[Channel]
    topics: Weighted[int]
    topic_list: tuple[Topic, ...]
    anonymous: int
    confidential: int
    words: Mapping[str, tuple[str, ...]]

    @property
    def outside(self) -> tuple[str, ...]:
        """The bodies that may be responsible for what the city is not."""
        return tuple(agency.code for agency in self.city.agencies if agency.kind in RESPONSIBLE)

    def topic(self, rng: Random) -> Topic:
        return self.topic_list[self.topics.draw(rng)]

    def topic_of(self, category: str | None, title: str) -> Topic:
        """The topic that a ticket belongs to: by its category, else by its title, else the first one."""
        for topic in self.topic_list:
            if (category is not None and topic.category == category) or title in topic.titles:
                return topic
        return self.topic_list[0]

    def say(self, rng: Random, kind: str) -> str:
        """One of the texts of a kind (answers, notes, evidence, incomplete, dispatch, unresolved, diverted)."""
        return rng.choice(self.words[kind])


POSTS = ("coordinator", "admin", "leader", "inspector", "officer", "officer_other_agency")
KINDS_OF_WORDS = (
    "places",
    "spans",
    "wishes",
    "answers",
    "notes",
    "evidence",
    "incomplete",
    "dispatch",
    "unresolved",
    "diverted",
)


async def scenario_of(desk: Desk) -> Scenario:
    """The day of the city that the desk's master data came from. Raises CityInvalid where its folder is not known."""
    return load_scenario(find_city((await desk.reference()).city_code))


def load_scenario(folder: Path) -> Scenario:
    """Read a city's day, and hold it against the city's own codes. Raises CityInvalid."""
    city = load_city(folder)
    try:
        raw = yaml.safe_load((folder / FILE).read_text(encoding="utf-8"))
        scenario = _scenario(city, raw)
    except OSError as error:
        raise CityInvalid((f"{FILE}: the file: cannot be read: {error.strerror}.",)) from error
    except yaml.YAMLError as error:
        raise CityInvalid((f"{FILE}: the file: is not YAML: {' '.join(str(error).split())}.",)) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CityInvalid((f"{FILE}: the file: is not as it should be: {error!r}.",)) from error
    problems = tuple(_unknown_codes(scenario))
    if problems:
        raise CityInvalid(problems)
    return scenario


def _scenario(city: City, raw: Mapping[str, Any]) -> Scenario:
    if raw["format"] != FORMAT:
        raise ValueError(f"format {raw['format']}")
    topics = tuple(_topic(each) for each in raw["topics"])
    return Scenario(
        city=city,
        tickets_per_day=int(raw["tickets_per_day"]),
        staff={post: raw["staff"][post] for post in POSTS},
        hours=weighted(dict(enumerate(raw["hours"]))),
        channels=weighted({Channel(code): weight for code, weight in raw["channels"].items()}),
        topics=weighted({index: each["weight"] for index, each in enumerate(raw["topics"])}),
        topic_list=topics,
        anonymous=int(raw["anonymous"]),
        confidential=int(raw["confidential"]),
        words={kind: _texts(raw[kind]) for kind in KINDS_OF_WORDS},
    )


def _topic(raw: Mapping[str, Any]) -> Topic:
    return Topic(
        category=raw["category"],
        agencies=weighted(raw["agencies"]),
        kinds=weighted({Classification(kind): weight for kind, weight in raw["kinds"].items()}),
        days=float(raw["days"]),
        titles=_texts(raw["titles"]),
        bodies=_texts(raw["bodies"]),
        emergency=int(raw.get("emergency", 0)),
        supervisory=int(raw.get("supervisory", 0)),
        outside=int(raw.get("outside", 0)),
        junk=int(raw.get("junk", 0)),
    )


def _texts(raw: Sequence[str]) -> tuple[str, ...]:
    texts = tuple(raw)
    if not texts or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"{raw!r} must be a list of texts")
    return texts


def _unknown_codes(scenario: Scenario) -> list[str]:
    agencies = {agency.code for agency in scenario.city.agencies}
    categories = {category.code for category in scenario.city.categories} | {None}
    lines = [
        f"{FILE}: topic {topic.category}: agency {code} is not in agencies.yaml."
        for topic in scenario.topic_list
        for code in topic.agencies.items
        if code not in agencies
    ]
    lines += [
        f"{FILE}: staff: {post}: agency {code} is not in agencies.yaml."
        for post, code in scenario.staff.items()
        if code not in agencies
    ]
    return lines + [
        f"{FILE}: topic {topic.category}: is not in categories.yaml."
        for topic in scenario.topic_list
        if topic.category not in categories
    ]
