"""What stands in no sentence that people read: values of closed lists, names of the schema, tokens and versions."""

from __future__ import annotations

import re
from functools import cache

from graphql import GraphQLEnumType

from schema import build_schema

# Values of closed lists that are words which people say.
SAID = frozenset({"SMS", "OPD", "BUMD", "OPEN311"})
CAPITALS = re.compile(r"\b[A-Z][A-Z_0-9]{2,}\b")
NAMES = re.compile(r"\b[a-z]+[A-Z]\w*|\b\w+_\w+\b|\b(?i:tokens?|versi|versions?)\b")
PLACES = re.compile(r"\{\w+\}")
# The names of the product's parts and of others that are written so.
BRANDS = re.compile(r"\b(?:eKTP|iOS|jQuery|GeoReport)\b")


@cache
def values_of_closed_lists() -> frozenset[str]:
    types = build_schema()._schema.type_map.values()
    return frozenset(value for kind in types if isinstance(kind, GraphQLEnumType) for value in kind.values) - SAID


def unsaid(text: str) -> list[str]:
    """What nobody says, as it stands in a text."""
    plain = BRANDS.sub("", PLACES.sub("", text))
    return [*NAMES.findall(plain), *(word for word in CAPITALS.findall(plain) if word in values_of_closed_lists())]
