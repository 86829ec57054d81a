"""How many seeds it takes to find each planted fault: `python -m tests.realtime.planted.search`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager

from tests.realtime.planted import faults
from tests.realtime.seeded.schedule import Outcome, tried

MOST_SEEDS = 2_000
FAULTS: dict[str, Callable[[], AbstractContextManager[None]]] = {
    name: fault for name, fault in vars(faults).items() if getattr(fault, "__module__", "") == faults.__name__
    and name not in ("replaced", "Planted")
}  # fmt: skip


def found(name: str, begin: int = 0) -> Outcome | None:
    """The first schedule from this seed on that does not hold with a fault planted."""
    with FAULTS[name]():
        outcomes = map(tried, range(begin, begin + MOST_SEEDS))
        return next((outcome for outcome in outcomes if outcome.violations), None)


def main() -> int:
    """Print for each fault, or those that are named, the first seed that finds it."""
    missed = 0
    for name in sys.argv[1:] or FAULTS:
        outcome = found(name)
        missed += outcome is None
        print(name, "not found" if outcome is None else f"{outcome.seed}: {outcome.violations[0][:150]}", flush=True)
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
