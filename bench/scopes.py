"""The price of a scope in the fan-out: the same events to 1,000 subscribers, for callers with other rules on rows.

The baseline is the coordinator, whose rule lets nearly everything through; the officer's names an agency, the
leader's keeps confidential and supervisory tickets away. All of one server, in turns.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import urllib.request
from pathlib import Path

from bench.desks import Served, quiet_demo
from bench.fanout import (
    FIELDS,
    addresses,
    await_subscribers,
    change,
    crowd,
    gauge,
    spent,
    subscribe,
)
from bench.fanout_grid import await_nobody
from bench.rounds import ratios, told
from models import LogHead, Ticket
from models.database import connected
from models.enums import TicketStatus
from realtime.bell import Bell

ROUNDS, SUBSCRIBERS, EVENTS = 3, 1_000, 60
CALLERS = ("coordinator", "officer", "leader")
QUERY = f"subscription {{ ticketStatusChanged {{ {FIELDS} }} }}"


def main() -> None:
    with quiet_demo() as (desk, folder):
        agency = agency_of(desk)
        rounds = [{who: measured(desk, folder, who, agency) for who in CALLERS} for _ in range(ROUNDS)]
    print(f"{SUBSCRIBERS} subscribers of one group, {EVENTS} changes: CPU of the server per message")
    for who in CALLERS:
        costs = [each[who] for each in rounds]
        shares = ratios(costs, [each["coordinator"] for each in rounds])
        print(f"  {who:12} {statistics.median(costs):6.1f} us, ratio to the coordinator {told(shares)}")


def agency_of(desk: Served) -> str:
    """The code of the agency that the demo's officer works for."""
    body = json.dumps({"query": "{ viewer { agency { code } } }"}).encode()
    headers = {"content-type": "application/json", "authorization": f"Bearer {desk.access['tokens']['officer']}"}
    request = urllib.request.Request(desk.access["graphql"], body, headers)  # noqa: S310 - our own loopback address
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        code: str = json.load(answer)["data"]["viewer"]["agency"]["code"]
    return code


def measured(desk: Served, folder: Path, who: str, agency: str) -> float:
    """Microseconds per message where everybody is this caller."""
    authorization = {"authorization": f"Bearer {desk.access['tokens'][who]}"}
    script = [json.dumps({"type": "connection_init", "payload": authorization}), subscribe(QUERY, {})]
    with crowd(desk.port, "/graphql", [script], SUBSCRIBERS) as watching:
        await_subscribers(lambda: gauge(desk.port, "subscriptions"), SUBSCRIBERS)

        async def run() -> float:
            servers = addresses(folder)
            async with connected(servers["database_url"], pool_size=2):
                bell = Bell(servers["redis_url"], (await LogHead.get(id=1)).epoch)
                ticket = await a_ticket(agency)

                async def publish(number: int) -> None:
                    await bell.ring(await change(ticket))

                cost = await spent(desk.process, watching, publish, SUBSCRIBERS, EVENTS)
                await bell.close()
                return cost.cpu_us

        cost = asyncio.run(run())
    await_nobody(desk)
    return cost


async def a_ticket(agency: str) -> Ticket:
    """A ticket of that agency which all of these callers see."""
    ticket = await Ticket.filter(
        status__in=(TicketStatus.IN_PROGRESS, TicketStatus.ON_HOLD),
        confidential=False,
        supervisory=False,
        lead_agency__code=agency,
    ).first()
    assert ticket is not None  # noqa: S101
    return ticket


if __name__ == "__main__":
    main()
