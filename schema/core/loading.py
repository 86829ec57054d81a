"""Loaders: what many fields ask for is read in one statement, and the end of one field does not end the others."""

from __future__ import annotations

import asyncio
from asyncio import Future
from collections.abc import Awaitable, Callable, Hashable, Sequence
from functools import partial
from typing import Generic, TypeVar

from models.pool_turns import share
from realtime.beginnings import Beginning, beginning
from realtime.strays import StrayError, only_errors
from realtime.yielding import Pace

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
ANSWERED_AT_ONCE = 10  # askers in one turn of the loop, by a measurement (bench.neighbours)
Read = Callable[[list[K]], Awaitable[Sequence[V]]]


class Loader(Generic[K, V]):
    """Values by key, read in batches and once each; read gives those of many keys, in their order.

    Every asker gets a future of its own: graphql-core cancels the siblings of a refused field, and with a shared one
    that would be the end of everybody's answer. A batch that failed is forgotten: who asks later asks anew.
    """

    def __init__(self, read: Read[K, V], pace: Pace | None = None) -> None:
        self._read = read if pace is None else partial(read_in_time, read, pace)
        self._batches: dict[K, Batch[K, V]] = {}
        self._next: Batch[K, V] | None = None

    def load(self, key: K) -> Future[V]:
        """The value of this key, when it was read."""
        batch = self._batches.get(key)
        if batch is None or batch.lost:
            batch = self._batches[key] = self._open()
        return batch.ask(key)

    def _open(self) -> Batch[K, V]:
        if self._next is None or not self._next.open:
            self._next = Batch(self._read)
        return self._next


class Batch(Generic[K, V]):
    """The keys that are asked for in the same turns of the loop, and their values.

    open: it takes more keys. lost: it will not answer; a batch whose askers have all gone is ended.
    """

    def __init__(self, read: Read[K, V]) -> None:
        self.open = True
        self.lost = False
        self._read = read
        self._askers: dict[K, list[Future[V]]] = {}
        self._waiting = 0
        self._values: dict[K, V] | None = None
        self._task: asyncio.Task[Sequence[V] | Exception] | None = None
        self._loop = asyncio.get_running_loop()
        (beginning.get() or Beginning()).then(self._begin_soon)

    def ask(self, key: K) -> Future[V]:
        future: Future[V] = self._loop.create_future()
        if self._values is not None:
            future.set_result(self._values[key])
            return future
        self._askers.setdefault(key, []).append(future)
        self._waiting += 1
        future.add_done_callback(self._leave)
        return future

    def _leave(self, future: Future[V]) -> None:
        self._waiting -= 1
        if self._waiting == 0 and self._task is not None:
            self.lost = True
            self._task.cancel()

    def _begin_soon(self) -> None:
        self._loop.call_soon(self._loop.call_soon, self._begin)  # siblings that are tasks ask one turn later

    def _begin(self) -> None:
        self.open = False
        self.lost = self._waiting == 0
        if not self.lost:
            self._task = self._loop.create_task(read_or_error(self._read, list(self._askers)))
            self._task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[Sequence[V] | Exception]) -> None:
        self._task = None
        askers, self._askers = self._askers, {}
        read = StrayError("The reading of a batch was cancelled.") if task.cancelled() else task.result()
        if isinstance(read, Exception):
            self.lost = True
            refuse(askers, read)
        else:
            self._values = dict(zip(askers, read, strict=True))
            answer([(future, self._values[key]) for key, futures in askers.items() for future in futures], self._loop)


async def read_in_time(read: Read[K, V], pace: Pace, keys: list[K]) -> Sequence[V]:
    """What is read when there is time for it."""
    await pace.pause(share.get())
    return await read(keys)


async def read_or_error(read: Read[K, V], keys: list[K]) -> Sequence[V] | Exception:
    """What was read, or why not; that it is returned keeps the futures out of the traceback, which they will hold."""
    try:
        with only_errors():
            values = await read(keys)
    except Exception as problem:
        return problem
    return values if len(values) == len(keys) else ValueError(f"{len(keys)} keys gave {len(values)} values.")


def answer(answers: list[tuple[Future[V], V]], loop: asyncio.AbstractEventLoop) -> None:
    """Answer some now and the others in later turns of the loop: what all of them do next would hold it at once."""
    for future, value in answers[:ANSWERED_AT_ONCE]:
        if not future.done():
            future.set_result(value)
    if len(answers) > ANSWERED_AT_ONCE:
        loop.call_soon(answer, answers[ANSWERED_AT_ONCE:], loop)


def refuse(askers: dict[K, list[Future[V]]], problem: Exception) -> None:
    for futures in askers.values():
        for future in futures:
            if not future.done():
                future.set_exception(problem)
