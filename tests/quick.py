"""What of the tests `make check` runs, and in which order all of them are run."""

from __future__ import annotations

from collections.abc import Iterable

import pytest


def slow_first(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """Begin with what takes long, so that nobody waits for it at the end."""
    return sorted(items, key=lambda item: item.get_closest_marker("slow") is None)


def quick_part(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """The tests that are not slow, in their order, each with the first of its examples."""
    first: dict[str, pytest.Item] = {}
    for item in items:
        if item.get_closest_marker("slow") is None:
            first.setdefault(item.nodeid.partition("[")[0], item)
    return list(first.values())
