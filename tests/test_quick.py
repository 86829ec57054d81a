"""Which tests are run, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.quick import dealt, quick_part


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


def test_what_takes_longest_is_begun_first_and_what_is_slow_comes_between_quick_modules() -> None:
    items = [
        *collected("a.py::slow 1", "a.py::1", "a.py::2", "a.py::slow 2", "b.py::1", "b.py::slow", "c.py::1", "d.py::1"),
        *collected("d.py::slow", seconds=20),
        *collected("e.py::slow", seconds=70),
    ]

    assert names(dealt(items, 1)) == [
        "e.py::slow", "d.py::slow", "a.py::slow 1", "a.py::slow 2", "a.py::1", "a.py::2", "b.py::slow", "b.py::1",
        "c.py::1", "d.py::1",
    ]  # fmt: skip


def test_one_worker_begins_with_what_takes_longest_and_each_has_its_share_of_what_is_slow() -> None:
    long = collected(*(f"long{number}.py::slow" for number in range(4)), seconds=20)
    slow = collected(*(f"slow{number}.py::slow" for number in range(4)))
    items = [*long, *slow, *collected(*(f"quick{number}.py::one" for number in range(12)))]

    order = names(dealt(items, 2))

    parts = order[:10], order[10:]
    assert sorted(order) == sorted(names(items))
    assert [[name[:4] for name in part].count("slow") for part in parts] == [2, 2]
    assert [name[:4] for name in parts[0][:5]] == ["long"] * 4 + ["slow"]
    assert [name[:4] for name in parts[1][:2]] == ["slow", "quic"]
    assert [part[-1][:5] for part in parts] == ["quick", "quick"]


@pytest.mark.parametrize("workers", [1, 2, 3, 7])
@pytest.mark.parametrize(("long", "slow", "quick"), [(0, 0, 0), (0, 0, 5), (3, 0, 0), (0, 4, 0), (5, 9, 2), (1, 1, 40)])
def test_every_test_is_run_once(workers: int, long: int, slow: int, quick: int) -> None:
    items = [
        *collected(*(f"a{number}::slow long" for number in range(long)), seconds=30),
        *collected(*(f"b{number}::slow" for number in range(slow))),
        *collected("d::slow half", seconds=0.5),
        *collected("e::slow nothing", seconds=0),
        *collected(*(f"c{number}" for number in range(quick))),
    ]

    assert sorted(names(dealt(items, workers))) == sorted(names(items))


def test_the_quick_part_is_the_first_example_of_whatever_is_not_slow() -> None:
    items = collected("a.py::one[1]", "a.py::slow", "a.py::two", "a.py::one[2]", "b.py::slow[1]", "b.py::one[2]")

    assert names(quick_part(items)) == ["a.py::one[1]", "a.py::two", "b.py::one[2]"]
