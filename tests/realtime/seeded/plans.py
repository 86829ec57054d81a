"""The rules of a small desk: tickets with an agency and a secret, who sees them, and what an event shows to a group."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from realtime.callbacks import GroupPlan
from realtime.log import LoggedEvent

AGENCIES = (1, 2, 3)
TICKETS = (11, 12, 13, 14, 15)
State = Mapping[str, Any]


class Kind(StrEnum):
    FEED = "FEED"  # heartbeats, resets and cursors with a mark
    CHANGES = "CHANGES"  # events only
    BOARD = "BOARD"  # a picture


@dataclass(frozen=True, slots=True)
class Scope:
    """What a credential gives: generation counts the changes of this principal's rights."""

    name: int
    generation: int
    secret: bool
    valid_until: datetime | None = None

    def __hash__(self) -> int:
        return hash((self.name, self.generation))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a subscription follows. strict: it does not understand bad events. reference: 0 where it needs none."""

    kind: Kind
    agency: int | None
    ticket: int | None
    secret: bool
    strict: bool
    reference: int

    def holds(self, state: State | None) -> bool:
        if state is None or not self.sees(state):
            return False
        return (self.agency in (None, state["agency"])) and (self.ticket in (None, state["ticket"]))

    def sees(self, state: State) -> bool:
        return self.secret or not state["secret"]

    @property
    def mark(self) -> bytes:
        return repr((self.agency, self.ticket, self.secret, self.strict, self.reference)).encode()


class UnreadableError(Exception):
    """An event with a state that a plan does not understand."""


def decided(event: LoggedEvent, wanted: Wanted, row: State | None) -> str | None:
    """What an event shows, given the row of now; a board is only asked whether it changes."""
    if wanted.strict and event.details.get("bad"):
        raise UnreadableError(event.seq)
    if wanted.kind is Kind.BOARD:
        return "changed" if wanted.holds(event.before) or wanted.holds(event.after) else None
    if row is None or event.after is None:
        return None
    stays = wanted.holds(event.after)
    if wanted.kind is Kind.FEED and wanted.holds(event.before) and not stays:
        return "left"
    return "shown" if stays and wanted.sees(row) else None


def interests(event: LoggedEvent) -> Collection[Hashable] | None:
    """The agencies and the ticket of an event; None for one that may concern anybody."""
    if event.details.get("anybody"):
        return None
    states = [state for state in (event.before, event.after) if state is not None]
    return [event.ticket_id or 0, *(state["agency"] for state in states)]


def keys_of(wanted: Wanted) -> frozenset[Hashable] | None:
    """Without one of these, no event concerns who wants this."""
    key = wanted.ticket or wanted.agency
    return None if key is None else frozenset({key})


def plan_of(wanted: Wanted, scope: Scope, *, keyed: bool, alone: bool) -> GroupPlan:
    """alone: the group is of one principal only."""
    return GroupPlan(
        key=(wanted, keyed, scope.name if alone else 0),
        feed=wanted.kind is Kind.FEED,
        mark=wanted.mark if wanted.kind is Kind.FEED else None,
        snapshot=wanted.kind is Kind.BOARD,
        keys=keys_of(wanted) if keyed else None,
        domain=wanted,
    )
