"""What the desks of all tests in one process share: to build a schema and to read a document takes a tenth of a second.

In production a process has one desk, and all its documents are read once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch
from weakref import WeakKeyDictionary

from graphql import DocumentNode, GraphQLError, GraphQLSchema, parse, validate

from api import composition
from api.documents import documents


class Read:
    """The documents that were read twice and are valid; of those that come once nothing is kept."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._parsed: dict[int, DocumentNode] = {}
        self._kept: set[int] = set()
        self._valid: WeakKeyDictionary[GraphQLSchema, set[int]] = WeakKeyDictionary()

    def parse(self, source: str, **limits: Any) -> DocumentNode:
        key = hash((source, *limits.items()))
        if key in self._parsed:
            return self._parsed[key]
        document = parse(source, **limits)
        if key in self._seen:
            self._parsed[key] = document
            self._kept.add(id(document))
        self._seen.add(key)
        return document

    def validate(
        self, schema: GraphQLSchema, document: DocumentNode, rules: Sequence[Any], **named: Any
    ) -> list[GraphQLError]:
        valid = self._valid.setdefault(schema, set())
        if id(document) in valid:
            return []
        errors = validate(schema, document, rules, **named)
        if not errors and id(document) in self._kept:
            valid.add(id(document))
        return errors


@contextmanager
def one_schema() -> Iterator[None]:
    """Build one schema, and read each of its documents once, however many desks there are."""
    read = Read()
    with (
        patch.object(composition, "build_schema", cache(composition.build_schema)),
        patch.multiple(documents, parse=read.parse, validate=read.validate),
    ):
        yield
