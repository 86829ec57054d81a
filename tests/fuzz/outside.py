"""Clients that ask what fails, by HTTP, by socket and live, and demand one end for everything that they asked."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import websockets
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from api.websocket.messages import TRY_AGAIN_LATER
from tests.fuzz.failing import Asked

PATIENCE_SECONDS = 60.0
HURRY_SECONDS = 0.002
MOST_LIVE = 4
STAY = 25  # operations of one socket
NAME = "{ __typename }"
PROTOCOL = Subprotocol("graphql-transport-ws")
WAITS = {"BUSY", "TIMEOUT"}  # what a caller is told that asked for more than its share, or for what takes too long


@dataclass
class Findings:
    """What was asked by each way, the codes that came back, and whatever must never come."""

    ways: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    data: int = 0
    frames: int = 0
    unsound: list[str] = field(default_factory=list)

    def note(self, way: str, body: Any, asked: Asked, status: int = 200) -> None:
        """Look at one answer or frame."""
        if not isinstance(body, Mapping) or not {"data", "errors"} & body.keys():
            self.unsound.append(f"{way}: {status} {body!r}: {asked.body}")
            return
        codes = [error.get("extensions", {}).get("code", "none") for error in body.get("errors", ())]
        self.codes.update(codes)
        self.data += body.get("data") is not None
        if {"INTERNAL", "none"} & set(codes) or (status >= 500 and not set(codes) <= WAITS):
            self.unsound.append(f"{way}: {status} {body.get('errors')}: {asked.body}")


class Caller:
    """One client with a token, or without one. It asks one thing after the other, each by a way that it draws."""

    def __init__(self, http: str, ws: str, token: str | None, found: Findings, seed: int) -> None:
        self.draw = random.Random(seed)
        self.found = found
        self.url = http
        self.token = token
        # A line for each request: one that is kept may be closed for idling just when it is used again.
        limits = httpx.Limits(max_keepalive_connections=0)
        self.http = httpx.AsyncClient(headers=bearer(token), timeout=PATIENCE_SECONDS, limits=limits)
        self.ws = ws
        self.line: Line | None = None

    async def ask(self, asked: Asked) -> None:
        """Ask by one of the ways, and wait for its end; a subscription stays for a while."""
        ways = ["live"] if asked.live and self.draw.randrange(10) else ["post", "get", "socket", "hurried", "left"]
        way = self.draw.choice(ways)
        self.found.ways[way] += 1
        await getattr(self, way)(asked)
        if self.line is not None and self.line.asked >= STAY:
            await self.leave()

    async def leave(self) -> None:
        """Let the socket go: with a goodbye, after all was ended, or without a word."""
        line, self.line = self.line, None
        if line is not None:
            await line.leave(abruptly=self.draw.random() < 0.5)

    async def close(self) -> None:
        await self.leave()
        await self.http.aclose()

    # ---------------------------------------------------------------- by HTTP

    async def post(self, asked: Asked) -> None:
        self._took("post", asked, await self.http.post(self.url, json=asked.body))

    async def get(self, asked: Asked) -> None:
        parameters = {key: value if isinstance(value, str) else json.dumps(value) for key, value in asked.body.items()}
        self._took("get", asked, await self.http.get(self.url, params=parameters))

    async def hurried(self, asked: Asked) -> None:
        """Ask, and hang up before the answer is there."""
        with suppress(httpx.TimeoutException):
            await self.http.post(self.url, json=asked.body, timeout=HURRY_SECONDS)

    def _took(self, way: str, asked: Asked, answer: httpx.Response) -> None:
        try:
            self.found.note(way, answer.json(), asked, answer.status_code)
        except ValueError:
            self.found.unsound.append(f"{way}: {answer.status_code} {answer.text[:80]!r}: {asked.body}")

    # ---------------------------------------------------------------- by socket

    async def socket(self, asked: Asked) -> None:
        line = await self._open()
        await line.answered(asked)

    async def left(self, asked: Asked) -> None:
        """Ask, and no longer want to know; the id is free again."""
        line = await self._open()
        id_ = await line.start(asked)
        await line.stop(id_)

    async def live(self, asked: Asked) -> None:
        line = await self._open()
        line.live.append(await line.start(asked))
        if len(line.live) > MOST_LIVE:
            await line.stop(line.live.pop(0))

    async def _open(self) -> Line:
        if self.line is None:
            self.line = await line_of(self.ws, self.token, self.found)
        return self.line


class Line:
    """One socket, read while something is awaited. An id that was told its end is told nothing more."""

    def __init__(self, socket: ClientConnection, found: Findings) -> None:
        self.socket = socket
        self.found = found
        self.asked = 0
        self.live: list[str] = []
        self.open: dict[str, Asked] = {}

    async def start(self, asked: Asked, id_: str | None = None) -> str:
        """Ask under an id of its own, or under one that is free again."""
        self.asked += 1
        id_ = id_ or str(self.asked)
        self.open[id_] = asked
        await self.send(id=id_, type="subscribe", payload=asked.body)
        return id_

    async def answered(self, asked: Asked, id_: str | None = None) -> None:
        """Ask, and wait for the one end. What is live by mistake of the draw never ends by itself."""
        id_ = await self.start(asked, id_)
        if asked.live:
            return await self.stop(id_)
        while id_ in self.open:
            await self._take()
        return None

    async def stop(self, id_: str) -> None:
        """End what runs under this id, and prove that the id is free, by using it again."""
        if id_ in self.open:
            await self.send(id=id_, type="complete")
        await self._passed()
        self.open.pop(id_, None)
        await self.answered(Asked(NAME), id_)

    async def leave(self, *, abruptly: bool) -> None:
        if abruptly:
            self.socket.transport.abort()
            return
        for id_ in self.live:
            await self.stop(id_)
        await self.socket.close()

    async def _passed(self) -> None:
        """Everything that the server wrote before it took our last message was read when this returns."""
        await self.send(type="ping")
        while await self._take() != "pong":
            pass

    async def _take(self) -> str:
        """Read one message, and hold it against what is open."""
        message = await self.heard()
        kind, id_ = message["type"], message.get("id")
        if kind == "ping":
            await self.send(type="pong")
        elif id_ is not None and id_ not in self.open:
            self.found.unsound.append(f"told after its end: {message}")
        elif kind == "next":
            self.found.frames += self.open[id_].live
            self.found.note("socket", message["payload"], self.open[id_])
        elif kind == "error":
            self.found.note("socket", {"errors": message["payload"]}, self.open.pop(id_))
        elif kind == "complete":
            del self.open[id_]
        return str(kind)

    async def heard(self) -> dict[str, Any]:
        try:
            return json.loads(await self._in_time())  # type: ignore[no-any-return]
        except TimeoutError:
            raise AssertionError(f"left without an end: {[asked.body for asked in self.open.values()]}") from None
        except websockets.ConnectionClosed as closed:
            raise AssertionError(f"closed with {closed.rcvd}: {[asked.body for asked in self.open.values()]}") from None

    async def _in_time(self) -> str | bytes:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.socket.recv()

    async def send(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))


async def line_of(url: str, token: str | None, found: Findings) -> Line:
    """An acknowledged socket; who is told to try again later connects again, as the page for clients says."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            socket = await connect(url, subprotocols=[PROTOCOL], compression=None, max_size=None, open_timeout=None)
            await socket.send(json.dumps({"type": "connection_init", "payload": bearer(token)}))
            try:
                assert json.loads(await socket.recv()) == {"type": "connection_ack"}
            except websockets.ConnectionClosed as closed:
                if closed.rcvd is None or closed.rcvd.code != TRY_AGAIN_LATER:
                    raise
            else:
                return Line(socket, found)


def bearer(token: str | None) -> dict[str, str]:
    """How a token is shown, in a header and in an init alike."""
    return {"authorization": f"Bearer {token}"} if token else {}
