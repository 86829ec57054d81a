"""How a process of several tells its metrics to the one that listens: over a Unix socket of its own."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

from prometheus_client import generate_latest

from api.http.metrics import Metrics

FOLDER = "METRICS_SOCKETS"  # the variable by which a parent tells its processes where to
MOST_WORKERS = 128


@asynccontextmanager
async def metrics_on_socket(metrics: Metrics) -> AsyncIterator[None]:
    """Tell the metrics of this process on a socket, where the process was told of a folder for it."""
    folder = os.environ.get(FOLDER)
    if folder is None:
        yield
        return

    async def tell(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(generate_latest(metrics.registry))
        writer.close()
        with suppress(OSError):  # who asked has gone
            await writer.wait_closed()

    with socket_in(Path(folder)) as socket:
        server = await asyncio.start_unix_server(tell, socket)
        try:
            yield
        finally:
            server.close()
            socket.unlink(missing_ok=True)


@contextmanager
def socket_in(folder: Path) -> Iterator[Path]:
    """The path of a socket, by the lowest number that no living process has: who replaces a worker takes its number."""
    for number in range(MOST_WORKERS):
        lock = (folder / f"{number}.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            continue
        with lock:
            socket = folder / f"{number}.sock"
            socket.unlink(missing_ok=True)
            yield socket
            return
    raise RuntimeError("There is no number left for the socket of a worker's metrics.")
