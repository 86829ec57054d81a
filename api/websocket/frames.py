"""uvicorn's websocket protocol, which also writes ready-made frames: that spares most of the work of a broadcast.

It uses private names of uvicorn, so pyproject.toml holds uvicorn's minor version, and the tests run on this path and
on plain ASGI alike.
"""

from __future__ import annotations

import asyncio
import random
from asyncio import BaseTransport
from collections.abc import Callable, Collection, Sequence
from typing import Any

from uvicorn._types import ASGIReceiveEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request

from api.server.lingering import ClosingTransport, Lingering
from api.websocket.idle import OPEN, Received
from api.websocket.messages import TOO_BIG
from api.websocket.ready_frames import EXTENSION
from realtime.members import Writer

PING = b"\x89\x04"  # and four bytes that the answer must hold
PING_TURNS = 20  # our choice: pings leave twice a second, and thousands share a turn of the loop
PONG, MASKED_FOUR, PONG_BYTES = 0x8A, 0x84, 10
MOST_BUFFERED_BYTES = 1 << 20  # our choice: some 2,000 frames that a peer may leave unread
PING_SECONDS = 10.0  # our choice: a peer that is gone is noticed within twice that
LAST_WORDS_SECONDS = 2.0  # our choice: for a peer to read the end of a connection
MOST_AT_ONCE = 4_096  # bytes parsed in one turn of the loop: measured, 40,000 tiny frames take half a second
MOST_FRAGMENTS = 1_024  # our choice: pieces of one message of at most 64 KiB


def refuse(frame: bytes) -> bool:
    """The put of a closed connection: nothing is written any more."""
    return False


class FrameProtocol(WebSocketsSansIOProtocol):
    """Drops a peer that does not read: at once above the buffer's limit, else when a ping goes unanswered."""

    # Python shares the keys of at most 30 attributes between the instances of a class. uvicorn sets 39, and a dict of
    # its own for each connection has 1.6 KB: so those that it sets first have slots.
    __slots__ = (
        "app", "app_state", "asgi_version", "client", "config", "conn", "connections", "cutting", "default_headers",
        "logger", "loop", "queue", "root_path", "scheme", "scope", "server", "tasks", "transport", "writable", "writer",
    )  # fmt: skip

    most_buffered_bytes = MOST_BUFFERED_BYTES
    most_at_once = MOST_AT_ONCE
    most_fragments = MOST_FRAGMENTS
    ping_seconds = PING_SECONDS
    last_words_seconds = LAST_WORDS_SECONDS
    last_asked: Callable[[], Collection[asyncio.Task[None]]] | None = None
    parting: asyncio.Task[None] | None = None
    lingering: Lingering | None = None
    crowded = False  # more is unread than uvicorn's own mark
    ending = False  # nothing may follow what was written last
    rest: bytearray | None = None  # what came, and was not looked at yet

    def handle_connect(self, event: Request) -> None:
        self.ping_interval = self.ping_timeout = self.ping_seconds
        super().handle_connect(event)
        if hasattr(self, "scope"):  # the handshake was not refused
            extensions: Any = self.scope["extensions"]
            extensions[EXTENSION] = self

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(ClosingTransport(transport, self._closes))  # type: ignore[arg-type]
        self.queue, self.writable = Received(), OPEN  # type: ignore[assignment]
        self.cutting: list[asyncio.TimerHandle] = []
        # Straight into the transport as long as the peer reads: in a broadcast every Python call counts.
        self.writer = Writer(self.transport.write)

    def ready_for_frames(self) -> bool:
        """False where compression was agreed on, as frames would have to be compressed for each peer."""
        return not self.conn.extensions

    def write_frame(self, frame: bytes) -> bool:
        """Write one frame; False where the connection is closed, or closes now because its peer reads too slowly.

        A session writes nothing after it began to close; every other way to close begins with the transport. uvloop
        raises RuntimeError for a connection that was cut in this turn of the loop, before connection_lost.
        """
        transport = self.transport
        if self.ending or transport.is_closing():
            return False
        if self.crowded and transport.get_write_buffer_size() > self.most_buffered_bytes:
            self._cut()
            return False
        try:
            transport.write(frame)
        except RuntimeError:
            self._cut()
            return False
        return True

    def write_frames(self, frames: Sequence[bytes]) -> bool:
        """Write several frames in one go."""
        return self.write_frame(b"".join(frames))

    async def drained(self) -> None:
        """Wait until the peer has read most of what was written, or is gone."""
        await self.writable.wait()

    def abort_after(self, seconds: float) -> None:
        """Abort after so many seconds; closing alone would wait for ever for a peer that does not read."""
        if not self.disconnected:
            self.cutting.append(self.loop.call_later(seconds, self._cut))

    def _closes(self) -> None:
        """Abort a connection that was closed, by whomever, after last_words_seconds."""
        if not self.cutting:
            self.abort_after(self.last_words_seconds)

    def pause_writing(self) -> None:
        self.crowded = True
        self._choose()
        self.writable = asyncio.Event()

    def resume_writing(self) -> None:
        self.crowded = False
        self._choose()
        super().resume_writing()
        self.writable = OPEN

    def _choose(self) -> None:
        """Look at the buffer before every write to a peer that is behind; write nothing after the end has begun."""
        if self.ending:
            self.writer.put = refuse
        else:
            self.writer.put = self.write_frame if self.crowded else self.transport.write

    def _end(self) -> None:
        self.ending = True
        self._choose()

    def _cut(self) -> None:
        self._end()
        self.transport.abort()

    # ---------------------------------------------------------------- pings
    # Thousands of idle sockets cost hardly anything but these: so they need no parser, one timer each, and pings that
    # are due at nearly the same time leave, and are answered, in one turn of the loop.

    def start_keepalive(self) -> None:
        """Begin to ping. The handshake is over: nobody asks for its headers any more, which have 3 KB."""
        self.request.headers.clear()
        self.response.headers.clear()
        super().start_keepalive()

    def schedule_ping(self) -> None:
        turn = self.ping_seconds / PING_TURNS
        due = (self.loop.time() + self.ping_seconds) // turn * turn
        self.ping_timer = self.loop.call_at(due, self.send_keepalive_ping)

    def send_keepalive_ping(self) -> None:
        """Send a ping; where the one before was not answered until now, the peer is gone."""
        if self.close_sent or self.transport.is_closing():
            self.ping_timer = None
        elif self.pending_ping_payload is not None:
            self.keepalive_timeout()
        else:
            self.pending_ping_payload = random.randbytes(4)  # noqa: S311 - it only tells pings apart
            self.transport.write(PING + self.pending_ping_payload)
            self.schedule_ping()

    def data_received(self, data: bytes) -> None:
        if self.lingering is not None:
            self.lingering.discard(data)
        elif self.rest is not None or len(data) > self.most_at_once:
            self._put_off(data)
        elif len(data) == PONG_BYTES and data[0] == PONG and self._answered(data):
            self.pending_ping_payload = None
        else:
            super().data_received(data)

    def _answered(self, data: bytes) -> bool:
        """Whether this is the answer to the ping, whole and alone, and need not go through the parser."""
        if data[1] != MASKED_FOUR or self.pending_ping_payload is None:
            return False
        mask, masked = int.from_bytes(data[2:6]), int.from_bytes(data[6:])
        return mask ^ masked == int.from_bytes(self.pending_ping_payload)

    def handle_ping(self) -> None:
        """Answer a ping; a peer that reads no answers is dropped above the buffer's limit."""
        super().handle_ping()
        if self.crowded and self.transport.get_write_buffer_size() > self.most_buffered_bytes:
            self._cut()

    # ---------------------------------------------------------------- floods
    # One read of the server's may hold 40,000 frames, which takes the parser half a second: so a part of it is looked
    # at in each turn of the loop, and nothing more is read meanwhile.

    def _put_off(self, data: bytes) -> None:
        if self.rest is None:
            self.rest = bytearray()
            self.loop.call_soon(self._look_at_next)
        self.rest += data
        if not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

    def _look_at_next(self) -> None:
        rest, self.rest = self.rest, None
        if rest is None or self.lingering is not None or self.transport.is_closing():
            return
        super().data_received(bytes(rest[: self.most_at_once]))
        del rest[: self.most_at_once]
        if rest:
            self.rest = rest
            self.loop.call_soon(self._look_at_next)
        elif self.queue.empty():
            self._read_on()

    async def receive(self) -> ASGIReceiveEvent:
        message = await self.queue.get()
        if self.rest is None and self.queue.empty():
            self._read_on()
        return message

    def _read_on(self) -> None:
        if self.read_paused and not self.transport.is_closing():
            self.read_paused = False
            self.transport.resume_reading()

    def handle_cont(self, event: Frame) -> None:
        """Take one more piece of a message; empty ones count too, as no limit of bytes bounds them."""
        if len(self.frames) < self.most_fragments:
            super().handle_cont(event)
        elif not self.ending:
            self.conn.fail(TOO_BIG, "too many fragments")
            self.handle_parser_exception()

    # ---------------------------------------------------------------- ends

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self._cut()

    def handle_close(self, event: Frame) -> None:
        self._end()
        super().handle_close(event)

    def eof_received(self) -> None:
        self._end()
        super().eof_received()
        self.abort_after(self.last_words_seconds)  # the loop closes the connection by itself

    def handle_parser_exception(self) -> None:
        """Close with what was wrong with a frame, as uvicorn does, and linger so that the peer can read it."""
        self._end()
        transport, said = self.transport, self.conn.close_sent
        if said is None or transport.is_closing():
            transport.close()
            return
        self.queue.put_nowait({"type": "websocket.disconnect", "code": said.code, "reason": said.reason})
        transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.read_paused = False
        self.lingering = Lingering(transport, self.last_words_seconds)
        if self.close_timer is None:  # uvicorn leaves a connection with this timer alone when the application ends
            self.close_timer = self.loop.call_later(self.last_words_seconds, transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()
        self.rest = self.last_asked = None
        if self.lingering is not None:
            self.lingering.cancel()
        super().connection_lost(exc)
        for timer in self.cutting:
            timer.cancel()

    def shutdown(self) -> None:
        """Close once what was asked is answered, or half of the time that a stopping server leaves is over."""
        asked = self.last_asked() if self.last_asked is not None and not self.ending else ()
        if asked:
            self.parting = self.loop.create_task(self._part(asked))
        else:
            self._leave()

    async def _part(self, asked: Collection[asyncio.Task[None]]) -> None:
        graceful = self.config.timeout_graceful_shutdown
        await asyncio.wait(asked, timeout=None if graceful is None else graceful / 2)
        if not self.transport.is_closing():
            self._leave()

    def _leave(self) -> None:
        self._end()
        super().shutdown()
