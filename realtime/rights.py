"""Rights while connected: what a change of rights, or the end of a scope's time, does to connections.

Rights are read ahead of what is shown: before any event is shown, every change of rights up to the end of the log has
taken effect. What vouches for that is a lease, which only a recent complete look prolongs.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Collection, Coroutine, Hashable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from models.enums import REFERENCE_KINDS, EventKind
from realtime.callbacks import HubCallbacks, settled
from realtime.history import History
from realtime.limits import HubLimits
from realtime.log import LoggedEvent
from realtime.members import Connection, Validity
from realtime.registry import Registry

KNOWN = frozenset(EventKind)  # what a later release writes may change anything
LOGGER = logging.getLogger("surga.realtime")


class Rights:
    """Asks whether scopes still hold, once for all connections that have the same one.

    seen counts the changes of rights: who reads a scope compares it before and after. upto: how far the log was read
    for changes of rights.
    """

    def __init__(
        self, registry: Registry, history: History, callbacks: HubCallbacks, clock: Callable[[], datetime],
        limits: HubLimits, monotonic: Callable[[], float], look: Callable[[], Awaitable[None]],
        begin: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
    ) -> None:  # fmt: skip
        self.seen = 0
        self.upto = 0
        self._confirmed_at = -math.inf
        self._earliest: datetime | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._registry = registry
        self._history = history
        self._callbacks = callbacks
        self._clock = clock
        self._limits = limits
        self._monotonic = monotonic
        self._look = look
        self._begin = begin

    # ---------------------------------------------------------------- the lease

    def confirm(self, moment: float, upto: int) -> None:
        """Everything that was committed before this moment, up to this seq, has taken effect."""
        self._confirmed_at, self.upto = moment, upto

    @property
    def confirmed(self) -> bool:
        """Whether a look vouches for the scopes of open connections."""
        return self._monotonic() - self._confirmed_at <= self._limits.lease

    async def gate(self) -> None:
        """Wait until something may be shown: no scope's time is over, and a recent look vouches for all of them."""
        while True:
            self.end_over()
            if self.confirmed:
                return
            try:
                await self._look()
            except Exception:  # the next one may succeed; meanwhile nothing is shown
                await asyncio.sleep(self._limits.first_pause)

    # ---------------------------------------------------------------- changes

    async def change(self, events: Sequence[LoggedEvent]) -> None:
        """Let a run of events that are no tickets' take effect, once for all whom they name."""
        changes = [event for event in events if await self._is_change(event)]
        if changes:
            await self._changed(self._connections_named(changes))
            if any(event.kind in REFERENCE_KINDS or event.kind not in KNOWN for event in changes):
                await self._registry.end_outdated(self._limits.read_seconds)

    async def _is_change(self, event: LoggedEvent) -> bool:
        answer: bool | None = await settled(self._callbacks.rights_changed(event), self._limits.read_seconds)
        return answer is not False

    async def judge_all(self) -> None:
        """Judge all scopes anew, and take nothing that was rendered for right any more."""
        await self._changed(tuple(self._registry.connections))

    async def begin_day(self) -> None:
        """A day has begun: what depends on it is another list now, though nobody wrote anything."""
        self.seen += 1
        self._history.touches.touch_all()
        await self._registry.end_outdated(self._limits.read_seconds)

    def _connections_named(self, changes: Iterable[LoggedEvent]) -> list[Connection]:
        named: set[Hashable] = set()
        for event in changes:
            names = self._callbacks.named(event)
            if names is None:
                return list(self._registry.connections)
            named.update(names)
        scoped = [connection for connection in self._registry.connections if connection.scope is not None]
        return [connection for connection in scoped if not named.isdisjoint(self._callbacks.names(connection.scope))]

    async def _changed(self, connections: Collection[Connection]) -> None:
        self.seen += 1
        self._history.touches.touch_all()
        self._registry.touch_all()
        await self.judge(connections)

    # ---------------------------------------------------------------- ends

    @property
    def earliest(self) -> datetime | None:
        """When the first scope ends, if any does by itself."""
        return self._earliest

    @property
    def overdue(self) -> bool:
        """Whether the time of some scope is over, and the scope not ended yet."""
        return self._earliest is not None and self._earliest <= self._clock()

    async def end_scopes(self) -> None:
        """End what was opened with scopes whose time is over, and wait until their connections were judged."""
        self.end_over()
        if self._closing:
            await asyncio.wait(self._closing)

    def end_over(self) -> None:
        """End what was opened with scopes whose time is over; costs nothing while no scope's is.

        Whether their connections are closed too depends on an answer that nobody has to wait for.
        """
        if not self.overdue:
            return
        now = self._clock()
        over = [
            (connection, connection.scope) for connection in self._registry.connections if _is_over(connection, now)
        ]
        for connection, _ in over:
            self._end(connection, Validity.CHANGED, self._registry.leave_all(connection))
        self._earliest = min(
            (until for connection in self._registry.connections if (until := _until(connection))), default=None
        )
        if over:
            task = self._begin(self._close_revoked(over))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    def expect(self, connection: Connection) -> None:
        """Take note of when the scope of this connection ends."""
        until = _until(connection)
        if until is not None and (self._earliest is None or until < self._earliest):
            self._earliest = until

    async def _close_revoked(self, over: Sequence[tuple[Connection, Any]]) -> None:
        """Close the connections whose credential is no longer good, unless they have got another scope meanwhile."""
        try:
            verdicts = await self._verdicts({scope for _, scope in over})
        except Exception as problem:  # who asks for a scope again learns the same
            LOGGER.warning("Scopes whose time is over could not be judged: %r", problem)
            return
        for connection, scope in over:
            if connection.scope is None:
                self._end(connection, verdicts.get(scope, Validity.CHANGED), ())

    # ---------------------------------------------------------------- judgement

    async def judge(self, connections: Iterable[Connection]) -> None:
        """End what is no longer right on these connections; raises where none can be judged now."""
        scoped = [(connection, connection.scope) for connection in connections if connection.scope is not None]
        if not scoped:
            return
        verdicts = await self._verdicts({scope for _, scope in scoped})
        for connection, scope in scoped:
            verdict = verdicts.get(scope, Validity.UNKNOWN)
            if connection.scope is scope and verdict is not Validity.SAME:
                self._end(connection, verdict, self._registry.leave_all(connection))

    async def judge_new(self, connection: Connection) -> None:
        """Judge a scope that was read while rights changed; it is ended where that fails."""
        try:
            await self.judge([connection])
        except BaseException:
            self._end(connection, Validity.CHANGED, self._registry.leave_all(connection))
            raise

    async def _verdicts(self, scopes: Collection[Any]) -> Mapping[Any, Validity]:
        """Each scope's verdict; one that makes the whole question fail is asked for alone, and is UNKNOWN."""
        try:
            verdicts: Mapping[Any, Validity] = await settled(self._callbacks.judge(scopes), self._limits.read_seconds)
            return verdicts
        except Exception as problem:
            if self._callbacks.passing(problem):
                raise
            LOGGER.warning("Scopes could not be judged together: %r", problem)
            return {scope: await self._verdict(scope) for scope in scopes}

    async def _verdict(self, scope: Any) -> Validity:
        try:
            verdicts: Mapping[Any, Validity] = await settled(self._callbacks.judge([scope]), self._limits.read_seconds)
        except Exception as problem:
            if self._callbacks.passing(problem):
                raise
            LOGGER.error("A scope could not be judged, and its lines are closed: %s", type(problem).__name__)
            return Validity.UNKNOWN
        return verdicts.get(scope, Validity.UNKNOWN)

    def _end(self, connection: Connection, verdict: Validity, operations: Sequence[str]) -> None:
        reason = {Validity.REVOKED: "REVOKED", Validity.UNKNOWN: "UNAVAILABLE"}.get(verdict, "FORBIDDEN")
        for operation in operations:
            connection.refuse(operation, self._callbacks.failed(reason))
        if verdict is Validity.REVOKED:
            connection.revoke()
        elif verdict is Validity.UNKNOWN:
            connection.give_up()
        else:
            connection.rights_ended()


def _until(connection: Connection) -> datetime | None:
    """When the scope of a connection ends, if it ever does by itself."""
    until: datetime | None = None if connection.scope is None else connection.scope.valid_until
    return until


def _is_over(connection: Connection, now: datetime) -> bool:
    until = _until(connection)
    return until is not None and until <= now
