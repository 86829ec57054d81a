"""A small desk in a database that no other test has, made by a process of its own: `python -m ...desk_maker URL`."""

from __future__ import annotations

import asyncio
import json
import sys

from models import LogHead
from models import database as models_database
from models.enums import PrincipalKind, Role
from realtime.bell import Bell
from realtime.cursors import Cursors
from services.core.desk import Desk
from services.core.keys import Keys
from services.core.nodes import node_id
from services.credentials import credentials
from tests.conftest import SECRET
from tests.emptying import FRESH
from tests.factories import make_agency, make_officer, make_ticket
from tests.restoring import restore


async def make(url: str) -> dict[str, str]:
    """Fill an empty database; gives the token of a coordinator, and the id of a ticket that was just received."""
    restore(url)
    async with models_database.connected(url, pool_size=2) as connection:
        await connection.execute_script(FRESH)
        keys = Keys(SECRET.encode())
        bell = Bell("redis://127.0.0.1:9/0", (await LogHead.get()).epoch)
        desk = Desk(keys=keys, cursors=Cursors(keys.derive("cursors", 64)), bell=bell)
        officer = await make_officer(await make_agency("diskominfo"), Role.COORDINATOR)
        await make_agency("pupr")
        ticket = await make_ticket()
        issued = await credentials.issue(desk, PrincipalKind.STAFF, name="tests", officer_id=officer.id)
        await bell.close()
        return {"token": issued.token, "ticket": node_id("Ticket", ticket.id)}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(make(sys.argv[1]))))
