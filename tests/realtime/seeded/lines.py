"""Lines of the small desk's clients: they stop reading, they break, and they tell whose operation a frame was for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from random import Random
from typing import TYPE_CHECKING, Any

import orjson

from realtime.members import Writer
from tests.realtime.seeded.desk import Refused
from tests.realtime.seeded.faults import Faults

if TYPE_CHECKING:
    from tests.realtime.seeded.segments import Segment

STALL_SECONDS = 20.0


class Line:
    """As a socket session is for the hub. operations: what the client asked for and was not told the end of.

    shown: is told every frame that is written. A line that is broken says so at the next write, by False or by raising;
    one that is closed has told the hub, and nothing may be written to it any more.
    """

    encode = staticmethod(bytes)
    join = staticmethod(tuple)

    def __init__(
        self, faults: Faults, chance: Random, owner: tuple[int, int],
        shown: Callable[[Line, str, dict[str, Any]], None], closed: Callable[[Line], None],
    ) -> None:  # fmt: skip
        self.number, self.name = owner
        self.scope: Any = None
        self.writer = Writer(self.put)
        self.replaying = asyncio.Lock()
        self.operations: dict[str, Segment] = {}
        self.broken = False
        self.closed = False
        self._reading = asyncio.Event()
        self._reading.set()
        self._unread = 0
        self._most_unread = chance.choice((300, 3_000))
        self._faults = faults
        self._chance = chance
        self._closed = closed
        self._shown = shown

    # ---------------------------------------------------------------- what the hub may do

    def put(self, encoded: bytes) -> bool:
        if not self._reading.is_set():
            self._unread += len(encoded)
            self.broken = self.broken or self._unread > self._most_unread
        if self.broken and not self.closed:
            if self._chance.random() < 0.3:
                raise RuntimeError("unable to perform operation; the handler is closed")
            return False
        message = orjson.loads(encoded)
        self._shown(self, message["id"], message["payload"])
        return True

    def put_all(self, encoded: Sequence[bytes]) -> bool:
        return all(self.put(message) for message in encoded)

    async def drained(self) -> bool:
        await self._faults.at("drained", ("line", self.name))
        try:
            async with asyncio.timeout(STALL_SECONDS):
                await self._reading.wait()
        except TimeoutError:
            self.broken = True
        return not self.broken

    def refuse(self, operation: str, reason: Exception) -> None:
        assert isinstance(reason, Refused)
        segment = self.operations.get(operation)
        if segment is not None:
            segment.end(reason.code, reason.place)

    def rights_ended(self) -> None:
        self.scope = None

    def revoke(self) -> None:
        self.scope = None
        self.close("REVOKED")

    def give_up(self) -> None:
        self.scope = None
        self.close("GIVEN_UP")

    # ---------------------------------------------------------------- what its client does

    def close(self, reason: str) -> None:
        """End it and all that goes over it; the hub is told at once."""
        if not self.closed:
            self.closed = self.broken = True
            self._reading.set()
            self._closed(self)
            for segment in tuple(self.operations.values()):
                segment.end(reason)

    def stop_reading(self) -> None:
        self._reading.clear()

    def read_on(self) -> None:
        self._unread = 0
        self._reading.set()
