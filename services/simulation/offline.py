"""The same simulation without a database: for tests of its proportions, and for reading it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from random import Random
from zoneinfo import ZoneInfo

from models.enums import AreaLevel, PrincipalKind
from services.access.scopes import Scope
from services.core.keys import Keys
from services.core.reference import AgencyRef, AreaRef, CategoryRef, Reference
from services.master_data.city import City
from services.simulation.cast import Cast, cast_of
from services.simulation.day.rhythm import Load
from services.simulation.hiring import DemoOfficer, posts
from services.simulation.lives import Life, Supply
from services.simulation.scenario import Scenario
from services.simulation.stories import Storyteller

KEYS = Keys(b"the play on paper keeps no secret")
DAYS_AFTER = 45  # by then all but the longest cases have ended


@dataclass(frozen=True, slots=True)
class OfflineSimulation:
    """What a simulation without a database needs: a city's day, its made-up staff, and the generator of the seed."""

    scenario: Scenario
    cast: Cast
    rng: Random

    def lives(self, first: date, days: int, load: Load) -> list[Life]:
        """The whole histories of the reports of these days, told some weeks later."""
        zone = ZoneInfo(self.scenario.city.timezone)
        rhythm, moments = self.scenario.rhythm, []
        for ahead in range(days):
            day = first + timedelta(days=ahead)
            moments += [rhythm.moment(self.rng, day, zone) for _ in range(rhythm.count(self.rng, day, load))]
        until = datetime.combine(first + timedelta(days=days + DAYS_AFTER), datetime.min.time(), zone)
        teller = Storyteller(self.scenario, self.cast, KEYS, zone, until)
        return teller.lives(self.rng, supply(self.scenario.city.number_prefix, first.year), sorted(moments))


def offline_simulation(scenario: Scenario, seed: int) -> OfflineSimulation:
    """The simulation of a city without any database; the same seed gives the same."""
    reference = reference_of(scenario.city)
    scopes = [_scope(reference, key, post) for key, post in enumerate(posts(scenario), start=1)]
    return OfflineSimulation(scenario, cast_of(reference, scopes), Random(seed))  # noqa: S311 - a play, not a secret


def supply(prefix: str, year: int) -> Supply:
    """Ids and numbers from one on."""
    numbers: Iterator[str] = (f"{prefix}-{year}-{number:06}" for number in count(1))
    return Supply(count(1), numbers, count(1), count(1))


def _scope(reference: Reference, key: int, post: DemoOfficer) -> Scope:
    agency = reference.agency_codes[post.agency].pk
    return Scope(PrincipalKind.STAFF, f"officer:{key}", post.name, key, agency, frozenset({post.role}))


def reference_of(city: City) -> Reference:
    """A city's master data as a snapshot, with keys by position."""
    agencies = {
        each.code: AgencyRef(key, each.code, each.code, each.names[-1].name, each.kind, None, True)
        for key, each in enumerate(city.agencies, start=1)
    }
    categories = {
        each.code: CategoryRef(key, each.code, each.code, each.name, None, each.sp4n, True)
        for key, each in enumerate(city.categories, start=1)
    }
    names = {area.code: area.name for area in city.areas}
    areas = {
        area.code: AreaRef(area.code, area.name, names.get(area.parent or "", ""), area.parent or "")
        for area in city.areas
        if area.level is AreaLevel.KELURAHAN
    }
    return Reference(
        epoch="",
        seq=0,
        day=date.min,
        agencies={each.pk: each for each in agencies.values()},
        agency_codes=agencies,
        categories={each.pk: each for each in categories.values()},
        category_codes=categories,
        areas=areas,
        kecamatan={area.code: area.name for area in city.areas if area.level is AreaLevel.KECAMATAN},
        officers={},
        city_code=city.code,
        city_name=city.name,
        number_prefix=city.number_prefix,
    )
