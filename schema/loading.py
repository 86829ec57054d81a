"""Reading what many fields ask for in one statement, so that what becomes of one asker is nothing to the others."""

from __future__ import annotations

import asyncio
from asyncio import Future
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextvars import ContextVar
from functools import partial
from typing import Any, Generic, TypeVar

from graphql.pyutils import gather_with_cancel

from models.pool_turns import share
from realtime.strays import StrayError, only_errors
from realtime.yielding import Pace
from schema.closing import Closing, let_go

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
ANSWERED_AT_ONCE = BEGUN_AT_ONCE = 10  # askers in one turn of the loop, by a measurement (bench.neighbours)
Read = Callable[[list[K]], Awaitable[Sequence[V]]]


class Beginning:
    """Askers of one operation, begun a few in each turn of the loop: what they ask for is one batch all the same."""

    def __init__(self) -> None:
        self._under_way = 0
        self._after: list[Callable[[], None]] = []

    def __enter__(self) -> None:
        self._under_way += 1

    def __exit__(self, *_: object) -> None:
        self._under_way -= 1
        if not self._under_way:
            after, self._after = self._after, []
            for call in after:
                call()

    def then(self, call: Callable[[], None]) -> None:
        """Call this when all are begun: now, or later."""
        if self._under_way:
            self._after.append(call)
        else:
            call()


beginning: ContextVar[Beginning | None] = ContextVar("beginning", default=None)


async def together(awaitables: Sequence[Awaitable[Any]], pace: Pace) -> list[Any]:
    """What each of them gives; where one fails, the others are cancelled, as graphql-core does.

    They are begun a few in each turn of the loop, as all of them at once would hold it.
    """
    closing = [Closing(awaitable) for awaitable in awaitables]
    if len(closing) <= BEGUN_AT_ONCE:
        return await gather_with_cancel(*closing)
    begun = beginning.get() or Beginning()
    beginning.set(begun)
    futures: list[Future[Any]] = []
    try:
        with begun:
            for awaitable in closing:
                if futures and not len(futures) % BEGUN_AT_ONCE:
                    await asyncio.sleep(0)
                    if pace.is_due(share.get()):
                        await pace.pause(share.get())
                futures.append(asyncio.ensure_future(awaitable))
    except BaseException:
        let_go(futures)
        raise
    return await gather_with_cancel(*futures)


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
