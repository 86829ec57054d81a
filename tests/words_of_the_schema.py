"""Every text that the schema takes, by coordinate, with a mark of its own; and calls that hold them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    build_schema,
    get_named_type,
)

from tests.root import ROOT

SCHEMA: GraphQLSchema = build_schema((ROOT / "schema" / "schema.graphql").read_text("utf-8"))
# What a scalar that is no text is given where a call needs something.
PLAIN = {"ID": "VGlja2V0Ojk5OTk5", "Int": 1, "Float": 1.0, "Boolean": True}


def mark_of(coordinate: str) -> str:
    """Ten letters that stand in no language, another ten for every coordinate."""
    digits = hashlib.sha256(coordinate.encode()).digest()
    return "zq" + "".join("bcdfghjkmnpvwxyz"[digit % 16] for digit in digits[:8])


def texts_of(mutation: str) -> list[str]:
    """The coordinates of every text in a mutation's arguments, e.g. `submitTicket.input.location.address`."""
    assert SCHEMA.mutation_type is not None
    arguments = SCHEMA.mutation_type.fields[mutation].args
    return [path for name, argument in arguments.items() for path in _texts(argument.type, f"{mutation}.{name}")]


def _texts(kind: GraphQLInputType, path: str) -> Iterator[str]:
    named = get_named_type(kind)
    if isinstance(named, GraphQLInputObjectType):
        for name, field in named.fields.items():
            yield from _texts(field.type, f"{path}.{name}")
    elif named.name == "String":
        yield path


def mutations() -> list[str]:
    assert SCHEMA.mutation_type is not None
    return list(SCHEMA.mutation_type.fields)


def marked_variables(mutation: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments with a mark in every text, but for what is given by coordinate; None leaves a part out."""
    assert SCHEMA.mutation_type is not None
    arguments = SCHEMA.mutation_type.fields[mutation].args
    made = {name: _value(argument.type, f"{mutation}.{name}", given) for name, argument in arguments.items()}
    return {name: value for name, value in made.items() if value is not None}


def _value(kind: GraphQLInputType, path: str, given: Mapping[str, Any]) -> Any:
    if path in given:
        return given[path]
    inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    if isinstance(inner, GraphQLList):
        return [_value(inner.of_type, path, given)]
    if isinstance(inner, GraphQLInputObjectType):
        fields = {name: _value(field.type, f"{path}.{name}", given) for name, field in inner.fields.items()}
        return {name: value for name, value in fields.items() if value is not None}
    if isinstance(inner, GraphQLEnumType):
        return next(iter(inner.values)) if isinstance(kind, GraphQLNonNull) else None
    if inner.name == "String":
        return mark_of(path)
    return PLAIN.get(inner.name) if isinstance(kind, GraphQLNonNull) else None


def document_of(mutation: str) -> str:
    """The mutation with variables for all of its arguments."""
    assert SCHEMA.mutation_type is not None
    field = SCHEMA.mutation_type.fields[mutation]
    named = ", ".join(f"${name}: {argument.type}" for name, argument in field.args.items())
    passed = ", ".join(f"{name}: ${name}" for name in field.args)
    head = f"mutation ({named})" if named else "mutation"
    arguments = f"({passed})" if passed else ""
    errors = " errors { code path }" if "errors" in getattr(get_named_type(field.type), "fields", {}) else ""
    return f"{head} {{ {mutation}{arguments} {{ __typename{errors} }} }}"
