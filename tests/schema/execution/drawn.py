"""Valid queries of our own schema that nobody would write, the same of each seed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

DEPTH = 6  # of fields below each other
# Rows that really exist would be met too seldom by ids and words that are made up.
SIMPLE: Mapping[str, list[Any]] = {
    "Int": [1, 2, 3, 5, 2026, -1],
    "Float": [0.5],
    "Boolean": [True, False],
    "Date": ["2026-02-27", "2026-03-05"],
    "DateTime": ["2026-03-02T02:00:00Z", "2026-03-09T23:30:00+07:00"],
}


@dataclass
class Drawn:
    """One document on its way, with the values of its variables."""

    schema: GraphQLSchema
    words: Mapping[str, list[Any]]  # by the name of a type
    seed: int
    variables: dict[str, Any] = field(default_factory=dict)
    declared: list[str] = field(default_factory=list)
    fragments: list[str] = field(default_factory=list)
    fields: int = 0

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.most = self.random.randint(4, 25)

    def document(self) -> str:
        root = self.schema.query_type
        assert root is not None
        if self._chance(0.6):
            asked = self._tickets()
        else:
            chosen = self.random.sample(sorted(root.fields), self._chance(0.2) + 1)
            asked = " ".join(self._field(name, root.fields[name], 0, named=self._chance(0.2)) for name in chosen)
        declared = f" ({', '.join(self.declared)})" if self.declared else ""
        return "\n".join([f"query Asked{declared} {{ {asked} }}", *self.fragments])

    def _tickets(self) -> str:
        """Tickets, of which most is hidden from somebody."""
        ticket = self.schema.type_map["Ticket"]
        if self._chance(0.5):
            return f"tickets(first: {self.random.randint(2, 9)}) {{ edges {{ node{self._below(ticket, 2)} }} }}"
        return f"ticket(id: {self._variable('ID!', self.random.choice(self.words['ID']))}){self._below(ticket, 1)}"

    def _chance(self, share: float) -> bool:
        return self.random.random() < share

    def _field(self, name: str, definition: GraphQLField, depth: int, *, named: bool) -> str:
        """One field, some with another name, which tells at its end what it is, or asked for twice."""
        self.fields += 1
        # A union's members may have fields of one name and two types.
        alias = f"a{self.fields}_{name}: " if named else ""
        asked = f"{alias}{name}{self._arguments(definition.args)}"
        below = [self._below(get_named_type(definition.type), depth) for _ in range(1 + self._chance(0.1))]
        return " ".join(f"{asked}{self._directive(depth)}{selected}" for selected in below)

    def _directive(self, depth: int) -> str:
        if not depth or not self._chance(0.08):
            return ""
        value = self._variable("Boolean!", self._chance(0.5)) if self._chance(0.5) else "true"
        return f" @{self.random.choice(['include', 'skip'])}(if: {value})"

    def _below(self, type_: GraphQLNamedType, depth: int) -> str:
        if is_leaf_type(type_):
            return ""
        selected = " ".join(self._selected(type_, depth))
        if isinstance(type_, GraphQLObjectType) and self._chance(0.1):
            self.fragments.append(f"fragment f{len(self.fragments)} on {type_.name} {{ {selected} }}")
            selected = f"...f{len(self.fragments) - 1}"
        return f" {{ {selected} }}"

    def _selected(self, type_: GraphQLNamedType, depth: int) -> Iterator[str]:
        yield "__typename"
        if is_abstract_type(type_):
            for member in self.random.sample(list(self.schema.get_possible_types(type_)), 1):
                yield f"... on {member.name} {{ {' '.join(self._selected_of(member, depth, named=True))} }}"
        elif isinstance(type_, GraphQLObjectType):
            yield from self._selected_of(type_, depth, named=False)

    def _selected_of(self, type_: GraphQLObjectType, depth: int, *, named: bool) -> Iterator[str]:
        names = [
            name for name in type_.fields if depth < DEPTH or is_leaf_type(get_named_type(type_.fields[name].type))
        ]
        for name in self.random.sample(names, min(len(names), self.random.randint(1, 6))):
            if self.fields < self.most:
                yield self._field(name, type_.fields[name], depth + 1, named=named or self._chance(0.15))

    def _arguments(self, args: Mapping[str, GraphQLArgument]) -> str:
        given = [
            f"{name}: {self._given(arg)}"
            for name, arg in args.items()
            if is_required_argument(arg) or self._chance(0.3)
        ]
        return f"({', '.join(given)})" if given else ""

    def _given(self, arg: GraphQLArgument) -> str:
        value = self._value(arg.type, 0)
        return self._variable(str(arg.type), value) if self._chance(0.4) else written(value)

    def _variable(self, type_: str, value: Any) -> str:
        name = f"v{len(self.declared)}"
        self.declared.append(f"${name}: {type_}")
        self.variables[name] = plain(value)
        return f"${name}"

    def _value(self, type_: Any, depth: int) -> Any:
        if isinstance(type_, GraphQLNonNull):
            return self._value_of(type_.of_type, depth)
        return None if self._chance(0.1) else self._value_of(type_, depth)

    def _value_of(self, type_: Any, depth: int) -> Any:
        if isinstance(type_, GraphQLList):
            return [self._value(type_.of_type, depth) for _ in range(self.random.randint(0, 2))]
        if isinstance(type_, GraphQLEnumType):
            return Name(self.random.choice(list(type_.values)))
        if isinstance(type_, GraphQLInputObjectType):
            return {
                name: self._value(each.type, depth + 1)
                for name, each in type_.fields.items()
                if self._is_given(each, depth)
            }
        return self.random.choice(self.words.get(type_.name) or SIMPLE.get(type_.name) or ["x"])

    def _is_given(self, each: GraphQLInputField, depth: int) -> bool:
        return is_required_input_field(each) or self._chance(0.15 / (depth + 1))


class Name(str):
    """The name of a member of an enum, which is written without quotes."""


def written(value: Any) -> str:
    """A value as it stands in a document."""
    if isinstance(value, Name):
        return str(value)
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}: {written(each)}' for name, each in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    return json.dumps(value, ensure_ascii=False)


def plain(value: Any) -> Any:
    """A value as it is sent beside a document."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return str(value) if isinstance(value, str) else value
