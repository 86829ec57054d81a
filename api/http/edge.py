"""The middleware that checks every request and adds headers to every answer, in one wrapper around both."""

from __future__ import annotations

import time
from collections.abc import Iterable

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.logs import request_id, write_request
from api.http.metrics import Metrics
from api.security.audit_counts import turn_away
from api.security.origins import PROBES, Origins, cross_origin, security_headers

RawHeaders = list[tuple[bytes, bytes]]


class Edge:
    """Middleware that answers under our own names only, and logs and counts what it was asked.

    Each request gets an id, which is answered in X-Request-Id, and one line in the log when it ends; each answer gets
    the security headers that it has not set itself. Pages of listed origins may call us (CORS). The paths in direct go
    to their endpoint without a look at the routes.
    """

    def __init__(
        self, app: ASGIApp, *, metrics: Metrics, origins: Origins, https: bool, direct: dict[str, ASGIApp]
    ) -> None:
        self.app = app
        self.metrics = metrics
        self.origins = origins
        self.direct = direct
        self.added = security_headers(https=https)
        self.cross_origin = cross_origin(self._routed, origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        given = Given(scope["headers"])
        answer = Answer(request_id(given.request_id), send, self.added, crossing=given.origin)
        scope["request_id"] = answer.id
        try:
            await self._answerer(scope, given)(scope, receive, answer.send)
        finally:
            seconds = time.perf_counter() - answer.started
            write_request(scope, answer.id, answer.status, seconds)
            if scope["type"] == "http":
                self.metrics.count(scope["path"], answer.status or 500, seconds)

    def _answerer(self, scope: Scope, given: Given) -> ASGIApp:
        if not self._lets_in(scope, given):
            return turned_away
        if given.origin and scope["type"] == "http":
            return self.cross_origin
        return self._routed

    def _lets_in(self, scope: Scope, given: Given) -> bool:
        """Whether a request names us as its host; probes of a load balancer may come by address."""
        probe = scope["type"] == "http" and scope["path"] in PROBES
        return probe or (len(given.hosts) == 1 and self.origins.allows_host(given.hosts[0].decode("latin-1")))

    async def _routed(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = self.direct.get(scope["path"], self.app) if scope["type"] == "http" else self.app
        await endpoint(scope, receive, send)


class Given:
    """What the edge reads of a request's headers, in one pass."""

    __slots__ = ("hosts", "origin", "request_id")

    def __init__(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        self.hosts: list[bytes] = []
        self.origin = False
        self.request_id: bytes | None = None
        for name, value in headers:
            if name == b"host":
                self.hosts.append(value)
            elif name == b"origin":
                self.origin = True
            elif name == b"x-request-id" and self.request_id is None:
                self.request_id = value


class Answer:
    """Sends one answer on, with what every answer gets, and notes its status or close code.

    crossing: the request names an origin, so that CORS has said already what its answer varies by.
    """

    __slots__ = ("_added", "_crossing", "_send", "id", "started", "status")

    def __init__(self, id_: str, send: Send, added: RawHeaders, *, crossing: bool) -> None:
        self.id = id_
        self.started = time.perf_counter()
        self.status: int | None = None
        self._send = send
        self._added = added
        self._crossing = crossing

    async def send(self, message: Message) -> None:
        kind = message["type"]
        if kind == "http.response.start":
            self.status = message["status"]
            message["headers"] = self._headers(list(message.get("headers", ())))
        elif kind == "websocket.close":
            self.status = message.get("code", 1000)
        await self._send(message)

    def _headers(self, headers: RawHeaders) -> RawHeaders:
        given = {name for name, _ in headers}
        if not self._crossing:
            headers = varying(headers) if b"vary" in given else [*headers, VARY]
        headers += [added for added in self._added if added[0] not in given]
        headers.append((b"x-request-id", self.id.encode()))
        return headers


VARY = (b"vary", b"Origin")


def varying(headers: RawHeaders) -> RawHeaders:
    """The headers of an answer that varies by other things, and by the origin as well."""
    by = [value for name, value in headers if name == b"vary"]
    return [*(header for header in headers if header[0] != b"vary"), (b"vary", b", ".join([*by, b"Origin"]))]


async def turned_away(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request for a host that is not ours."""
    turn_away(HTTPConnection(scope))
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
    else:
        await PlainTextResponse("This host is not served here.", 421)(scope, receive, send)
