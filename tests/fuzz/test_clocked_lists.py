"""Random moves and passings: list, feed and board equal a fresh query.

A short play in `make test`, beside the one of tests/services/feeds; FUZZ_EXAMPLES draws 2,000 steps.
"""

from __future__ import annotations

import random

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from services.core.desk import Desk
from tests.conftest import Clock
from tests.fuzz.calls import EXAMPLES
from tests.services.feeds.clocked_lists import play

STEPS = 2_000 if EXAMPLES else 20
SEED = random.SystemRandom().randrange(10**9) if EXAMPLES else 11


@pytest.mark.slow
async def test_moves_and_passings_leave_every_list_and_board_as_a_fresh_query(
    desk: Desk, database: BaseDBAsyncClient, clock: Clock
) -> None:
    print(f"seed {SEED}")

    await play(desk, database, clock, SEED, STEPS, compared=20)
