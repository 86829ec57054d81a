"""A quiet demo in a folder of its own, and a bare server on the same database, each in a fresh process."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

SURGA = Path(sys.executable).parent / "surga"
OFFICE = [sys.executable, "-m", "bench.office_hours"]  # as `surga`
PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Served:
    """A running server: where it listens, its process, and what its clients need."""

    port: int
    process: psutil.Process
    access: dict[str, Any]

    def cpu_seconds(self) -> float:
        """User and system time that the server's own process has used; its database runs in others."""
        times = self.process.cpu_times()
        return float(times.user + times.system)


def free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        port: int = line.getsockname()[1]
        return port


@contextmanager
def quiet_demo(
    *, simulate: bool = False, busy: bool = False, young: bool = False, pictured: bool = False
) -> Iterator[tuple[Served, Path]]:
    """A fresh demo, and its data folder. busy: many reports; pictured: in an office hour; young: of one day."""
    folder = Path(tempfile.mkdtemp(prefix="surga-bench-", dir="/tmp"))
    port = free_port()
    environment = {**os.environ, "SURGA_DATA_DIR": str(folder), "PORT": str(port), "SIMULATE": str(int(simulate))}
    environment |= {"BUSY": str(int(busy)), "YOUNG": str(int(young))}
    program = OFFICE if pictured else [str(SURGA)]
    running = subprocess.Popen([*program, "demo"], env=environment, stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        await_answer(f"http://127.0.0.1:{port}/ready", running)
        access = json.loads((folder / "demo.json").read_text("utf-8"))
        yield Served(port, psutil.Process(running.pid), access), folder
    finally:
        ended(running)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def bare(app: str, **environment: str) -> Iterator[Served]:
    """A bare ASGI app under the same uvicorn settings."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", app, "--port", str(port), "--loop", "uvloop", "--http", "httptools"]
    command += ["--no-access-log", "--log-level", "warning"]
    running = subprocess.Popen(command, env={**os.environ, **environment})  # noqa: S603
    try:
        await_answer(f"http://127.0.0.1:{port}/", running)
        yield Served(port, psutil.Process(running.pid), {})
    finally:
        ended(running)


def await_answer(url: str, running: subprocess.Popen[bytes]) -> None:
    """Wait until the server answers at all."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until and running.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310 - our own loopback address
                return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"{url} does not answer.")


def ended(running: subprocess.Popen[bytes]) -> None:
    running.terminate()
    try:
        running.wait(20)
    except subprocess.TimeoutExpired:
        running.kill()
