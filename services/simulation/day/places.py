"""Where reports come from: streets, public places and landmarks of the city, from places.yaml of its folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from models.enums import AreaLevel
from services.master_data.city import City

FORMAT = 1
STREET, HOME, KECAMATAN, ELSEWHERE, NOWHERE = "street", "home", "kecamatan", "kabupaten", "none"
KINDS = frozenset({STREET, HOME, KECAMATAN, ELSEWHERE, NOWHERE})


@dataclass(frozen=True, slots=True)
class Spot:
    """One place as a report names it; words fill its templates, address and kelurahan_code are the ticket's."""

    words: Mapping[str, str]
    kelurahan_code: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """The places of a city. areas go by the code of a kelurahan: its own name, and its kecamatan's code and name.

    names are those of public places, by the addresses of their tickets.
    """

    areas: Mapping[str, tuple[str, str, str]]
    streets: Mapping[str, tuple[str, ...]]
    public: Mapping[str, tuple[tuple[str, str], ...]]
    landmarks: tuple[str, ...]
    names: Mapping[str, str]

    def draw(self, rng: Random, kind: str, only: tuple[str, ...] = ()) -> Spot:
        """Some place of a kind: street, home, kecamatan, kabupaten, none, or a kind of public places."""
        if kind in (ELSEWHERE, NOWHERE):
            return Spot({})
        if kind in self.public:
            name, code = rng.choice(self.public[kind])
            return Spot({**self.about(code), "tempat": name}, code, _sentence(name))
        code = rng.choice(only or tuple(self.areas))
        words = self.about(code)
        if kind == KECAMATAN:
            return Spot(words, code)
        house = {"rt": f"{rng.randrange(1, 13):02}", "rw": f"{rng.randrange(1, 9):02}"}
        number = f"RT {house['rt']} RW {house['rw']}"
        if kind == HOME:
            return Spot({**words, **house}, code, number)
        street, landmark = rng.choice(self.streets[code]), rng.choice(self.landmarks)
        return Spot({**words, **house, "jalan": street, "patokan": landmark}, code, f"{street}, {landmark}, {number}")

    def about(self, code: str) -> dict[str, str]:
        """The words for a kelurahan."""
        name, _, kecamatan = self.areas[code]
        return {"kelurahan": name, "kecamatan": kecamatan}

    def kecamatan_of(self, code: str | None) -> str | None:
        """The code of a kelurahan's kecamatan."""
        return self.areas[code][1] if code is not None and code in self.areas else None

    def words_of(self, kelurahan_code: str | None, address: str | None) -> dict[str, str]:
        """What can be said of a ticket's place when only its columns are known."""
        about = self.about(kelurahan_code) if kelurahan_code is not None and kelurahan_code in self.areas else {}
        named = self.names.get(address or "", address or "lokasi")
        return {"kelurahan": "ini", "kecamatan": "ini", **about, "tempat": named}


def read_places(city: City, raw: Mapping[str, Any]) -> Places:
    """The places of a folder. Raises ValueError where a kelurahan is unknown or has no street."""
    if raw["format"] != FORMAT:
        raise ValueError(f"format {raw['format']}")
    names = {area.code: area.name for area in city.areas}
    areas = {
        area.code: (area.name, area.parent or "", names.get(area.parent or "", ""))
        for area in city.areas
        if area.level is AreaLevel.KELURAHAN
    }
    streets = {str(code): tuple(map(str, found)) for code, found in raw["streets"].items()}
    public = {
        kind: tuple((str(place["name"]), str(place["kelurahan"])) for place in found)
        for kind, found in raw["public"].items()
    }
    unknown = {code for found in public.values() for _, code in found} - set(areas)
    if unknown or set(streets) != set(areas) or not all(streets.values()):
        raise ValueError("every kelurahan of areas.yaml needs streets, and no other may be named")
    named = {_sentence(name): name for found in public.values() for name, _ in found}
    return Places(areas, streets, public, tuple(map(str, raw["landmarks"])), named)


def _sentence(name: str) -> str:
    return name[0].upper() + name[1:]
