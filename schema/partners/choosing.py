"""What officers with several posts have until they say which one they act for: their viewer, and the choice itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from copy import copy
from inspect import isawaitable
from typing import Any, NoReturn

from graphql import GraphQLField, GraphQLResolveInfo, GraphQLSchema, get_named_type

from schema.partners.audiences import with_fields
from schema.results import user_errors
from services.core.refusals import EdgeRefusal, Forbidden

OPEN = frozenset(
    f"Mutation.{name}"
    for name in (
        *("acceptInvitation", "changePassword", "checkInvitation", "revokeSession", "signIn", "signOut"),
        "switchAssignment",
    )
) | {"Query.viewer"}


def choosing(core: GraphQLSchema) -> GraphQLSchema:
    """The whole schema, in which what needs a chosen post is refused: of Query alone, of Mutation as typed data."""
    query, mutation = core.query_type, core.mutation_type
    assert query is not None  # noqa: S101 - no schema is without
    assert mutation is not None  # noqa: S101
    queries = {name: _resolved(f"Query.{name}", field, _refused) for name, field in query.fields.items()}
    mutations = {
        name: _resolved(f"Mutation.{name}", field, _refusing(field)) for name, field in mutation.fields.items()
    }
    return with_fields(core, queries, mutations)


def _resolved(coordinate: str, field: GraphQLField, refuse: Callable[..., Any]) -> GraphQLField:
    if coordinate in OPEN:
        return field
    made: GraphQLField = copy(field)
    made.resolve = refuse
    return made


def _refused(*_: Any, **__: Any) -> NoReturn:
    raise EdgeRefusal("FORBIDDEN", "POST_NOT_CHOSEN")


def _refusing(field: GraphQLField) -> Callable[..., Awaitable[Any]]:
    """A resolver that answers a mutation's own payload, with the refusal among its errors.

    Behind a switch in the same document the post is chosen, so the mutation's own resolver answers.
    """
    payload = get_named_type(field.type).extensions["strawberry-definition"].origin

    async def refuse(root: Any, info: GraphQLResolveInfo[Any], **given: Any) -> Any:
        if field.resolve is not None and not info.context.scope.must_choose:
            done = field.resolve(root, info, **given)
            return await done if isawaitable(done) else done
        answer = payload(errors=await user_errors(info.context, Forbidden("POST_NOT_CHOSEN")))
        if hasattr(answer, "client_mutation_id"):
            answer.client_mutation_id = (given.get("input") or {}).get("clientMutationId")
        return answer

    return refuse
