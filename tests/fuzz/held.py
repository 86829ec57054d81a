"""What a server holds for those who call it: counted from within, to be compared before and after."""

from __future__ import annotations

import asyncio
import gc
import types
from collections import Counter
from typing import Any

from api.composition import Components
from api.gauges import pool_numbers
from api.websocket.session import Session
from api.websocket.session_parts import Operation
from realtime.event_groups import EventGroup
from realtime.inbox import Inbox
from realtime.members import Member
from realtime.shares import Shares
from realtime.snapshots import SnapshotGroup
from schema.core.cache import Cache
from schema.core.context import Context, GroupContext, Loaders
from schema.core.loading import Loader
from schema.execution.plans import PlanExecutionContext

OURS = (
    *(asyncio.Task, types.CoroutineType, types.AsyncGeneratorType),  # lines to Redis that wait for use hold futures
    *(
        Session,
        Operation,
        EventGroup,
        SnapshotGroup,
        Inbox,
        Member,
        Context,
        GroupContext,
        Loaders,
        Loader,
        PlanExecutionContext,
    ),
)


# What stands between a coroutine and what it waits for, and tells nobody for whom it stands.
BETWEEN = ("async_generator_asend", "async_generator_athrow", "coroutine_wrapper")
Task = asyncio.Task[Any]


class Lasting:
    """The tasks that belong to nobody's call: those that run before anybody calls, and all that guards begin again."""

    def __init__(self, parts: Components) -> None:
        self._parts = parts
        self._begun = asyncio.all_tasks()

    def others(self) -> set[Task]:
        """The tasks of those who call, and whatever runs for a while beside them."""
        names = self._parts.guards.names
        return {task for task in asyncio.all_tasks() - self._begun if task.get_name() not in names}

    async def only(self) -> None:
        """Wait until all others have ended. A task tells when it is over; what comes and goes is no reason to look."""
        while others := self.others():
            await asyncio.wait(others)

    def waiting(self) -> Counter[str]:
        """How many objects of each kind stand in what lasting tasks wait for: as deep as they are just now."""
        found: dict[int, Any] = {}
        follow = [task.get_coro() for task in asyncio.all_tasks() - self.others()]
        while follow:
            each = follow.pop()
            if id(each) not in found:
                found[id(each)] = each
                follow += [next_ for next_ in gc.get_referents(each) if waits(next_)]
        return Counter(type(each).__name__ for each in found.values())


def waits(each: Any) -> bool:
    return type(each) in (types.CoroutineType, types.AsyncGeneratorType) or type(each).__name__ in BETWEEN


async def at_rest(parts: Components, lasting: Lasting) -> dict[str, Any]:
    """What is held once all others have ended: of objects the least of three looks, each in another turn of the loop.

    A task that guards begin again has just ended in one turn or another, and is an object until its end was told.
    """
    looks = []
    for _ in range(3):
        await lasting.only()
        looks.append(held(parts, lasting))
        await asyncio.sleep(0)
    least = {name: min(look["objects"][name] for look in looks) for name in looks[0]["objects"]}
    return {**looks[-1], "objects": least}


def held(parts: Components, lasting: Lasting) -> dict[str, Any]:
    """Everything that belongs to a call under way, exactly; nothing that is kept for the next one."""
    gc.collect()
    hub, sockets = parts.hub, parts.sockets
    executions = sockets._parts.turn.__self__.executions  # type: ignore[attr-defined]
    tasks, waiting, kinds = lasting.others(), lasting.waiting(), Counter(map(type, gc.get_objects()))
    return {
        "tasks": sorted(task.get_coro().__qualname__ for task in tasks),  # type: ignore[union-attr]
        "sockets": (len(sockets.sessions), dict(sockets._addresses), dict(sockets._principals)),
        "hub": (hub.state.sockets, hub.state.members, hub.state.groups, hub.state.late_groups),
        "holdings": {name: (each.groups, each.cost) for name, each in hub.registry._holdings.items()},
        "shares of the hub": [each.used for each in instances(Shares) if not each.is_idle],
        "executions": (executions.running, executions.waiting, len(executions._shares)),
        "pool": pool_numbers()[2:],
        "objects": {kind.__name__: kinds[kind] - waiting[kind.__name__] for kind in OURS},
    }


def instances(kind: type) -> list[Any]:
    """All objects of a kind that the collector knows."""
    return [each for each in gc.get_objects() if type(each) is kind]


def objects(parts: Components) -> Counter[type]:
    """How many objects of each kind there are, without what is kept of documents for the next who ask them."""
    contracts = parts.contracts
    for documents in (parts.documents, *contracts._known.values(), *contracts._of_kinds.values()):
        documents._known.clear()
        documents._characters = 0
    for cache in instances(Cache):
        cache._values.clear()
    gc.collect()
    return Counter(map(type, gc.get_objects()))
