"""A server that is killed leaves nothing in the shared memory of the machine, where nobody would remove it."""

from __future__ import annotations

import asyncio
import ctypes
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from api.embedded.child_processes import unprivileged
from api.embedded.postgres import own_folder
from tests.realtime.moved_servers import Cluster, until
from tests.scratch import SCRATCH

pytestmark = pytest.mark.slow
IPC_STAT = 2


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with tempfile.TemporaryDirectory(prefix="surga-test-", dir=SCRATCH) as folder:
        cluster = Cluster(own_folder(Path(folder) / "site", unprivileged()), "killed")
        cluster.create()
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop(signal.SIGQUIT)


async def test_a_killed_server_leaves_no_shared_memory(cluster: Cluster) -> None:
    line = await asyncpg.connect(cluster.url())
    kind = await line.fetchval("SHOW dynamic_shared_memory_type")
    line.terminate()
    number = int((cluster.data / "postmaster.pid").read_text().splitlines()[6].split()[1])

    def stands() -> bool:
        return bool(ctypes.CDLL(None).shmctl(number, IPC_STAT, ctypes.create_string_buffer(1_000)) == 0)

    assert stands()

    await asyncio.to_thread(cluster.stop, signal.SIGKILL)

    await asyncio.to_thread(until, lambda: not stands())  # its other processes end a moment later
    assert kind == "mmap"
