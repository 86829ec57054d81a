"""A wallboard in a headless browser, as a test sees it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from tempfile import mkdtemp
from typing import Any

from tests.clients.node import NODE, WEB, environment_of
from tests.scratch import SCRATCH

ANSWER_SECONDS = 120
SHOWN_SECONDS = 40  # of a machine with too much to do; what is shown at once costs nothing of it


class Screen:
    """One page in a browser of its own; every command is answered by what the page shows."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def do(self, name: str, **values: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": name, **values}).encode() + b"\n")
        return await self.answer()

    async def look(self) -> dict[str, Any]:
        """What stands on the wall now."""
        return await self.do("look")

    async def shows(self, *, seconds: float = SHOWN_SECONDS, **part: Any) -> dict[str, Any]:
        """What stands on the wall once this part of it does; fails the test where that takes too long."""
        seen = await self.do("await", seconds=seconds, **{"is": part})
        assert holds(seen, part), seen
        return seen

    async def until(self, holds: Callable[[dict[str, Any]], bool], *, seconds: float = SHOWN_SECONDS) -> dict[str, Any]:
        """What stands on the wall once this is true of it; fails the test where that takes too long."""
        async with asyncio.timeout(seconds):
            while not holds(seen := await self.look()):  # noqa: ASYNC110 - a browser tells nobody
                await asyncio.sleep(0.1)
        return seen

    async def answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        async with asyncio.timeout(ANSWER_SECONDS):
            line = await self._process.stdout.readline()
        assert line, "the browser ended"
        answer: dict[str, Any] = json.loads(line)
        return answer


def holds(seen: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return isinstance(seen, dict) and all(holds(seen.get(name), value) for name, value in wanted.items())
    return bool(seen == wanted)


@asynccontextmanager
async def page_of(program: str, url: str, *size: int, **environment: str) -> AsyncIterator[Screen]:
    """Open a page by one of the programs of web/browser; the browser ends with the block, and leaves no file."""
    folder = mkdtemp(prefix="surga-page-", dir=SCRATCH)
    try:
        async with running(program, url, *size, TMPDIR=folder, **environment) as screen:
            yield screen
    finally:
        await removed(folder)


async def removed(folder: str) -> None:
    """Remove what a browser left, which ends a moment after the program that started it and writes until then."""
    for _ in range(100):
        with suppress(OSError):
            shutil.rmtree(folder)
            return
        await asyncio.sleep(0.05)


@asynccontextmanager
async def running(program: str, url: str, *size: int, **environment: str) -> AsyncIterator[Screen]:
    """A program of web/browser, and all that it starts, until the block ends."""
    process = await asyncio.create_subprocess_exec(
        NODE,
        f"browser/{program}.ts",
        url,
        *map(str, size),
        cwd=WEB,
        env=environment_of(**environment),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # it starts the browser: both have to go
        limit=1 << 20,
    )
    try:
        screen = Screen(process)
        assert await screen.answer() == {"opened": "clean"}
        yield screen
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
