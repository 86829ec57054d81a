"""Taking turns: how many operations a worker carries out at a time, and whose is next."""

from __future__ import annotations

import asyncio
import time
from asyncio import Future
from collections import OrderedDict, deque
from contextlib import suppress
from dataclasses import dataclass

from models.enums import PrincipalKind
from realtime.yielding import Pace
from services.access.scopes import Scope
from services.core.refusals import EdgeRefusal

RESERVED = frozenset({PrincipalKind.STAFF, PrincipalKind.PARTNER, PrincipalKind.DISPLAY})
RETRY_AFTER_SECONDS = 2


@dataclass(frozen=True, slots=True)
class ExecutionLimits:
    """Operations of one worker, and seconds; docs/security.md has the reasons.

    at_once: under way. kept: how many of these are only for staff, displays and partners. of_one: of one caller.
    waiting: of one caller, behind these. wait_seconds: for a turn. slice_seconds: who holds the loop for longer than
    that gives it back for as long, longest_rest at most.
    """

    at_once: int = 64
    kept: int = 24
    of_one: int = 4
    waiting: int = 256
    wait_seconds: float = 15.0
    slice_seconds: float = 0.005
    longest_rest: float = 0.5


class Share:
    """What one caller has under way and waiting; resting: its last operation held the loop for long."""

    __slots__ = ("key", "reserved", "resting", "running", "waiting")

    def __init__(self, key: str, *, reserved: bool) -> None:
        self.key = key
        self.reserved = reserved
        self.running = 0
        self.waiting: deque[Future[None]] = deque()
        self.resting = False

    @property
    def idle(self) -> bool:
        return not (self.running or self.waiting or self.resting)


class Executions:
    """Turns for operations: first come, first served for one caller, and one each in a round between callers.

    One operation begins in one turn of the loop: what others have to do on it never waits for a whole queue. The hub
    takes no turns here.
    """

    def __init__(self, limits: ExecutionLimits | None = None, pace: Pace | None = None) -> None:
        self.limits = limits or ExecutionLimits()
        self.pace = pace or Pace()
        self.running = 0
        self._running_open = 0
        self._shares: dict[str, Share] = {}
        # Who waits and may have the next turn, the longest unserved first; one round for each of the two classes.
        self._rounds: dict[bool, OrderedDict[str, Share]] = {True: OrderedDict(), False: OrderedDict()}
        self._reserved_next = True
        self._turn_of_loop = 0
        self._begun = False

    @property
    def waiting(self) -> int:
        return sum(len(share.waiting) for share in self._shares.values())

    def turn(self, key: str, *, reserved: bool = False) -> Turn:
        """Hold a turn for one operation of this caller; gives the seconds for which it had to wait.

        Raises BUSY where the caller has too many waiting already, or its turn does not come in time.
        """
        return Turn(self, key, reserved=reserved)

    async def begin(self, key: str, *, reserved: bool) -> Share:
        """Wait for a turn, which end gives back."""
        share = self._shares.get(key)
        if share is None:
            share = self._shares[key] = Share(key, reserved=reserved)
        await self._wait_for_turn(share)
        if self.pace.is_due(key):
            try:
                await self._pause(key)
            except BaseException:
                self.end(share, 0.0)
                raise
        return share

    def end(self, share: Share, held: float) -> None:
        """held: how long the operation kept the loop to itself, from its begin to its end."""
        self.pace.charge(share.key, held)
        self._leave(share, held)

    @property
    def turn_of_loop(self) -> int:
        """The number of this turn of the loop, as far as operations have begun."""
        return self._turn_of_loop

    async def _pause(self, key: str) -> None:
        """Let what is urgent go first; then begin in a turn of the loop in which no other operation does."""
        await self.pace.pause(key)
        while self._begun:  # noqa: ASYNC110 - until the turn of the loop, which no event tells of
            await asyncio.sleep(0)
        self._begin_turn()

    # ---------------------------------------------------------------- coming

    async def _wait_for_turn(self, share: Share) -> None:
        if not self._begun and not share.waiting and self._may_begin(share):
            self._begin(share)
            return
        if len(share.waiting) >= self.limits.waiting:
            raise busy()
        waiter: Future[None] = asyncio.get_running_loop().create_future()
        share.waiting.append(waiter)
        self._line_up(share)
        await self._called(share, waiter)

    async def _called(self, share: Share, waiter: Future[None]) -> None:
        """Wait to be called; a waiter that is cancelled just then gives the turn back."""
        try:
            async with asyncio.timeout(self.limits.wait_seconds):
                await waiter
        except BaseException as problem:
            if waiter.done() and not waiter.cancelled():
                self._leave(share, 0.0)
            else:
                with suppress(ValueError):  # it was passed over before
                    share.waiting.remove(waiter)
                self._forget(share)
            if isinstance(problem, TimeoutError):
                raise busy() from None
            raise

    def _may_begin(self, share: Share) -> bool:
        return not share.resting and share.running < self.limits.of_one and self._has_room(reserved=share.reserved)

    def _has_room(self, *, reserved: bool) -> bool:
        limits = self.limits
        return self.running < limits.at_once and (reserved or self._running_open < limits.at_once - limits.kept)

    def _begin(self, share: Share) -> None:
        share.running += 1
        self.running += 1
        self._running_open += not share.reserved
        self._begin_turn()

    def _begin_turn(self) -> None:
        """One operation begins now, and no other in this turn of the loop."""
        self._begun = True
        asyncio.get_running_loop().call_soon(self._next_turn_of_loop)

    # ---------------------------------------------------------------- going

    def _leave(self, share: Share, held: float) -> None:
        """held: how long the operation kept the loop to itself, from its begin to its end."""
        share.running -= 1
        self.running -= 1
        self._running_open -= not share.reserved
        if held > self.limits.slice_seconds:
            self._rest(share, min(held, self.limits.longest_rest))
        self._line_up(share)
        self._call_next()
        self._forget(share)

    def _rest(self, share: Share, seconds: float) -> None:
        share.resting = True
        self._rounds[share.reserved].pop(share.key, None)
        asyncio.get_running_loop().call_later(seconds, self._rested, share)

    def _rested(self, share: Share) -> None:
        share.resting = False
        self._line_up(share)
        self._call_next()
        self._forget(share)

    def _forget(self, share: Share) -> None:
        if not share.waiting:
            self._rounds[share.reserved].pop(share.key, None)
        if share.idle:
            self._shares.pop(share.key, None)

    # ---------------------------------------------------------------- turns

    def _line_up(self, share: Share) -> None:
        """Let a caller take part in its round, unless it has nothing waiting or enough under way."""
        if share.waiting and not share.resting and share.running < self.limits.of_one:
            self._rounds[share.reserved].setdefault(share.key, share)

    def _next_turn_of_loop(self) -> None:
        self._turn_of_loop += 1
        self._begun = False
        self._call_next()

    def _call_next(self) -> None:
        """Call one operation, if none has begun in this turn of the loop; the two classes take turns as well."""
        while not self._begun and (share := self._next_share()) is not None:
            self._call(share)

    def _next_share(self) -> Share | None:
        for reserved in (self._reserved_next, not self._reserved_next):
            if self._rounds[reserved] and self._has_room(reserved=reserved):
                self._reserved_next = not reserved
                return self._rounds[reserved].popitem(last=False)[1]
        return None

    def _call(self, share: Share) -> None:
        """Call the first who still waits; some may have gone away in this very turn of the loop."""
        while share.waiting:
            waiter = share.waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                self._begin(share)
                break
        self._line_up(share)


class Turn:
    """The turn of one operation, held while the block runs."""

    __slots__ = ("_begun", "_executions", "_key", "_reserved", "_share", "_turn_of_loop")

    def __init__(self, executions: Executions, key: str, *, reserved: bool) -> None:
        self._executions = executions
        self._key = key
        self._reserved = reserved

    async def __aenter__(self) -> float:
        asked = time.monotonic()
        self._share = await self._executions.begin(self._key, reserved=self._reserved)
        self._begun, self._turn_of_loop = time.monotonic(), self._executions.turn_of_loop
        return self._begun - asked

    async def __aexit__(self, *problem: object) -> None:
        alone = self._turn_of_loop == self._executions.turn_of_loop
        self._executions.end(self._share, time.monotonic() - self._begun if alone else 0.0)


def busy() -> EdgeRefusal:
    """The refusal of somebody who asks for more than their share."""
    return EdgeRefusal("BUSY", "executions_waiting", extensions={"retryAfterSeconds": RETRY_AFTER_SECONDS})


def is_reserved(scope: Scope) -> bool:
    """Whether a part of the worker is kept for this caller."""
    return scope.kind in RESERVED
