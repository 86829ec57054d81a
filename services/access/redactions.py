"""What was hidden from one answer: each field and reason once, with the number of things that it was hidden on."""

from __future__ import annotations

from typing import Any

from models.enums import HiddenReason


class Redactions:
    """Filled by the views of one operation while they hide; a thing that is asked for twice counts once."""

    def __init__(self) -> None:
        self._hidden: dict[tuple[str, HiddenReason], set[int]] = {}

    def note(self, coordinate: str, reason: HiddenReason, key: int) -> None:
        """The field was hidden on the thing with this key, whether or not it holds a value."""
        hidden = coordinate, reason
        if hidden not in self._hidden:
            self._hidden[hidden] = set()
        self._hidden[hidden].add(key)

    def as_extensions(self) -> list[dict[str, Any]]:
        """As the answer's extensions show it."""
        return [
            {"field": coordinate, "reason": reason.value, "count": len(keys)}
            for (coordinate, reason), keys in sorted(self._hidden.items())
        ]
