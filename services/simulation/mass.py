"""Great numbers of tickets: each is imported in the state of one of a pool of simulated tickets."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any

from models.enums import ActorKind, EventKind, Visibility
from realtime.log import NewEvent
from services.access.states import instant
from services.simulation.lives import Life, Supply

ACTOR = "simulation"
NEARBY = 8


def copies(
    rng: Random, pool: Sequence[Life], supply: Supply, moments: Sequence[datetime], now: datetime
) -> Iterator[Life]:
    """One ticket per moment, each like a ticket of the pool that came in about then; their only event is IMPORTED."""
    received = [life.row["received_at"] for life in pool]
    for at in moments:
        index = bisect(received, at) + rng.randrange(-NEARBY, NEARBY)
        yield _copy(pool[min(max(index, 0), len(pool) - 1)], supply, at, now)


def _copy(model: Life, supply: Supply, at: datetime, now: datetime) -> Life:
    key, number = next(supply.tickets), next(supply.numbers)
    updated_at = min(at + (model.row["updated_at"] - model.row["received_at"]), now)
    given = {
        "id": key,
        "number": number,
        "version": 1,
        "answers_waiting": 0,
        "extension_askers": [],
        "received_at": at,
        "updated_at": updated_at,
    }
    row = model.row | given | {"created_at": updated_at}
    state = model.state | {
        "id": key,
        "number": number,
        "version": 1,
        "waiting": 0,
        "askers": [],
        "received_at": instant(at),
        "updated_at": instant(updated_at),
    }
    fresh: dict[str, Any] = {"words": {}, "touched": set(), "events": [], "texts": [], "answers": []}
    life = replace(model, row=row, state=state, supply=supply, **fresh)
    life.events.append(_imported(life, updated_at))
    return life


def _imported(life: Life, at: datetime) -> NewEvent:
    key: int = life.row["id"]
    return NewEvent(
        kind=EventKind.IMPORTED,
        visibility=Visibility.PUBLIC,
        at=at,
        actor_kind=ActorKind.IMPORT,
        actor_id=ACTOR,
        subject_id=key,
        ticket_id=key,
        version=1,
        after=life.state,
        words=life.bound(),
    )
