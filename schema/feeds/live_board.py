"""Boards for the hub: the group of each one, and the snapshot that its screens get."""

from __future__ import annotations

import asyncio
import math
import time
from typing import Any

from realtime.callbacks import GroupPlan, Snapshot, SubscribeRequest
from realtime.log import LoggedEvent
from schema.board.board import BoardFilter, on_values_as_written, timeless, unreachable, wallboard_of, wanted_board
from schema.core.context import Context
from schema.feeds.arguments import Arguments
from schema.feeds.failures import DATABASE_AWAY
from schema.feeds.followed import BoardSubscription, price_of, priced, request_of
from schema.feeds.frames import Frames
from schema.feeds.sharing import PreparedDocument, shareable, subscription_key
from services.board import board
from services.core.desk import Desk
from services.feeds.interests import board_keys

BOARD_SECONDS = 4.0  # two readings that fail one after the other are within the 10 s that boards may be silent


class LiveBoards:
    """Plans the groups of boards and draws what they show. board_seconds: the most that one reading takes."""

    def __init__(self, desk: Desk, arguments: Arguments, frames: Frames) -> None:
        self.board_seconds = BOARD_SECONDS
        self._desk = desk
        self._arguments = arguments
        self._frames = frames
        self._failed_at = -math.inf

    async def plan(self, prepared: PreparedDocument, root: Any, context: Context) -> SubscribeRequest:
        """Equal boards are one group, whoever looks at them: a board has no position from which to go on."""
        board.require_office(context.scope)
        asked = subscription_key(prepared, root)
        given = self._arguments.of(prepared, root, asked, BoardFilter)
        subscription = BoardSubscription(
            context.sight, wanted_board(given["filter"]), prepared, context.scope.principal
        )
        with on_values_as_written(given["filter"]):
            await board.check(self._desk, subscription.sight, subscription.wanted)
        viewer = None if shareable(prepared) else context.scope.principal
        key = (asked, subscription.sight, subscription.wanted, viewer)
        keys = board_keys(self._desk, subscription.sight, subscription.wanted)
        discreet = board.tells_by_its_moment(subscription.sight)
        plan = GroupPlan(
            key=key, snapshot=True, discreet=discreet, keys=keys, cost=price_of(subscription), domain=subscription
        )
        return request_of(plan, context.scope)

    def concerns(self, event: LoggedEvent, subscription: BoardSubscription) -> bool | None:
        """Whether an event changes a board; None for no."""
        return board.concerns(self._desk, subscription.sight, subscription.wanted, event.before, event.after) or None

    async def snapshot(self, plan: GroupPlan, asked: float, readable: bool) -> Snapshot:
        """A board; while the database is away the last accepted one, which tells its age and what is broken."""
        subscription: BoardSubscription = plan.domain
        kept = subscription.board = subscription.board or board.kept(
            self._desk, subscription.sight, subscription.wanted, subscription.asker
        )
        is_new = readable and not self._failed_just_now() and await self._is_read(kept, asked)
        shown = kept.latest if is_new else kept.accepted
        if shown is None:
            raise unreachable()
        frame = wallboard_of(self._desk, shown)
        content = await self._frames.executed(subscription, timeless(frame)) if plan.discreet else None
        payload = priced(subscription, await self._frames.executed(subscription, frame))
        return Snapshot(payload, shown.until, content, lambda: kept.accept(shown))

    async def _is_read(self, kept: board.Board, asked: float) -> bool:
        """Read a board anew, in less time than boards may be silent; where that fails the last one stays."""
        try:
            async with asyncio.timeout(self.board_seconds):
                await kept.read(self._desk, asked)
        except DATABASE_AWAY:
            self._failed_at = time.monotonic()
            self._desk.links.note(self._desk.now(), bell=self._desk.bell.live, database=False)
            return False
        return True

    def _failed_just_now(self) -> bool:
        """Whether a board could not be read a moment ago: then all others show their last one without trying."""
        return time.monotonic() - self._failed_at < self.board_seconds

    def pulse(self, bell: bool, database: bool) -> bool:
        """Note whether the bell is heard and the log was read; whether boards tell something else by that."""
        return self._desk.links.note(self._desk.now(), bell=bell, database=database)
