"""What a change of grants, or of the desk's schema, breaks in the operations that partners registered."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from graphql import GraphQLError, GraphQLSchema, parse, validate

from schema.partners.contracts import contract

MOST_ERRORS = 5  # our choice: what an admin reads at one glance


@dataclass(frozen=True, slots=True)
class Broken:
    """One registered operation that can not run, and why."""

    document: str
    errors: tuple[str, ...]


def broken(core: GraphQLSchema, coordinates: Collection[str], documents: Mapping[str, str]) -> list[Broken]:
    """The documents (text by name) that do not run under these coordinates, by name."""
    made = contract(core, coordinates)
    if made.query_type is None:
        return [Broken(name, ("The grant opens no query.",)) for name in sorted(documents)]
    found = ((name, errors_of(made, text)) for name, text in sorted(documents.items()))
    return [Broken(name, errors) for name, errors in found if errors]


def errors_of(made: GraphQLSchema, text: str) -> tuple[str, ...]:
    """Why a document does not run in a schema; nothing where it does."""
    try:
        errors = validate(made, parse(text), max_errors=MOST_ERRORS, hide_suggestions=True)
    except GraphQLError as error:
        return (error.message,)
    return tuple(error.message for error in errors[:MOST_ERRORS])
