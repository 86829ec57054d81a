"""The floor under a broadcast: Starlette sends one ready text to every websocket. No GraphQL, no rights, no log."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

ACK = '{"type":"connection_ack"}'

sockets: set[WebSocket] = set()
missed: list[str] = []


async def watch(socket: WebSocket) -> None:
    await socket.accept("graphql-transport-ws")
    sockets.add(socket)
    try:
        await socket.receive_text()
        await socket.send_text(ACK)
        await socket.receive_text()
        for text in missed:
            await socket.send_text(text)
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        sockets.discard(socket)


async def publish(request: Request) -> JSONResponse:
    text = (await request.body()).decode()
    for socket in tuple(sockets):
        await socket.send_text(text)
    return JSONResponse(len(sockets))


async def miss(request: Request) -> JSONResponse:
    """Whoever comes from now on is sent these texts first."""
    missed[:] = await request.json()
    return JSONResponse(len(missed))


async def count(request: Request) -> JSONResponse:
    return JSONResponse(len(sockets))


app = Starlette(
    routes=[
        WebSocketRoute("/ws", watch),
        Route("/publish", publish, methods=["POST"]),
        Route("/missed", miss, methods=["POST"]),
        Route("/", count),
    ]
)
