"""The whole schema, of the roots of all nouns."""

from __future__ import annotations

from decimal import Decimal

import strawberry
from strawberry.schema.config import StrawberryConfig

from schema.core.scalars import SCALARS
from schema.execution.plans import PlanExecutionContext
from schema.mutations import Mutation
from schema.queries import Query
from schema.results import (
    Forbidden,
    IdempotencyConflict,
    IllegalTransition,
    InvalidInput,
    NotFound,
    Throttled,
    VersionConflict,
)
from schema.subscriptions import Subscription

ERRORS = (NotFound, Forbidden, InvalidInput, IdempotencyConflict, IllegalTransition, VersionConflict, Throttled)


def build_schema() -> strawberry.Schema:
    """The whole schema; the text of it is checked in as schema/schema.graphql."""
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=(*ERRORS, Decimal),
        config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True),
        execution_context_class=PlanExecutionContext,
    )
