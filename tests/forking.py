"""`surga` in a process of its own for every command, forked from one that has imported the program.

To import it costs a second of CPU, and dozens of tests run several commands. Words, environment, folder, streams and
exit code are each command's own, as if it had been started by hand.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import pkgutil
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.root import ROOT

SECONDS = 60
COMMAND = """#!{python} -S
import os, sys
sys.path.insert(0, {root!r})
from tests.forking import order
sys.exit(order({line!r}, sys.argv[1:], os.environ, os.getcwd(), (0, 1, 2)))
"""


@dataclass(frozen=True)
class Program:
    """The program, ready to be run any number of times."""

    line: str

    def run(self, *words: str, folder: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
        """What a command says and ends with, given nothing but this environment."""
        with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as wrong, open(os.devnull) as nothing:
            streams = [stream.fileno() for stream in (nothing, said, wrong)]
            code = order(self.line, words, environment, str(folder), streams)
            said.seek(0)
            wrong.seek(0)
            return subprocess.CompletedProcess(words, code, said.read(), wrong.read())

    def write_command(self, path: Path) -> None:
        """Make a command of this name for shells."""
        path.write_text(COMMAND.format(python=sys.executable, root=str(ROOT), line=self.line))
        path.chmod(0o755)


@contextmanager
def ready_program() -> Iterator[Program]:
    """Import the program once and wait for orders until the block ends."""
    folder = tempfile.mkdtemp(prefix="surga-test-", dir="/tmp")
    line = f"{folder}/line"
    server = subprocess.Popen(
        [sys.executable, "-c", "from tests.forking import main; main()", line], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert server.stdout is not None
    try:
        assert server.stdout.readline() == b"ready\n"
        yield Program(line)
    finally:
        server.kill()
        server.communicate()
        shutil.rmtree(folder)


def order(line: str, words: Sequence[str], environment: Mapping[str, str], folder: str, streams: Sequence[int]) -> int:
    """Have a command run on these streams; gives its exit code."""
    with socket.socket(socket.AF_UNIX) as server:
        server.settimeout(SECONDS)
        server.connect(line)
        told = {"words": list(words), "environment": dict(environment), "folder": folder}
        socket.send_fds(server, [b"\n"], streams)
        server.sendall(json.dumps(told).encode() + b"\n")
        return int(server.makefile().readline())


def wait_for_orders(line: socket.socket) -> dict[str, Any]:
    """Fork for every order; comes back in the forked process only, with its order, on its streams."""
    while True:
        caller, _ = line.accept()
        _, streams, _, _ = socket.recv_fds(caller, 1, 3)
        told = json.loads(caller.makefile().readline())
        child = os.fork()
        if child == 0:
            for place, stream in enumerate(streams):
                os.dup2(stream, place)
            return told
        for stream in streams:
            os.close(stream)
        _, status = os.waitpid(child, 0)
        with suppress(OSError), caller:  # who asked may have gone
            caller.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def main() -> None:
    """Import every verb, say so, and become each command that is ordered."""
    from api import cli

    for module in pkgutil.iter_modules(cli.__path__, "api.cli."):
        import_module(module.name)
    gc.freeze()  # what is shared by all forks is not looked through in each
    with socket.socket(socket.AF_UNIX) as line:
        line.bind(sys.argv[1])
        line.listen()
        print("ready", flush=True)
        told = wait_for_orders(line)
    os.environ.clear()
    os.environ.update(told["environment"])
    os.chdir(told["folder"])
    sys.argv = ["surga", *told["words"]]
    try:
        cli.main()
    except SystemExit as end:
        leave(end.code)
    leave(0)


def leave(code: object) -> None:
    """End as the interpreter does, but for taking apart everything that was imported, which costs half a second."""
    if isinstance(code, str):
        print(code, file=sys.stderr)
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))
