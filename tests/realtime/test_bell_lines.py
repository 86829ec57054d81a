"""What the log says of Redis: one line when it goes, with the reason, and one when it is back, with how long."""

import asyncio
import re

from realtime.bell import Bell


async def until(condition):
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - the bell tells nobody but the hub
            await asyncio.sleep(0.01)


async def test_redis_that_is_away_is_one_line_and_back_another(redis_url, tmp_path, caplog):
    nowhere = Bell(f"unix://{tmp_path}/nobody.sock", "epoch")
    tries = []
    listening = asyncio.create_task(nowhere.listen(lambda: tries.append(1)))
    await until(lambda: len(tries) >= 3)
    away = [record.getMessage() for record in caplog.records if record.name == "surga.bell"]

    there = Bell(redis_url, "epoch")
    nowhere._listener, mended = there._listener, nowhere._listener
    await until(lambda: nowhere.live)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    nowhere._listener = mended
    await nowhere.close()
    await there.close()

    lines = [record.getMessage() for record in caplog.records if record.name == "surga.bell"]
    assert len(away) == 1
    assert re.match(r"Redis is away \(ConnectionError: .*nobody\.sock.*\); changes arrive within a second", away[0])
    assert len(lines) == 2
    assert re.fullmatch(r"Redis is back after \d+\.\d s\.", lines[1])
