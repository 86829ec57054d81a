"""The arguments of a subscription's root field, as its resolver would get them."""

from __future__ import annotations

from typing import Any

import strawberry
from graphql import GraphQLError, get_argument_values, get_variable_values
from strawberry.types.arguments import convert_argument

from schema.core.cache import Cache
from schema.core.errors import MOST_VALUE_ERRORS
from schema.feeds.sharing import PreparedDocument, SubscriptionKey

MOST_FILTERS = 256


class ValuesRefused(Exception):
    """Variables whose values are none of their types; one error for each."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = errors


class Arguments:
    """Coerces and converts; like subscriptions share the filter, as a crowd that returns asks for the same few."""

    def __init__(self, schema: strawberry.Schema) -> None:
        self._schema = schema
        self._filters = Cache(most=MOST_FILTERS)

    def of(self, prepared: PreparedDocument, root: Any, asked: SubscriptionKey, kind: type) -> dict[str, Any]:
        """The root field's filter, as a value of this kind, and its after; raises ValuesRefused."""
        defined = prepared.operation.variable_definitions or ()
        variables = get_variable_values(
            prepared.schema, defined, prepared.variables, max_errors=MOST_VALUE_ERRORS, hide_suggestions=True
        )
        if isinstance(variables, list):
            raise ValuesRefused(variables)
        root_type = prepared.schema.subscription_type
        assert root_type is not None  # noqa: S101 - the schema is built with one
        given = get_argument_values(root_type.fields[root.name.value], root, variables, hide_suggestions=True)
        chosen = self._filters.take(asked, lambda: self._converted(given.get("filter"), kind))
        return {"filter": chosen, "after": given.get("after")}

    def _converted(self, given: Any, kind: type) -> Any:
        return convert_argument(given, kind, self._schema.schema_converter.scalar_registry, self._schema.config)
