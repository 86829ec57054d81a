"""What one event shows to a group, by the row of its ticket as it is now."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Protocol

from models.enums import SubjectKind
from realtime.callbacks import BadEventError, Decision, GroupPlan, HubCallbacks, Row, UnpaidError, settled
from realtime.cursors import FeedPosition
from realtime.history import History
from realtime.limits import HubLimits
from realtime.log import LoggedEvent
from realtime.payloads import CachedPayload
from realtime.rows import Held, RowCache
from realtime.yielding import Pace, Timed

Loaded = Mapping[int, Held]
NO_ROW = 0  # of what is about no ticket


class Rendered(Protocol):
    """The group that is rendered for. prompt: whether its last execution waited for nothing."""

    plan: GroupPlan
    principal: str | None
    prompt: bool


@dataclass(frozen=True, slots=True)
class Renderer:
    """Decides and renders for all groups of one hub. note_execution: called before each execution of GraphQL."""

    callbacks: HubCallbacks
    history: History
    rows: RowCache
    limits: HubLimits
    monotonic: Callable[[], float]
    pace: Pace
    note_execution: Callable[[], None]

    async def rendered(
        self, group: Rendered, event: LoggedEvent, loaded: Loaded, pay: Callable[[], bool]
    ) -> CachedPayload:
        """What one event shows by the rows of now; pay is asked before anything is executed.

        Raises UnpaidError, BadEventError for an event that this group does not understand, and what rendering raises.
        """
        if not _is_shown(event):
            return CachedPayload(NO_ROW, self.history.touches.now, None)
        ticket = event.row or NO_ROW
        while True:
            held = await self._row(ticket, loaded)
            decision = self._decision(group.plan, event, held.row)
            if decision is None:
                return CachedPayload(ticket, held.touch, None)
            if not pay():
                raise UnpaidError
            payload = await self._payload(group, event, decision, held.row)
            if self.rows.holds(ticket, held):
                return CachedPayload(ticket, held.touch, payload)

    async def decision_of(self, plan: GroupPlan, event: LoggedEvent, loaded: Loaded) -> Decision | None:
        """What one event shows by the row of now, without rendering it; None for nothing."""
        if not _is_shown(event):
            return None
        return self._decision(plan, event, (await self._row(event.row or NO_ROW, loaded)).row)

    async def _row(self, ticket: int, loaded: Loaded) -> Held:
        if ticket == NO_ROW:
            return Held(None, self.history.touches.now)
        held = loaded.get(ticket)
        if held is None or not self.rows.holds(ticket, held):
            held = self.rows.get(ticket) or (await self.rows.load([ticket]))[ticket]
        return held

    def _decision(self, plan: GroupPlan, event: LoggedEvent, row: Row | None) -> Decision | None:
        try:
            return self.callbacks.decide(event, plan, row)
        except Exception as problem:
            raise BadEventError(event.seq) from problem

    async def _payload(self, group: Rendered, event: LoggedEvent, decision: Decision, row: Row) -> bytes | None:
        self.note_execution()
        position, began = FeedPosition(self.history.epoch, event.seq), self.monotonic()
        rendering = self.callbacks.render(group.plan, event, decision, row, position)
        timed = Timed(rendering, self.monotonic) if isinstance(rendering, Coroutine) else None
        if isinstance(rendering, bytes):
            group.prompt = True
            self.pace.charge(group.principal, self.monotonic() - began)
            return rendering
        try:
            return await settled(timed or rendering, self.limits.render_seconds)
        finally:
            if timed is not None:
                group.prompt = not timed.waited
                self.pace.charge(group.principal, timed.seconds)


def _is_shown(event: LoggedEvent) -> bool:
    """Whether an event can show anything: those of tickets do, and those of notifications without one, too."""
    return event.row is not None or event.subject_kind is SubjectKind.NOTIFICATION
