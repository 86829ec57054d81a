"""Write the Python function that turns a list of plain objects into its answer."""

from __future__ import annotations

import keyword
import math
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, Flag
from typing import Any, NoReturn, Protocol
from uuid import UUID

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLString,
    InlineFragmentNode,
    SelectionSetNode,
    Undefined,
    get_nullable_type,
    is_leaf_type,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from graphql.pyutils import is_awaitable

# Values of these types are neither exceptions nor awaitables.
PLAIN = frozenset({str, int, float, bool, datetime, date, Decimal, UUID})
# What an answer of these types looks like where it needs no coercion; {v} is the value.
AS_THEY_ARE = {
    GraphQLString: "type({v}) is str",
    GraphQLID: "type({v}) is str",
    GraphQLBoolean: "{v} is True or {v} is False",
    GraphQLInt: "type({v}) is int and -2147483648 <= {v} <= 2147483647",
    GraphQLFloat: "type({v}) is float and isfinite({v})",
}


class Shortcuts(Protocol):
    """How the attributes of a class are read without calling a property of it.

    read: an expression for an attribute of {v}. stored: the item of its row that holds an enum as it is stored.
    """

    @property
    def read(self) -> Mapping[str, str]: ...
    @property
    def stored(self) -> Mapping[str, str]: ...


class NotPlain(Exception):
    """This selection, or this value, is the executor's to complete."""


class PlanCompiler:
    """Compiles one list or object. A selection with directives, arguments, resolvers or abstract types has no plan."""

    def __init__(self, executor: Executor[Any]) -> None:
        self._executor = executor
        self._names: dict[str, Any] = {"isfinite": math.isfinite, "leaf": leaf, "leave": leave, "rows_of": rows_of}
        self._functions: list[str] = []
        self._count = 0

    def compiled(
        self, return_type: GraphQLList[GraphQLOutputType] | GraphQLObjectType, details: FieldDetailsList
    ) -> Callable[..., Any] | None:
        """A function of the rows or the object, and the resolve info; None where they have no plan."""
        try:
            if isinstance(return_type, GraphQLObjectType):
                entry = self._single(return_type, details)
            else:
                entry = self._list(return_type, details)
        except NotPlain:
            return None
        function: Callable[..., Any] = self._made()[entry]
        return function

    def _made(self) -> dict[str, Any]:
        """All functions by their names."""
        # The text holds only names of this schema and keys of a valid document, all of them GraphQL names.
        exec(compile("\n".join(self._functions), "<plan>", "exec"), self._names)  # noqa: S102
        return self._names

    def _single(self, type_: GraphQLObjectType, details: FieldDetailsList) -> str:
        name, value = self._name("object"), self._name("v")
        self._functions.append(f"def {name}({value}, info):\n return {self._object(type_, details, value)}\n")
        return name

    def _list(self, type_: GraphQLList[GraphQLOutputType], details: FieldDetailsList) -> str:
        name, row = self._name("list"), self._name("row")
        item = self._value(type_.of_type, details, row)
        self._functions.append(
            f"def {name}(rows, info):\n answer = []\n for {row} in rows:\n  answer.append({item})\n return answer\n"
        )
        return name

    def _value(self, type_: GraphQLOutputType, details: FieldDetailsList, source: str) -> str:
        """An expression for the value of the expression source, completed as type_."""
        if isinstance(type_, GraphQLNonNull):
            absent, type_ = "leave()", type_.of_type
        else:
            absent = "None"
        value = self._name("v")
        return f"({absent} if ({value} := {source}) is None else {self._present(type_, details, value)})"

    def _present(self, type_: GraphQLOutputType, details: FieldDetailsList, value: str) -> str:
        if isinstance(type_, GraphQLObjectType):
            return self._object(type_, details, value)
        if isinstance(type_, GraphQLList):
            return f"{self._list(type_, details)}(rows_of({value}), info)"
        if is_leaf_type(type_):
            return self._leaf(type_, value)
        raise NotPlain

    def _object(self, type_: GraphQLObjectType, details: FieldDetailsList, value: str) -> str:
        if any(not self._is_unconditional(detail.node.selection_set) for detail in details):
            raise NotPlain
        grouped, deferred, _ = self._executor.collect_subfields(type_, details)
        if deferred or not grouped:
            raise NotPlain
        shown_by = shown_by_of(type_)
        answer = self._fields(type_, grouped, value, getattr(shown_by, "shortcuts", None))
        if type_.is_type_of is None:
            return answer
        fits = f"{self._constant(type_.is_type_of)}({value}, info) is True"
        if shown_by is not None:
            fits = f"type({value}) is {self._constant(shown_by)}"
        return f"({answer} if {fits} else leave())"

    def _fields(
        self, type_: GraphQLObjectType, grouped: GroupedFieldSet, value: str, shortcuts: Shortcuts | None
    ) -> str:
        """The dictionary of an object."""
        read = [self._field(type_, key, inner, value, shortcuts) for key, inner in grouped.items()]
        if type_.is_type_of is None and not any(touched for touched, _ in read):
            raise NotPlain  # nothing would notice an awaitable in place of the object
        return "{" + ", ".join(text for _, text in read) + "}"

    def _field(
        self,
        type_: GraphQLObjectType,
        key: str,
        details: FieldDetailsList,
        value: str,
        shortcuts: Shortcuts | None = None,
    ) -> tuple[bool, str]:
        """Whether the object is touched, and the item of its dictionary."""
        name = details[0].node.name.value
        if name == "__typename":
            return False, f"{key!r}: {type_.name!r}"
        definition = type_.fields.get(name)
        attribute = plain_attribute(definition)
        if definition is None or attribute is None or any(detail.fragment_variable_values for detail in details):
            raise NotPlain
        leaf_type = get_nullable_type(definition.type)
        column = None if shortcuts is None else shortcuts.stored.get(attribute)
        if column is not None and isinstance(leaf_type, GraphQLEnumType):
            stored = self._stored(leaf_type, f"{value}.row[{column!r}]", may_be_null=leaf_type is definition.type)
            return True, f"{key!r}: {stored}"
        source = None if shortcuts is None else shortcuts.read.get(attribute)
        source = f"{value}.{attribute}" if source is None else f"({source.format(v=value)})"
        return True, f"{key!r}: {self._value(definition.type, details, source)}"

    def _stored(self, type_: GraphQLEnumType, source: str, *, may_be_null: bool) -> str:
        """The name of a member of an enum, by the text that is stored for it; an unknown one is the executor's."""
        names: dict[Any, Any] = {member.value: name for member, name in enum_names(type_).items()}
        if may_be_null:
            names[None] = None
        return f"{self._constant(names)}[{source}]"

    def _leaf(self, type_: GraphQLLeafType, value: str) -> str:
        coerced = f"leaf({self._constant(type_)}, {value})"
        if isinstance(type_, GraphQLEnumType):
            return self._enum(type_, value, coerced)
        if type_.coerce_output_value is datetime.isoformat:
            return f"({value}.isoformat() if type({value}) is {self._constant(datetime)} else {coerced})"
        fits = next((text for scalar, text in AS_THEY_ARE.items() if scalar is type_), None)
        return f"({value} if {fits.format(v=value)} else {coerced})" if fits else coerced

    def _enum(self, type_: GraphQLEnumType, value: str, coerced: str) -> str:
        """A member of the enum: its own name where the schema calls all members so, which is found without a hash."""
        known = enum_names(type_)
        if not known:
            return coerced
        class_ = type(next(iter(known)))
        own = not issubclass(class_, Flag) and known == {member: member.name for member in class_}
        shown = f"{value}._name_" if own else f"{self._constant(known)}[{value}]"
        return f"({shown} if type({value}) is {self._constant(class_)} else {coerced})"

    def _is_unconditional(self, selections: SelectionSetNode | None) -> bool:
        """Whether nothing in a selection hangs on a directive; fragments are looked into once each."""
        waiting, seen = [selections], set()
        while waiting:
            for node in (waiting.pop() or SelectionSetNode(selections=())).selections:
                if node.directives:
                    return False
                if isinstance(node, FragmentSpreadNode):
                    if node.name.value not in seen:
                        seen.add(node.name.value)
                        waiting.append(self._executor.fragments[node.name.value].definition.selection_set)
                elif isinstance(node, InlineFragmentNode):
                    waiting.append(node.selection_set)
                elif not isinstance(node, FieldNode):
                    return False
        return True

    def _name(self, kind: str) -> str:
        self._count += 1
        return f"{kind}{self._count}"

    def _constant(self, value: object) -> str:
        name = self._name("k")
        self._names[name] = value
        return name


def plain_attribute(field: GraphQLField | None) -> str | None:
    """The Python attribute behind a field of Strawberry's that has no resolver, arguments or extensions."""
    definition = field.extensions.get("strawberry-definition") if field else None
    if field is None or definition is None or field.args or not definition.is_basic_field:
        return None
    if definition.default_resolver is not getattr or not getattr(field.resolve, "_is_default", False):
        return None
    name: str = definition.python_name
    return name if name.isidentifier() and not keyword.iskeyword(name) else None


def shown_by_of(type_: GraphQLObjectType) -> type | None:
    """The class whose instances an object type shows, where it names one: what it is is then told by a look."""
    definition = type_.extensions.get("strawberry-definition")
    found: type | None = getattr(definition.origin, "shown_by", None) if definition else None
    return found


def enum_names(type_: GraphQLEnumType) -> dict[Enum, str]:
    """The name of each member of a Python enum that the schema shows."""
    names = {}
    for member in getattr(type_, "wrapped_cls", ()):
        try:
            names[member] = type_.coerce_output_value(member)
        except Exception:  # noqa: S112 - a member that the schema leaves out; the executor refuses it
            continue
    return names


def leaf(type_: GraphQLLeafType, value: object) -> object:
    """What the executor would answer for a leaf; raises where it would await, or place an error."""
    if type(value) not in PLAIN and (isinstance(value, Exception) or is_awaitable(value)):
        raise NotPlain
    coerced = type_.coerce_output_value(value)
    if coerced is None or coerced is Undefined:
        raise NotPlain
    return coerced


def rows_of(value: object) -> list[Any] | tuple[Any, ...]:
    """The rows of a nested list; anything but a list is the executor's, as reading it could use it up."""
    if type(value) is list or type(value) is tuple:
        return value
    raise NotPlain


def leave() -> NoReturn:
    """A null where none may be, or an object of another type."""
    raise NotPlain
