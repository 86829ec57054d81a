"""Small numbers are merged so that neither they nor a difference point at one person, and the sum stays."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.access.small_cells import merged, stepped

REST = ""


def test_small_cells_are_counted_under_the_rest() -> None:
    assert merged({"a": 9, "b": 2, "c": 4, "d": 0, REST: 1}, REST, 5) == {"a": 9, "d": 0, REST: 7}


def test_a_single_small_cell_takes_the_smallest_other_along() -> None:
    assert merged({"a": 9, "b": 6, "c": 1, REST: 0}, REST, 5) == {"a": 9, REST: 7}


def test_nothing_small_is_nothing_merged() -> None:
    cells = {"a": 5, "b": 0, REST: 2}

    assert merged(cells, REST, 5) == cells
    assert merged({"a": 1}, REST, 0) == {"a": 1}


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 20)), st.integers(0, 20), st.integers(1, 7))
def test_the_sum_stays_and_no_small_cell_does(cells: dict[str, int], rest: int, least: int) -> None:
    shown = merged({**cells, REST: rest}, REST, least)

    assert sum(shown.values()) == sum(cells.values()) + rest
    assert [key for key, count in shown.items() if key != REST and 0 < count < least] == []
    if any(0 < count < least for count in cells.values()):
        others = [count for key, count in shown.items() if key != REST and count]
        assert shown[REST] >= least or not others


@given(st.integers(0, 60), st.integers(0, 4))
def test_numbers_in_steps_tell_of_no_small_difference(number: int, cell: int) -> None:
    whole, part = stepped(number + cell, 5) or 0, stepped(number, 5) or 0

    assert whole - part in (0, 5)
    assert [stepped(count, 5) for count in (4, 5, 9, 12)] == [None, 5, 5, 10]
