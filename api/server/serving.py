"""How uvicorn runs the app, the same for the demo, for one worker and for many."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import uvicorn
from uvicorn.importer import import_from_string
from uvicorn.supervisors import Multiprocess

from api.errors import CannotStart
from api.server.replacement import serve_replaceable
from api.settings import Settings

LOGGER = logging.getLogger("surga.serving")
FRAMES = "api.websocket.frames:FrameProtocol"
PATIENCE = "api.server.request_deadlines:PatientProtocol"
MESSAGE_BYTES = 64 * 1024
BACKLOG = 4_096  # our choice: a crowd that returns at once waits in the kernel, which cuts it to its own limit
LOOK_FOR_PARENT_SECONDS = 1.0  # our choice: so long may a worker outlive the process that started it
LAST_SECONDS = 4.0  # after the time that requests have to finish: all else that ends with the process
# Our choice: longer than proxies and clients keep a connection without a request (nginx 60 s; deploy/). With uvicorn's
# 5 s they sent requests on connections that were just being closed, which nginx answers with 502 if it may not repeat.
KEEP_ALIVE_SECONDS = 75
HEALTHCHECK_SECONDS = 30  # uvicorn's 5 would kill a busy worker of several, and with it all its sockets


def options(settings: Settings) -> dict[str, Any]:
    """The options of uvicorn that all ways of serving share."""
    return {
        "loop": "uvloop",
        "http": PATIENCE,
        "ws": FRAMES,
        "ws_max_size": MESSAGE_BYTES,
        "ws_per_message_deflate": False,  # it costs more than all else of a message
        "timeout_keep_alive": KEEP_ALIVE_SECONDS,
        "timeout_graceful_shutdown": settings.graceful_seconds,
        "timeout_worker_healthcheck": HEALTHCHECK_SECONDS,
        "access_log": False,
        "log_config": None,
        "server_header": False,
        "proxy_headers": False,  # only networks named in SURGA_TRUSTED_PROXIES are believed, by api.security.addresses
        "backlog": BACKLOG,
        "lifespan": "on",
    }


def take_address(settings: Settings) -> socket.socket:
    """Bind the address before anything else is started; connections are refused until uvicorn listens.

    Raises CannotStart where another program has it.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
    except OSError as wrong:
        listener.close()
        raise CannotStart(
            f"Port {settings.port} of {settings.host} can not be used ({wrong.strerror}): "
            "stop the program that has it, or choose another one with PORT=8123."
        ) from None
    return listener


def leave_with_parent() -> None:
    """Let a worker of several end when the process that started it is killed: nobody else would ever stop it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_await_end, args=(parent.pid,), name="leave with parent", daemon=True).start()


def leave_in_time(seconds: float) -> None:
    """End this process so many seconds after SIGTERM, whatever holds it: a start that waits for a dead server, a hung
    loop. Nothing is lost by that, as nothing is lost by a worker that is killed.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)
        if callable(before):  # uvicorn's; where nobody listens, the signal ends the process by itself
            signal.signal(number, partial(_begin_to_leave, before, seconds))


def _begin_to_leave(before: Callable[[int, Any], Any], seconds: float, number: int, frame: Any) -> None:
    timer = threading.Timer(seconds, _leave)
    timer.daemon = True
    timer.start()
    before(number, frame)


def _leave() -> None:
    LOGGER.error("This process did not end in time, and is cut off.")
    os._exit(1)


def _await_end(parent: int) -> None:
    """Look for the parent: who loses it is given another one by the system."""
    while os.getppid() == parent:
        time.sleep(LOOK_FOR_PARENT_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


class Parent(Multiprocess):
    """The process that starts the workers. When it ends it stops listening first: uvicorn's goes on, so that new
    connections would wait for an answer that nobody gives.
    """

    def terminate_all(self) -> None:
        for listener in self.sockets:
            listener.close()
        super().terminate_all()


def leave(name: str) -> None:
    """End this process as SIGTERM does: a lasting task of this name can not be kept running."""
    signal.raise_signal(signal.SIGTERM)


def serve(app: str, workers: int, settings: Settings, listener: socket.socket) -> None:
    """Serve what app makes on the listener until a signal ends it; of several workers each is a process."""
    arguments = {"host": settings.host, "port": settings.port, **options(settings)}
    if workers == 1:
        serve_replaceable(import_from_string(app), listener, settings.graceful_seconds + LAST_SECONDS, **arguments)
        return
    listener.close()
    config = uvicorn.Config(app, workers=workers, factory=True, **arguments)
    Parent(config, sockets=[config.bind_socket()]).run()


class AnnouncedServer(uvicorn.Server):
    """A server that calls announce once it accepts connections."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self.announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.announce()
