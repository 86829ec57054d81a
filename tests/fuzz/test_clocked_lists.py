"""Two thousand random moves and passings: list, feed and board equal a fresh query. With FUZZ_EXAMPLES only."""

from __future__ import annotations

import random

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from services.core.desk import Desk
from tests.conftest import Clock
from tests.fuzz.calls import EXAMPLES
from tests.services.feeds.clocked_lists import play

STEPS = 2_000


@pytest.mark.slow
@pytest.mark.skipif(not EXAMPLES, reason="tests/services/feeds/test_clocked_lists.py plays a short one")
async def test_two_thousand_moves_and_passings_leave_every_list_and_board_as_a_fresh_query(
    desk: Desk, database: BaseDBAsyncClient, clock: Clock
) -> None:
    seed = random.SystemRandom().randrange(10**9)
    print(f"seed {seed}")

    await play(desk, database, clock, seed, STEPS, compared=20)
