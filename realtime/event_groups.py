"""Groups that are shown single events: each follows the history by itself, and is late alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence, Set
from contextlib import suppress
from datetime import datetime
from functools import partial
from math import inf

from realtime.callbacks import BadEventError, ExpiredError, GroupPlan, TooLateError, UnpaidError
from realtime.groups import Group, GroupParts, rows_of
from realtime.inbox import Inbox, Unshown
from realtime.log import LoggedEvent
from realtime.members import Member
from realtime.payloads import CachedPayload
from realtime.rendering import Loaded
from realtime.runs import Run, frames_holding, frames_of, last_shown, still_holding, up_to

NOTHING: Set[int] = frozenset()


class EventGroup(Group):
    """Decides and renders what came in, in slices, and writes it to all members in order.

    One that has nothing to show is where the history is, without anybody having to tell it.
    """

    __slots__ = ("_admitted", "_inbox", "_paid", "_written_from")

    def __init__(self, plan: GroupPlan, parts: GroupParts) -> None:
        super().__init__(plan, parts)
        self._inbox: Inbox | None = None
        self._admitted = 0  # how many members were taken so far
        self._paid: Set[int] = NOTHING  # the events to come whose frames are paid for
        self._written_from = inf  # when the first write since the last rest began

    @property
    def busy(self) -> bool:
        return self._inbox is not None

    @property
    def position(self) -> int:
        return self._parts.history.last if self._inbox is None else self._inbox.position

    @property
    def as_of(self) -> datetime:
        """The moment up to which everything was written to the members: what waits here came later."""
        return self._parts.history.as_of if self._inbox is None else self._inbox.as_of

    def admit(self, member: Member) -> None:
        self._admitted += 1
        super().admit(member)

    def wake(self, events: Sequence[LoggedEvent]) -> bool:
        """Take events that may concern this group, before the history takes them.

        True where nobody is showing yet: show is to be called then.
        """
        if self.ended or not (self.members or self.busy):
            return False  # where it still shows something, whoever joins meanwhile counts on what is in the inbox
        begin, history = self._inbox is None, self._parts.history
        if self._inbox is None:
            self._inbox = Inbox(history.last, history.as_of)
        self._inbox.put(Unshown(self._parts.monotonic(), history.as_of, events))
        return begin

    def end(self) -> None:
        super().end()
        self.drop()

    def drop(self) -> None:
        """Show nothing of what came in."""
        self._inbox, self._paid = None, NOTHING

    # ---------------------------------------------------------------- showing

    async def show(self) -> None:
        """Write what came in to all members in order, in parts, until nothing is left.

        Raises UnpaidError before the first event that nobody pays for, ExpiredError where the members of something else
        than a feed have to reload, and whatever an execution raises that would raise it again.
        """
        pause, self._written_from = self._parts.limits.first_pause, inf
        while self._inbox and self.members and not self.ended:
            try:
                self._require_in_time(self._inbox)
                await self._parts.pace.pause(self.principal)
                async with self._parts.turns.taken(self.principal or id(self)):
                    await self._show_slice()
            except (TooLateError, BadEventError):
                await self._reset_members()
            except (ExpiredError, UnpaidError):
                raise
            except Exception as problem:
                if not self._parts.callbacks.passing(problem):
                    raise
                await asyncio.sleep(pause)
                pause = min(pause * 2, self._parts.limits.longest_pause)
            else:
                pause = self._parts.limits.first_pause
                rest, self._written_from = self._rest(), inf
                await asyncio.sleep(rest)
        self.drop()

    def _rest(self) -> float:
        """For how many seconds more may come in before the next write, as many frames cost hardly more than one.

        0 where nothing came in since the first write after the last rest began, and where older events wait: these go
        on at once.
        """
        limits = self._parts.limits
        if self._inbox is None or not len(self._inbox) or self._inbox.since < self._written_from:
            return 0.0
        return min(limits.longest_rest, len(self.members) * limits.rest_per_member)

    def _require_in_time(self, inbox: Inbox) -> None:
        limits, late = self._parts.limits, self._parts.monotonic() - inbox.since
        if late > limits.late_seconds or len(inbox) > limits.most_waiting:
            raise TooLateError

    async def _show_slice(self) -> None:
        until = self._slice_ends()
        loaded = await self._parts.rows.load(rows_of(self._next_events()))
        while self._inbox and self.members and not self.ended:
            await self._show_run(loaded)
            if self._parts.monotonic() > until or self._rest():
                return

    def _slice_ends(self) -> float:
        return self._parts.monotonic() + self._parts.limits.slice_seconds / max(1, self._parts.turns.used)

    def _next_events(self) -> list[LoggedEvent]:
        return self._inbox.next(self._parts.limits.page) if self._inbox else []

    async def _show_run(self, loaded: Loaded) -> None:
        """Show what comes next to those who are members when it is written, by rows that are old to none of them."""
        begun: int | None = None
        while self._inbox and not self.ended:
            run = await self._next_run(loaded, begun)
            if self.ended or not self._inbox:
                return
            if self.members and (frames := frames_of(run)):
                run, count = await self._written(run)
                begun = frames[count - 1][0] if count else None
            for _ in run:
                self._step()
            if run:
                break
        if self._beat_overtaken:
            await self._broadcast_beat(self.lag_ms)

    async def _written(self, run: Run) -> tuple[Run, int]:
        """Write what events show to all members; gives those that all have, and how many frames some have.

        None of them where a row was touched or somebody joined, so that some may not have it: until all have it, this
        group is where it was before.
        """
        touches, admitted = self._parts.history.touches, self._admitted
        self._written_from = min(self._written_from, self._parts.monotonic())
        self.lag_ms = self._parts.history.age_ms(last_shown(run))
        holding = partial(frames_holding, run, touches)
        lost, count = await self._parts.broadcast(tuple(self.members), frames_of(run), holding=holding)
        self._parts.lost(lost)
        return (up_to(still_holding(run, touches), count) if admitted == self._admitted else ()), count

    def _step(self) -> None:
        """The next event is done."""
        if not self._inbox:
            return  # the last member has gone meanwhile
        self._inbox.step()
        self._paid -= {self._inbox.position}

    # ---------------------------------------------------------------- what is shown next

    async def _next_run(self, loaded: Loaded, begun: int | None) -> Run:
        """What the next events show, in one go where rendering waits for nothing, as nobody is to wait for a later one.

        begun: the last of them that some have already: they are written no more before the others have as much. Nothing
        is awaited between the last look at rows and rights and the return. What is raised for any but the first is
        raised when it is the first.
        """
        first, *others = self._next_events()
        run = [(first, await self._fresh(first, loaded))]
        if not others or not self.prompt:
            return run
        with suppress(Exception):
            async with asyncio.timeout(self._parts.limits.slice_seconds):
                await self._prolong(run, others, loaded, begun)
        await self._parts.gate()
        return still_holding(run, self._parts.history.touches) or [(first, await self._fresh(first, loaded))]

    async def _prolong(
        self, run: list[tuple[LoggedEvent, CachedPayload]], others: Sequence[LoggedEvent], loaded: Loaded,
        begun: int | None,
    ) -> None:  # fmt: skip
        """Add what follows, as far as it goes into one write and one slice of time."""
        limits, until, size = self._parts.limits, self._slice_ends(), run[0][1].size
        for event in others:
            enough = size > limits.run_bytes or (begun is not None and event.seq > begun)
            if enough or self._parts.monotonic() > until or self.ended or not self.members:
                return
            run.append((event, await self._rendered_once(event, loaded)))
            size += run[-1][1].size

    async def _fresh(self, event: LoggedEvent, loaded: Loaded) -> CachedPayload:
        """What an event shows; nothing is awaited between the last look at rows and rights and the return."""
        while True:
            ready = await self._rendered_once(event, loaded)
            await self._parts.gate()
            if self._parts.history.touches.holds(ready.ticket, ready.touch):
                return ready

    async def _rendered_once(self, event: LoggedEvent, loaded: Loaded) -> CachedPayload:
        """What an event shows, as it was kept or else rendered, and paid for once."""
        ready = self._ready.get(event.seq) if self._ready is not None else None
        if ready is None:
            ready = await self._parts.renderer.rendered(self, event, loaded, lambda: self._pay_once(event))
            if ready.payload is not None and self.members:
                self.keep(event, ready)
        if ready.payload is not None and self.members and not self._pay_once(event):
            raise UnpaidError
        return ready

    def _pay_once(self, event: LoggedEvent) -> bool:
        """Take the price of one event for all members, however often it has to be rendered."""
        if event.seq in self._paid:
            return True
        if not self._parts.callbacks.pays(self.plan, len(self.members)):
            return False
        self._paid |= {event.seq}
        return True

    # ---------------------------------------------------------------- too late

    async def _reset_members(self) -> None:
        """Tell all members to reload what they show, and go on from where the history is."""
        position = self._parts.history.last
        if not self.plan.feed:
            self._skip_to(position)
            raise ExpiredError
        payload = await self.reset_frame(position)
        if not self.ended:
            # Not before: a heartbeat from there would hide the loss from who has not been told of it.
            self._skip_to(position)
            self._parts.lost((await self._parts.broadcast(tuple(self.members), [(position, payload)]))[0])

    def _skip_to(self, position: int) -> None:
        """Show nothing of what came in up to there."""
        if self._inbox is not None:
            self._inbox.skip_to(position, self._parts.history.as_of)
        self._paid = NOTHING
