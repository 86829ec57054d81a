"""What the wallboard costs the server: a query at 10,000 and at 100,000 tickets."""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from bench.desks import SURGA, Served, quiet_demo
from bench.lists import ask

SIZES = (10_000, 100_000)
WARM_UP, ROUNDS = 5, 60
MOST_RATIO = 3.0
QUERY = """{ wallboard { asOf total open overdue dueSoon receivedToday resolvedToday withheld byStatus { status count }
  byAgency { agency { code name } open overdue oldestOpenAt } byCategory { category { code } count }
  byKecamatan { code count } trend { day received resolved } oldestOpen { number receivedAt }
  latest { at number to } } }"""


def main() -> None:
    with quiet_demo() as (desk, folder):
        held, medians = 0, []
        for size in SIZES:
            fill(folder, size - held)
            held = size
            first, p50 = timed(desk)
            medians.append(p50)
            print(f"wallboard at {size:>7,} tickets: first {first * 1000:6.1f} ms, p50 {p50 * 1000:5.2f} ms")
    ratio = medians[1] / medians[0]
    print(f"  ratio {ratio:.2f} (at most {MOST_RATIO})")


def fill(folder: Path, tickets: int, program: Sequence[str] = (str(SURGA),)) -> None:
    """As `surga simulate --bulk` does, into the running demo; the program tells the same time as the demo's."""
    environment = {**os.environ, "SURGA_DATA_DIR": str(folder)}
    command = [*program, "simulate", "--bulk", str(tickets)]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)  # noqa: S603


def timed(desk: Served) -> tuple[float, float]:
    """Seconds of the first query after the filling, and the median of those that follow."""
    line = http.client.HTTPConnection("127.0.0.1", desk.port)
    body = json.dumps({"query": QUERY}).encode()
    headers = {"Authorization": f"Bearer {desk.access['tokens']['display']}"}
    spent = []
    for _ in range(WARM_UP + ROUNDS):
        begun = time.perf_counter()
        answer = json.loads(ask(line, "/graphql", body, headers))
        spent.append(time.perf_counter() - begun)
        assert answer["data"]["wallboard"]["total"] > 0, answer  # noqa: S101
    return spent[0], statistics.median(spent[WARM_UP:])


if __name__ == "__main__":
    main()
