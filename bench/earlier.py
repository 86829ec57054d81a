"""Frames, idle memory and a returning crowd, a list and clicks, compared with those of an earlier commit.

`python -m bench.earlier [COMMIT [KIND ...]]`: all kinds, or frames, crowd, list and clicks one by one. Both commits run
in turns, each round in fresh processes, on the same packages; the baseline is a worktree of that commit.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.rounds import ratios, told

BEFORE = "97459eb"  # before groups followed the history by themselves
ROUNDS = 3
HERE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Kind:
    """What one round measures, and the program that prints its numbers; it knows only what both commits have."""

    names: tuple[str, ...]
    program: str


FRAMES = """
import asyncio, json
from bench import fanout
fanout.EVENTS = 100
with fanout.quiet_demo() as (desk, folder), fanout.crowd(desk.port, "/graphql", fanout.scripts(desk, 1), 1_000) as seen:
    fanout.await_subscribers(lambda: fanout.gauge(desk.port, "subscriptions"), 1_000)
    change = asyncio.run(fanout.changed(fanout.addresses(folder), desk, seen, 1_000, fanout.EVENTS))
print(json.dumps([change.cpu_us]))
"""
CROWD = """
import json
from bench import fanout, fanout_crowd as crowd
crowd.FEW, crowd.MORE, crowd.CROWD, fanout.EVENTS = 500, 1_500, 1_000, 100
weight, returned, _ = crowd.surga()
print(json.dumps([weight, returned.cpu]))
"""
LIST = """
import http.client, json
from bench import lists
with lists.quiet_demo() as (desk, _):
    line = http.client.HTTPConnection("127.0.0.1", desk.port)
    body = json.dumps({"query": lists.QUERY}).encode()
    headers = {"Authorization": f"Bearer {desk.access['tokens']['coordinator']}", "Content-Type": "application/json"}
    for place in range(500):
        if place == 100:
            before = desk.cpu_seconds()
        line.request("POST", "/graphql", body, headers)
        answer = json.loads(line.getresponse().read())
        assert len(answer["data"]["tickets"]["edges"]) == 50, answer
    spent = desk.cpu_seconds() - before
print(json.dumps([spent / 400 * 1e3]))
"""
CLICKS = """
import asyncio, json, statistics
from bench import clicks
with clicks.quiet_demo() as (desk, _):
    pairs = asyncio.run(clicks.clicked(desk))
print(json.dumps([statistics.median(column) * 1e3 for column in zip(*pairs)]))
"""
KINDS = {
    "frames": Kind(("CPU of a change per screen (us)",), FRAMES),
    "crowd": Kind(("memory of an idle subscriber (KB)", "CPU of a returning crowd (s)"), CROWD),
    "list": Kind(("CPU of a list of 50 (ms)",), LIST),
    "clicks": Kind(("click to the answer, median (ms)", "click to the subscriber's frame, median (ms)"), CLICKS),
}


def main() -> None:
    commit, *wanted = sys.argv[1:] or [BEFORE]
    print(f"compared with {commit}; at most 1.05 is wanted")
    with worktree(commit) as before:
        for kind in (KINDS[name] for name in wanted or KINDS):
            compare(kind, before)


def compare(kind: Kind, before: Path) -> None:
    """Measure both commits in turns, and print their ratios."""
    rounds = [(measured(before, kind), measured(HERE, kind)) for _ in range(ROUNDS)]
    for place, name in enumerate(kind.names):
        earlier, now = ([each[side][place] for each in rounds] for side in range(2))
        print(f"  {name}: baseline {told(earlier)}, now {told(now)}, ratio {told(ratios(now, earlier))}", flush=True)


def measured(top: Path, kind: Kind) -> list[float]:
    """One round of the program that lies there."""
    environment = {**os.environ, "PYTHONPATH": str(top)}
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", kind.program], cwd=top, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    numbers: list[float] = json.loads(done.stdout.splitlines()[-1])
    return numbers


@contextmanager
def worktree(commit: str) -> Iterator[Path]:
    """The files of a commit, until the block ends."""
    with tempfile.TemporaryDirectory(prefix="surga-bench-") as folder:
        git = ["git", "-C", str(HERE), "worktree"]
        subprocess.run([*git, "add", "--detach", "--quiet", folder, commit], check=True)  # noqa: S603
        try:
            yield Path(folder)
        finally:
            subprocess.run([*git, "remove", "--force", folder], check=True)  # noqa: S603


if __name__ == "__main__":
    main()
