"""Find what no column, log or answer could hold, in the variables of a request."""

from __future__ import annotations

import math
from collections.abc import Mapping

DEEPEST = 32  # our choice: the deepest input of ours has four levels
MOST_VALUES = 2_000  # keys of objects included; a form of ours has some thirty


def first_unusable(variables: Mapping[str, object]) -> str | None:
    """The reason against the first value that is no text, number or shape that we can keep; None where all are fine."""
    level: list[object] = [variables]
    counted = 0
    for _ in range(DEEPEST):
        below: list[object] = []
        for value in level:
            if isinstance(value, str):
                reason = _about_text(value)
                if reason:
                    return reason
            elif isinstance(value, float) and not math.isfinite(value):
                return "number_not_finite"
            elif isinstance(value, Mapping):
                below += value
                below += value.values()
            elif isinstance(value, list):
                below += value
        if not below:
            return None
        counted += len(below)
        if counted > MOST_VALUES:
            return "variables_too_many_values"
        level = below
    return "variables_too_deep"


def _about_text(text: str) -> str | None:
    if "\x00" in text:
        return "text_nul"
    if text.isascii():
        return None
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "text_lone_surrogate"
    return None
