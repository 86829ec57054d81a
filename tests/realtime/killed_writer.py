"""A process that is killed between COMMIT and PUBLISH: `python -m tests.realtime.killed_writer DATABASE REDIS`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime

from models import LogHead, Officer, Ticket
from models import database as models_database
from models.enums import PrincipalKind, Role, TicketStatus
from realtime.bell import Bell
from realtime.cursors import Cursors
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.keys import Keys
from services.tickets import moves
from tests.conftest import SECRET


async def kill_this_process(bell: Bell, seq: int) -> None:
    """What stands in for ringing: the change is committed, and nobody will ever hear of it."""
    os.kill(os.getpid(), signal.SIGKILL)


async def move(database_url: str, redis_url: str) -> None:
    """Move the only ticket once, as its coordinator, and die of it."""
    async with models_database.connected(database_url, pool_size=2):
        keys = Keys(SECRET.encode())
        bell = Bell(redis_url, (await LogHead.get()).epoch)
        desk = Desk(keys=keys, cursors=Cursors(keys.derive("cursors", 64)), bell=bell, clock=lambda: datetime.now(UTC))
        officer = await Officer.all().order_by("id").prefetch_related("assignments").first()
        ticket = await Ticket.all().order_by("id").first()
        assert officer is not None
        assert ticket is not None
        scope = Scope(
            kind=PrincipalKind.STAFF,
            principal=f"officer:{officer.id}",
            officer_id=officer.id,
            agency_id=officer.assignments[0].agency_id,
            roles=frozenset({Role.COORDINATOR}),
        )
        if ticket.status is TicketStatus.DISPATCHED:
            back = moves.Return(ticket.id, ticket.version, "NOT_OUR_DUTY", "Bukan wewenang kami.")
            await moves.return_(desk, scope, back)
        else:
            await moves.dispatch(desk, scope, moves.Dispatch(ticket.id, ticket.version, "pupr"))


if __name__ == "__main__":
    Bell.ring = kill_this_process  # type: ignore[method-assign]
    asyncio.run(move(sys.argv[1], sys.argv[2]))
