"""What one subscription was shown between its beginning and its end, and what holds of every frame of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from realtime.callbacks import GroupPlan
from realtime.cursors import FeedPosition
from realtime.members import Member
from tests.realtime.seeded.plans import Scope, Wanted

if TYPE_CHECKING:
    from tests.realtime.seeded.lines import Line

LEFT, DROPPED = "LEFT", "DROPPED"


class Segment:
    """cursor: the last place that was shown, None where nothing told of one yet. ended: why, None while it goes on.

    begun_at, live_at: when it was asked for, and when it had everything that was missed. ahead: its group was further
    back then, whose heartbeats it has no use for until then. hurt_before: see Faults.hurt.
    """

    def __init__(
        self, line: Line, operation: str, scope: Scope, plan: GroupPlan, after: FeedPosition | None, now: float
    ) -> None:
        self.line = line
        self.operation = operation
        self.scope = scope
        self.plan = plan
        self.after = after
        self.epoch = None if after is None else after.epoch
        self.cursor = None if after is None else after.seq
        self.begun_at = now
        self.live_at: float | None = None
        self.beat_at = now
        self.snapshot: dict[str, Any] | None = None
        self.snapshot_at = now
        self.reset = False
        self.hurt_before: tuple[int, int] = (0, 0)
        self.member: Member | None = None
        self.task: asyncio.Task[None] | None = None
        self.ended: str | None = None
        self.place: FeedPosition | None = None
        self.stopped = self.ahead = False
        self.over = asyncio.Event()

    @property
    def wanted(self) -> Wanted:
        wanted: Wanted = self.plan.domain
        return wanted

    @property
    def open(self) -> bool:
        return self.ended is None

    def stop(self, leave: Callable[[Member], None]) -> None:
        """Want no more of it: what a socket session does with an operation that it ends by itself."""
        self.stopped = True
        if self.member is not None:
            leave(self.member)
        if self.task is not None:
            self.task.cancel()

    def end(self, reason: str, place: FeedPosition | None = None) -> None:
        """Whoever ends it: nothing may be shown any more."""
        if self.ended is None:
            self.ended, self.place = reason, place
            if self.line.operations.get(self.operation) is self:
                del self.line.operations[self.operation]
            self.over.set()
