"""Operations that schemathesis makes up from the schema, with ids, cursors and words of rows that really exist."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import schemathesis
from graphql import (
    FieldNode,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    SelectionSetNode,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_schema,
    get_named_type,
    introspection_from_schema,
    parse,
    print_ast,
    visit,
)
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode
from schemathesis.graphql import nodes
from schemathesis.schemas import APIOperation

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))  # of each operation and caller; `make fuzz` sets it
WORDS = [
    "",
    " ",
    "0",
    "dpupr",
    "KDR-2026-000001",
    "\u202egnp.exe",
    "\x00",
    "\ud83d\ude00",
    "%_\\",
    "'; --",
    "a" * 5_000,
]
[ERRORS] = parse("{ typedErrors: errors { code } }").definitions[0].selection_set.selections
MOMENTS = ["2026-03-02T02:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2026-02-30T00:00:00Z"]

schemathesis.graphql.scalar("Cursor", st.sampled_from(WORDS).map(nodes.String))
schemathesis.graphql.scalar("DateTime", (st.datetimes().map(str) | st.sampled_from(MOMENTS)).map(nodes.String))
schemathesis.graphql.scalar("Date", (st.dates().map(str) | st.sampled_from(MOMENTS)).map(nodes.String))
schemathesis.graphql.scalar("Decimal", (st.decimals(allow_nan=True).map(str) | st.just("1e999999")).map(nodes.String))


def bounds(examples: int) -> settings:
    """The same examples at every run; `make fuzz` draws others each time, and more of them."""
    return settings(
        max_examples=EXAMPLES or examples,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate] if not EXAMPLES else [Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )


def operations(sdl: str) -> Iterator[APIOperation]:
    """Every query and mutation of a schema; what ends the caller's own session comes last."""
    described = introspection_from_schema(build_schema(sdl, assume_valid=True))
    made = schemathesis.graphql.from_dict({"data": described})
    found = [operation.ok() for operation in made.get_all_operations()]
    yield from sorted(found, key=lambda operation: operation.definition.field_name == "signOut")


@dataclass(frozen=True)
class Known:
    """What really exists, by the type or the name of the argument that takes it."""

    ids: list[str]
    cursors: list[str]
    words: Mapping[str, list[str]]

    def values_of(self, name: str, type_: GraphQLNamedType) -> list[str]:
        """What may stand in for a made-up value of an argument or an input field."""
        if type_.name == "ID":
            return self.ids
        if type_.name == "Cursor":
            return self.cursors
        return list(self.words.get(name, ()))


@st.composite
def documents(draw: st.DrawFn, operation: APIOperation, schema: GraphQLSchema, known: Known) -> str:
    """A document of one operation: half of them well formed, half with wrong values on purpose."""
    mode = draw(st.sampled_from([GenerationMode.POSITIVE, GenerationMode.POSITIVE, GenerationMode.NEGATIVE]))
    case = draw(operation.as_strategy(generation_mode=mode))
    return with_known(draw, str(case.body), schema, known)


def with_known(draw: st.DrawFn, text: str, schema: GraphQLSchema, known: Known) -> str:
    """Put what exists in the place of made-up ids, cursors and codes, most of the time, and ask for typed errors."""
    types = TypeInfo(schema)

    class Replacing(Visitor):
        def enter_string_value(self, node: StringValueNode, _key: Any, parent: Any, *_: Any) -> Any:
            type_ = types.get_input_type()
            name = getattr(getattr(parent, "name", None), "value", "")
            values = known.values_of(name, get_named_type(type_)) if type_ is not None else []
            if values and draw(st.integers(0, 3)):
                return StringValueNode(value=draw(st.sampled_from(values)))
            return None

        def leave_field(self, node: FieldNode, *_: Any) -> Any:
            found = get_named_type(types.get_type())
            if not isinstance(found, GraphQLObjectType) or "errors" not in found.fields or node.selection_set is None:
                return None
            return replace(node, selection_set=SelectionSetNode(selections=(*node.selection_set.selections, ERRORS)))

    return print_ast(visit(parse(text), TypeInfoVisitor(types, Replacing())))


def replace(node: FieldNode, **changed: Any) -> FieldNode:
    """The same field with other parts."""
    kept = {key: getattr(node, key) for key in ("alias", "name", "arguments", "directives", "selection_set")}
    return FieldNode(**(kept | changed))
