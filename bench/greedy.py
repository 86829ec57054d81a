"""One account that does its worst within the limits, in a process of its own."""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from collections import Counter
from typing import Any

import uvloop
import websockets
from graphql import get_introspection_query
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

GROUPS, SOCKETS, OPERATIONS = 250, 20, 100
LIVE = """subscription ($filter: TicketFilter) { ticketFeed(filter: $filter) { __typename
  ... on TicketEntered { cursor ticket { ...Row } } ... on TicketUpdated { cursor changed ticket { ...Row } } } }
fragment Row on Ticket { id number title body status version hidden { field reason } allowedMoves { to by }
  leadAgency { name } assignee { name } reporter { name } location { address } answers { id text state }
  mergedInto { number answers { id } } timeline(first: 5) { edges { node { kind text actor { kind name } } } } }"""
DEAR = """{ tickets(first: 100) { edges { node { id number title body status version hidden { field reason }
  leadAgency { name } assignee { name } reporter { name } answers { id text } allowedMoves { to by }
  timeline(first: 5) { edges { node { kind text actor { kind name } } } } } } } }"""
REPLAY = """subscription ($after: Cursor) { ticketStatusChanged(after: $after) { cursor ticket { id number title body
  reporter { name } answers { text } timeline(first: 20) { edges { node { kind text } } } } } }"""


class Socket:
    """One of the sockets: keeps so many operations of some kinds going, and begins another whenever one ends."""

    def __init__(self, line: ClientConnection, told: Counter[str]) -> None:
        self.line = line
        self.told = told
        self.numbers = itertools.count()

    async def subscribe(self, query: str, **variables: Any) -> str:
        id_ = str(next(self.numbers))
        await self.send(id=id_, type="subscribe", payload={"query": query, "variables": variables})
        return id_

    async def send(self, **message: Any) -> None:
        await self.line.send(json.dumps(message))

    async def keep_asking(self, asked: list[tuple[str, dict[str, Any]]], live: int) -> None:
        """Ask as much as the limit leaves beside what is live; frames of live documents are read and forgotten."""
        wanted = itertools.cycle(asked)
        for query, variables in itertools.islice(wanted, OPERATIONS - live):
            await self.subscribe(query, **variables)
        async for raw in self.line:
            text = raw if isinstance(raw, str) else raw.decode()
            if '"type":"ping"' in text[:40]:
                await self.send(type="pong")
            begin, payload, _ = text[:60].partition(',"payload"')
            message = json.loads(begin + "}" if payload else text)
            self.told[message["type"]] += 1
            if message["type"] in ("complete", "error"):
                query, variables = next(wanted)
                await self.subscribe(query, **variables)

    async def keep_returning(self, cursor: str) -> None:
        """Come back to an old cursor, take some of what was missed, leave, and come back."""
        while True:
            ids = [await self.subscribe(REPLAY, after=cursor) for _ in range(OPERATIONS // 2)]
            for _ in range(OPERATIONS):
                self.told[json.loads(await self.line.recv())["type"]] += 1
            for id_ in ids:
                await self.send(id=id_, type="complete")


async def opened(url: str, token: str, told: Counter[str]) -> Socket:
    line = await connect(
        url, subprotocols=[Subprotocol("graphql-transport-ws")], compression=None, max_size=None, open_timeout=60
    )
    socket = Socket(line, told)
    await socket.send(type="connection_init", payload={"authorization": f"Bearer {token}"})
    await line.recv()
    return socket


async def main(url: str, token: str, cursor: str) -> None:
    """Open everything, say so, and go on until the process is ended."""
    told: Counter[str] = Counter()
    sockets = [await opened(url, token, told) for _ in range(SOCKETS)]
    for place in range(GROUPS):
        filter_ = {"receivedFrom": f"2000-01-01T{place // 60:02}:{place % 60:02}:00+07:00"}
        await sockets[place % 5].subscribe(LIVE, filter=filter_)
    dear: list[tuple[str, dict[str, Any]]] = [(DEAR, {}), (get_introspection_query(), {})]
    print(json.dumps({"ready": True}), flush=True)
    async with asyncio.TaskGroup() as group:
        for place, socket in enumerate(sockets):
            if place < 17:
                group.create_task(socket.keep_asking(dear, GROUPS // 5 if place < 5 else 0))
            else:
                group.create_task(socket.keep_returning(cursor))
        group.create_task(tell(told))


async def tell(told: Counter[str]) -> None:
    while True:
        await asyncio.sleep(5)
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    try:
        uvloop.run(main(given["url"], given["token"], given["cursor"]))
    except websockets.ConnectionClosed as closed:
        print(json.dumps({"closed": str(closed)}), flush=True)
