"""PostgreSQL servers of the wheel that are dumped, copied, followed and promoted, all at one address."""

from __future__ import annotations

import ctypes
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import psutil

from api.embedded.child_processes import start, unprivileged
from api.embedded.postgres import OPTIONS, command, create_cluster, own_folder, program, run, status

DATABASE = "surga_test_home"
IPC_RMID = 0
STARTED = ("ready", "standby")
# Shared memory is a file of the data folder: what a server that is killed leaves elsewhere stays there for ever.
SMALL = {"shared_buffers": "16MB", "dynamic_shared_memory_type": "mmap"}


class Cluster:
    """One data folder and its server, which listens in a folder of its own."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.data = folder / name
        self.sockets = own_folder(folder / f"{name}-run", unprivileged())
        self.log = folder / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def create(self) -> None:
        create_cluster(self.data, self.log, unprivileged(), durable=True)

    def start(self, **options: str) -> None:
        """Start it; a standby is started as soon as it can be asked."""
        words = command(self.data, self.sockets, {**OPTIONS, **SMALL, **options})
        self.process = start(words, self.log, signal.SIGQUIT, unprivileged())
        until(lambda: self._state() in STARTED)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT cuts every connection and stops, SIGKILL (to all of its processes) is a host without power."""
        if self.process is not None:
            if how is signal.SIGKILL:
                kill_group(self.process)
                self._forget_shared_memory()
            else:
                self.process.send_signal(how)
            self.process.wait(60)
            self.process = None
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _forget_shared_memory(self) -> None:
        """Take away the segment by which a server knows whether another one has its folder, as a lost power does."""
        number = (self.data / "postmaster.pid").read_text().splitlines()[6].split()[1]
        ctypes.CDLL(None).shmctl(int(number), IPC_RMID, None)

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@/{database}?host={self.sockets}"

    def tool(self, name: str, *words: str) -> None:
        """Run a program of the wheel against this server."""
        run([program(name), "-h", str(self.sockets), "-U", "postgres", *words], unprivileged())

    def _state(self) -> str:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()[-2_000:]
        lines = status(self.data)
        return lines[7].strip() if len(lines) >= 8 and lines[0].strip() == str(self.process.pid) else ""


class Site:
    """The servers of one test, and the one address under which its programs know whichever of them serves."""

    def __init__(self, folder: Path) -> None:
        self.folder = own_folder(folder / "site", unprivileged())
        self.address = self.folder / "at"
        self.clusters: list[Cluster] = []
        self.serving = self.made("first")
        self.serving.create()
        self.serving.start()
        self.point_to(self.serving)

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/{DATABASE}?host={self.address}"

    def made(self, name: str) -> Cluster:
        cluster = Cluster(self.folder, name)
        self.clusters.append(cluster)
        return cluster

    def point_to(self, cluster: Cluster) -> None:
        """Let the address lead to this server from now on."""
        new = self.folder / "at.new"
        new.symlink_to(cluster.sockets)
        new.replace(self.address)
        self.serving = cluster

    async def ask(self, statement: str, *values: Any, database: str = DATABASE) -> Any:
        """The first value that the serving server answers."""
        line = await asyncpg.connect(self.serving.url(database))
        try:
            return await line.fetchval(statement, *values)
        finally:
            await line.close()

    # ---------------------------------------------------------------- a dump

    def dump(self) -> Path:
        file = self.folder / "dump"
        self.serving.tool("pg_dump", "-Fc", "-f", str(file), DATABASE)
        return file

    async def restore(self, dump: Path) -> None:
        """Put a new database, made from the dump, in the place of the one that serves."""
        await self.ask(f"CREATE DATABASE {DATABASE}_new", database="postgres")
        self.serving.tool("pg_restore", "-d", f"{DATABASE}_new", str(dump))
        await self.ask(f"ALTER DATABASE {DATABASE} ALLOW_CONNECTIONS false", database="postgres")
        await self.ask(f"DROP DATABASE {DATABASE} WITH (FORCE)", database="postgres")
        await self.ask(f"ALTER DATABASE {DATABASE}_new RENAME TO {DATABASE}", database="postgres")

    # ---------------------------------------------------------------- a copied data folder

    def snapshot(self) -> Path:
        """A copy of the data folder, taken while the server is stopped."""
        copy = self.folder / "snapshot"
        self.serving.stop()
        subprocess.run(["cp", "-a", str(self.serving.data), str(copy)], check=True)
        self.serving.start()
        return copy

    def put_back(self, copy: Path) -> None:
        """Let the server go on from an earlier copy of its data folder."""
        self.serving.stop()
        shutil.rmtree(self.serving.data)
        copy.rename(self.serving.data)
        self.serving.start()

    # ---------------------------------------------------------------- a standby

    def standby(self, name: str) -> Cluster:
        """A standby of the serving server, made by pg_basebackup -R and not started yet."""
        new = self.made(name)
        self.serving.tool("pg_basebackup", "-R", "-X", "stream", "--checkpoint=fast", "-D", str(new.data))
        return new

    async def fail_over(self, standby: Cluster) -> None:
        """Kill the serving server, promote the standby, and let the address lead there."""
        self.serving.stop(signal.SIGKILL)
        line = await asyncpg.connect(standby.url())
        assert await line.fetchval("SELECT pg_promote()")
        await line.close()
        self.point_to(standby)

    def close(self) -> None:
        for cluster in self.clusters:
            cluster.stop(signal.SIGQUIT)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a server with all the processes that it made."""
    server = psutil.Process(process.pid)
    for each in (server, *server.children(recursive=True)):
        each.kill()


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for what another process does and tells nobody of."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)
