"""Which troubles are of the moment, so that the same thing is worth another try."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from graphql import GraphQLError
from tortoise.exceptions import DBConnectionError

from schema.feeds.failures import is_passing
from services.core.refusals import EdgeRefusal


@pytest.mark.parametrize(
    "problem",
    [
        TimeoutError(),
        OSError(),
        ConnectionResetError(),
        DBConnectionError("gone"),
        asyncpg.CannotConnectNowError(),
        asyncpg.InterfaceError("connection is closed"),
        EdgeRefusal("BUSY", "desk_busy"),
        EdgeRefusal("UNAVAILABLE", "desk_unavailable"),
        EdgeRefusal("TIMEOUT", "request_timeout"),
        GraphQLError("", original_error=EdgeRefusal("BUSY", "desk_busy")),
        GraphQLError("", original_error=GraphQLError("", original_error=OSError())),
        asyncio.CancelledError(),
        SystemExit(),
    ],
    ids=repr,
)
def test_trouble_of_the_moment_passes(problem: BaseException) -> None:
    assert is_passing(problem)


@pytest.mark.parametrize(
    "problem",
    [
        KeyError("status"),
        ValueError(),
        AssertionError(),
        RecursionError(),
        EdgeRefusal("FORBIDDEN", "STAFF_FILTER"),
        EdgeRefusal("INTERNAL", "internal"),
        GraphQLError("Cannot query field."),
        GraphQLError("", original_error=KeyError("status")),
    ],
    ids=repr,
)
def test_what_would_fail_again_does_not_pass(problem: BaseException) -> None:
    assert not is_passing(problem)
