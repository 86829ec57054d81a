"""What a caller reads of an answer, to compare two ways of giving it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from graphql import ExecutionResult, GraphQLError

from schema.core.context import context_for
from services.access.scopes import Scope
from services.core.desk import Desk
from tests.schema.conftest import OpenGate

# No two cursors are the same, as each is sealed with a number of its own.
MOMENTS = ("cursor", "Cursor", "asOf", "serverTime")


def without_moments(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_moments(each) for key, each in value.items() if not key.endswith(MOMENTS)}
    return [without_moments(each) for each in value] if isinstance(value, list) else value


async def shown_to(desk: Desk, scope: Scope, answer: Callable[[Any], Any]) -> bytes:
    """What a caller reads of an answer, but for what tells of the moment at which it was given."""
    context = context_for(desk, scope, "en", "test-address", OpenGate())
    result = answer(context)
    result = result if isinstance(result, ExecutionResult) else await result
    # Fields that fail side by side fail in any order.
    errors = sorted((told(error) for error in result.errors or []), key=orjson.dumps)
    return orjson.dumps([without_moments(result.data), errors, context.as_extensions()])


def told(error: GraphQLError) -> dict[str, Any]:
    """An error without its places in lists, as of members that take their list with them any is told."""
    formatted: dict[str, Any] = {**error.formatted}
    return formatted | {"path": [each if isinstance(each, str) else "*" for each in error.path or ()]}
