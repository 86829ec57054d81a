"""How the numbers of several rounds are told: their median, and how far they lie apart."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


def told(values: Sequence[float], places: int = 2) -> str:
    """The median of all rounds, with the least and the most."""
    spread = f"{min(values):.{places}f} to {max(values):.{places}f}"
    return f"{statistics.median(values):.{places}f} (spread {spread}, {len(values)} rounds)"


def ratios(ours: Sequence[float], baseline: Sequence[float]) -> list[float]:
    """Ours to the baseline, round by round."""
    return [our / base for our, base in zip(ours, baseline, strict=True)]
