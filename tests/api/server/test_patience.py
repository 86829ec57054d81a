"""What a peer may not do to a connection: dawdle over a head, a body, an upgrade or an answer."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from api.http.graphql import HttpLimits
from api.server import request_deadlines
from api.server.request_deadlines import PatientProtocol
from api.server.serving import options
from api.settings import Settings
from api.websocket.frames import FrameProtocol
from api.websocket.websocket import SocketLimits

pytestmark = pytest.mark.slow

HEAD = b"POST / HTTP/1.1\r\nhost: desk\r\n"
UPGRADE = b"GET / HTTP/1.1\r\nhost: desk\r\nconnection: upgrade\r\nupgrade: websocket\r\n"


class Impatient(PatientProtocol):
    head_seconds = 0.3
    body_seconds = 0.3
    unread_seconds = 0.3


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the body, however it comes; /large answers with 8 MiB, /ignore and /refuse without reading."""
    body = b""
    if scope["path"] == "/refuse":
        headers = [(b"content-length", b"6"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": b"enough"})
        return
    if scope["path"] != "/ignore":
        while (message := await receive())["type"] == "http.request":
            body += message["body"]
            if not message["more_body"]:
                break
    body = b"x" * (1 << 23) if scope["path"] == "/large" else body
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    for start in range(0, len(body) or 1, 1 << 16):
        part = body[start : start + (1 << 16)]
        await send({"type": "http.response.body", "body": part, "more_body": start + (1 << 16) < len(body)})


@pytest.fixture
async def server() -> AsyncIterator[uvicorn.Server]:
    async with serving(Impatient) as running:
        yield running


@asynccontextmanager
async def serving(http: type[PatientProtocol]) -> AsyncIterator[uvicorn.Server]:
    """Serve echo as `surga serve` would, but for the protocol's times."""
    config = uvicorn.Config(echo, **{**options(Settings()), "http": http, "lifespan": "off"})
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as line:
        running = asyncio.create_task(server.serve(sockets=[line]))
        while not server.started:  # noqa: ASYNC110 - uvicorn tells nobody
            await asyncio.sleep(0.01)
        server.port = line.getsockname()[1]  # type: ignore[attr-defined]
        try:
            yield server
        finally:
            server.should_exit = True
            await running


async def until_closed(server: uvicorn.Server, *parts: bytes, drip: bytes = b"") -> bytes:
    """Everything that is answered until the server closes; drip is sent again and again meanwhile."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)  # type: ignore[attr-defined]
    writer.write(b"".join(parts))
    dripping = asyncio.create_task(dripped(writer, drip)) if drip else None
    try:
        async with asyncio.timeout(60):
            return await reader.read()
    except ConnectionResetError:
        return b"reset"
    finally:
        if dripping is not None:
            dripping.cancel()
            await asyncio.gather(dripping, return_exceptions=True)
        writer.close()


async def until_gone(server: uvicorn.Server) -> None:
    """The server has given up every connection when this returns."""
    async with asyncio.timeout(60):
        while server.server_state.connections:  # noqa: ASYNC110 - uvicorn tells nobody
            await asyncio.sleep(0.01)


async def dripped(writer: asyncio.StreamWriter, drip: bytes) -> None:
    while True:
        writer.write(drip)
        await asyncio.sleep(0.03)


async def test_a_line_without_a_word_is_closed(server: uvicorn.Server) -> None:
    assert await until_closed(server) == b""
    await until_gone(server)


async def test_a_head_that_stops_is_closed(server: uvicorn.Server) -> None:
    assert (await until_closed(server, HEAD)).startswith(b"HTTP/1.1 408 ")


async def test_a_head_that_drips_is_closed(server: uvicorn.Server) -> None:
    answer = await until_closed(server, HEAD, drip=b"x-more: 1\r\n")

    assert answer.startswith((b"HTTP/1.1 408 ", b"reset"))


async def test_half_a_handshake_is_closed(server: uvicorn.Server) -> None:
    assert (await until_closed(server, UPGRADE)).startswith(b"HTTP/1.1 408 ")


async def test_a_handshake_without_a_key_is_refused_and_closed(server: uvicorn.Server) -> None:
    assert (await until_closed(server, UPGRADE + b"\r\n")).startswith(b"HTTP/1.1 4")


async def test_a_body_that_stalls_is_closed(server: uvicorn.Server) -> None:
    assert (await until_closed(server, HEAD + b"content-length: 100\r\n\r\nabc")).startswith(b"HTTP/1.1 408 ")


async def test_a_body_that_drips_is_closed(server: uvicorn.Server) -> None:
    answer = await until_closed(server, HEAD + b"content-length: 1000\r\n\r\n", drip=b".")

    assert answer.startswith((b"HTTP/1.1 408 ", b"reset"))


async def test_a_body_that_nobody_asked_for_is_not_waited_for(server: uvicorn.Server) -> None:
    answer = await until_closed(server, b"POST /ignore HTTP/1.1\r\nhost: desk\r\ncontent-length: 100\r\n\r\nabc")

    assert answer.startswith((b"HTTP/1.1 200 ", b"reset"))
    await until_gone(server)


async def test_a_rest_between_requests_is_no_stall_but_half_a_second_request_is(server: uvicorn.Server) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)  # type: ignore[attr-defined]
    for word in (b"one", b"two"):
        writer.write(HEAD + b"content-length: 3\r\n\r\n" + word)
        answer = await reader.readuntil(word)
        assert answer.startswith(b"HTTP/1.1 200 ")
        await asyncio.sleep(0.5)  # longer than any deadline of this server
    writer.write(HEAD)

    async with asyncio.timeout(60):
        assert (await reader.read()).startswith(b"HTTP/1.1 408 ")
    writer.close()


async def test_requests_that_wait_for_no_answer_are_answered_in_turn_and_bounded(
    server: uvicorn.Server, caplog: pytest.LogCaptureFixture
) -> None:
    request = HEAD + b"content-length: 2\r\n\r\nhi"
    last = HEAD + b"connection: close\r\ncontent-length: 2\r\n\r\nhi"

    few = await until_closed(server, request * request_deadlines.MOST_PIPELINED + last)
    many = await until_closed(server, request * 5_000)

    assert few.count(b"HTTP/1.1 200 OK") == request_deadlines.MOST_PIPELINED + 1
    assert (many.count(b"HTTP/1.1 400 "), many.count(b"HTTP/1.1 200 OK")) == (1, 0)
    assert "Exception in ASGI application" not in caplog.text


async def test_an_answer_that_nobody_reads_is_aborted(server: uvicorn.Server) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1 << 10)  # type: ignore[attr-defined]
    writer.write(b"GET /large HTTP/1.1\r\nhost: desk\r\n\r\n")

    async with asyncio.timeout(60):
        while not server.server_state.tasks:  # noqa: ASYNC110 - uvicorn tells nobody
            await asyncio.sleep(0.01)
        while server.server_state.tasks or server.server_state.connections:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    writer.transport.abort()


@pytest.mark.parametrize(
    "head",
    [HEAD + b"x: " + b"y" * 200_000, HEAD + b"x: y\r\n" * 40_000, b"GET /" + b"y" * 200_000],
    ids=["one field", "many fields", "the address"],
)
async def test_a_head_without_end_is_refused(server: uvicorn.Server, head: bytes) -> None:
    assert (await until_closed(server, head)).startswith((b"HTTP/1.1 4", b"reset"))
    await until_gone(server)


class Lasting(PatientProtocol):
    body_seconds = 120.0
    last_words_seconds = 60.0


class Brief(PatientProtocol):
    body_seconds = 1.0
    last_words_seconds = 0.5


REFUSED = b"POST /refuse HTTP/1.1\r\nhost: desk\r\ncontent-length: 500000\r\n\r\n"


async def test_who_goes_on_sending_reads_all_the_same_why_not() -> None:
    async with serving(Lasting) as server:
        for _ in range(20):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)  # type: ignore[attr-defined]
            writer.write(REFUSED)
            for _ in range(50):
                writer.write(b"x" * 10_000)
                await writer.drain()
            writer.write(REFUSED)  # nobody looks at it any more
            await writer.drain()

            async with asyncio.timeout(60):
                answer = await reader.read()
            assert answer.startswith(b"HTTP/1.1 413 ")
            assert answer.endswith(b"\r\n\r\nenough")
            writer.close()
            await until_gone(server)


@pytest.mark.parametrize("form", ["content-length: 50000000", "transfer-encoding: chunked"])
async def test_who_reads_nothing_before_all_is_sent_reads_all_the_same_why_not(form: str) -> None:
    async with serving(Lasting) as server:
        answer = await asyncio.to_thread(sent_blindly, server.port, form)  # type: ignore[attr-defined]

        assert answer.startswith(b"HTTP/1.1 413 ")
        await until_gone(server)


def sent_blindly(port: int, form: str) -> bytes:
    """What a client gets that sends 50 MB and only then begins to read."""
    part = b"x" * 100_000
    part = part if form.startswith("content-length") else b"%x\r\n%b\r\n" % (len(part), part)
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(f"POST /refuse HTTP/1.1\r\nhost: desk\r\n{form}\r\n\r\n".encode())
        for _ in range(500):
            line.sendall(part)
        return line.recv(1_000)


async def sent_until_reset(writer: asyncio.StreamWriter) -> int:
    """How many bytes could be sent before the line was cut off."""
    sent = 0
    async with asyncio.timeout(60):
        while True:
            writer.write(b"x" * 65_536)
            try:
                await writer.drain()
            except ConnectionError:
                return sent
            sent += 65_536
            await asyncio.sleep(0)


async def test_who_never_stops_sending_is_cut_off_by_the_bytes() -> None:
    async with serving(Lasting) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)  # type: ignore[attr-defined]
        writer.write(REFUSED)
        assert (await reader.readuntil(b"enough")).startswith(b"HTTP/1.1 413 ")
        assert await sent_until_reset(writer) >= request_deadlines.MOST_UNWANTED_BYTES
        await until_gone(server)
        writer.close()


@pytest.mark.parametrize("drip", [b".", b""], ids=["little", "nothing"])
async def test_who_sends_on_for_long_is_cut_off_by_the_time(drip: bytes) -> None:
    async with serving(Brief) as server:
        assert (await until_closed(server, REFUSED, drip=drip)).startswith((b"HTTP/1.1 413 ", b"reset"))
        await until_gone(server)


async def test_a_request_on_its_way_when_the_server_begins_to_stop_is_answered() -> None:
    async with serving(PatientProtocol) as server:
        address = "127.0.0.1", server.port  # type: ignore[attr-defined]
        lines = [await asyncio.open_connection(*address) for _ in range(4)]
        (_, new), (used_reader, used), (_, socket_), (silent, _) = lines
        used.write(HEAD + b"content-length: 3\r\n\r\none")
        assert (await used_reader.readuntil(b"one")).startswith(b"HTTP/1.1 200")
        while len(server.server_state.connections) < len(lines):  # noqa: ASYNC110 - uvicorn tells nobody
            await asyncio.sleep(0.01)

        for connection in list(server.server_state.connections):
            connection.shutdown()
        for writer in (new, used):
            writer.write(HEAD + b"content-length: 3\r\n\r\ntwo")
        socket_.write(UPGRADE + b"sec-websocket-version: 13\r\nsec-websocket-key: MTIzNDU2Nzg5MDEyMzQ1Ng==\r\n\r\n")

        async with asyncio.timeout(30):
            answers = [await reader.read() for reader, _ in lines[:3]]
            assert await silent.read() == b""
        for answer in answers[:2]:
            assert answer.startswith(b"HTTP/1.1 200")
            assert b"\r\nconnection: close\r\n" in answer
            assert answer.endswith(b"two")
        assert answers[2].startswith(b"HTTP/1.1 503")
        await until_gone(server)
        for _, writer in lines:
            writer.close()


def test_the_server_as_shipped_waits_for_nothing_longer_than_fifteen_seconds() -> None:
    assert options(Settings())["http"] == "api.server.request_deadlines:PatientProtocol"
    assert request_deadlines.HEAD_SECONDS + request_deadlines.LAST_WORDS_SECONDS <= 15
    assert HttpLimits().body_seconds < request_deadlines.BODY_SECONDS <= 15 - request_deadlines.LAST_WORDS_SECONDS
    assert request_deadlines.UNREAD_SECONDS <= 15
    limits = SocketLimits()
    assert limits.init_seconds + limits.close_seconds <= 15
    assert FrameProtocol.ping_seconds <= 10
