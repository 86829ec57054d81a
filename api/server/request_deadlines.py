"""uvicorn's HTTP protocol with deadlines: slow heads, stalled bodies and unread answers are cut off.

uvicorn itself waits for ever. This uses private names of uvicorn, as api.websocket.frames does, and is tested on a real
socket.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.server.lingering import Lingering, PoliteTransport

# Our choice: docs/security.md promises that nothing is waited for longer than 15 s, and the application itself answers
# a body that is late by 408 after 12 s (HttpLimits.body_seconds), before these cut the connection off.
HEAD_SECONDS = 10.0
BODY_SECONDS = 14.0
UNREAD_SECONDS = 14.0
LAST_WORDS_SECONDS = 1.0
PARTING_SECONDS = 0.5  # for a request that is on its way when the server begins to stop
# Many clients read nothing before they have sent all. Throwing 50 MB away costs 10 to 20 ms, less than the connections
# that a sender who wants to annoy would make instead.
MOST_UNWANTED_BYTES = 64 << 20
MOST_HEAD_BYTES = 32 * 1024  # our choice: four times what nginx takes of one field
MOST_PIPELINED = 32  # requests that wait behind the one being answered: one read may hold ten thousand
REFUSAL = b"HTTP/1.1 %b\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
TIMED_OUT = b"408 Request Timeout"
TOO_LARGE = b"431 Request Header Fields Too Large"
STOPPING = b"503 Service Unavailable"
LAST_ANSWER = (b"connection", b"close")


class HeadTooLarge(Exception):
    """The header fields of a request have more than MOST_HEAD_BYTES."""


class TooManyWaiting(Exception):
    """More than MOST_PIPELINED requests wait behind the one being answered."""


class PatientProtocol(HttpToolsProtocol):
    """Each part of a request has a deadline of its own, counted from its first byte and not from its last."""

    head_seconds = HEAD_SECONDS
    body_seconds = BODY_SECONDS
    unread_seconds = UNREAD_SECONDS
    last_words_seconds = LAST_WORDS_SECONDS
    parting_seconds = PARTING_SECONDS

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._cutting: asyncio.TimerHandle | None = None  # of a connection that was closed, whose peer may not read
        self._lingering: Lingering | None = None
        self._in_head = True
        self._in_request = False
        self._stopping = False
        self._head_bytes = 0

    # ---------------------------------------------------------------- life of the connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._polite = PoliteTransport(transport, self._part)
        super().connection_made(self._polite)  # type: ignore[arg-type]
        self._expect(self.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._no_deadline()
        self.resume_writing()
        if self._lingering is not None:
            self._lingering.cancel()
        super().connection_lost(exc)
        if self._cutting is not None:
            self._cutting.cancel()

    def handle_websocket_upgrade(self) -> None:
        if self._stopping:  # nobody would tell this socket to close
            self._refuse(STOPPING)
            return
        self._no_deadline()
        self.transport = self._polite.raw
        super().handle_websocket_upgrade()

    # ---------------------------------------------------------------- parts of a request

    def data_received(self, data: bytes) -> None:
        if self._lingering is not None:
            self._lingering.discard(data)
            return
        if self._in_head:
            self._head_bytes += len(data)
            if self._deadline is None:  # the first bytes after a rest between two requests
                self._expect(self.head_seconds)
        super().data_received(data)
        if self._in_head and self._head_bytes > MOST_HEAD_BYTES:
            self._refuse(TOO_LARGE)

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= MOST_PIPELINED:
            raise TooManyWaiting  # the parser makes a 400 of it, and looks at no more
        super().on_message_begin()
        self._in_request = True
        self._field_bytes = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        self._field_bytes += len(name) + len(value)
        if self._field_bytes > MOST_HEAD_BYTES:
            raise HeadTooLarge  # the parser makes a 400 of it
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._expect(self.body_seconds)
        super().on_headers_complete()
        if self._stopping and self._is_asked():
            self._answer_last()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._no_deadline()
        self._in_head, self._in_request, self._head_bytes = True, False, 0

    # ---------------------------------------------------------------- answers that nobody reads

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(self.unread_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
        super().resume_writing()

    # ---------------------------------------------------------------- ends

    def shutdown(self) -> None:
        """Answer what was asked, and what comes within parting_seconds: closing at once would reset that request."""
        self._stopping = True
        if self._is_asked():
            self._answer_last()
        else:
            self.loop.call_later(self.parting_seconds, self._leave)

    def _leave(self) -> None:
        if not self._is_asked():
            self.transport.close()

    def _is_asked(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _answer_last(self) -> None:
        """Answer with `Connection: close`, so that the client sends nothing more on this connection."""
        self.cycle.keep_alive = False
        self.cycle.default_headers = [*self.cycle.default_headers, LAST_ANSWER]

    def _expect(self, seconds: float) -> None:
        self._no_deadline()
        self._deadline = self.loop.call_later(seconds, self._give_up)

    def _no_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        """Answer 408 where a request was begun and is not being answered; a silent connection is just closed."""
        answering = self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete
        self._refuse(TIMED_OUT if self._in_request and not answering else b"")

    def send_400_response(self, msg: str) -> None:
        self._in_request = True  # whatever it was, it may go on
        super().send_400_response(msg)

    def _part(self) -> None:
        """Close; where more of a request may come, linger so that its sender reads the answer.

        Who sends on has the time that the request would have had.
        """
        polite = self._polite
        if polite.raw.is_closing():
            return
        if self._in_request and self._lingering is None:
            left = self._deadline.when() - self.loop.time() if self._deadline is not None else 0.0
            self._no_deadline()
            polite.part()
            self._lingering = Lingering(polite.raw, self.last_words_seconds, left, MOST_UNWANTED_BYTES)
        else:
            polite.raw.close()
            self._cutting = self.loop.call_later(self.unread_seconds, polite.raw.abort)

    def _refuse(self, status: bytes) -> None:
        self._no_deadline()
        if self.transport.is_closing():
            return
        if status:
            self.transport.write(REFUSAL % status)
        self.transport.close()
        self.loop.call_later(self.last_words_seconds, self.transport.abort)
