"""The floor under a broadcast: Starlette sends one ready text to every websocket. No GraphQL, no rights, no log."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

ACK = '{"type":"connection_ack"}'

sockets: set[WebSocket] = set()


async def watch(socket: WebSocket) -> None:
    await socket.accept("graphql-transport-ws")
    sockets.add(socket)
    try:
        await socket.receive_text()
        await socket.send_text(ACK)
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        sockets.discard(socket)


async def publish(request: Request) -> JSONResponse:
    text = (await request.body()).decode()
    for socket in tuple(sockets):
        await socket.send_text(text)
    return JSONResponse(len(sockets))


async def count(request: Request) -> JSONResponse:
    return JSONResponse(len(sockets))


app = Starlette(routes=[WebSocketRoute("/ws", watch), Route("/publish", publish, methods=["POST"]), Route("/", count)])
