"""What an event costs beside 20,000 citizens who each watch a ticket of their own, compared with 100 of them.

The hub runs in this process on the log of a quiet demo, its lines lead nowhere: what is measured is finding whom an
event concerns, and showing it. The baseline is the same hub with few citizens, whose events go the same way.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from api.documents.documents import Documents
from api.server.opening import open_desk
from api.settings import Environment, Settings
from bench.desks import quiet_demo
from bench.fanout import FIELDS, change
from bench.rounds import ratios, told
from models import Ticket
from models.database import connection
from models.enums import PrincipalKind, TicketStatus
from realtime.callbacks import SubscribeRequest
from realtime.hub import Hub
from realtime.members import Writer
from schema import build_schema
from schema.core.context import context_for
from schema.feeds.live import LiveSchema
from services.access.scopes import Scope
from services.core.desk import Desk

ROUNDS, FEW, MANY, EVENTS, WARM_UP = 3, 100, 20_000, 100, 10
QUERY = f"subscription {{ ticketStatusChanged {{ {FIELDS} }} }}"
ELSEWHERE = 1 << 40  # numbers that no ticket of the demo has


@dataclass(eq=False)
class Line:
    """A socket that takes everything and leads nowhere."""

    scope: Any
    encode: Any = bytes
    join: Any = tuple
    writer: Writer = field(default_factory=lambda: Writer(lambda encoded: True))
    replaying: asyncio.Lock = field(default_factory=asyncio.Lock)

    def put_all(self, encoded: Sequence[Any]) -> bool:
        return True

    async def drained(self) -> bool:
        return True

    def refuse(self, operation: str, reason: Exception) -> None:
        raise SystemExit(f"A citizen was refused: {reason!r}")

    def rights_ended(self) -> None:
        self.scope = None

    revoke = give_up = rights_ended


class Citizens:
    """Citizens of one hub, each in a group of their own."""

    def __init__(self, desk: Desk) -> None:
        schema = build_schema()
        self.desk = desk
        self.live = LiveSchema(desk, schema, structlog.get_logger("bench"))
        self.prepared = Documents(schema._schema).prepare(QUERY)
        self.hub = Hub(database=connection, bell=desk.bell, callbacks=self.live.callbacks(), clock=desk.clock)

    async def come(self, tickets: Sequence[int]) -> None:
        for ticket in tickets:
            scope = Scope(kind=PrincipalKind.CITIZEN, principal=f"ticket:{ticket}", ticket_id=ticket)
            line = Line(scope)
            await self.hub.attach(line, self.hub.rights_seen)
            await self.hub.join(await self._wish(scope), line, "1", scope)

    async def _wish(self, scope: Scope) -> SubscribeRequest:
        return await self.live.plan(self.prepared, context_for(self.desk, scope, "id", "bench", None))  # type: ignore[arg-type]

    async def event_us(self, ticket: Ticket) -> float:
        """CPU of one event, from reading the log to the frame of the one whom it concerns."""
        for _ in range(WARM_UP):
            await change(ticket)
            await self.hub.look()
        shown, spent = self.hub.state.executions, 0.0
        for _ in range(EVENTS):
            await change(ticket)
            before = time.process_time()
            await self.hub.look()
            spent += time.process_time() - before
        if self.hub.state.executions - shown != EVENTS:
            raise SystemExit("Not every event was shown once.")
        return spent / EVENTS * 1e6


async def measured(folder: Path) -> tuple[float, float]:
    """Microseconds per event beside few and beside many."""
    settings = Settings.model_validate({"environment": Environment.DEVELOPMENT, "data_dir": folder})
    async with open_desk(settings) as desk:
        citizens = Citizens(desk)
        await citizens.hub.begin()
        ticket = await Ticket.filter(status=TicketStatus.IN_PROGRESS, confidential=False, supervisory=False).first()
        assert ticket is not None  # noqa: S101
        await citizens.come([ticket.id, *range(ELSEWHERE, ELSEWHERE + FEW - 1)])
        few = await citizens.event_us(ticket)
        await citizens.come(range(ELSEWHERE + FEW, ELSEWHERE + MANY))
        if citizens.hub.state.groups != MANY:
            raise SystemExit(f"There are {citizens.hub.state.groups} groups.")
        many = await citizens.event_us(ticket)
        await citizens.hub.stop()
        return few, many


def main() -> None:
    with quiet_demo() as (_, folder):
        rounds = [asyncio.run(measured(folder)) for _ in range(ROUNDS)]
    few, many = ([each[place] for each in rounds] for place in range(2))
    print(f"one event that concerns one citizen: CPU beside {FEW} and beside {MANY} citizens")
    print(f"  baseline: beside {FEW} {told(few, 0)} us")
    print(f"  beside {MANY} {told(many, 0)} us")
    print(f"  ratio {told(ratios(many, few))}, at most 2 is wanted")
    per_group = [(much - little) / (MANY - FEW) for little, much in rounds]
    print(f"  per group that is not concerned {told(per_group, 3)} us, under 0.5 is wanted")


if __name__ == "__main__":
    main()
