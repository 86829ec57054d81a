"""A socket endpoint on a real uvicorn, over the hub of the tests and a schema of a few lines."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import strawberry
import structlog
import uvicorn
import websockets
from graphql import ExecutionResult, execute

from api.documents.documents import Documents, Prepared
from api.websocket.frames import FrameProtocol
from api.websocket.websocket import SocketEndpoint, SocketLimits
from realtime.callbacks import GroupPlan, SubscribeRequest
from schema.core.context import BrowserSession
from schema.execution.plans import PlanExecutionContext
from services.core.refusals import EdgeRefusal
from tests.realtime.world import Caller, World
from tests.serving import serving

SUBPROTOCOL = "graphql-transport-ws"
FRAMES = "api.websocket.frames:FrameProtocol"
PLAIN = "websockets-sansio"
CHANGES = "subscription ($only: String) { changes(only: $only) }"


@strawberry.type
class Query:
    @strawberry.field
    def ping(self, info: strawberry.Info) -> str:
        return f"pong for {info.context.scope.name}"

    @strawberry.field
    async def wait(self, info: strawberry.Info) -> str:
        await info.context.gate.wait()
        return "waited"

    @strawberry.field
    def fail(self) -> str:
        raise RuntimeError("secret inner detail")


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def remember(self, info: strawberry.Info, word: str) -> str:
        await info.context.gate.wait()
        info.context.words.append(word)
        return word


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def changes(self, only: str | None = None) -> AsyncGenerator[str, None]:
        raise AssertionError("the hub answers this")
        yield ""


SCHEMA = strawberry.Schema(Query, Mutation, Subscription)


@dataclass
class Context:
    """The context of one operation."""

    scope: Caller
    words: list[str]
    gate: asyncio.Event
    language: str
    browser: BrowserSession = field(default_factory=BrowserSession)


@dataclass
class Served:
    """The endpoint's address, and what the tests look at and turn."""

    world: World
    url: str
    endpoint: SocketEndpoint
    framed: bool
    words: list[str] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    contexts: list[Context] = field(default_factory=list)
    identified: list[str | None] = field(default_factory=list)

    def connect(self, **options: Any) -> websockets.connect:
        options.setdefault("subprotocols", [SUBPROTOCOL])
        options.setdefault("compression", None)
        options.setdefault("open_timeout", 60)
        return websockets.connect(self.url, **options)

    @asynccontextmanager
    async def client(self, name: str | None = "someone", **options: Any) -> AsyncIterator[Client]:
        """A client that was acknowledged."""
        async with self.connect(**options) as line:
            client = Client(line)
            await client.send(type="connection_init", payload={"authorization": name} if name else None)
            assert await client.next() == {"type": "connection_ack"}
            yield client

    # what the endpoint is handed

    async def identify(self, authorization: str | None, address: str) -> Caller:
        self.identified.append(authorization)
        if authorization == "wrong":
            raise EdgeRefusal("UNAUTHENTICATED", "token_unknown")
        if authorization == "broken":
            raise RuntimeError("the database is away")
        if authorization == "slow":
            await self.gate.wait()
        return NamedCaller(authorization or "anonymous")

    def context(self, scope: Caller, language: str, address: str) -> Context:
        self.contexts.append(Context(scope, self.words, self.gate, language))
        return self.contexts[-1]

    async def execute(self, prepared: Prepared, context: Context) -> ExecutionResult:
        result = execute(
            SCHEMA._schema,
            prepared.document,
            context_value=context,
            variable_values=prepared.variables,
            operation_name=prepared.operation_name,
            executor_class=PlanExecutionContext,
        )
        return result if isinstance(result, ExecutionResult) else await result

    async def plan(self, prepared: Prepared, context: Context) -> SubscribeRequest:
        variables = dict(prepared.variables)
        if variables.get("only") == "slow":
            await self.gate.wait()
        after = variables.pop("after", None)
        if variables.get("only") == "refused":
            raise EdgeRefusal("BAD_INPUT", "SEARCH_IN_FEED")
        only = variables.get("only")
        key = (prepared.digest, json.dumps(variables, sort_keys=True), context.scope.name)
        plan = GroupPlan(key, domain=frozenset({only}) if only else None)
        return SubscribeRequest(plan, None if after is None else self.world.place(after))


@dataclass(frozen=True)
class NamedCaller(Caller):
    @property
    def principal(self) -> str:
        return self.name


class Client:
    """A client of the protocol, message by message."""

    def __init__(self, line: Any) -> None:
        self.line = line

    async def send(self, **message: Any) -> None:
        await self.line.send(json.dumps(message))

    async def subscribe(self, id_: str = "1", query: str = CHANGES, **payload: Any) -> None:
        await self.send(id=id_, type="subscribe", payload={"query": query, **payload})

    async def next(self, seconds: float = 60.0) -> dict[str, Any]:
        async with asyncio.timeout(seconds):
            text = await self.line.recv()
        assert isinstance(text, str)
        message: dict[str, Any] = json.loads(text)
        return message

    async def settled(self) -> None:
        """Everything sent before was taken by the server when this returns."""
        await self.send(type="ping")
        assert await self.next() == {"type": "pong"}

    async def settled_after(self, messages: int) -> None:
        """Like settled, where so many messages come first."""
        await self.send(type="ping")
        found = [(await self.next())["type"] for _ in range(messages + 1)]
        assert sorted(found) == ["next"] * messages + ["pong"]

    async def closed(self, seconds: float = 60.0) -> tuple[int, str]:
        """The code and reason that the server closed with; any message before that is a failure."""
        with pytest.raises(websockets.ConnectionClosed) as ended:
            await self.next(seconds)
        closed = ended.value.rcvd
        assert closed is not None, "the line was cut without a close frame"
        return closed.code, closed.reason


class QuickFrames(FrameProtocol):
    """The framed path with times for tests."""

    ping_seconds = 1.0
    most_buffered_bytes = 1 << 18


@asynccontextmanager
async def served(world: World, ws: Any, limits: SocketLimits | None = None, **options: Any) -> AsyncIterator[Served]:
    """Serve until the block ends, in this process."""
    served = Served(world, "", None, framed=ws != PLAIN)  # type: ignore[arg-type]
    endpoint = SocketEndpoint(
        hub=world.hub,
        documents=Documents(SCHEMA._schema),
        identify=served.identify,
        context=served.context,
        execute=served.execute,
        plan=served.plan,
        address=lambda scope: "here",
        known=lambda caller: caller.name.startswith("known"),
        origin_allowed=lambda scope: (b"origin", b"http://evil.example") not in scope["headers"],
        log=structlog.get_logger("tests"),
        limits=limits,
    )
    served.endpoint = endpoint
    settings: dict[str, Any] = {
        "ws_per_message_deflate": False,
        "ws_max_size": 65_536,
        "lifespan": "off",
        "log_config": None,
        "timeout_graceful_shutdown": 3,
    }
    config = uvicorn.Config(endpoint, ws=ws, **{**settings, **options})
    with socket.create_server(("127.0.0.1", 0)) as line:
        served.url = f"ws://127.0.0.1:{line.getsockname()[1]}/graphql"
        async with serving(config, line):
            try:
                yield served
            finally:
                served.gate.set()
