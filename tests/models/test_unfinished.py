"""Statements that are given up between their preparing and their executing, by their caller or by a value of theirs."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import OperationalError

from models.database import tortoise_config
from models.patient_pool import PatientClient

ASKED = "SELECT count(*) FROM ticket WHERE id = $1"
LEFT = """
SELECT state, (SELECT count(*)::int FROM pg_locks l WHERE l.pid = a.pid AND l.relation IS NOT NULL) AS held
FROM pg_stat_activity a WHERE pid = $1
"""


def leave(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let whoever asks go away when the answer to the preparing has just come."""
    prepared = asyncpg.Connection._get_statement

    async def left(*given: Any, **named: Any) -> Any:
        await prepared(*given, **named)
        raise asyncio.CancelledError

    monkeypatch.setattr(asyncpg.Connection, "_get_statement", left)


@pytest.mark.parametrize(("value", "ends"), [(1, asyncio.CancelledError), (2**70, OperationalError)])
async def test_a_statement_that_is_given_up_before_it_is_executed_leaves_no_lock_and_no_running_clock(
    database: BaseDBAsyncClient,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    value: int,
    ends: type[BaseException],
) -> None:
    config = tortoise_config(database_url, pool_size=1)["connections"]["default"]["credentials"]
    client = PatientClient(connection_name="unfinished", **config)
    await client.create_connection(with_db=True)
    [before] = await client.execute_query_dict("SELECT pg_backend_pid() AS server")
    with monkeypatch.context() as patched:
        if ends is asyncio.CancelledError:
            leave(patched)
        with pytest.raises(ends):
            await client.execute_query(ASKED, [value])

    assert await database.execute_query_dict(LEFT, [before["server"]]) == [{"state": "idle", "held": 0}]
    assert await client.execute_query_dict("SELECT pg_backend_pid() AS server") == [before]
    await client.close()
