"""CPU of the server per delivered message beside the usual servers of Node (bench/rivals), which keep no log and check
no rights: what they are told is broadcast from memory.

Every round starts each server and its crowd as fresh processes.
"""

from __future__ import annotations

import statistics

from bench.fanout import SCRIPT, SUBSCRIBERS, Cost, broadcast, surga, tell
from bench.node_servers import require_rivals, serving
from bench.rounds import ratios, told

ROUNDS, EVENTS = 3, 50
SERVERS = {
    "ws": "bare `ws` broadcast, the same bytes      ",
    "graphql-ws": "graphql-ws, as Apollo Server documents it",
    "mercurius": "Mercurius on Fastify                    ",
}


def main() -> None:
    require_rivals()
    ours: list[Cost] = []
    theirs: dict[str, list[Cost]] = {script: [] for script in SERVERS}
    for _ in range(ROUNDS):
        ours.append(surga(SUBSCRIBERS))
        for script, costs in theirs.items():
            costs.append(measure(script, ours[-1].text))
    print(f"{SUBSCRIBERS} subscribers of one group, six fields: CPU of the server per message")
    tell("surga, with its log, rights and database ", ours)
    for script, name in SERVERS.items():
        tell(name, theirs[script])
    for script, costs in theirs.items():
        print(f"  ratio to {script:10} {compared(ours, costs)}")


def measure(script: str, text: str) -> Cost:
    """One round of a server of Node."""
    with serving(script) as served:
        return broadcast(served, "/graphql", SCRIPT, SUBSCRIBERS, text, EVENTS)


def compared(ours: list[Cost], costs: list[Cost]) -> str:
    """CPU per message, and how much sooner the last screen knows."""
    cpu = told(ratios([cost.cpu_us for cost in ours], [cost.cpu_us for cost in costs]), 3)
    late = statistics.median(ratios([cost.last_p50 for cost in ours], [cost.last_p50 for cost in costs]))
    return f"{cpu}; time from the change to the last screen {late:.2f}"


if __name__ == "__main__":
    main()
