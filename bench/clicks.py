"""Click to subscriber: from sending a mutation to the frame on another socket, beside the mutation's own answer."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from typing import Any

import httpx
import websockets

from bench.desks import Served, quiet_demo

CLICKS, WARM_UP = 200, 20
SUBSCRIBE = {
    "id": "1",
    "type": "subscribe",
    "payload": {"query": "subscription { ticketStatusChanged { to ticket { number title status } } }"},
}
SUBMIT = (
    """mutation ($input: SubmitTicketInput!) { submitTicket(input: $input) { ticket { number } errors { code } } }"""
)


def main() -> None:
    with quiet_demo() as (desk, _):
        pairs = asyncio.run(clicked(desk))
    answers, frames = ([pair[i] * 1000 for pair in pairs] for i in (0, 1))
    print(f"{CLICKS} submissions, one after the other, one subscriber on another socket")
    print(f"  baseline: click to the mutation's answer  p50 {p(answers, 50):.2f} ms, p99 {p(answers, 99):.2f} ms")
    print(f"  click to the subscriber's frame           p50 {p(frames, 50):.2f} ms, p99 {p(frames, 99):.2f} ms")
    ratios = [frame / answer for answer, frame in zip(answers, frames, strict=True)]
    print(f"  ratio p50 {p(ratios, 50):.2f}, p99 {p(ratios, 99):.2f}")


def p(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


async def clicked(desk: Served) -> list[tuple[float, float]]:
    """Seconds to the answer and to the frame, for every click."""
    bearer = f"Bearer {desk.access['tokens']['coordinator']}"
    address = f"ws://127.0.0.1:{desk.port}/graphql"
    url = address.replace("ws", "http", 1)
    async with (
        httpx.AsyncClient(headers={"Authorization": bearer}) as client,
        websockets.connect(address, subprotocols=[websockets.Subprotocol("graphql-transport-ws")]) as socket,
    ):
        await socket.send(json.dumps({"type": "connection_init", "payload": {"authorization": bearer}}))
        await socket.recv()
        await socket.send(json.dumps(SUBSCRIBE))
        await asyncio.sleep(0.5)
        measured = [await click(client, socket, url, place) for place in range(CLICKS + WARM_UP)]
    return measured[WARM_UP:]


async def click(client: httpx.AsyncClient, socket: Any, url: str, place: int) -> tuple[float, float]:
    given = {"title": f"Uji {place}", "body": "Uji kecepatan.", "channel": "WHATSAPP"}
    started = time.perf_counter()
    answer, frame = await asyncio.gather(
        timed(client.post(url, json={"query": SUBMIT, "variables": {"input": given}})), timed(status_of(socket))
    )
    return answer - started, frame - started


async def timed(awaited: Any) -> float:
    await awaited
    return time.perf_counter()


async def status_of(socket: Any) -> None:
    """Wait for the next status change; pings in between are answered."""
    while True:
        message = json.loads(await socket.recv())
        if message["type"] == "next":
            return
        if message["type"] == "ping":
            await socket.send('{"type":"pong"}')


if __name__ == "__main__":
    main()
