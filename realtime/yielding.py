"""Giving the loop back while much is to be done: after a slice of time, and while something urgent is under way."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from asyncio import Future, TimerHandle
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Generator, Hashable
from dataclasses import dataclass
from functools import partial
from typing import Any

MOST_ACCOUNTS = 1_000


class Yielder:
    """Lets the loop do other work whenever a slice of time is used up."""

    def __init__(self, seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._monotonic = monotonic
        self._until = monotonic() + seconds

    async def __call__(self) -> None:
        if self._monotonic() > self._until:
            await asyncio.sleep(0)
            self._until = self._monotonic() + self._seconds


class Timed:
    """A coroutine to wait for.

    seconds: for how long its own steps held the loop, and no other's. waited: whether it had to wait for anything.
    """

    __slots__ = ("_monotonic", "_steps", "seconds", "waited")

    def __init__(self, steps: Coroutine[Any, Any, Any], monotonic: Callable[[], float] = time.monotonic) -> None:
        self.seconds = 0.0
        self.waited = False
        self._steps = steps
        self._monotonic = monotonic

    def __await__(self) -> Generator[Any, Any, Any]:
        steps = self._steps.__await__()
        step = partial(steps.send, None)
        try:
            while True:
                began = self._monotonic()
                try:
                    asked = step()
                except StopIteration as end:
                    return end.value
                finally:
                    self.seconds += self._monotonic() - began
                self.waited = True
                try:
                    step = partial(steps.send, (yield asked))
                except GeneratorExit:
                    raise
                except BaseException as problem:  # a task throws in what it waited for has ended with
                    step = partial(steps.throw, problem)
        finally:
            steps.close()


@dataclass(frozen=True, slots=True)
class PaceLimits:
    """Times are seconds; docs/security.md has the reasons.

    slice_seconds: of work that can be put off, in one turn of the loop. urgent_seconds: for which those who used much
    rest at most while something urgent is under way, and then do not rest for as long. account_seconds: what an
    account may use at once, and account_per_second what it may use later on, until it is one of those. most_seconds:
    the most that is held against it. at_once: how many go on in one turn of the loop. most_pauses: after so many, one
    goes on whatever others do.
    """

    slice_seconds: float = 0.001
    urgent_seconds: float = 0.05
    account_seconds: float = 0.01
    account_per_second: float = 0.1
    most_seconds: float = 0.5
    at_once: int = 10
    most_pauses: int = 10


class Pace:
    """When work that can be put off goes on: executions, replays, and groups of those who used much.

    All of it together has one slice of each turn of the loop. Whoever finds the slice used up waits in line. While
    something urgent is under way, which is the way of an event to those who watch, accounts that used much rest; each
    rest is bounded, so that a busy log holds nobody up for ever.
    """

    def __init__(self, limits: PaceLimits | None = None, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits or PaceLimits()
        self._monotonic = monotonic
        self._loop: asyncio.AbstractEventLoop | None = None
        self._until: float | None = None
        self._asked = False
        self._line: list[tuple[int, Future[None]]] = []
        self._numbers = itertools.count()
        self._resting: list[Future[None]] = []
        self._serving = False
        self._urgent: TimerHandle | None = None
        self._not_before = 0.0
        self._used: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    # ---------------------------------------------------------------- slices

    @property
    def waiting(self) -> int:
        """How many wait to go on."""
        return len(self._line) + len(self._resting)

    def is_due(self, account: Hashable) -> bool:
        """Whether this account should pause now."""
        if self._until is None:
            return self._is_spent() or self._should_rest(account)
        self._asked = True
        return self._monotonic() > self._until or (self._urgent is not None and self.is_over(account))

    async def pause(self, account: Hashable) -> None:
        """Go on when there is time for it: now, or in a later turn of the loop, but never much later."""
        self._use(asyncio.get_running_loop())
        if self._is_spent():
            self.charge(account, self.limits.slice_seconds)
        number = next(self._numbers)  # kept until this one goes on, so that nobody overtakes it
        for _ in range(self.limits.most_pauses):
            if not (self._is_spent() or self._should_rest(account)):
                return
            called: Future[None] = asyncio.get_running_loop().create_future()
            if self._should_rest(account):
                self._resting.append(called)
            else:
                heapq.heappush(self._line, (number, called))
                self._begin_serving()
            await called  # one that is cancelled stays in line, where nobody loses by that

    def _is_spent(self) -> bool:
        """Whether this turn's slice is used up."""
        self._asked = True
        if self._until is None:
            self._use(asyncio.get_running_loop())
            self._begin_turn()
            return False
        return self._monotonic() > self._until

    def _should_rest(self, account: Hashable) -> bool:
        return self._urgent is not None and self.is_over(account)

    def _use(self, loop: asyncio.AbstractEventLoop) -> None:
        """Forget what another loop has left, which calls nobody any more."""
        if loop is not self._loop:
            self._loop, self._until, self._urgent, self._serving = loop, None, None, False
            self._line.clear()
            self._resting.clear()

    def _begin_turn(self) -> None:
        """Count anew, and be the first in the next turn, as long as somebody asks in each."""
        self._until = self._monotonic() + self.limits.slice_seconds if self._asked else None
        if self._asked:
            self._asked = False
            asyncio.get_running_loop().call_soon(self._begin_turn)

    def _begin_serving(self) -> None:
        if not self._serving:
            self._serving = True
            asyncio.get_running_loop().call_soon(self._serve)

    def _serve(self) -> None:
        """Call the next ones of the line, and those behind them in later turns of the loop."""
        for _ in range(min(self.limits.at_once, len(self._line))):
            _call(heapq.heappop(self._line)[1])
        self._serving = False
        if self._line:
            self._begin_serving()

    # ---------------------------------------------------------------- what is urgent

    @property
    def is_urgent(self) -> bool:
        """Whether something is under way for which others rest."""
        return self._urgent is not None

    def hurry(self) -> None:
        """Something urgent begins, or goes on."""
        self._use(asyncio.get_running_loop())
        if self._urgent is None and self._monotonic() >= self._not_before:
            self._urgent = asyncio.get_running_loop().call_later(self.limits.urgent_seconds, self._give_up)

    def calm(self) -> None:
        """Nothing urgent is under way any more."""
        if self._urgent is not None:
            self._urgent.cancel()
            self._urgent = None
        resting, self._resting = self._resting, []
        for each in resting:
            _call(each)

    def _give_up(self) -> None:
        """It takes long: others go on beside it for as long as they have rested."""
        self._not_before = self._monotonic() + self.limits.urgent_seconds
        self.calm()

    # ---------------------------------------------------------------- who used much

    def charge(self, account: Hashable, seconds: float) -> None:
        """An account has used so much of the loop's time; None is the process itself, which never rests."""
        if account is None:
            return
        now = self._monotonic()
        used = min(self._left(account, now) + seconds, self.limits.most_seconds)
        self._used[account] = used, now
        self._used.move_to_end(account)
        if len(self._used) > MOST_ACCOUNTS:
            self._used.popitem(last=False)

    def is_over(self, account: Hashable) -> bool:
        """Whether an account used more than others have to wait for."""
        return account in self._used and self._left(account, self._monotonic()) > self.limits.account_seconds

    def _left(self, account: Hashable, now: float) -> float:
        used, at = self._used.get(account, (0.0, now))
        return max(0.0, used - (now - at) * self.limits.account_per_second)


class Unpaced(Pace):
    """Nobody has to give the loop back: for work outside a server, which need not even have a loop."""

    def is_due(self, account: Hashable) -> bool:
        return False

    async def pause(self, account: Hashable) -> None:
        return None


def _call(waiter: Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
