"""What merging leaves on the ticket that stays, and what is told of it below, in histories that are made up already."""

from __future__ import annotations

from bisect import bisect
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from typing import Any

from models.enums import OPEN_STATUSES, EventKind, TicketStatus, Visibility
from realtime.log import NewEvent
from services.access.scopes import Scope, actor
from services.simulation.lives import Life
from services.tickets.records.changes import changed_names


def stays_open(life: Life, at: datetime) -> bool:
    """Whether something can be merged into a ticket at this moment: it is open, and is never put away afterwards.

    One that was archived later would have given back what was merged into it.
    """
    if life.merged:
        return False
    index = _before(life, at)
    then, later = _state(life.events[index - 1]), life.events[index:]
    return then["status"] in OPEN_STATUSES and all(_state(event)["status"] != TicketStatus.ARCHIVED for event in later)


def gain(life: Life, duplicate: Life, at: datetime, scope: Scope, details: dict[str, Any]) -> None:
    """Put the entry into the middle of a ticket's history that says what was merged into it; nothing else changes."""
    index = _before(life, at)
    then = life.events[index - 1]
    changed = {"duplicate": duplicate.row["id"], **details}
    life.events.insert(
        index, _calm(life, then, EventKind.DUPLICATE_MERGED, ("duplicates", "timeline"), changed, at, scope)
    )


def tell(life: Life, earlier: list[Life]) -> None:
    """Add to a merged report how the ticket that stays moved on since."""
    if not life.merged:
        return
    [stays] = [each for each in earlier if each.row["id"] == life.row["merged_into_id"]]
    for event in stays.events[_before(stays, life.events[-1].at) :]:
        before, after = event.before or {}, _state(event)
        if before.get("status") == after["status"]:
            continue
        step = {"continuation": stays.row["id"], "from": before.get("status"), "to": after["status"]}
        told = _calm(life, life.events[-1], EventKind.CONTINUATION_CHANGED, ("continuedIn",), step, event.at)
        life.events.append(replace(told, **{name: getattr(event, name) for name in WHO}))


WHO = ("actor_kind", "actor_id", "actor_officer_id", "actor_agency_id")


def _calm(
    life: Life,
    then: NewEvent,
    kind: EventKind,
    names: tuple[str, ...],
    details: dict[str, Any],
    at: datetime,
    scope: Scope | None = None,
) -> NewEvent:
    """An event after another one that leaves the ticket as it is."""
    state = _state(then)
    return NewEvent(
        kind=kind,
        at=at,
        visibility=Visibility.PUBLIC,
        **(actor(scope) if scope else {"actor_kind": then.actor_kind}),
        ticket_id=life.row["id"],
        subject_id=life.row["id"],
        version=then.version,
        before=state,
        after=state,
        changed=changed_names(state, state, names),
        details=details,
    )


def _before(life: Life, at: datetime) -> int:
    """How many events of a ticket lie at this moment or before it."""
    return bisect(life.events, at, key=attrgetter("at"))


def _state(event: NewEvent) -> dict[str, Any]:
    """The ticket right after an event; all events of made-up histories are of tickets."""
    return dict(event.after or {})
