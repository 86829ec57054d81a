"""A test that leaves the loop without rest is named, and one that leaves it a while of work is not."""

import asyncio

from tests.restless import TURNS, restless


class Turning:
    """Has itself called in so many turns of the loop."""

    def __init__(self, turns: float) -> None:
        self.turns = turns

    def __call__(self) -> None:
        self.turns -= 1
        if self.turns > 0:
            asyncio.get_running_loop().call_soon(self)


async def test_what_goes_on_for_ever_is_named() -> None:
    endless = Turning(float("inf"))
    endless()

    told = await restless()
    endless.turns = 0

    assert told is not None
    assert "Turning" in told


async def test_what_ends_is_let_end() -> None:
    Turning(TURNS / 2)()

    assert await restless() is None
