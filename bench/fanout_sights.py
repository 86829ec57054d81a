"""What one more group costs an event: of the same sight with another filter, and of another sight.

100 sockets each: one group of them all, 100 groups of one coordinator that differ by filter, and 100 groups of one
filter whose holders all have sights of their own, each of whom sees the ticket.
"""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

from bench.desks import Served, quiet_demo
from bench.fanout import QUERY, addresses, await_subscribers, changed, crowd, filter_of, gauge, scripts, subscribe
from bench.fanout_grid import await_nobody, event_ms
from bench.rounds import told
from models import Agency, Credential
from models.database import connected
from models.enums import PrincipalKind, Role
from services.credentials.credentials import new_token, token_digest
from tests.factories import make_officer

ROUNDS, EVENTS, SOCKETS, GROUPS = 5, 60, 100, 100
ROLES = (Role.LEADER, Role.ADMIN, Role.COORDINATOR)  # who see every public ticket, whatever their agency


def main() -> None:
    rounds = [measured() for _ in range(ROUNDS)]
    print(f"CPU of the server per event with {SOCKETS} sockets, all reads of the database included (ms)")
    for place, name in enumerate(("one group", f"{GROUPS} filters of one sight", f"{GROUPS} sights with one filter")):
        print(f"  {name:30} {told([each[place] for each in rounds])}")
    for place, name in ((1, "filter"), (2, "sight")):
        print(f"  per group of another {name:8} {told([(each[place] - each[0]) / (GROUPS - 1) for each in rounds])} ms")


def measured() -> tuple[float, ...]:
    """One round in a fresh demo: each way in turn."""
    with quiet_demo() as (desk, folder):
        servers = addresses(folder)
        tokens = asyncio.run(holders(servers))
        ways = (scripts(desk, 1), scripts(desk, GROUPS), [script_of(token) for token in tokens])
        return tuple(watched(desk, servers, each) for each in ways)


def watched(desk: Served, servers: dict[str, str], scripts: list[list[str]]) -> float:
    with crowd(desk.port, "/graphql", scripts, SOCKETS) as watching:
        await_subscribers(lambda: gauge(desk.port, "subscriptions"), SOCKETS)
        cost = asyncio.run(changed(servers, desk, watching, SOCKETS, EVENTS))
    await_nobody(desk)
    return event_ms(cost, SOCKETS)


def script_of(token: str) -> list[str]:
    init = json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
    return [init, subscribe(QUERY, {"filter": filter_of(0), "after": None})]


async def holders(servers: dict[str, str]) -> list[str]:
    """The tokens of so many officers, no two of whom have one agency and one role."""
    async with connected(servers["database_url"], pool_size=2):
        posts = [(agency, role) for role in ROLES for agency in await Agency.filter(active=True).order_by("id")]
        found = [await token_of(agency, role) for agency, role in posts[:GROUPS]]
    assert len(found) == GROUPS  # noqa: S101
    return found


async def token_of(agency: Agency, role: Role) -> str:
    officer, token = await make_officer(agency, role), new_token()
    await Credential.create(
        kind=PrincipalKind.STAFF,
        name="bench",
        digest=token_digest(token),
        officer_id=officer.id,
        created_at=datetime.now(UTC),
    )
    return token


if __name__ == "__main__":
    main()
