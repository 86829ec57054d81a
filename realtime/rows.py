"""The rows of touched tickets, loaded once for all groups, and only as long as nothing has touched them since."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass
from typing import Any

from realtime.callbacks import HubCallbacks, Row, Rows, settled
from realtime.history import Touches
from realtime.limits import HubLimits
from realtime.strays import StrayError


@dataclass(frozen=True, slots=True)
class Held:
    """A row, None where there is none; touch tells since when."""

    row: Row | None
    touch: int


Loading = asyncio.Task[dict[int, Held]]


class RowCache:
    """Loads rows in one statement for all who ask at the same time; each asker waits for itself."""

    def __init__(
        self, callbacks: HubCallbacks, touches: Touches, limits: HubLimits,
        begin: Callable[[Coroutine[Any, Any, dict[int, Held]]], Loading],
    ) -> None:  # fmt: skip
        self._callbacks = callbacks
        self._touches = touches
        self._limits = limits
        self._begin = begin
        self._held: OrderedDict[int, Held] = OrderedDict()
        self._loading: dict[int, Loading] = {}

    def get(self, ticket: int) -> Held | None:
        """The row of a ticket if it is what a fresh query gives, as far as the log was read."""
        held = self._held.get(ticket)
        return held if held is not None and self.holds(ticket, held) else None

    def holds(self, ticket: int, held: Held) -> bool:
        """Whether nothing has touched a ticket since its row was loaded."""
        return self._touches.holds(ticket, held.touch)

    async def load(self, tickets: Collection[int]) -> dict[int, Held]:
        """These rows as they are now; raises what loading raises."""
        found = {ticket: held for ticket in tickets if (held := self.get(ticket)) is not None}
        while missing := [ticket for ticket in tickets if ticket not in found]:
            flights = self._flights(missing)
            await asyncio.wait(flights)
            loaded = {ticket: held for task in flights for ticket, held in _result(task).items()}
            found |= {t: loaded[t] for t in missing if t in loaded and self.holds(t, loaded[t])}
        return found

    def clear(self) -> None:
        """Hold nothing."""
        self._held.clear()

    def _flights(self, missing: Collection[int]) -> set[Loading]:
        """The loads under way that bring these rows, begun where nobody else did."""
        own = [ticket for ticket in missing if ticket not in self._loading]
        if own:
            task = self._begin(self._load(own))
            self._loading |= dict.fromkeys(own, task)
            task.add_done_callback(lambda task: self._landed(task, own))
        return {self._loading[ticket] for ticket in missing}

    def _landed(self, task: Loading, tickets: Collection[int]) -> None:
        for ticket in tickets:
            if self._loading.get(ticket) is task:
                del self._loading[ticket]
        if not task.cancelled():
            task.exception()  # each asker looks for itself, and may have gone meanwhile

    async def _load(self, tickets: Collection[int]) -> dict[int, Held]:
        touch = self._touches.now
        rows: Rows = await settled(self._callbacks.load(tickets), self._limits.read_seconds)
        loaded = {ticket: Held(rows.get(ticket), touch) for ticket in tickets}
        self._held |= loaded
        while len(self._held) > self._limits.held_rows:
            self._held.popitem(last=False)
        return loaded


def _result(task: Loading) -> dict[int, Held]:
    if task.cancelled():
        raise StrayError("Loading was cancelled.")
    return task.result()
