"""Compile what the one root field of a query gives, with what has to be waited for under it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLList,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    SelectionSetNode,
    get_nullable_type,
    is_abstract_type,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path

from schema.execution.constant_calls import Call, constant_call
from schema.execution.plan_compiler import NotPlain, PlanCompiler, Shortcuts, plain_attribute

Rows = Callable[[Any, Any], list[Any]]
LEAST_ROOM = 5_000  # our choice: of documents that are shorter than what is the same in all programs
ROOM_OF_A_CHARACTER = (
    30  # our choice: four variants of any document of web/; at most 100 bytes, less than parsing takes
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A field with a resolver, as it is asked for: info is for a caller who is not known yet.

    call: the resolver with its arguments, where they hang on no variable.
    """

    definition: GraphQLField
    node: FieldNode
    info: Any
    call: Call | None

    @classmethod
    def of(cls, schema: GraphQLSchema, definition: GraphQLField, node: FieldNode, info: Any) -> Asked:
        """Asked by anybody: without the variables of whoever asked first."""
        return cls(definition, node, info._replace(variable_values={}), constant_call(schema, definition, node))


@dataclass(frozen=True, slots=True)
class Late:
    """A field of the root object that is read before all others: by its resolver, or from its attribute.

    rows: completes a slice of a list; None where the value is completed together with the object. part: completes an
    object that has late fields of its own.
    """

    key: str
    read: Asked | str
    rows: Rows | None
    part: Part | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """How an object is completed: by its plan, out of the object, the info and its late values."""

    plan: Callable[..., Any]
    late: Sequence[Late]


@dataclass(slots=True)
class Room:
    """How much program text may still be compiled of one document, all its operations and their variants together.

    A short text may spread one fragment many times; what is compiled of it must not outgrow what is kept of the text.
    """

    characters: int = LEAST_ROOM

    @classmethod
    def of(cls, source: str) -> Room:
        return cls(LEAST_ROOM + ROOM_OF_A_CHARACTER * len(source))

    def take(self, characters: int) -> None:
        """Raises NotPlain where there is no room for so much."""
        if characters > self.characters:
            raise NotPlain
        self.characters -= characters


class WholeCompiler(PlanCompiler):
    """A plan for what a root field gives, whose resolvers and lists right below are read first, as late values.

    The executor knows the values of all variables, so that directives are followed: the plan is for these values of
    the variables that directives hang on.
    """

    def __init__(self, executor: Executor[Any], path: Path, room: Room) -> None:
        super().__init__(executor)
        self._path = path
        self._room = room
        self._root = ""
        self._late: list[tuple[str, Asked | str, str | None, Part | None]] = []

    def whole(self, type_: GraphQLOutputType, details: FieldDetailsList) -> Part:
        """A function of the object, its info and its late values, or of a slice of a list; raises NotPlain."""
        if isinstance(type_, GraphQLList):
            entry = self._list(type_, details)
        elif isinstance(type_, GraphQLObjectType):
            entry = self._root_object(type_, details)
        else:
            raise NotPlain
        self._room.take(sum(map(len, self._functions)))
        names = self._made()
        late = [Late(key, read, names.get(rows or ""), part) for key, read, rows, part in self._late]
        return Part(names[entry], late)

    def _root_object(self, type_: GraphQLObjectType, details: FieldDetailsList) -> str:
        name, self._root = self._name("object"), self._name("v")
        answer = self._object(type_, details, self._root)
        self._functions.append(f"def {name}({self._root}, info, late):\n return {answer}\n")
        return name

    def _field(
        self,
        type_: GraphQLObjectType,
        key: str,
        details: FieldDetailsList,
        value: str,
        shortcuts: Shortcuts | None = None,
    ) -> tuple[bool, str]:
        definition = type_.fields.get(details[0].node.name.value)
        if value != self._root or definition is None:
            return super()._field(type_, key, details, value, shortcuts)
        attribute, list_ = plain_attribute(definition), get_nullable_type(definition.type)
        if attribute is not None and not isinstance(list_, GraphQLList):
            return super()._field(type_, key, details, value, shortcuts)
        if any(detail.fragment_variable_values for detail in details):
            raise NotPlain
        slot = f"late[{len(self._late)}]"
        read = attribute or self._asked(type_, key, details, definition)
        if not isinstance(list_, GraphQLList):
            self._late.append((key, read, None, None))
            return True, f"{key!r}: {self._value(definition.type, details, slot)}"
        self._late.append((key, read, self._list(list_, details), None))
        absent = "None" if list_ is definition.type else "leave()"
        return True, f"{key!r}: ({absent} if {slot} is None else {slot})"

    def _asked(self, type_: GraphQLObjectType, key: str, details: FieldDetailsList, definition: GraphQLField) -> Asked:
        nodes = [detail.node for detail in details]
        path = Path(self._path, key, type_.name)
        info = self._executor.build_resolve_info(definition, nodes, type_, path)
        return Asked.of(self._executor.schema, definition, nodes[0], info)

    def _is_unconditional(self, selections: SelectionSetNode | None) -> bool:
        return True


class PayloadCompiler(WholeCompiler):
    """The same for what a mutation gives: an object of its own may have resolvers, and errors are the executor's."""

    def _field(
        self,
        type_: GraphQLObjectType,
        key: str,
        details: FieldDetailsList,
        value: str,
        shortcuts: Shortcuts | None = None,
    ) -> tuple[bool, str]:
        definition = type_.fields.get(details[0].node.name.value)
        shown, attribute = get_nullable_type(definition.type if definition else None), plain_attribute(definition)
        if value != self._root or attribute is None or definition is None or not isinstance(shown, GraphQLObjectType):
            return super()._field(type_, key, details, value, shortcuts)
        part = WholeCompiler(self._executor, Path(self._path, key, type_.name), self._room).whole(shown, details)
        slot, absent = f"late[{len(self._late)}]", "None" if shown is definition.type else "leave()"
        self._late.append((key, attribute, None, part))
        return True, f"{key!r}: ({absent} if {slot} is None else {slot})"

    def _present(self, type_: GraphQLOutputType, details: FieldDetailsList, value: str) -> str:
        return "leave()" if is_abstract_type(type_) else super()._present(type_, details, value)
