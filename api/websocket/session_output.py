"""What is written to one connection, what is under way on it, and its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from starlette.types import Scope, Send

from api.websocket import messages
from api.websocket.session_parts import Operation, SocketParts
from api.websocket.writers import output_of
from realtime.strays import only_errors


class SessionOutput:
    """Writes to one client until the connection closes, and ends its operations with it."""

    def __init__(self, parts: SocketParts, asgi: Scope, send: Send) -> None:
        limits = parts.limits
        output = output_of(asgi, send, limits.stall_seconds, limits.buffered_bytes, self._abandon)
        self.encode: Callable[[bytes], Any] = output.encode
        self.join: Callable[[Sequence[Any]], Sequence[Any]] = output.join
        self.writer = output.writer
        self.put_all: Callable[[Sequence[Any]], bool] = output.put_all
        self.drained = output.drained
        self._output = output
        self._parts = parts
        self._asgi_send = send
        self._operations: dict[str, Operation] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._orphans = 0
        self._leaving = False
        self._closing = False
        self._abandoned = False
        self._running: asyncio.Task[Any] | None = None

    def _last_asked(self) -> list[asyncio.Task[None]]:
        """Begin nothing new; gives what was asked before and is not answered yet."""
        self._leaving = True
        return [each.task for each in self._operations.values() if each.task is not None and not each.live]

    def _write(self, message: bytes) -> None:
        if not self._closing:
            self._output.put(self.encode(message))

    def _close(self, code: int, reason: str) -> None:
        """Begin to close; what was written before goes first."""
        if not self._closing:
            self._closing = True
            self._end()
            self._task(self._say_goodbye(code, messages.close_reason(reason)))

    async def _say_goodbye(self, code: int, reason: str) -> None:
        limits = self._parts.limits
        self._output.give_up(limits.last_words_seconds)
        try:
            async with asyncio.timeout(limits.close_seconds):
                await self.drained()
                with only_errors():
                    await self._asgi_send({"type": "websocket.close", "code": code, "reason": reason})
        except Exception:  # the peer does not read, or is gone; servers say so differently
            self._output.give_up(0)
            self._abandon()

    def _abandon(self) -> None:
        """Wait no longer for a peer that does not read: servers may never tell that it is gone."""
        self._abandoned = True
        if self._running is not None:
            self._running.cancel()

    def _end(self) -> None:
        """Cancel all operations."""
        for operation in self._operations.values():
            self._cancel(operation)
        self._operations.clear()

    def _cancel(self, operation: Operation | None) -> None:
        if operation is None:
            return
        if operation.member is not None:
            self._parts.hub.leave(operation.member)
        if operation.task is not None and not operation.lasting:
            operation.task.cancel()
        elif operation.task is not None:
            self._orphans += 1
            operation.task.add_done_callback(self._orphan_ended)

    def _orphan_ended(self, task: asyncio.Task[None]) -> None:
        """A mutation that nobody waits for any more counts until it is through."""
        self._orphans -= 1

    def _task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
