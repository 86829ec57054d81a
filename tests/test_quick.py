"""Which tests are run, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.quick import quick_part, slow_first


@dataclass(frozen=True)
class Collected:
    """A test that is marked as slow where its name says so."""

    nodeid: str
    said: dict[str, float]

    def get_closest_marker(self, name: str) -> pytest.Mark | None:
        return pytest.mark.slow(**self.said).mark if name in self.nodeid else None


def collected(*names: str, **said: float) -> list[Any]:
    return [Collected(name, said) for name in names]


def names(items: list[Any]) -> list[str]:
    return [item.nodeid for item in items]


def test_what_takes_long_is_begun_first() -> None:
    items = collected("quick", "slow browser", "other", "slow storm")

    assert names(slow_first(items)) == ["slow browser", "slow storm", "quick", "other"]


def test_what_says_that_it_takes_longest_is_begun_before_all_others() -> None:
    items = [*collected("quick", "slow browser"), *collected("slow storm", seconds=20), *collected("slow", seconds=70)]

    assert names(slow_first(items)) == ["slow", "slow storm", "slow browser", "quick"]


def test_the_quick_part_is_the_first_example_of_whatever_is_not_slow() -> None:
    items = collected("a.py::one[1]", "a.py::slow", "a.py::two", "a.py::one[2]", "b.py::slow[1]", "b.py::one[2]")

    assert names(quick_part(items)) == ["a.py::one[1]", "a.py::two", "b.py::one[2]"]
