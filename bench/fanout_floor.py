"""The floor under every server: one write() of the same frame to every socket's descriptor, and nothing else at all."""

from __future__ import annotations

import os

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from api.websocket.ready_frames import EXTENSION, text_frame

ACK = '{"type":"connection_ack"}'

descriptors: dict[WebSocket, int] = {}


async def watch(socket: WebSocket) -> None:
    await socket.accept("graphql-transport-ws")
    transport = socket.scope["extensions"][EXTENSION].transport
    descriptors[socket] = transport.get_extra_info("socket").fileno()
    try:
        await socket.receive_text()
        await socket.send_text(ACK)
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        del descriptors[socket]


async def publish(request: Request) -> JSONResponse:
    frame = text_frame(await request.body())
    for descriptor in descriptors.values():
        os.write(descriptor, frame)
    return JSONResponse(len(descriptors))


async def count(request: Request) -> JSONResponse:
    return JSONResponse(len(descriptors))


app = Starlette(routes=[WebSocketRoute("/ws", watch), Route("/publish", publish, methods=["POST"]), Route("/", count)])
