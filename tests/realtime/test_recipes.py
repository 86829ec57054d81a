"""The programs of docs/live-clients.md as they stand there, against a served desk: equal to a fresh query at last."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from api.settings import Settings
from services.core.desk import Desk
from tests.clients.node import WEB
from tests.clients.town import Town, served_town
from tests.realtime.proxies import wire_to
from tests.realtime.world import eventually
from tests.root import ROOT

PAGE = ROOT / "docs" / "live-clients.md"
OPEN = {"open": True}
Rows = dict[str, dict[str, Any]]
LIST = """
query ($filter: TicketFilter) {
  tickets(filter: $filter, first: 100) { edges { node { id number version status } } } }
"""
SUBMIT = """
mutation ($title: String!) {
  submitTicket(input: { title: $title, body: "Isi.", channel: PHONE }) { ticket { id version } errors { code } } }
"""
ARCHIVE = """
mutation ($id: ID!, $version: Int!) {
  changeTicketStatus(input: { id: $id, expectedVersion: $version, status: ARCHIVED, reasonCode: "SPAM", note: "Spam." })
  { ticket { id version } errors { code message } } }
"""
WATCH = """
const live = new LiveTickets(process.env.URL!, process.env.TOKEN!, { open: true });
live.changed = () => console.log(JSON.stringify({ stale: live.stale, rows: Object.fromEntries(live.rows) }));
await live.run();
"""


def recipe(language: str) -> str:
    [program] = re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return program


@asynccontextmanager
async def in_python(url: str, token: str) -> AsyncIterator[Callable[[], tuple[bool, Rows]]]:
    names: dict[str, Any] = {}
    exec(compile(recipe("python"), "docs/live-clients.md", "exec"), names)  # noqa: S102 - our own page
    live = names["LiveTickets"](url, token, OPEN)
    running = asyncio.create_task(live.run())
    try:
        yield lambda: (live.stale, live.rows)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def end_in_python(url: str) -> str:
    names: dict[str, Any] = {}
    exec(compile(recipe("python"), "docs/live-clients.md", "exec"), names)  # noqa: S102 - our own page
    with pytest.raises(PermissionError) as ended:
        async with asyncio.timeout(60):
            await names["LiveTickets"](url, "srg_old").run()
    return str(ended.value)


async def end_in_typescript(url: str) -> str:
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).parent / "node",
        "--input-type=module-typescript",
        "--eval",
        recipe("ts") + WATCH,
        cwd=WEB / "clients",
        env={"URL": url, "TOKEN": "srg_old", "PATH": "/usr/bin:/bin", "NODE_NO_WARNINGS": "1"},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(60):
            _, told = await process.communicate()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 1
    return told.decode()


@asynccontextmanager
async def answering(*answers: tuple[str, str]) -> AsyncIterator[tuple[str, list[str]]]:
    """A server that gives these answers in turn, the last one for ever; notes which were given."""
    given: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        status, body = answers[min(len(given), len(answers) - 1)]
        given.append(status)
        head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
        writer.write(f"{head}connection: close\r\n\r\n{body}".encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/graphql", given


@asynccontextmanager
async def in_typescript(url: str, token: str) -> AsyncIterator[Callable[[], tuple[bool, Rows]]]:
    node = Path(sys.executable).parent / "node"
    process = await asyncio.create_subprocess_exec(
        node,
        "--input-type=module-typescript",
        "--eval",
        recipe("ts") + WATCH,
        cwd=WEB / "clients",
        env={"URL": url, "TOKEN": token, "PATH": "/usr/bin:/bin", "NODE_NO_WARNINGS": "1"},
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    told: dict[str, Any] = {"stale": True, "rows": {}}

    async def listen() -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            told.update(json.loads(line))

    listening = asyncio.create_task(listen())
    try:
        yield lambda: (told["stale"], told["rows"])
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # the wheel's node starts the real one
        await process.wait()
        await listening


class Office:
    """An officer who makes and ends tickets, and asks for the truth."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._token = town.tokens["coordinator"]

    async def ask(self, query: str, **variables: Any) -> Any:
        answer = await self._town.post(self._token, query, variables)
        assert "errors" not in answer, answer
        return answer["data"]

    async def submit(self, title: str) -> dict[str, Any]:
        return (await self.ask(SUBMIT, title=title))["submitTicket"]["ticket"]

    async def archive(self, ticket: dict[str, Any]) -> None:
        payload = (await self.ask(ARCHIVE, id=ticket["id"], version=ticket["version"]))["changeTicketStatus"]
        assert payload["errors"] == []

    async def truth(self) -> Rows:
        data = await self.ask(LIST, filter=OPEN)
        return {edge["node"]["id"]: edge["node"] for edge in data["tickets"]["edges"]}


@pytest.mark.slow
@pytest.mark.parametrize("client", [in_python, in_typescript])
async def test_a_client_by_the_recipe_ends_equal_to_a_fresh_query(desk: Desk, settings: Settings, client: Any) -> None:
    async with served_town(desk, settings) as town, wire_to(town.graphql) as (wire, url):
        office = Office(town)
        first = [await office.submit(f"Sebelum {number}") for number in range(3)]
        async with client(url, town.tokens["coordinator"]) as told:
            before = await office.truth()
            await eventually(lambda: told() == (False, before))

            await office.archive(first[0])
            live = await office.submit("Selama tersambung")
            truth = await office.truth()
            await eventually(lambda: told()[1] == truth)

            wire.cut()
            await eventually(lambda: told()[0] is True)
            await office.archive(live)
            await office.archive(first[1])
            await office.submit("Selama terputus")
            wire.mend()

            truth = await office.truth()
            await eventually(lambda: told() == (False, truth))
            assert len(truth) == 2
            assert wire.accepted >= 3


@pytest.mark.slow
@pytest.mark.parametrize("end", [end_in_python, end_in_typescript])
async def test_a_client_by_the_recipe_asks_a_busy_server_again_and_stops_where_its_token_is_refused(end: Any) -> None:
    busy, away = ("200 OK", '{"data":null,"errors":[{"message":"Sibuk."}]}'), ("503 Service Unavailable", "{}")
    async with answering(busy, away, ("401 Unauthorized", '{"errors":[]}')) as (url, given):
        assert "The token is no longer good." in await end(url)

    assert [status[:3] for status in given] == ["200", "503", "401"]


def test_the_pause_is_short_again_once_a_frame_has_come() -> None:
    names: dict[str, Any] = {}
    exec(compile(recipe("python"), "docs/live-clients.md", "exec"), names)  # noqa: S102 - our own page
    live = names["LiveTickets"]("http://127.0.0.1", "srg_old")
    live.pause = 8

    live.apply({"__typename": "FeedHeartbeat", "cursor": "here"})

    assert live.pause == 0.5
