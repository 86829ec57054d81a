"""Origins: hosts that are not ours, pages of others, and headers that keep browsers careful."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.edge import Edge
from api.http.metrics import Metrics
from api.security.origins import Origins, cross_origin
from api.web import invitation
from api.web.inline import policy

DESK = Origins(hosts=("desk.example.go.id", "*.kota.example"), origins=("https://portal.example.go.id",))
HERE = Origins(loopback=True)


@pytest.mark.parametrize(
    "host", ["desk.example.go.id", "DESK.example.go.id:8443", "desk.example.go.id.", "a.kota.example"]
)
def test_answers_to_its_own_names(host: str) -> None:
    assert DESK.allows_host(host)


@pytest.mark.parametrize(
    "host",
    [None, "", "evil.example", "desk.example.go.id.evil.example", "kota.example", ".kota.example", "127.0.0.1",
     "localhost", "evil.example#desk.example.go.id", "desk.example.go.id/x",
     "evil@desk.example.go.id", "[::1", "a:b:c"],
)  # fmt: skip
def test_does_not_answer_to_other_names(host: str | None) -> None:
    assert not DESK.allows_host(host)


def test_loopback_is_a_name_only_where_it_is_said() -> None:
    for host in ("localhost:8000", "127.0.0.1", "[::1]:8000", "app.localhost"):
        assert HERE.allows_host(host)
    assert not HERE.allows_host("evil.example")
    assert not HERE.allows_host("127.0.0.1.evil.example")


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (None, True),
        ("https://desk.example.go.id", True),
        ("https://portal.example.go.id", True),
        ("https://portal.example.go.id/", True),
        ("http://portal.example.go.id", False),
        ("https://portal.example.go.id.evil.example", False),
        ("https://evil.example", False),
        ("https://desk.example.go.id:8443", False),
        ("http://localhost:3000", False),
        ("null", False),
        ("", False),
        ("file://", False),
        ("https://desk.example.go.id@evil.example", False),
        ("https://[", False),
    ],
)
def test_pages_of_others_may_not_talk_to_us(origin: str | None, allowed: bool) -> None:
    headers = {"host": "desk.example.go.id"} | ({} if origin is None else {"origin": origin})

    assert DESK.allows_origin(headers) is allowed


def test_pages_on_the_same_port_are_our_own() -> None:
    assert DESK.allows_origin({"host": "desk.example.go.id:8443", "origin": "https://desk.example.go.id:8443"})


def test_a_developers_pages_come_from_any_port_of_their_machine() -> None:
    assert HERE.allows_origin({"host": "localhost:8000", "origin": "http://localhost:5173"})
    assert HERE.allows_origin({"host": "localhost:8000", "origin": "http://127.0.0.1:5173"})
    assert not HERE.allows_origin({"host": "localhost:8000", "origin": "https://evil.example"})


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("hello")(scope, receive, send)


def edge(app: ASGIApp, *, https: bool = False) -> Edge:
    return Edge(app, metrics=Metrics(), origins=DESK, https=https, direct={})


async def fetched(app: object, path: str, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.example.go.id") as client:
        return await client.get(path, headers=headers)


async def test_a_rebound_name_is_misdirected() -> None:
    guarded = edge(hello)

    assert (await fetched(guarded, "/graphql")).text == "hello"
    assert (await fetched(guarded, "/graphql", host="evil.example")).status_code == 421
    assert (await fetched(guarded, "/alive", host="10.2.3.4:8000")).text == "hello"


async def test_two_host_headers_are_misdirected() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    hosts = [(b"host", b"desk.example.go.id"), (b"host", b"evil.example")]
    await edge(hello)({"type": "http", "path": "/", "headers": hosts}, receive, send)

    assert sent[0]["status"] == 421


async def test_a_socket_under_another_name_is_closed_before_it_opens() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    scope = {"type": "websocket", "path": "/graphql", "headers": [(b"host", b"evil.example")]}
    await edge(hello)(scope, receive, send)

    assert sent == [{"type": "websocket.close", "code": 1008}]


async def test_every_answer_carries_the_careful_headers() -> None:
    response = await fetched(edge(hello, https=True), "/")

    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["x-frame-options"] == "DENY"
    assert response.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert response.headers["strict-transport-security"].startswith("max-age=")
    assert "strict-transport-security" not in (await fetched(edge(hello), "/")).headers


async def test_a_page_keeps_its_own_policy() -> None:
    response = await fetched(edge(Starlette(routes=invitation.pages(12))), "/invite")

    assert response.headers["content-security-policy"] == policy(response.text)
    assert response.headers["x-content-type-options"] == "nosniff"


PREFLIGHT = {"access-control-request-method": "POST", "access-control-request-headers": "authorization, content-type"}


async def preflight(origins: Origins, origin: str) -> httpx.Response:
    app = cross_origin(Starlette(), origins)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.example.go.id") as client:
        return await client.options("/graphql", headers={"origin": origin, **PREFLIGHT})


@pytest.mark.parametrize(
    ("origins", "origin", "status"),
    [
        (DESK, "https://portal.example.go.id", 200),
        (DESK, "https://evil.example", 400),
        (DESK, "http://localhost:5173", 400),
        (DESK, "null", 400),
        (HERE, "http://localhost:5173", 200),
        (HERE, "http://localhost.evil.example", 400),
        (HERE, "https://evil.example", 400),
    ],
)
async def test_only_listed_pages_may_call_from_elsewhere(origins: Origins, origin: str, status: int) -> None:
    response = await preflight(origins, origin)

    assert response.status_code == status
    assert response.headers.get("access-control-allow-origin") == (origin if status == 200 else None)
    assert "access-control-allow-credentials" not in response.headers
