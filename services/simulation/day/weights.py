"""Drawing from weighted items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Weighted(Generic[Item]):
    """Items that are drawn as often as their weights say."""

    items: tuple[Item, ...]
    bounds: tuple[float, ...]

    def draw(self, rng: Random) -> Item:
        return rng.choices(self.items, cum_weights=self.bounds)[0]


def weighted(weights: Mapping[Item, float]) -> Weighted[Item]:
    return Weighted(tuple(weights), tuple(accumulate(weights.values())))
