"""Lists, their order, worklists and boards follow the clocks: after every move and passing they are a fresh query."""

from __future__ import annotations

from tortoise.backends.base.client import BaseDBAsyncClient

from services.core.desk import Desk
from tests.conftest import Clock
from tests.services.feeds.clocked_lists import play


async def test_lists_and_boards_kept_by_events_equal_fresh_queries_while_clocks_pass(
    desk: Desk, database: BaseDBAsyncClient, clock: Clock
) -> None:
    made = await play(desk, database, clock, seed=24, steps=60, compared=6)

    assert made.kinds >= {"CLOCK_PASSED", "STATUS_CHANGED"}
