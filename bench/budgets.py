"""An officer's list beside a partner who spends all of its budget, from a full bucket on, against one who stands still.

The partner asks for one kind of operation with four requests at once, as fast as its budget allows.
"""

from __future__ import annotations

import http.client
import json
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graphql import get_introspection_query

from bench.desks import Served, quiet_demo
from bench.lists import QUERY
from bench.partners import surga
from bench.rounds import told

ROUNDS, SECONDS, AT_ONCE = 4, 0.8, 4
SEARCH = 'a{0}: tickets(first: 1, filter: {{search: "jalan {0}"}}) {{ totalCount edges {{ node {{ id }} }} }}'
COUNT = "a{0}: tickets(first: 1) {{ totalCount }}"
KINDS = {
    "four searches with their counts": "{" + " ".join(map(SEARCH.format, range(4))) + "}",
    "twenty counts": "{" + " ".join(map(COUNT.format, range(20))) + "}",
    "ten lists of all agencies": "{" + " ".join(f"a{n}: agencies {{ id code name kind }}" for n in range(10)) + "}",
    "a page of 100 tickets": "{ tickets(first: 100) { edges { node { id number version title status receivedAt } } } }",
    "an introspection": get_introspection_query(),
    "next to nothing": "{ viewer { kind } }",
}


def main() -> None:
    if sys.argv[1:]:
        return spend(json.loads(sys.argv[1]))
    print("an officer's list of 50 tickets, its median beside a partner within the standard budget")
    found = []
    with quiet_demo() as (desk, folder):
        lists(desk, 2 * SECONDS)
        for place, (name, document) in enumerate(KINDS.items()):
            calm, busy = beside(desk, new_key(folder, f"Bench {place}"), document)
            found.append((calm, busy))
            print(f"  beside {name:<32} {busy * 1000:6.1f} ms, ratio {busy / calm:.2f}", flush=True)
    print(f"  baseline: the partner stands still {told([calm * 1000 for calm, _ in found], 1)} ms")
    print(f"  ratio {told([busy / calm for calm, busy in found])}, at most 1.5 is wanted")
    return None


def beside(desk: Served, key: str, document: str) -> tuple[float, float]:
    """The median list while the partner stands still, and while it spends; in turns, as machines have moods."""
    calm, busy = [], []
    with spending(desk, key, document) as partner:
        for _ in range(ROUNDS):
            busy += lists(desk, SECONDS)
            partner.send_signal(signal.SIGSTOP)
            lists(desk, SECONDS / 4)  # what was asked before is answered
            calm += lists(desk, SECONDS)
            partner.send_signal(signal.SIGCONT)
    return statistics.median(calm), statistics.median(busy)


def lists(desk: Served, seconds: float) -> list[float]:
    """Seconds of each list of an officer, one after the other for so long."""
    body, token = json.dumps({"query": QUERY}), desk.access["tokens"]["officer"]
    line, found, until = http.client.HTTPConnection("127.0.0.1", desk.port), [], time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.monotonic()
        answer = posted(line, body, token)
        found.append(time.monotonic() - began)
        if "errors" in answer:
            raise SystemExit(f"The officer got no list: {answer['errors']}")
    return found


def posted(line: http.client.HTTPConnection, body: str, token: str) -> dict[str, dict[str, dict[str, float]]]:
    line.request("POST", "/graphql", body, {"Content-Type": "application/json", "Authorization": f"Bearer {token}"})
    answer: dict[str, dict[str, dict[str, float]]] = json.loads(line.getresponse().read())
    return answer


def new_key(folder: Path, name: str) -> str:
    """A key of a new partner with the standard grant and budget."""
    surga(folder, "partner", "create", name)
    return surga(folder, "partner", "key", "create", name, "bench").strip()


@contextmanager
def spending(desk: Served, key: str, document: str) -> Iterator[subprocess.Popen[str]]:
    """The partner, in a process of its own, from its first answer on."""
    given = json.dumps({"port": desk.port, "key": key, "document": document})
    command = [sys.executable, "-m", "bench.budgets", given]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603
    try:
        if process.stdout is None or "ready" not in process.stdout.readline():
            raise SystemExit("The partner was not let in.")
        yield process
        if process.poll() is not None:
            raise SystemExit("The partner went away.")
    finally:
        process.kill()
        process.wait()


def spend(given: dict[str, str]) -> None:
    """Ask again and again with several requests at once, each as soon as the budget holds its price."""
    for _ in range(AT_ONCE):
        threading.Thread(target=ask, args=(given,), daemon=True).start()
    threading.Event().wait()


def ask(given: dict[str, str]) -> None:
    body, first = json.dumps({"query": given["document"]}), True
    while True:
        line = http.client.HTTPConnection("127.0.0.1", int(given["port"]))  # the server closes one that rests for long
        answer = posted(line, body, given["key"])
        line.close()
        if "extensions" not in answer:
            raise SystemExit(f"The partner got no answer: {answer}")
        if first:
            print("ready", flush=True)
            first = False
        cost = answer["extensions"]["cost"]
        missing = AT_ONCE * cost["requested"] - cost["left"]
        time.sleep(max(0.0, missing / cost["restorePerSecond"]))


if __name__ == "__main__":
    main()
