"""A hub on the real log, with a domain of a few lines: every event of a ticket shows its place and version."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from models import Ticket
from models.enums import ActorKind, Channel, EventKind, SubjectKind, TicketStatus, Visibility
from realtime.callbacks import GroupPlan, HubCallbacks, SubscribeRequest
from realtime.cursors import FeedPosition
from realtime.hub import Hub
from realtime.log import LoggedEvent, NewEvent, append
from realtime.members import Member, Validity, Writer

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


class Refused(Exception):
    """What a fake domain refuses with."""

    def __init__(self, code: str, place: FeedPosition | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.place = place


@dataclass(frozen=True)
class Caller:
    """A scope of the tests."""

    name: str = "someone"
    valid_until: datetime | None = None


class Screen:
    """A line that keeps what it was written; `reads = False` makes it a peer that stopped reading."""

    encode = staticmethod(bytes)
    join = staticmethod(tuple)

    def __init__(self, scope: Any = None) -> None:
        self.scope: Any = scope or Caller()
        self.writer = Writer(self.put)
        self.replaying = asyncio.Lock()
        self.messages: list[dict[str, Any]] = []
        self.refusals: list[tuple[str, str, FeedPosition | None]] = []
        self.revoked = self.given_up = False
        self.reads = True
        self.gate: asyncio.Event | None = None

    def put(self, encoded: bytes) -> bool:
        if self.reads:
            self.messages.append(orjson.loads(encoded))
        return self.reads

    def put_all(self, encoded: Sequence[bytes]) -> bool:
        return all(self.put(message) for message in encoded)

    async def drained(self) -> bool:
        if self.gate is not None:
            await self.gate.wait()
        return self.reads

    def refuse(self, operation: str, reason: Exception) -> None:
        assert isinstance(reason, Refused)
        self.refusals.append((operation, reason.code, reason.place))

    def rights_ended(self) -> None:
        self.scope = None

    def revoke(self) -> None:
        self.scope = None
        self.revoked = True

    def give_up(self) -> None:
        self.scope = None
        self.given_up = True

    @property
    def data(self) -> list[dict[str, Any]]:
        return [message["payload"]["data"] for message in self.messages]

    @property
    def seqs(self) -> list[int]:
        return [data["seq"] for data in self.data if data["kind"] == "event"]


@dataclass
class Domain:
    """The rules that the hub is handed: visible rows, filters by status, and rights by name."""

    database: BaseDBAsyncClient
    hidden: set[int] = field(default_factory=set)
    verdicts: dict[str, Validity] = field(default_factory=dict)
    rights: list[int] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    questions: int = 0
    unreachable: bool = False
    unreachable_log: bool = False
    failed_reads: int = 0
    unjudgeable: set[str] = field(default_factory=set)
    judging: Callable[[Any], Any] | None = None
    later: float = 0.0
    outdated: set[str] = field(default_factory=set)
    named: Callable[[LoggedEvent], Collection[str] | None] = lambda event: None
    rendered: list[int] = field(default_factory=list)
    loads: int = 0
    most_loaded: int = 0
    lags: list[tuple[Hashable, int]] = field(default_factory=list)
    padding: str | None = None
    rendering: Callable[[LoggedEvent], Any] | None = None
    before_load: Callable[[], Any] | None = None
    interests: Callable[[LoggedEvent], Any] = lambda event: None
    slow: dict[str, asyncio.Event] = field(default_factory=dict)
    broken: dict[str, BaseException] = field(default_factory=dict)
    confusing: set[tuple[Hashable, int]] = field(default_factory=set)
    decided: list[Hashable] = field(default_factory=list)

    @property
    def callbacks(self) -> HubCallbacks:
        return HubCallbacks(
            load=self.load,
            decide=self.decide,
            render=self.render,
            heartbeat=self.heartbeat,
            reset=self.reset,
            expired=lambda plan, place: Refused("CURSOR_EXPIRED", place),
            failed=Refused,
            rights_changed=self.rights_changed,
            judge=self.judge,
            named=lambda event: self.named(event),
            names=lambda scope: (scope.name,),
            interests=lambda event: self.interests(event),
            outdated=lambda plans: self.outdated,
        )

    async def load(self, tickets: Collection[int]) -> dict[int, dict[str, Any]]:
        self.loads += 1
        self.most_loaded = max(self.most_loaded, len(tickets))
        if self.before_load is not None:
            await self.before_load()
        rows = await Ticket.filter(id__in=list(tickets)).values("id", "version", "status")
        return {row["id"]: {**row, "hidden": row["id"] in self.hidden} for row in rows}

    def decide(self, event: LoggedEvent, plan: GroupPlan, row: Any) -> str | None:
        self.decided.append(plan.key)
        if (plan.key, event.seq) in self.confusing:
            raise KeyError("a state of another release")
        hidden = not plan.snapshot and (row is None or row["hidden"])
        if hidden or event.after is None:
            return None
        return "shown" if plan.domain is None or event.after["status"] in plan.domain else None

    async def render(self, plan: GroupPlan, event: LoggedEvent, decision: str, row: Any, place: FeedPosition) -> bytes:
        self.rendered.append(event.seq)
        if self.rendering is not None:
            await self.rendering(event)
        if plan.key in self.broken:
            raise self.broken[plan.key]
        if plan.key in self.slow:
            await self.slow[plan.key].wait()
        assert place.seq == event.seq
        if self.padding is not None:
            return payload("event", event.seq, padding=self.padding)
        return payload("event", event.seq, version=event.version, now=row["version"])

    def heartbeat(self, plan: GroupPlan, place: FeedPosition, as_of: datetime, lag_ms: int) -> bytes:
        self.lags.append((plan.key, lag_ms))
        return payload("heartbeat", place.seq)

    async def reset(self, plan: GroupPlan, place: FeedPosition) -> bytes:
        return payload("reset", place.seq)

    async def rights_changed(self, event: LoggedEvent) -> bool | None:
        self.rights.append(event.seq)
        return False if event.kind is EventKind.CREDENTIAL_ISSUED else None

    async def judge(self, scopes: Collection[Caller]) -> dict[Caller, Validity]:
        self.asked += sorted(scope.name for scope in scopes)
        self.questions += 1
        if self.unreachable:
            raise OSError("the database is away")
        if self.judging is not None:
            verdicts: dict[Caller, Validity] = await self.judging(scopes)
            return verdicts
        if any(scope.name in self.unjudgeable for scope in scopes):
            raise ValueError("a role of a newer release")
        return {scope: self.verdicts.get(scope.name, Validity.SAME) for scope in scopes}

    def connection(self) -> BaseDBAsyncClient:
        """What the hub reads the log with."""
        if self.unreachable_log:
            self.failed_reads += 1
            raise OSError("gone")
        return self.database


def payload(kind: str, seq: int, **more: Any) -> bytes:
    return orjson.dumps({"data": {"kind": kind, "seq": seq, **more}})


@dataclass
class World:
    """A hub, its domain, and short words for what tests do with them."""

    database: BaseDBAsyncClient
    hub: Hub
    domain: Domain
    clock: Any
    made: int = 0
    kind: EventKind = EventKind.STATUS_CHANGED
    subject: SubjectKind = SubjectKind.OFFICER

    async def ticket(self, status: TicketStatus = TicketStatus.RECEIVED) -> Ticket:
        self.made += 1
        return await Ticket.create(
            number=f"TST-2026-{self.made:06}",
            title="Lampu jalan padam",
            body="Sudah tiga malam.",
            status=status,
            channel=Channel.WHATSAPP,
            received_at=AT,
            created_at=AT,
            updated_at=AT,
            submitted_by="tests",
        )

    async def change(self, ticket: Ticket, status: TicketStatus = TicketStatus.VERIFIED) -> int:
        """One committed change of a ticket; returns its place."""
        async with in_transaction() as transaction:
            return await self.write(transaction, ticket, status)

    async def write(self, transaction: BaseDBAsyncClient, ticket: Ticket, status: TicketStatus) -> int:
        before = {"status": ticket.status.value}
        ticket.status, ticket.version = status, ticket.version + 1
        await ticket.save(update_fields=["status", "version"], using_db=transaction)
        event = NewEvent(
            kind=self.kind,
            visibility=Visibility.PUBLIC,
            at=AT,
            actor_kind=ActorKind.STAFF,
            ticket_id=ticket.id,
            version=ticket.version,
            before=before,
            after={"status": status.value},
        )
        return await append(transaction, [event])

    async def rights(self, kind: EventKind = EventKind.RIGHTS_CHANGED) -> int:
        event = NewEvent(kind=kind, at=AT, actor_kind=ActorKind.SYSTEM, subject_kind=self.subject)
        return await append(self.database, [event])

    def place(self, seq: int, mark: bytes = b"") -> FeedPosition:
        return FeedPosition(self.hub.state.epoch, seq, mark)

    async def open(self, scope: Caller | None = None) -> Screen:
        screen = Screen(scope)
        await self.hub.attach(screen, self.hub.rights_seen)
        return screen

    async def join(
        self,
        plan: GroupPlan | None = None,
        after: int | None = None,
        screen: Screen | None = None,
        operation: str = "1",
        principal: str | None = None,
    ) -> tuple[Screen, Member | None]:
        screen = screen or await self.open()
        request = SubscribeRequest(plan or GroupPlan("all"), None if after is None else self.place(after), principal)
        return screen, await self.hub.join(request, screen, operation, screen.scope)


async def eventually(happened: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for what other processes or the network do; TimeoutError if it does not happen in time."""
    async with asyncio.timeout(seconds):
        while not happened():  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.01)
