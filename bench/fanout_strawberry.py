"""Subscriptions as Strawberry documents them: every subscriber executes every event for itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

queues: set[asyncio.Queue[dict[str, Any]]] = set()


@strawberry.type
class Ticket:
    id: strawberry.ID
    number: str


@strawberry.type
class Change:
    cursor: str
    at: str
    version: int
    to: str
    ticket: Ticket


@strawberry.type
class Query:
    @strawberry.field
    def subscribers(self) -> int:
        return len(queues)


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def ticket_status_changed(self) -> AsyncGenerator[Change, None]:
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        queues.add(queue)
        try:
            while True:
                event = await queue.get()
                yield Change(**{**event, "ticket": Ticket(**event["ticket"])})
        finally:
            queues.discard(queue)


async def publish(request: Request) -> JSONResponse:
    event = (await request.json())["payload"]["data"]["ticketStatusChanged"]
    for queue in tuple(queues):
        queue.put_nowait(event)
    return JSONResponse(len(queues))


async def count(request: Request) -> JSONResponse:
    return JSONResponse(len(queues))


graphql: GraphQL[Any, Any] = GraphQL(
    strawberry.Schema(Query, subscription=Subscription), subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL]
)
app = Starlette(
    routes=[Route("/publish", publish, methods=["POST"]), Route("/", count, methods=["GET"]), Mount("/ws", graphql)]
)
