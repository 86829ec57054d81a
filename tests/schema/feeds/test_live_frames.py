"""A frame is written whole or not at all."""

from __future__ import annotations

import asyncpg
import pytest
from graphql import GraphQLError

from schema.feeds.failures import passing_trouble
from services.core.refusals import EdgeRefusal, bad_input


def wrapped(error: Exception) -> GraphQLError:
    return GraphQLError("hidden", original_error=error)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (asyncpg.ConnectionDoesNotExistError("gone"), "UNAVAILABLE"),
        (asyncpg.QueryCanceledError("slow"), "TIMEOUT"),
        (asyncpg.LockNotAvailableError("held"), "BUSY"),
        (EdgeRefusal("BUSY", "desk_busy"), "BUSY"),
    ],
)
def test_trouble_of_the_database_ends_the_group_instead_of_losing_the_event(error: Exception, code: str) -> None:
    found = passing_trouble([wrapped(bad_input("PAGE_SIZE", largest=100)), wrapped(error)])

    assert found is not None
    assert found.code == code


@pytest.mark.parametrize("error", [bad_input("PAGE_SIZE", largest=100), RuntimeError("a mistake of ours")])
def test_what_the_document_itself_asks_wrong_is_told_in_the_frame(error: Exception) -> None:
    assert passing_trouble([wrapped(error)]) is None
