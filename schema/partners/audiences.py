"""What callers without a grant of their own may use at all: screens, citizens, and who comes without a token."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from typing import Any, NoReturn

from graphql import GraphQLField, GraphQLNamedType, GraphQLObjectType, GraphQLSchema, get_named_type, is_abstract_type

from models.enums import PrincipalKind
from schema.partners.contracts import contract
from schema.partners.coordinates import Composite, every_coordinate, must_be_whole
from services.access.fields import RULES, Relation
from services.core.refusals import EdgeRefusal


@dataclass(frozen=True, slots=True)
class Audience:
    """The root fields that a kind of caller has; its types are those that they lead to.

    readers: the relations of such a caller. left_out: coordinates that it does not have. only_read: it does not have
    what services.access.fields hides from its relations either. Citizens and callers without a token use the documents
    of staff, where such a field is null.
    """

    roots: frozenset[str]
    readers: frozenset[Relation]
    left_out: frozenset[str] = frozenset()
    only_read: bool = False

    def leaves_out(self, coordinate: str) -> bool:
        if coordinate in self.left_out:
            return True
        return self.only_read and coordinate in RULES and self.readers.isdisjoint(RULES[coordinate].readers)


def _fields(type_: str, names: str) -> frozenset[str]:
    return frozenset(f"{type_}.{name}" for name in names.split())


MASTER_DATA = "agencies areas categories"
OF_STAFF = _fields("Viewer", "assignments csrfToken sessions worklists")
AUDIENCES = {
    PrincipalKind.DISPLAY: Audience(
        roots=_fields("Query", f"viewer wallboard {MASTER_DATA}") | _fields("Subscription", "wallboard"),
        readers=frozenset({Relation.DISPLAY}),
        left_out=OF_STAFF | _fields("Viewer", "officer"),
        only_read=True,
    ),
    PrincipalKind.CITIZEN: Audience(
        roots=_fields("Query", f"auditLog node ticket ticketStatusChanges tickets viewer {MASTER_DATA}")
        | _fields("Mutation", "startCitizenSession")
        | _fields("Subscription", "ticketFeed ticketStatusChanged"),
        readers=frozenset({Relation.REPORTER}),
        left_out=OF_STAFF,
    ),
    # Signing in answers with all of Viewer, a citizen's session with the ticket.
    PrincipalKind.ANONYMOUS: Audience(
        roots=_fields("Query", f"node viewer {MASTER_DATA}")
        | _fields("Mutation", "acceptInvitation checkInvitation signIn startCitizenSession submitTicket"),
        readers=frozenset({Relation.SENDER, Relation.REPORTER}),
    ),
}


def audience_contract(core: GraphQLSchema, kind: PrincipalKind) -> GraphQLSchema:
    """The schema of all callers of a kind."""
    audience = AUDIENCES[kind]
    coordinates = frozenset(_reached(core, audience))
    return contract(core, coordinates, audience.readers, every_coordinate(core) | set(core.type_map))


def refusing(core: GraphQLSchema, kind: PrincipalKind) -> GraphQLSchema:
    """The whole schema, in which all root fields of Query that callers of a kind do not have are UNAUTHENTICATED."""
    query = core.query_type
    assert query is not None  # noqa: S101 - no schema is without
    had = AUDIENCES[kind].roots
    fields = {name: field if f"Query.{name}" in had else _refused(field) for name, field in query.fields.items()}
    return with_fields(core, fields)


def with_fields(
    core: GraphQLSchema, queries: dict[str, GraphQLField], mutations: dict[str, GraphQLField] | None = None
) -> GraphQLSchema:
    """The whole schema with other fields of Query, and of Mutation where they are given."""
    query, mutation = core.query_type, core.mutation_type
    assert query is not None  # noqa: S101 - no schema is without
    made = [_like(query, queries)]
    if mutation is not None and mutations is not None:
        made.append(mutation := _like(mutation, mutations))
    return GraphQLSchema(
        query=made[0],
        mutation=mutation,
        subscription=core.subscription_type,
        types=[type_ for name, type_ in core.type_map.items() if name not in {each.name for each in made}],
        directives=core.directives,
        assume_valid=True,
    )


def _like(type_: GraphQLObjectType, fields: dict[str, GraphQLField]) -> GraphQLObjectType:
    return GraphQLObjectType(type_.name, fields, description=type_.description, extensions=type_.extensions)


def _refused(field: GraphQLField) -> GraphQLField:
    made: GraphQLField = copy(field)
    made.resolve = sign_in
    return made


def sign_in(*_: Any, **__: Any) -> NoReturn:
    """The resolver of what only signed-in callers have."""
    raise EdgeRefusal("UNAUTHENTICATED", "SIGN_IN")


def _reached(core: GraphQLSchema, audience: Audience) -> Iterator[str]:
    """The roots, and every field of every type that they lead to."""
    waiting, seen = sorted(audience.roots), set(audience.roots)
    while waiting:
        coordinate = waiting.pop()
        yield coordinate
        for type_ in _answered(core, coordinate):
            fields = {f"{type_.name}.{name}" for name in getattr(type_, "fields", ())}
            found = {each for each in fields - seen if not audience.leaves_out(each)}
            seen |= found
            waiting += sorted(found)


def _answered(core: GraphQLSchema, coordinate: str) -> list[GraphQLNamedType]:
    """The types of a field: of an interface that may answer null for what is not open, itself only."""
    type_name, _, name = coordinate.partition(".")
    parent = core.type_map[type_name]
    assert isinstance(parent, Composite)  # noqa: S101 - coordinates of output fields only
    output = parent.fields[name].type
    named = get_named_type(output)
    if is_abstract_type(named) and must_be_whole(output):
        return [named, *core.get_possible_types(named)]
    return [named]
