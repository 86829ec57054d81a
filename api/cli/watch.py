"""surga watch"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from api.cli.output import add_row, echo
from api.cli.running import run_async
from api.errors import CannotStart
from api.settings import load_settings

WIB = ZoneInfo("Asia/Jakarta")
SHOWN = 20
OPERATION = """subscription Watch($after: Cursor) {
  ticketStatusChanged(after: $after) {
    cursor at from to
    ticket { number title category { name } leadAgency { name } }
  }
}"""
PASSING = ("FORBIDDEN", "BUSY", "RATE_LIMITED", "TIMEOUT", "UNAVAILABLE", "INTERNAL")
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0

Change = dict[str, Any]
RoleOption = Annotated[str, typer.Option("--as", help="Whose eyes: a name under `tokens` in demo.json.")]
CountOption = Annotated[int | None, typer.Option(help="Stop after this many changes.", min=1)]
PlainOption = Annotated[bool, typer.Option("--plain", help="One line per change instead of a table.")]


class Refused(Exception):
    """The server answered with an error that trying again does not mend."""


def run(role: RoleOption = "coordinator", count: CountOption = None, plain: PlainOption = False) -> None:
    """Show status changes as they happen, like any dashboard would: over WebSocket, and without a gap after a drop."""
    demo = read_demo(load_settings().data_dir)
    if role not in demo["tokens"]:
        raise typer.BadParameter(f"choose one of {', '.join(demo['tokens'])}", param_hint="--as")
    show = print_lines if plain or not Console().is_terminal else draw_table
    try:
        run_async(show(Watcher(demo["ws"], demo["tokens"][role]), count))
    except Refused as refused:
        raise CannotStart(str(refused)) from None


def read_demo(data_dir: Path) -> dict[str, Any]:
    """What a running demo wrote down for its clients."""
    file = data_dir / "demo.json"
    try:
        demo: dict[str, Any] = json.loads(file.read_text())
    except OSError:
        raise CannotStart(f"There is no demo in {data_dir}: start one with `make demo` first.") from None
    return demo


async def print_lines(watcher: Watcher, count: int | None) -> None:
    """Write one line per change."""
    seen = 0
    async with aclosing(watcher.changes()) as changes:
        async for change in changes:
            echo("  ".join(cells(change)))
            seen += 1
            if seen == count:
                return


async def draw_table(watcher: Watcher, count: int | None) -> None:
    """Keep a table of the latest changes on the screen."""
    latest: deque[Change] = deque(maxlen=SHOWN)
    seen = 0
    with Live(table(latest, watcher.state), refresh_per_second=4) as live:
        watcher.on_state = lambda: live.update(table(latest, watcher.state))
        async with aclosing(watcher.changes()) as changes:
            async for change in changes:
                latest.appendleft(change)
                live.update(table(latest, watcher.state))
                seen += 1
                if seen == count:
                    return


def table(latest: deque[Change], state: str) -> Table:
    """The latest changes, newest first."""
    drawn = Table("WIB", "number", "from", "to", "agency", "title", title=f"Surga: {state}", expand=True)
    for change in latest:
        add_row(drawn, *cells(change))
    return drawn


def cells(change: Change) -> tuple[str, ...]:
    """One change as texts; what the caller may not see shows as a dash."""
    ticket = change["ticket"]
    at = datetime.fromisoformat(change["at"]).astimezone(WIB)
    agency = ticket["leadAgency"]["name"] if ticket["leadAgency"] else "-"
    return f"{at:%H:%M:%S}", ticket["number"], change["from"] or "-", change["to"], agency, ticket["title"] or "-"


class Watcher:
    """A client that remembers its cursor, so that every change is shown once however often the line drops."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.token = token
        self.cursor: str | None = None
        self.state = "connecting"
        self.on_state: Callable[[], None] = lambda: None

    async def changes(self) -> AsyncGenerator[Change, None]:
        """Every change from now on, for ever. Raises Refused."""
        pause = FIRST_PAUSE
        while True:
            try:
                async with aclosing(self._one_connection()) as stream:
                    async for change in stream:
                        pause = FIRST_PAUSE
                        yield change
            except (OSError, WebSocketException, TimeoutError) as lost:
                give_up_if_final(lost)
            self._say(f"no connection, trying again in {pause:.0f} s")
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _one_connection(self) -> AsyncGenerator[Change, None]:
        async with connect(self.url, subprotocols=[Subprotocol("graphql-transport-ws")], compression=None) as socket:
            await self._begin(socket)
            async for text in socket:
                message = json.loads(text)
                if message["type"] == "ping":
                    await send(socket, {"type": "pong"})
                elif message["type"] == "next":
                    yield self._remembered(message["payload"])
                elif message["type"] in ("error", "complete"):
                    if not self._can_go_on(message):
                        return
                    await self._subscribe(socket)

    async def _begin(self, socket: ClientConnection) -> None:
        await send(socket, {"type": "connection_init", "payload": {"authorization": f"Bearer {self.token}"}})
        async with asyncio.timeout(10):
            while json.loads(await socket.recv())["type"] != "connection_ack":
                continue
        await self._subscribe(socket)
        self._say("live")

    async def _subscribe(self, socket: ClientConnection) -> None:
        payload = {"query": OPERATION, "variables": {"after": self.cursor}}
        await send(socket, {"id": "watch", "type": "subscribe", "payload": payload})

    def _remembered(self, payload: dict[str, Any]) -> Change:
        if payload.get("errors"):
            raise Refused(payload["errors"][0]["message"])
        change: Change = payload["data"]["ticketStatusChanged"]
        self.cursor = change["cursor"]
        return change

    def _can_go_on(self, message: dict[str, Any]) -> bool:
        """Whether to subscribe again at once: after a gap that was too long. Other ends are worth a new connection."""
        error = (message.get("payload") or [{}])[0]
        extensions = error.get("extensions") or {}
        if message["type"] == "complete" or extensions.get("code") in PASSING:
            return False
        if extensions.get("code") != "CURSOR_EXPIRED":
            raise Refused(error.get("message", "the server ended the subscription"))
        self.cursor = extensions["resumeFrom"]
        return True

    def _say(self, state: str) -> None:
        self.state = state
        self.on_state()


async def send(socket: ClientConnection, message: dict[str, Any]) -> None:
    await socket.send(json.dumps(message))


def give_up_if_final(lost: BaseException) -> None:
    """A refused token and a broken protocol are not mended by trying again."""
    code = getattr(getattr(lost, "rcvd", None), "code", None)
    if code in (4400, 4401, 4403, 4406, 4500):
        raise Refused(f"The server closed the connection: {lost}")
