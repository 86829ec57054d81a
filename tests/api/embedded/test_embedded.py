"""The two servers of the demo: they keep their data, belong to one process, and end with it."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from api.embedded.embedded import is_held, running_servers
from api.errors import CannotStart
from tests.scratch import SCRATCH

pytestmark = pytest.mark.slow

RUN_UNTIL_KILLED = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # who runs in the background inherits that it is ignored
from pathlib import Path
from api.embedded.embedded import running_servers
with running_servers(Path(sys.argv[1]), durable=False):
    print("ready", flush=True)
    time.sleep(600)
"""


@contextmanager
def new_folder():
    """A folder that the server's account reaches: whoever starts pytest closes the folders of all runs to it."""
    with tempfile.TemporaryDirectory(prefix="surga-test-", dir=SCRATCH) as name:
        yield Path(name)


@pytest.fixture(scope="module")
def folder():
    """One data folder for the tests of this file, as making its cluster takes most of the time."""
    with new_folder() as folder:
        yield folder


async def execute(url, statement):
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_both_servers_answer(folder):
    with running_servers(folder, durable=False) as servers:
        assert await execute(servers.postgres, "SELECT 1") == 1
        async with Redis.from_url(servers.redis_url) as client:
            assert await client.ping() is True


async def test_a_second_start_finds_the_data_of_the_first(folder):
    with running_servers(folder, durable=False) as servers:
        await execute(servers.postgres, "CREATE TABLE kept AS SELECT 7 AS number")

    with running_servers(folder, durable=False) as servers:
        assert await execute(servers.postgres, "SELECT number FROM kept") == 7


async def test_data_is_durable_unless_a_test_says_otherwise(folder):
    with running_servers(folder) as servers:
        assert await execute(servers.postgres, "SHOW fsync") == "on"
        assert await execute(servers.postgres, "SHOW synchronous_commit") == "on"


async def test_sockets_stay_short_however_long_the_data_folder_is():
    deep = ("a folder with a long name " * 4).strip()

    with new_folder() as above, running_servers(above / deep, durable=False) as servers:
        assert len(servers.redis_url) < 90
        assert await execute(servers.postgres, "SELECT 1") == 1


def test_a_folder_in_use_is_refused_in_one_line(folder):
    with running_servers(folder, durable=False):
        assert is_held(folder) is True
        with pytest.raises(CannotStart, match="in use by another running demo") as refused, running_servers(folder):
            pass

    assert "\n" not in str(refused.value)
    assert is_held(folder) is False


def test_data_of_another_postgresql_is_refused_and_left_alone(tmp_path):
    cluster = tmp_path / "postgres"
    cluster.mkdir()
    (cluster / "PG_VERSION").write_text("16\n")

    with (
        pytest.raises(CannotStart, match="data of PostgreSQL 16, but this program brings 18"),
        running_servers(tmp_path),
    ):
        pass

    assert [path.name for path in cluster.iterdir()] == ["PG_VERSION"]


def test_a_folder_that_can_not_be_written_is_refused_in_one_line(tmp_path):
    (tmp_path / "file").write_text("not a folder")

    with pytest.raises(CannotStart, match="can not be written") as refused, running_servers(tmp_path / "file"):
        pass

    assert "SURGA_DATA_DIR" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_server_that_can_not_start_says_why(folder):
    with running_servers(folder, durable=False):
        pass
    settings = folder / "postgres" / "postgresql.conf"
    before = settings.read_text()
    settings.write_text(before + "\nno_such_setting_at_all = 1\n")

    with pytest.raises(CannotStart, match="PostgreSQL did not start"), running_servers(folder):
        pass

    settings.write_text(before)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_the_servers_end_with_their_parent_however_it_ends(folder, how):
    parent = subprocess.Popen([sys.executable, "-c", RUN_UNTIL_KILLED, str(folder)], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"ready\n"
    children = children_of(parent.pid)
    assert len(children) == 2

    parent.send_signal(how)
    parent.wait()
    parent.stdout.close()

    assert all(ends_soon(pid) for pid in children)
    with running_servers(folder, durable=False):
        pass


def children_of(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def ends_soon(pid: int) -> bool:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
            state = Path(f"/proc/{pid}/stat").read_text().split()[2]
        except (ProcessLookupError, FileNotFoundError):
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False
