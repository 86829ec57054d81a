"""How a server ends: nobody is let in any more, and it is gone in time, whatever holds it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys

import pytest
import uvicorn
from uvicorn.supervisors import multiprocess

from api.composition import LAST_FLUSH_SECONDS
from api.server.serving import LAST_SECONDS, Parent
from api.settings import Settings
from models.patient_pool import CLOSE_SECONDS, RELEASE_SECONDS
from tests.root import ROOT

PARENT_LOOKS_SECONDS = 0.5  # uvicorn's period of looking for signals
STUBBORN = """
import signal, sys, time
from api.server.serving import leave_in_time

if sys.argv[1] == "listens":
    signal.signal(signal.SIGTERM, lambda number, frame: print("told", flush=True))
leave_in_time(0.2)
print("ready", flush=True)
time.sleep(600)
"""


def test_a_parent_that_ends_lets_nobody_in_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multiprocess.signal, "signal", lambda *_: None)
    with socket.create_server(("127.0.0.1", 0)) as line:
        place = line.getsockname()
        parent = Parent(uvicorn.Config("none:none", log_config=None), sockets=[line])

        parent.terminate_all()

        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(place, timeout=60)


@pytest.mark.slow
@pytest.mark.parametrize(("hearing", "said", "code"), [("listens", "told\n", 1), ("deaf", "", -signal.SIGTERM)])
def test_a_process_that_nothing_else_ends_leaves_in_time(hearing: str, said: str, code: int) -> None:
    words = [sys.executable, "-c", STUBBORN, hearing]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            process.send_signal(signal.SIGTERM)

            assert process.communicate(timeout=60) == (said, None)
        finally:
            process.kill()
    assert process.returncode == code


def test_all_that_ends_with_a_server_has_room_in_ten_seconds() -> None:
    hub, flush, pool = RELEASE_SECONDS, LAST_FLUSH_SECONDS + RELEASE_SECONDS, CLOSE_SECONDS

    assert hub + flush + pool < LAST_SECONDS
    assert PARENT_LOOKS_SECONDS + Settings().graceful_seconds + LAST_SECONDS < 10
