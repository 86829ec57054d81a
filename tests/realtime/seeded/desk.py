"""What the hub is handed: the rules of the small desk over its ledger, with faults at everything that is awaited."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Hashable, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from models.enums import EventKind
from realtime.callbacks import GroupPlan, HubCallbacks, Outdated, Snapshot
from realtime.cursors import FeedPosition
from realtime.log import Head, LoggedEvent
from realtime.members import Validity
from tests.realtime.seeded.faults import Faults
from tests.realtime.seeded.ledger import BEGIN, Ledger, read
from tests.realtime.seeded.plans import Scope, State, decided, interests

STAGE_SECONDS = 7.0


class Refused(Exception):
    """What the desk refuses with, and from where its client goes on."""

    def __init__(self, code: str, place: FeedPosition | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.place = place


class Desk:
    """clock: the wall clock of the worker, which jumps. budget: how many frames of a group somebody still pays for."""

    def __init__(self, ledger: Ledger, faults: Faults, violate: Callable[..., None]) -> None:
        self.jumped = timedelta()
        self.jumped_at = 0.0
        self.budget: dict[Hashable, int] = {}
        self.paid: Counter[Hashable] = Counter()
        self._rendered: dict[Hashable, set[tuple[datetime, int]]] = defaultdict(set)
        self._snapshots: dict[Hashable, Snapshot] = {}
        self._links = (True, True)
        self._ledger = ledger
        self._faults = faults
        self._loop = ledger.loop
        self._violate = violate

    def clock(self) -> datetime:
        return BEGIN + timedelta(seconds=self._loop.time()) + self.jumped

    def jump(self, seconds: float) -> None:
        self.jumped += timedelta(seconds=seconds)
        self.jumped_at = self._loop.time()

    def callbacks(self) -> HubCallbacks:
        return HubCallbacks(
            load=self._load,
            decide=lambda event, plan, row: decided(event, plan.domain, row),
            render=self._render,
            heartbeat=self._heartbeat,
            reset=self._reset,
            expired=lambda plan, place: Refused("CURSOR_EXPIRED", place),
            failed=Refused,
            rights_changed=self._rights_changed,
            judge=self._judge,
            named=lambda event: None if event.details.get("anybody") else [event.subject_id],
            names=lambda scope: (scope.name,),
            interests=interests,
            outdated=self._outdated,
            passing=self._faults.passing,
            snapshot=self._snapshot,
            pulse=self._pulse,
            pays=self._pays,
            spent=lambda plan, place: Refused("BUDGET_EXCEEDED", place),
        )

    # ---------------------------------------------------------------- the log

    async def head(self) -> Head:
        await self._faults.at("log.head", database=True)
        return self._ledger.head()

    async def after(self, seq: int, limit: int) -> tuple[list[LoggedEvent], Head]:
        await self._faults.at("log.after", database=True)
        found = read(self._ledger.events, seq, limit), self._ledger.head()
        await self._faults.lag()
        return found

    async def others(self, seq: int, upto: int, limit: int) -> tuple[list[LoggedEvent], Head]:
        await self._faults.at("log.others", database=True)
        others = [event for event in self._ledger.events[seq:upto] if event.ticket_id is None]
        head = self._ledger.head()
        await self._faults.lag()
        return others[:limit], head

    # ---------------------------------------------------------------- rows and rights

    async def _load(self, tickets: Collection[int]) -> dict[int, State]:
        await self._faults.at("load", database=True)
        rows = self._ledger.rows(tickets)
        await self._faults.lag()
        return rows

    async def _rights_changed(self, event: LoggedEvent) -> bool | None:
        await self._faults.at("rights_changed")
        return False if event.kind is EventKind.CREDENTIAL_ISSUED else None

    async def _judge(self, scopes: Collection[Scope]) -> dict[Scope, Validity]:
        await self._faults.at("judge", database=True)
        verdicts = {scope: self._verdict(scope) for scope in scopes}
        await self._faults.lag()
        return verdicts

    def _verdict(self, scope: Scope) -> Validity:
        principal = self._ledger.principals[scope.name]
        if not principal.judgeable:
            raise LookupError("a role that this release does not know")
        if principal.revoked:
            return Validity.REVOKED
        over = scope.valid_until is not None and scope.valid_until <= self.clock()
        return Validity.CHANGED if over or scope.generation != principal.generation else Validity.SAME

    def _outdated(self, plans: Sequence[GroupPlan]) -> Outdated | Awaitable[Outdated]:
        """Now, where nobody has to be asked, or later."""
        if self._faults.calm.is_set():
            return self._outdated_now(plans)
        return self._outdated_later(plans)

    async def _outdated_later(self, plans: Sequence[GroupPlan]) -> Outdated:
        await self._faults.at("outdated", database=True)
        outdated = self._outdated_now(plans)
        await self._faults.lag()
        return outdated

    def _outdated_now(self, plans: Sequence[GroupPlan]) -> Outdated:
        return [plan.key for plan in plans if plan.domain.reference not in (0, self._ledger.reference)]

    # ---------------------------------------------------------------- frames

    async def _render(
        self, plan: GroupPlan, event: LoggedEvent, decision: str, row: State, place: FeedPosition
    ) -> bytes:
        rendered = self._rendered[plan.key]
        rendered.add((event.recorded_at, event.seq))
        if len(rendered) > self.paid[plan.key]:
            self._violate("rendered before it was paid for", plan.key, event.seq)
        await self._faults.at("render", plan.key)
        ticket = event.ticket_id
        return frame("event", seq=place.seq, epoch=place.epoch, ticket=ticket, what=decision, row=row)

    def _heartbeat(
        self, plan: GroupPlan, place: FeedPosition, as_of: datetime, lag_ms: int
    ) -> bytes | Awaitable[bytes]:
        return self._framed("heartbeat", plan, place)

    def _reset(self, plan: GroupPlan, place: FeedPosition) -> bytes | Awaitable[bytes]:
        return self._framed("reset", plan, place)

    def _framed(self, kind: str, plan: GroupPlan, place: FeedPosition) -> bytes | Awaitable[bytes]:
        """Bytes at once, or later: the hub takes both."""
        if self._faults.calm.is_set():
            return frame(kind, seq=place.seq, epoch=place.epoch)
        return self._framed_later(kind, plan, place)

    async def _framed_later(self, kind: str, plan: GroupPlan, place: FeedPosition) -> bytes:
        await self._faults.at(kind, plan.key)
        return frame(kind, seq=place.seq, epoch=place.epoch)

    async def _snapshot(self, plan: GroupPlan, asked: float, readable: bool) -> Snapshot:
        """All tickets of a board, as they are after that moment; the last ones where the log can not be read."""
        if readable:
            await self._faults.at("picture", plan.key, database=True)
            self._snapshots[plan.key] = self._drawn(plan)
            await self._faults.lag()
        if plan.key not in self._snapshots:
            raise OSError("there is no picture yet")
        return self._snapshots[plan.key]

    def _drawn(self, plan: GroupPlan) -> Snapshot:
        now = self._loop.time()
        until = now - now % STAGE_SECONDS + STAGE_SECONDS
        body = frame(
            "picture", seq=self._ledger.last, epoch=self._ledger.epoch, shows=self.whole(plan), until=until, at=now
        )
        return Snapshot(body, self.clock() + timedelta(seconds=until - now))

    def whole(self, plan: GroupPlan) -> list[list[int]]:
        """What a board shows: each of its tickets, and the last event that changed it."""
        rows = self._ledger.rows(sorted(self._ledger.pasts[self._ledger.epoch]))
        return [[ticket, row["seq"]] for ticket, row in rows.items() if plan.domain.holds(row)]

    def _pulse(self, bell: bool, readable: bool) -> bool:
        changed, self._links = self._links != (bell, readable), (bell, readable)
        return changed

    # ---------------------------------------------------------------- money

    def _pays(self, plan: GroupPlan, frames: int) -> bool:
        left = self.budget.get(plan.key)
        if left is not None and left < frames:
            return False
        if left is not None:
            self.budget[plan.key] = left - frames
        self.paid[plan.key] += 1
        return True


def frame(kind: str, **more: Any) -> bytes:
    return orjson.dumps({"kind": kind, **more})
