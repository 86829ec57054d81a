"""GraphQL over HTTP on a real socket: what is too large or too slow costs a closed connection and nothing else."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import strawberry
import structlog
import uvicorn

from api.documents.documents import Documents
from api.http.graphql import GraphQLEndpoint, HttpLimits
from api.server.request_deadlines import PatientProtocol

HEAD = b"POST /graphql HTTP/1.1\r\nhost: desk\r\ncontent-type: application/json\r\n"
QUERY = b'{"query":"{ hello }"}'


@strawberry.type
class Query:
    @strawberry.field
    def hello(self) -> str:
        return "hello"


async def nobody(_request: object) -> None:
    return None


@pytest.fixture
def body_seconds() -> float:
    return 60.0


@pytest.fixture
async def port(body_seconds: float) -> AsyncIterator[int]:
    """A uvicorn server of our endpoint, as it is shipped but for its patience."""
    endpoint = GraphQLEndpoint(
        Documents(strawberry.Schema(Query)._schema),
        nobody,
        log=structlog.get_logger(),
        limits=HttpLimits(body_seconds=body_seconds),
    )
    config = uvicorn.Config(
        endpoint, lifespan="off", log_config=None, ws="none", http=PatientProtocol, access_log=False
    )
    line = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[line])
    yield int(line.getsockname()[1])
    await server.shutdown(sockets=[line])


async def exchanged(port: int, *parts: bytes) -> bytes:
    """Everything that the server answers until it closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        return await asyncio.wait_for(reader.read(), 60)
    finally:
        writer.close()


async def test_a_body_that_announces_too_much_is_refused_before_it_is_sent(port: int) -> None:
    answer = await exchanged(port, HEAD + b"content-length: 10000000\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in answer


async def test_a_body_without_a_length_is_cut_off_at_the_limit(port: int) -> None:
    chunk = b"4000\r\n" + b" " * 0x4000 + b"\r\n"
    answer = await exchanged(port, HEAD + b"transfer-encoding: chunked\r\n\r\n", *[chunk] * 7)

    assert answer.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("body_seconds", [0.5])
async def test_a_stalled_body_is_given_up(port: int) -> None:
    answer = await exchanged(port, HEAD + b"content-length: 100\r\n\r\n" + QUERY)

    assert answer.startswith(b"HTTP/1.1 408 ")


async def test_one_connection_serves_many_requests(port: int) -> None:
    length = f"content-length: {len(QUERY)}\r\n".encode()
    last = HEAD + length + b"connection: close\r\n\r\n" + QUERY
    answer = await exchanged(port, HEAD + length + b"\r\n" + QUERY, HEAD + length + b"\r\n" + QUERY, last)

    assert answer.count(b"HTTP/1.1 200 OK") == 3
    assert answer.count(b'{"data":{"hello":"hello"}}') == 3


def wrongly_sent() -> list[Any]:
    return [b"\x00\x01\x02\r\n\r\n", b"POST /graphql HTTP/1.1\r\ncontent-length: -1\r\n\r\n", b"GET " + b"x" * 70_000]


@pytest.mark.parametrize("bytes_sent", wrongly_sent(), ids=["noise", "negative length", "endless line"])
async def test_what_is_not_http_is_never_a_5xx(port: int, bytes_sent: bytes) -> None:
    answer = await exchanged(port, bytes_sent + b"\r\n\r\n")

    assert not answer.startswith(b"HTTP/1.1 5")
