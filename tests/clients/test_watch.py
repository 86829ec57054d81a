"""`surga watch`: every change once, whatever happens to its line, and an end only where trying again is no use."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest

from api.cli.watch import Refused, Watcher, cells, read_demo
from api.errors import CannotStart
from api.settings import Settings
from services.core.desk import Desk
from tests.clients.town import served_town
from tests.factories import make_ticket
from tests.realtime.proxies import wire_to
from tests.realtime.world import eventually

pytestmark = pytest.mark.slow


async def reported(count: int) -> list[str]:
    """Let so many new tickets come in; gives their numbers, in the order of the log."""
    return [(await make_ticket()).number for _ in range(count)]


async def test_shows_what_happened_while_its_line_was_down(desk: Desk, settings: Settings) -> None:
    async with served_town(desk, settings) as town, wire_to(town.ws) as (wire, near), asyncio.timeout(40):
        token = town.tokens["coordinator"]
        watcher, witness = Watcher(near, token), Watcher(town.ws, token)
        async with aclosing(watcher.changes()) as changes, aclosing(witness.changes()) as others:
            firsts = [asyncio.ensure_future(anext(each)) for each in (changes, others)]
            await eventually(lambda: watcher.state == witness.state == "live")
            numbers = await reported(1)
            seen = [cells(await first)[1] for first in firsts][:1]

            wire.cut()
            numbers += await reported(3)
            assert [cells(await anext(others))[1] for _ in range(3)] == numbers[1:]
            wire.mend()
            seen += [cells(await anext(changes))[1] for _ in range(3)]

        assert seen == numbers


async def test_gives_up_where_the_token_is_refused(desk: Desk, settings: Settings) -> None:
    async with served_town(desk, settings) as town:
        watcher = Watcher(town.ws, "srg_wrong")

        with pytest.raises(Refused, match="4403"):
            await anext(watcher.changes())


def test_says_how_to_begin_where_there_is_no_demo(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="make demo"):
        read_demo(tmp_path)
