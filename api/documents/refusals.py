"""Why a document is not executed: over a limit, or with a text that no row can hold."""

from __future__ import annotations

import re

from graphql import DocumentNode, GraphQLError, StringValueNode, Visitor, visit

from services.core.refusals import EdgeRefusal

UNWRITABLE = frozenset({"text_nul", "text_lone_surrogate"})
# A NUL that the text of a document spells out, the backslash not being escaped itself.
NUL_ESCAPE = re.compile(r"(?<!\\)(?:\\\\)*\\u(?:0000|\{0+\})")


class DocumentRefused(Exception):
    """The request can not be executed; errors say why.

    unwritable: it holds a NUL or half of a surrogate pair, which no client sends by mistake.
    """

    def __init__(self, errors: list[GraphQLError], *, unwritable: bool = False) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = errors
        self.unwritable = unwritable


def over_limit(name: str, limit: int) -> DocumentRefused:
    """Refuse what costs more than it may; name: a field of DocumentLimits."""
    return refused(EdgeRefusal("COST_EXCEEDED", f"document_over_{name}", limit=limit))


def refused(refusal: EdgeRefusal) -> DocumentRefused:
    """The same refusal, as one of a whole document."""
    error = GraphQLError(refusal.reason, original_error=refusal)
    return DocumentRefused([error], unwritable=refusal.reason in UNWRITABLE)


class _Nul(Visitor):
    """Finds a text with a NUL in a document."""

    found = False

    def enter_string_value(self, node: StringValueNode, *_: object) -> None:
        self.found = self.found or "\x00" in node.value


def holds_nul(document: DocumentNode) -> bool:
    """Whether a text of this document has a NUL, which PostgreSQL stores in no text."""
    nul = _Nul()
    visit(document, nul)
    return nul.found
