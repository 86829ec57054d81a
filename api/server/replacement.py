"""One process that serves and replaces itself at SIGHUP: it keeps listening, and new connections wait meanwhile."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any, NoReturn

import uvicorn
from uvicorn.config import STARTUP_FAILURE

LOGGER = logging.getLogger("surga.serving")
FIRST_FD = 3  # systemd's convention: the first socket that is passed on, to the process that LISTEN_PID names
CHECK_SECONDS = 60.0  # our choice: a start takes 2 s, and longer only on a machine that would not serve well either


def inherited_address() -> socket.socket | None:
    """The address that a process before this one held open for it; None where there is none."""
    count, heir = os.environ.pop("LISTEN_FDS", "0"), os.environ.pop("LISTEN_PID", "")
    if heir != str(os.getpid()) or count != "1":
        return None
    os.set_inheritable(FIRST_FD, False)
    return socket.socket(fileno=FIRST_FD)


def become_anew(listener: socket.socket) -> NoReturn:
    """Run this command again in the same process, with the code that is installed now; the listener stays open."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})  # one that comes meanwhile waits for its handler
    os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
    if listener.fileno() == FIRST_FD:
        os.set_inheritable(FIRST_FD, True)
    else:
        os.dup2(listener.fileno(), FIRST_FD, inheritable=True)
    os.execv(sys.executable, command())  # noqa: S606 - our own command line


def command(*more: str) -> list[str]:
    """The command line of this process."""
    return [sys.executable, *sys.orig_argv[1:], *more]


class Replaceable(uvicorn.Server):
    """A server that at SIGHUP ends so that its sockets come back, where the next one is known to start.

    replaced: it has ended for that. seconds: how long it may take to end.
    """

    def __init__(self, config: uvicorn.Config, listener: socket.socket, seconds: float) -> None:
        super().__init__(config)
        self.listener = listener
        self.seconds = seconds
        self.replaced = False
        self._looking = threading.Lock()

    def hang_up(self, number: int, frame: Any) -> None:
        """Handle SIGHUP: a thread checks whether the next one would start, as this one serves on meanwhile."""
        if self._looking.acquire(blocking=False):
            threading.Thread(target=self._look, name="replacement", daemon=True).start()

    def _look(self) -> None:
        try:
            if can_start():
                self._leave()
            else:
                LOGGER.error("This server is not replaced: the next one would not start.")
        finally:
            self._looking.release()

    def _leave(self) -> None:
        self.replaced = True
        timer = threading.Timer(self.seconds, become_anew, [self.listener])  # whatever holds this one up
        timer.daemon = True
        timer.start()
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if not self.replaced:
            self.listener.close()  # new connections are refused, not kept waiting
        await super().shutdown(sockets)


def can_start() -> bool:
    """Whether this command would start with the code, the settings and the database of now."""
    try:
        return subprocess.run(command("--check"), timeout=CHECK_SECONDS, check=False).returncode == 0  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return False


def serve_replaceable(
    app: Callable[[Callable[[str], None]], Any], listener: socket.socket, seconds: float, **options: Any
) -> None:
    """Serve on the listener until a signal ends it.

    Raises SystemExit with 1 where a lasting task could not be kept running. app makes the application; it is
    given a function to call with the name of a lasting task that is hopeless.
    """
    hopeless: list[str] = []

    def give_up(name: str) -> None:
        hopeless.append(name)
        signal.raise_signal(signal.SIGTERM)

    server = Replaceable(uvicorn.Config(lambda: app(give_up), factory=True, **options), listener, seconds)
    _listen_to_signals(server)
    try:
        server.run(sockets=[listener.dup()])
    except SystemExit as end:
        raise SystemExit(1 if hopeless else end.code) from None
    if not server.started:
        sys.exit(STARTUP_FAILURE)
    if server.replaced:
        become_anew(listener)


def _listen_to_signals(server: Replaceable) -> None:
    """Let SIGTERM and Ctrl-C end well, which uvicorn raises again, and SIGHUP replace, unless nohup says otherwise."""
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, _end)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, server.hang_up)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})


def _end(number: int, frame: Any) -> NoReturn:
    raise SystemExit(0)
