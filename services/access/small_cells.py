"""Counts so small that they could identify somebody: merged into the rest, or rounded down to steps.

What counts as small is Rules.least_cell; its default and these two methods are our choice.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

K = TypeVar("K", bound=Hashable)


def merged(cells: Mapping[K, int], rest: K, least: int) -> dict[K, int]:
    """The same cells, where each from 1 to below least is counted under rest; the sum stays.

    Whoever knows the total could compute a single merged cell, so the smallest others join the rest until it holds
    least, or nothing else is left. Cells of 0 identify nobody and stay.
    """
    kept = {key: count for key, count in cells.items() if key != rest}
    small = {key for key, count in kept.items() if 0 < count < least}
    if not small:
        return dict(cells)
    together = cells.get(rest, 0) + sum(kept.pop(key) for key in small)
    for key in sorted((key for key, count in kept.items() if count), key=lambda key: (kept[key], repr(key))):
        if together >= least:
            break
        together += kept.pop(key)
    return {**kept, rest: together}


def stepped(count: int, step: int) -> int | None:
    """The count rounded down to a multiple of step; None below the first one."""
    return count // step * step or None
