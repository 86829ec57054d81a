"""What a document uses that will go: fields, arguments, input fields and enum values marked as deprecated."""

from __future__ import annotations

from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    EnumValueNode,
    FieldNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLSchema,
    Node,
    ObjectFieldNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    visit,
)


def has_deprecated(schema: GraphQLSchema) -> bool:
    """Whether anything in a schema will go, so that its documents are worth a look."""
    return any(_is_deprecated(type_) for name, type_ in schema.type_map.items() if not name.startswith("__"))


def _is_deprecated(type_: Any) -> bool:
    members = [*getattr(type_, "fields", {}).values(), *getattr(type_, "values", {}).values()]
    members += [argument for member in members for argument in getattr(member, "args", {}).values()]
    return any(member.deprecation_reason is not None for member in members)


def deprecated_in(schema: GraphQLSchema, document: DocumentNode) -> tuple[str, ...]:
    """The deprecated coordinates in a valid document, in order."""
    types = TypeInfo(schema)
    found = _Deprecated(types)
    visit(document, TypeInfoVisitor(types, found))
    return tuple(sorted(found.coordinates))


class _Deprecated(Visitor):
    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.coordinates: set[str] = set()
        self._types = types
        self._field_name = ""

    def enter(self, node: Node, *_: Any) -> None:
        if isinstance(node, FieldNode):
            self._field(node)
        elif isinstance(node, ArgumentNode):
            self._argument(node)
        elif isinstance(node, ObjectFieldNode):
            self._input_field(node)
        elif isinstance(node, EnumValueNode):
            self._value(node)

    def _field(self, node: FieldNode) -> None:
        self._field_name = node.name.value
        field, parent = self._types.get_field_def(), self._types.get_parent_type()
        if field is not None and parent is not None and field.deprecation_reason is not None:
            self.coordinates.add(f"{parent.name}.{node.name.value}")

    def _argument(self, node: ArgumentNode) -> None:
        argument, parent = self._types.get_argument(), self._types.get_parent_type()
        if argument is not None and parent is not None and argument.deprecation_reason is not None:
            self.coordinates.add(f"{parent.name}.{self._field_name}({node.name.value}:)")

    def _input_field(self, node: ObjectFieldNode) -> None:
        parent = get_named_type(self._types.get_parent_input_type())
        if isinstance(parent, GraphQLInputObjectType) and parent.fields[node.name.value].deprecation_reason is not None:
            self.coordinates.add(f"{parent.name}.{node.name.value}")

    def _value(self, node: EnumValueNode) -> None:
        type_ = get_named_type(self._types.get_input_type())
        if isinstance(type_, GraphQLEnumType) and type_.values[node.value].deprecation_reason is not None:
            self.coordinates.add(f"{type_.name}.{node.value}")
