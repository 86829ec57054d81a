"""Which variables decide what of a document is asked for."""

from __future__ import annotations

from typing import Any

from graphql import DirectiveNode, DocumentNode, VariableNode, Visitor, visit

CONDITIONS = frozenset({"skip", "include"})


class _Conditions(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.others = False

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        self.others = self.others or node.name.value not in CONDITIONS
        values = [argument.value for argument in node.arguments or ()]
        self.names |= {value.name.value for value in values if isinstance(value, VariableNode)}


def conditions_of(document: DocumentNode) -> tuple[str, ...] | None:
    """The variables that its directives hang on; None where it has directives of another kind."""
    found = _Conditions()
    visit(document, found)
    return None if found.others else tuple(sorted(found.names))
