"""A change on 1,000 screens, idle memory and a returning crowd, compared with those of an earlier commit.

Both run in turns, each round in fresh processes, on the same packages; the baseline is a worktree of that commit.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.rounds import ratios, told

BEFORE = "97459eb"  # before groups followed the history by themselves
ROUNDS = 3
HERE = Path(__file__).resolve().parents[1]
NAMES = ("CPU of a change per screen (us)", "memory of an idle subscriber (KB)", "CPU of a returning crowd (s)")
ONE_ROUND = """
import asyncio, json
from bench import fanout, fanout_crowd as crowd
crowd.FEW, crowd.MORE, crowd.CROWD, fanout.EVENTS = 500, 1_500, 1_000, 100
with fanout.quiet_demo() as (desk, folder), fanout.crowd(desk.port, "/graphql", fanout.scripts(desk, 1), 1_000) as seen:
    fanout.await_subscribers(lambda: fanout.gauge(desk.port, "subscriptions"), 1_000)
    change = asyncio.run(fanout.changed(fanout.addresses(folder), desk, seen, 1_000, fanout.EVENTS))
weight, returned, _ = crowd.surga()
print(json.dumps([change.cpu_us, weight, returned.cpu]))
"""


def main() -> None:
    commit = sys.argv[1] if len(sys.argv) > 1 else BEFORE
    with worktree(commit) as before:
        rounds = [(measured(before), measured(HERE)) for _ in range(ROUNDS)]
    print(f"compared with {commit}; at most 1.05 is wanted")
    for place, name in enumerate(NAMES):
        earlier, now = ([each[side][place] for each in rounds] for side in range(2))
        print(f"  {name}: baseline {told(earlier)}, now {told(now)}, ratio {told(ratios(now, earlier))}")


def measured(top: Path) -> list[float]:
    """One round of the program that lies there."""
    environment = {**os.environ, "PYTHONPATH": str(top)}
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", ONE_ROUND], cwd=top, env=environment, stdout=subprocess.PIPE, text=True, check=True
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
