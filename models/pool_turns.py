"""Fair queueing for connections: accounts take turns, and a part of the pool is kept for those who must not wait."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter, OrderedDict
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

# On whose account this work is done: a principal as Scope names it; None is the process itself.
share: ContextVar[str | None] = ContextVar("share", default=None)
# Whoever sets this is served before all others who wait, and has one connection that nobody else can take.
first_in_line: ContextVar[bool] = ContextVar("first_in_line", default=False)
STRANGERS = ("address:", "ticket:")  # callers without a token, and citizens: anybody can be many of them


@dataclass(frozen=True, slots=True)
class PoolShares:
    """How many connections of a pool each may have, and how many of one account may wait for one.

    first: kept for who goes first. known: kept for all who are no strangers. account: the most of one account.
    """

    size: int
    first: int
    known: int
    account: int
    waiting: int = 2_000

    @classmethod
    def of(cls, size: int) -> PoolShares:
        """The shares of a pool of this size; a pool too small to be divided, as a command's, keeps nothing back."""
        if size < 4:
            return cls(size, first=0, known=0, account=size)
        return cls(size, first=1, known=size // 4, account=size // 2)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for a connection."""

    account: str | None
    first: bool = False

    @classmethod
    def of_now(cls) -> Asker:
        return cls(share.get(), first_in_line.get())

    @property
    def is_stranger(self) -> bool:
        return self.account is not None and self.account.startswith(STRANGERS)


Waiter = asyncio.Future[Any]
Waiters = OrderedDict[Waiter, Asker]


@dataclass(slots=True)
class Line:
    """Those of one account who wait, first come first served; turn tells which account is next."""

    turn: int
    waiters: Waiters


class Turns:
    """The free slots of a pool, and who waits for one; it replaces asyncpg's queue of holders.

    refused counts those who were turned away because too many of their account wait.
    """

    def __init__(self, holders: list[Any], shares: PoolShares) -> None:
        self.shares = shares
        self.refused = 0
        self._free = list(holders)
        self._held: dict[Any, Asker] = {}
        self._held_by: Counter[str] = Counter()
        self._others = 0  # connections of those who do not go first
        self._strangers = 0
        self._first: Waiters = OrderedDict()
        self._lines: dict[bool, OrderedDict[str | None, Line]] = {False: OrderedDict(), True: OrderedDict()}
        self._next_turn = itertools.count()

    @property
    def waiting(self) -> int:
        """How many wait for a connection."""
        lines = (line for kind in self._lines.values() for line in kind.values())
        return len(self._first) + sum(len(line.waiters) for line in lines)

    async def get(self) -> Any:
        """A slot for who asks now, at once or in turn. Raises TimeoutError where too many of the account wait."""
        asker = Asker.of_now()
        if self._may_have_one(asker):
            return self._take(asker)
        waiter: Waiter = asyncio.get_running_loop().create_future()
        waiters = self._join(asker)
        waiters[waiter] = asker
        try:
            return await waiter
        except BaseException:
            if waiter.done() and not waiter.cancelled():
                self.put_nowait(waiter.result())  # it came in the very turn of the loop in which nobody wants it more
            else:
                self._leave(asker, waiters, waiter)
            raise

    def take_open(self, generation: int) -> Any | None:
        """A slot with an open connection of this generation for who asks now; None where that takes waiting."""
        asker = Asker.of_now()
        if not self._may_have_one(asker):
            return None
        index = self._best_free()
        holder = self._free[index]
        if not holder.is_connected() or holder._generation != generation:
            return None
        return self._taken(index, asker)

    def put_nowait(self, holder: Any) -> None:
        """Take a slot back, and give free ones to who waits."""
        asker = self._held.pop(holder, None)
        if asker is not None:
            self._count(asker, -1)
        self._free.append(holder)
        self._serve()

    def get_disconnected_nowait(self) -> Any:
        """A free slot without a connection, for asyncpg to open one; raises QueueEmpty."""
        for holder in reversed(self._free):
            if not holder.is_connected():
                self._free.remove(holder)
                return holder
        raise asyncio.QueueEmpty

    # ---------------------------------------------------------------- who may

    def _may_have_one(self, asker: Asker) -> bool:
        shares = self.shares
        if not self._free:
            return False
        if asker.first:
            return True
        if self._others >= shares.size - shares.first:
            return False
        if asker.is_stranger and self._strangers >= shares.size - shares.first - shares.known:
            return False
        return asker.account is None or self._held_by[asker.account] < shares.account

    def _take(self, asker: Asker) -> Any:
        return self._taken(self._best_free(), asker)

    def _taken(self, index: int, asker: Asker) -> Any:
        holder = self._free.pop(index)
        self._held[holder] = asker
        self._count(asker, 1)
        return holder

    def _best_free(self) -> int:
        """The index of the slot used last among those whose connection is open, else among all."""
        open_ones = (index for index in reversed(range(len(self._free))) if self._free[index].is_connected())
        return next(open_ones, -1)

    def _count(self, asker: Asker, step: int) -> None:
        if asker.first:
            return
        self._others += step
        self._strangers += step * asker.is_stranger
        if asker.account is not None:
            self._held_by[asker.account] += step
            if not self._held_by[asker.account]:
                del self._held_by[asker.account]

    # ---------------------------------------------------------------- who waits

    def _join(self, asker: Asker) -> Waiters:
        if asker.first:
            return self._first
        lines = self._lines[asker.is_stranger]
        line = lines.get(asker.account)
        if line is None:
            line = lines[asker.account] = Line(next(self._next_turn), OrderedDict())
        elif asker.account is not None and len(line.waiters) >= self.shares.waiting:
            self.refused += 1
            raise TimeoutError("Too many of this account wait for a connection.")
        return line.waiters

    def _leave(self, asker: Asker, waiters: Waiters, waiter: Waiter) -> None:
        waiters.pop(waiter, None)
        lines = self._lines[asker.is_stranger]
        line = lines.get(asker.account)
        if line is not None and line.waiters is waiters and not waiters:
            del lines[asker.account]

    def _serve(self) -> None:
        """Give free slots to those who may have one, in turn."""
        while self._free:
            waiters = self._first or self._next_line()
            if waiters is None:
                return
            waiter, asker = waiters.popitem(last=False)
            if not waiter.done():  # a future that is cancelled is taken out by who waited for it, a moment later
                waiter.set_result(self._take(asker))
            self._move_behind(asker)

    def _next_line(self) -> Waiters | None:
        """Of the accounts that may have one more, the one whose turn is next: there are few that may not."""
        found = [line for line in map(self._first_served, (False, True)) if line is not None]
        return min(found, key=lambda line: line.turn).waiters if found else None

    def _first_served(self, strangers: bool) -> Line | None:
        for account, line in self._lines[strangers].items():
            if self._may_have_one(Asker(account)):
                return line
            if account is None or self._held_by[account] < self.shares.account:
                return None  # not because of its own share, so that nobody of this kind may
        return None

    def _move_behind(self, asker: Asker) -> None:
        lines = self._lines[asker.is_stranger]
        line = None if asker.first else lines.pop(asker.account, None)
        if line is not None and line.waiters:
            line.turn = next(self._next_turn)
            lines[asker.account] = line
