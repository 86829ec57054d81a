"""How a live subscription fails: which failures are transient, and the refusal that ends it."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg
from graphql import GraphQLError
from tortoise.exceptions import BaseORMException

from schema.core.errors import origin_of
from schema.core.failures import RETRY_AFTER_SECONDS, refusal_of
from services.core.refusals import EdgeRefusal

DATABASE_AWAY = (BaseORMException, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
PASSING = ("BUSY", "UNAVAILABLE", "TIMEOUT")


def passing_trouble(errors: Sequence[GraphQLError]) -> EdgeRefusal | None:
    """The first error that is a transient failure of the database and not the document's own.

    Such an event must not be written half and counted as delivered: the hub ends the group, and its clients resume.
    """
    refusals = (refusal_of(origin_of(error)) for error in errors)
    return next((refusal for refusal in refusals if refusal and refusal.code in PASSING), None)


def is_passing(problem: BaseException) -> bool:
    """Whether a failure is transient: the same thing may succeed when tried again; False for a mistake of ours."""
    origin = origin_of(problem)
    if not isinstance(origin, Exception) or isinstance(origin, DATABASE_AWAY):
        return True
    refusal = refusal_of(origin)
    return refusal is not None and refusal.code in PASSING


def failed(reason: str) -> EdgeRefusal:
    """The refusal that ends a subscription for this reason."""
    later = {"retryAfterSeconds": RETRY_AFTER_SECONDS} if reason == "BUSY" else None
    return EdgeRefusal("UNAUTHENTICATED" if reason == "REVOKED" else reason, f"feed_{reason.lower()}", extensions=later)
