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


def held(parts: Components) -> dict[str, Any]:
    """Everything that belongs to a call under way, exactly; nothing that is kept for the next one."""
    for _ in range(3):
        gc.collect()
    hub, sockets = parts.hub, parts.sockets
    executions = sockets._parts.turn.__self__.executions  # type: ignore[attr-defined]
    return {
        "tasks": len(asyncio.all_tasks()),
        "sockets": (len(sockets.sessions), dict(sockets._addresses), dict(sockets._principals)),
        "hub": (hub.state.sockets, hub.state.members, hub.state.groups, hub.state.late_groups),
        "holdings": {name: (each.groups, each.cost) for name, each in hub.registry._holdings.items()},
        "shares of the hub": [each.used for each in instances(Shares) if not each.is_idle],
        "executions": (executions.running, executions.waiting, len(executions._shares)),
        "pool": pool_numbers()[2:],
        "objects": dict(Counter(kind.__name__ for kind in OURS for each in instances(kind))),
    }


def instances(kind: type) -> list[Any]:
    """All objects of a kind that the collector knows."""
    return [each for each in gc.get_objects() if type(each) is kind]


def objects(parts: Components) -> int:
    """How many objects there are, without the documents and plans that are kept for the next who ask them."""
    contracts = parts.contracts
    for documents in (parts.documents, *contracts._known.values(), *contracts._of_kinds.values()):
        documents._known.clear()
        documents._characters = 0
    for cache in instances(Cache):
        cache._values.clear()
    gc.collect()
    return len(gc.get_objects())
