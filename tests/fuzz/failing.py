"""Random documents that are made to fail somewhere: each seed is one operation, the same at every run."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_required_argument,
    is_required_input_field,
)

SIZES = ("0", "0", "1", "2", "5", "101", "-1", "$size", "$size")
WRONG_SIZES = ("1.0", '"2"', "null", "$nothing")
DECLARED = {"yes": "Boolean! = true", "no": "Boolean!", "size": "Int!", "id": "ID!"}
SHARED = """{ x: ticket(id: %(id)s) { answers { id } reporter { name } timeline(first: %(size)s) { edges { cursor } } }
  y: ticket(id: %(id)s) { answers { id } reporter { name } mergedInto { number answers { id } } } }"""
LIVE_SHARED = """subscription { ticketStatusChanged { cursor ticket { number
  a: mergedInto { answers { id } timeline(first: %(size)s) { edges { cursor } } } b: mergedInto { answers { id } }
  timeline(first: %(size)s) { edges { cursor } } answers { id } reporter { name } } } }"""
LIVE_LIST = """subscription ($after: Cursor) { ticketFeed(after: $after) { __typename
  ... on TicketUpdated { cursor ticket { number answers { id } timeline(first: %(size)s) { edges { cursor } }
    a: mergedInto { reporter { name } answers { id } } } }
  ... on TicketEntered { cursor ticket { id timeline(first: %(size)s) { edges { cursor } } answers { id } } }
  ... on FeedHeartbeat { cursor } } }"""
DIRECTIVES = ("@include(if: true)", "@skip(if: $yes)", "@skip(if: $no)", "@include(if: $yes)")
WRONG_DIRECTIVES = ("@skip", "@unknown", "@include(if: 1)")
ENDINGS = (
    " }",
    " fragment loop on Ticket { ...loop }",
    " query Third { __typename }",
    ' "',
    " {",
    " query { __typename }",
)
HEADS = ("@experimental_disableErrorPropagation", "@include(if: true)")


@dataclass(frozen=True, slots=True)
class Known:
    """What really exists: ids of nodes, numbers of tickets, cursors of feeds and lists."""

    ids: Sequence[str]
    numbers: Sequence[str]
    cursors: Sequence[str]


@dataclass(frozen=True, slots=True)
class Asked:
    """One operation as a client sends it."""

    query: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    operation: str | None = None

    @property
    def live(self) -> bool:
        return self.query.startswith("subscription")

    @property
    def body(self) -> dict[str, Any]:
        named = {"operationName": self.operation} if self.operation else {}
        return {"query": self.query, "variables": self.variables, **named}


class Drawing:
    """Draws operations of one schema by one seed."""

    def __init__(self, schema: GraphQLSchema, known: Known, seed: int) -> None:
        self.schema = schema
        self.known = known
        self.draw = random.Random(seed)
        self.names = 0

    def asked(self) -> Asked:
        """A query, a mutation that changes no ticket, or a subscription."""
        kind = self.draw.choices(("query", "mutation", "subscription", "shared", "live"), (8, 2, 5, 2, 2))[0]
        variables = self.variables()
        if kind in ("shared", "live"):
            return Asked(self._fixed(kind), {"after": self.draw.choice((None, None, "x", *self.known.cursors))})
        return Asked(self._operation(kind), variables, "Nothing" if self._seldom(60) else None)

    def variables(self) -> dict[str, Any]:
        """Those that documents name, some of them wrong, missing or too many."""
        good: dict[str, Any] = {"yes": True, "no": False, "size": 2, "id": self.draw.choice(self.known.ids)}
        wrong = {"yes": "yes", "no": None, "size": [1], "id": {"a": 1}, "more": 1}
        for name in self.draw.sample(sorted(wrong), self.draw.choice((0, 0, 0, 1, 2))):
            good[name] = wrong[name]
        for name in self.draw.sample(sorted(good), self.draw.choice((0, 0, 0, 1))):
            del good[name]
        return good

    def _fixed(self, kind: str) -> str:
        texts = (SHARED,) if kind == "shared" else (LIVE_SHARED, LIVE_LIST)
        size = self.draw.choice(("0", "0", "2", "101"))
        return self.draw.choice(texts) % {"id": quoted(self.draw.choice(self.known.ids)), "size": size}

    def _operation(self, kind: str) -> str:
        root = {
            "query": self.schema.query_type,
            "mutation": self.schema.mutation_type,
            "subscription": self.schema.subscription_type,
        }[kind]
        assert root is not None
        fields = [(name, each) for name, each in root.fields.items() if kind != "mutation" or harmless(each)]
        count = 1 if kind == "subscription" else self.draw.choice((1, 1, 2, 3))
        chosen = [self._field(*self.draw.choice(fields), depth=0) for _ in range(count)]
        text = " ".join(chosen)
        declared = [f"${name}: {type_}" for name, type_ in DECLARED.items() if f"${name}" in text]
        head = f" Named ({', '.join(declared)})" if declared else ""
        directive = f" {self.draw.choice(HEADS)}" if self._seldom(12) else ""
        return f"{kind}{head}{directive} {{ {text} }}{self.draw.choice(ENDINGS) if self._seldom(20) else ''}"

    def _field(self, name: str, known: GraphQLField, depth: int) -> str:
        type_ = get_named_type(known.type)
        below = f" {{ {self._selection(type_, depth + 1)} }}" if is_composite_type(type_) else ""
        directive = f" {self.draw.choice(DIRECTIVES)}" if depth and self._seldom(12) else ""
        directive += f" {self.draw.choice(WRONG_DIRECTIVES)}" if self._seldom(300) else ""
        return f"{self._alias()}{name}{self._arguments(known.args)}{directive}{below}"

    def _alias(self) -> str:
        """Most fields get a name of their own; a few the same one, which only equal fields may have."""
        if self._seldom(100):
            return "same: "
        self.names += 1
        return f"f{self.names}: "

    def _selection(self, type_: Any, depth: int) -> str:
        if is_abstract_type(type_):
            possible = [*self.schema.get_possible_types(type_), *([self.schema.query_type] if self._seldom(20) else [])]
            parts = self.draw.sample(possible, min(len(possible), 3))
            return "__typename " + " ".join(
                f"... on {each.name} {{ {self._selection(each, depth)} }}" for each in parts
            )
        assert isinstance(type_, GraphQLObjectType)
        deepest = 20 if self._seldom(60) else 4
        fields = [
            (name, each)
            for name, each in type_.fields.items()
            if depth < deepest or not is_composite_type(get_named_type(each.type))
        ]
        chosen = self.draw.sample(fields, min(len(fields), self.draw.randint(1, 5)))
        unknown = " nothing" if self._seldom(150) else ""
        return "__typename " + " ".join(self._field(name, each, depth) for name, each in chosen) + unknown

    def _arguments(self, known: Mapping[str, GraphQLArgument]) -> str:
        given = {
            name: self._value(name, each.type, 0)
            for name, each in known.items()
            if (not self._seldom(100) if is_required_argument(each) else self._seldom(3))
        }
        return "(" + ", ".join(f"{name}: {value}" for name, value in given.items()) + ")" if given else ""

    def _value(self, name: str, type_: Any, depth: int) -> str:
        if isinstance(type_, GraphQLNonNull):
            return self._value(name, type_.of_type, depth)
        if isinstance(type_, GraphQLList):
            return (
                "["
                + ", ".join(self._value(name, type_.of_type, depth) for _ in range(self.draw.choice((0, 1, 2))))
                + "]"
            )
        if isinstance(type_, GraphQLInputObjectType):
            fields = {
                key: self._value(key, each.type, depth + 1)
                for key, each in type_.fields.items()
                if is_required_input_field(each) or (depth < 2 and self._seldom(6))
            }
            return "{" + ", ".join(f"{key}: {value}" for key, value in fields.items()) + "}"
        if isinstance(type_, GraphQLEnumType):
            return self.draw.choice([*type_.values, "NOTHING"] if self._seldom(40) else [*type_.values])
        return self._scalar(name, type_.name)

    def _scalar(self, name: str, type_: str) -> str:
        if name == "expectedVersion":
            return "0"  # the version of no ticket
        makers: dict[str, Callable[[], str]] = {
            "Int": lambda: self.draw.choice(WRONG_SIZES if self._seldom(20) else SIZES),
            "ID": lambda: self.draw.choice([*map(quoted, self.known.ids), "$id", '"x"']),
            "Cursor": lambda: quoted(self.draw.choice([*self.known.cursors, "x", ""])),
            "Boolean": lambda: self.draw.choice(("true", "false", "$yes", "$no")),
            "DateTime": lambda: self.draw.choice(('"2026-03-02T02:00:00Z"', '"2026-02-30"', '""')),
            "Date": lambda: self.draw.choice(('"2026-03-02"', '"2026-02-30"')),
            "Float": lambda: self.draw.choice(("0.5", "-900.0", "1e300")),
        }
        words = [*self.known.numbers, "dpupr", "", "%_\\\\", "a" * 300]
        return makers.get(type_, lambda: quoted(self.draw.choice(words)))()

    def _seldom(self, times: int) -> bool:
        """Once in so many times."""
        return self.draw.randrange(times) == 0


def harmless(field_: GraphQLField) -> bool:
    """Whether a mutation names the version that it expects: one that expects none changes something."""
    inputs = [get_named_type(each.type) for each in field_.args.values()]
    return any(isinstance(each, GraphQLInputObjectType) and "expectedVersion" in each.fields for each in inputs)


def quoted(text: str) -> str:
    return f'"{text}"'
