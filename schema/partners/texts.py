"""The text of a partner's schema, with the directives that graphql-core leaves out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from graphql import (
    ConstDirectiveNode,
    GraphQLSchema,
    NameNode,
    ObjectTypeDefinitionNode,
    Visitor,
    parse,
    print_ast,
    print_schema,
    visit,
)

from schema.core.semantic_nulls import SemanticNonNull

MARK = ConstDirectiveNode(name=NameNode(value="semanticNonNull"), arguments=())


def contract_text(made: GraphQLSchema) -> str:
    """A contract as SDL, in which what is null only beside an error says so."""
    document = parse(print_schema(made), no_location=True)
    return print_ast(visit(document, _Marking(made)))


class _Marking(Visitor):
    """Adds the directive to the fields of Query that have it in the desk's schema."""

    def __init__(self, made: GraphQLSchema) -> None:
        super().__init__()
        self._root = made.query_type.name if made.query_type else ""
        self._marked = set(_marked(made))

    def leave_object_type_definition(self, node: ObjectTypeDefinitionNode, *_: Any) -> Any:
        if node.name.value != self._root:
            return None
        fields = node.fields or ()
        return replace(
            node,
            fields=tuple(
                replace(field, directives=(*(field.directives or ()), MARK))
                if field.name.value in self._marked
                else field
                for field in fields
            ),
        )


def _marked(made: GraphQLSchema) -> Iterator[str]:
    for name, field in (made.query_type.fields if made.query_type else {}).items():
        definition = field.extensions.get("strawberry-definition")
        if any(isinstance(each, SemanticNonNull) for each in getattr(definition, "directives", ())):
            yield name
