"""What a simulated citizen writes; names and numbers are fictitious."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from models.enums import Channel
from services.simulation.cast import Cast
from services.simulation.scenario import Scenario, Topic

# The channels where a person fills in the form alone; in all others an officer of the desk enters what came in.
SELF_WRITTEN = frozenset({Channel.SURGA_WEB})


@dataclass(frozen=True, slots=True)
class Form:
    """One report as it comes in."""

    topic: Topic
    channel: Channel
    title: str
    body: str
    kelurahan_code: str
    address: str
    anonymous: bool | None
    confidential: bool | None
    occurred_on: date | None
    reporter_name: str | None
    reporter_phone: str | None


def new_form(rng: Random, scenario: Scenario, cast: Cast, moment: datetime, day: date) -> Form:
    """A report that might come in at this moment; day is the moment's day in the desk's zone."""
    topic = scenario.topic(rng)
    kelurahan = rng.choice(list(cast.reference.areas.values()))
    place = scenario.say(rng, "places")
    body = rng.choice(topic.bodies).format(place=place, kelurahan=kelurahan.name, span=scenario.say(rng, "spans"))
    anonymous, confidential = _flags(rng, scenario, topic)
    person = rng.randrange(1, 5_000)
    named = not anonymous and rng.randrange(100) < 70
    return Form(
        topic=topic,
        channel=scenario.channels.draw(rng),
        title=rng.choice(topic.titles),
        body=f"{body} {scenario.say(rng, 'wishes')}",
        kelurahan_code=kelurahan.code,
        address=f"{place[0].upper()}{place[1:]}, {kelurahan.name}",
        anonymous=anonymous,
        confidential=confidential,
        occurred_on=day - timedelta(days=rng.randrange(4)) if rng.randrange(100) < 40 else None,
        reporter_name=f"Warga Contoh {person}" if named else None,
        # Indonesian mobile numbers begin with 81 to 89: one with 800 reaches nobody.
        reporter_phone=f"+62800{person:08}" if named else None,
    )


def _flags(rng: Random, scenario: Scenario, topic: Topic) -> tuple[bool | None, bool | None]:
    """anonim and rahasia: mostly asked and answered, now and then not asked at all."""
    if topic.supervisory and rng.randrange(100) < topic.supervisory:
        return True, True
    anonymous = rng.randrange(100) < scenario.anonymous
    confidential = rng.randrange(100) < scenario.confidential
    asked = rng.randrange(100) < 96
    return anonymous, confidential if asked else None
