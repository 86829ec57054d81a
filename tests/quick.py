"""What of the tests `make check` runs, and in which order all of them are run."""

from __future__ import annotations

from collections.abc import Iterable

import pytest


def slow_first(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """Begin with what takes longest, so that nobody waits for it at the end."""
    return sorted(items, key=seconds, reverse=True)


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
