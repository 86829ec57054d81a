"""Many seeded schedules: `python -m tests.realtime.seeded --seeds 20000`."""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from tests.realtime.seeded.schedule import Outcome, tried

EACH = 50
PROGRESS_SECONDS = 10.0


def failures(seeds: range) -> list[Outcome]:
    """Those of these seeds whose schedules do not hold."""
    return [outcome for outcome in map(tried, seeds) if outcome.violations]


def main() -> int:
    """Try many seeds, or one with its trace; 1 where something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20_000)
    parser.add_argument("--begin", type=int, default=0)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    if given.seed is not None:
        outcome = tried(given.seed)
        print(outcome)
        return bool(outcome.violations)
    return try_many(given.begin, given.seeds, given.processes)


def try_many(begin: int, seeds: int, processes: int) -> int:
    """Print every seed that fails, and how far it has come."""
    chunks = [range(at, min(at + EACH, begin + seeds)) for at in range(begin, begin + seeds, EACH)]
    failed, told = 0, time.monotonic()
    with ProcessPoolExecutor(processes) as pool:
        for done, found in enumerate(pool.map(failures, chunks), start=1):
            for outcome in found:
                print(outcome, flush=True)
            failed += len(found)
            if time.monotonic() - told > PROGRESS_SECONDS or done == len(chunks):
                told = time.monotonic()
                print(f"{min(done * EACH, seeds)} of {seeds} schedules, {failed} failed", flush=True)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
