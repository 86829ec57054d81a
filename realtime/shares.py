"""Bounded shares: a bounded amount of something, given out in turns between accounts."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Hashable
from dataclasses import dataclass, field

Entry = tuple[float, int, "_Account"]


@dataclass(slots=True, eq=False)
class _Waiter:
    amount: int
    granted: asyncio.Future[None]


@dataclass(slots=True, eq=False)
class _Account:
    """served: the virtual time up to which this account was served. queued: it stands in a queue of accounts."""

    key: tuple[Hashable, bool]
    used: int = 0
    served: float = 0.0
    queued: bool = False
    waiting: list[tuple[float, int, _Waiter]] = field(default_factory=list)


class Shares:
    """Hands out at most total, and at most most_of_account to one account; who waits is served in turns.

    The order is that of self-clocked fair queueing (Golestani 1994): an account that asks for much stands behind one
    that asks for little, however many requests it makes, and nobody waits for ever. reserved is kept for those who
    say that they may use it.
    """

    def __init__(self, total: int, most_of_account: int, reserved: int = 0) -> None:
        self.total = total
        self.used = 0
        self._most = most_of_account
        self._reserved = reserved
        self._time = 0.0
        self._number = 0
        self._accounts: dict[tuple[Hashable, bool], _Account] = {}
        self._queues: dict[bool, list[Entry]] = {True: [], False: []}

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(len(account.waiting) for account in self._accounts.values())

    @property
    def is_idle(self) -> bool:
        """Whether nobody holds anything, and nothing is kept of those who did."""
        return self.used == 0 and not self._accounts

    def taken(self, account: Hashable, amount: int = 1, *, size: float = 1.0, reserved: bool = True) -> Taking:
        """Hold an amount; size is how much work it will be, for the order among those who wait."""
        return Taking(self, (account, reserved), min(amount, self._most), size)

    async def _take(self, key: tuple[Hashable, bool], amount: int, size: float) -> _Account:
        """Wait for an amount; who got it gives it back."""
        account = self._accounts.get(key)
        if account is None:
            account = self._accounts[key] = _Account(key)
        start = max(self._time, account.served)
        account.served = start + 1
        if self._nobody_waits(account) and self._has_room(account, amount):
            self._time = max(self._time, start + size)
            self._count(account, amount)
            return account
        waiter = _Waiter(amount, asyncio.get_running_loop().create_future())
        self._number += 1
        heapq.heappush(account.waiting, (start + size, self._number, waiter))
        self._enqueue(account)
        self._serve()
        if not waiter.granted.done():
            try:
                await waiter.granted
            except BaseException:
                self._withdraw(account, waiter)
                raise
        return account

    def _nobody_waits(self, account: _Account) -> bool:
        return not (account.waiting or self._queues[True] or self._queues[False])

    def _has_room(self, account: _Account, amount: int) -> bool:
        kept = 0 if account.key[1] else self._reserved
        return account.used + amount <= self._most and self.used + amount <= self.total - kept

    def _withdraw(self, account: _Account, waiter: _Waiter) -> None:
        """Somebody no longer waits; what was granted in the same turn of the loop goes to the next."""
        if waiter.granted.done() and not waiter.granted.cancelled():
            self._give_back(account, waiter.amount)
            return
        account.waiting = [each for each in account.waiting if each[2] is not waiter]
        heapq.heapify(account.waiting)
        self._forget(account)
        self._serve()

    def _give_back(self, account: _Account, amount: int) -> None:
        """Hand on what was taken."""
        self._count(account, -amount)
        self._enqueue(account)
        self._serve()
        self._forget(account)

    def _count(self, account: _Account, amount: int) -> None:
        self.used += amount
        account.used += amount

    def _forget(self, account: _Account) -> None:
        if not account.used and not account.waiting:
            self._accounts.pop(account.key, None)

    def _enqueue(self, account: _Account) -> None:
        """Put an account among those that are served, unless it has all that it may have."""
        if account.queued or not account.waiting:
            return
        tag, number, waiter = account.waiting[0]
        if account.used + waiter.amount <= self._most:
            account.queued = True
            heapq.heappush(self._queues[account.key[1]], (tag, number, account))

    def _serve(self) -> None:
        while (entry := self._next()) is not None:
            tag, _, account = entry
            account.queued = False
            if account.waiting:
                self._time = max(self._time, tag)
                self._grant(account, heapq.heappop(account.waiting)[2])
                self._enqueue(account)

    def _next(self) -> Entry | None:
        """Take the next account out of its queue: of those whose first request there is room for, the first."""
        free = self.total - self.used
        found = [
            (queue[0][:2], queue)
            for reserved, queue in self._queues.items()
            if queue and _amount(queue[0]) <= (free if reserved else free - self._reserved)
        ]
        return heapq.heappop(min(found, key=lambda each: each[0])[1]) if found else None

    def _grant(self, account: _Account, waiter: _Waiter) -> None:
        if not waiter.granted.done():
            self._count(account, waiter.amount)
            waiter.granted.set_result(None)


class Taking:
    """Holds an amount from the beginning of a block to its end."""

    __slots__ = ("_amount", "_holder", "_key", "_shares", "_size")
    _holder: _Account

    def __init__(self, shares: Shares, key: tuple[Hashable, bool], amount: int, size: float) -> None:
        self._shares = shares
        self._key = key
        self._amount = amount
        self._size = size

    async def __aenter__(self) -> None:
        self._holder = await self._shares._take(self._key, self._amount, self._size)

    async def __aexit__(self, *_: object) -> None:
        self._shares._give_back(self._holder, self._amount)


def _amount(entry: Entry) -> int:
    """How much the first request of an account asks for; nothing where it has none any more."""
    waiting = entry[2].waiting
    return waiting[0][2].amount if waiting else 0
