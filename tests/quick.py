"""What of the tests `make check` runs, and in which order all of them are run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, groupby

import pytest

SPREAD = 0.8  # of the quick tests: what is slow has begun before they end, so that the last tests are short


def dealt(items: Sequence[pytest.Item], workers: int) -> list[pytest.Item]:
    """The tests in an order of which each worker of pytest-xdist takes an equal part, from its first one on.

    A slow test waits most of its time for servers and browsers, a quick one computes: the first worker begins with what
    takes longest, and each has its share of what else is slow between its quick tests. What is equally slow of a module
    stays together, but at the borders of parts.
    """
    longest = sorted((item for item in items if seconds(item) > 1), key=seconds, reverse=True)
    slow = modules(item for item in items if 0 < seconds(item) <= 1)
    quick = [item for item in items if seconds(item) <= 0]
    order = longest
    for number in range(workers):
        mine = slow[number::workers]
        room = max(0, len(items) * (number + 1) // workers - len(order) - sum(map(len, mine)))
        order += mixed(mine, quick[:room] if number < workers - 1 else quick)
        quick = quick[room:]
    return order


def mixed(slow: Sequence[list[pytest.Item]], quick: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The modules of slow tests between those of quick ones."""
    order: list[pytest.Item] = []
    begun = done = 0
    for module in modules(quick):
        due = len(slow) if done >= SPREAD * len(quick) else int(len(slow) * done / (SPREAD * len(quick))) + 1
        order += chain.from_iterable(slow[begun:due])
        order += module
        begun, done = due, done + len(module)
    return order + list(chain.from_iterable(slow[begun:]))


def modules(items: Iterable[pytest.Item]) -> list[list[pytest.Item]]:
    """The tests of each module that follow each other."""
    return [list(block) for _, block in groupby(items, lambda item: item.nodeid.partition("::")[0])]


def seconds(item: pytest.Item) -> float:
    """How long a test takes on a machine that is busy with two others, as it says itself where that is 20 s or more."""
    slow = item.get_closest_marker("slow")
    return 0.0 if slow is None else slow.kwargs.get("seconds", 1.0)


def quick_part(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """The tests that are not slow, in their order, each with the first of its examples."""
    first: dict[str, pytest.Item] = {}
    for item in items:
        if item.get_closest_marker("slow") is None:
            first.setdefault(item.nodeid.partition("[")[0], item)
    return list(first.values())
