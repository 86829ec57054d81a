"""Documents of queries that ask for data only."""

from __future__ import annotations

from typing import Any

from graphql import BREAK, DocumentNode, FieldNode, OperationDefinitionNode, OperationType, Visitor, visit

INTROSPECTION = frozenset({"__schema", "__type"})


class _Finder(Visitor):
    found = False

    def enter_field(self, node: FieldNode, *_: Any) -> Any:
        if node.name.value in INTROSPECTION:
            self.found = True
            return BREAK
        return None


def only_asks(document: DocumentNode) -> bool:
    """Whether all operations of a document are queries, and none asks for the schema."""
    operations = (node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    if any(node.operation is not OperationType.QUERY for node in operations):
        return False
    finder = _Finder()
    visit(document, finder)
    return not finder.found
