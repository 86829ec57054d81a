"""One process that serves: it ends well when it is told to, and badly where it can not be kept running."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys

import pytest

from api.server.replacement import inherited_address
from tests.root import ROOT

SERVER = """
import socket, sys
from api.server.replacement import serve_replaceable

async def answering(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.complete"})
    print("ready", flush=True)
    if sys.argv[1] == "hopeless":
        give_up("follow")
    await receive()
    await send({"type": "lifespan.shutdown.complete"})

def made(hopeless):
    global give_up
    give_up = hopeless
    return answering

line = socket.create_server(("127.0.0.1", 0))
serve_replaceable(made, line, 10.0, log_config=None, lifespan="on")
"""


@pytest.mark.parametrize(
    ("way", "told", "code"), [("well", signal.SIGTERM, 0), ("well", signal.SIGINT, 0), ("hopeless", None, 1)]
)
def test_a_server_ends_well_unless_a_lasting_task_is_hopeless(way: str, told: signal.Signals | None, code: int) -> None:
    words = [sys.executable, "-c", SERVER, way]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            if told is not None:
                process.send_signal(told)

            process.wait(60)
        finally:
            process.kill()
    assert process.returncode == code


@pytest.mark.parametrize("heir", [None, "1"])
def test_an_address_is_inherited_by_its_heir_only(heir: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTEN_FDS", "1")
    if heir is not None:
        monkeypatch.setenv("LISTEN_PID", heir)

    assert inherited_address() is None
    assert "LISTEN_FDS" not in os.environ


def test_an_heir_takes_the_line_that_is_open() -> None:
    script = """
import os, sys
from api.server.replacement import inherited_address
os.environ["LISTEN_PID"] = str(os.getpid())
line = inherited_address()
print(line.getsockname()[1], line.get_inheritable(), "LISTEN_FDS" in os.environ)
"""
    with socket.create_server(("127.0.0.1", 0)) as line:
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env={**os.environ, "LISTEN_FDS": "1"},
            preexec_fn=lambda: os.dup2(line.fileno(), 3, inheritable=True),
            pass_fds=[3],
            capture_output=True,
            text=True,
            check=True,
        )

        assert done.stdout.split() == [str(line.getsockname()[1]), "False", "False"]
