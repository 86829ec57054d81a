"""What was hidden in one response: each field and reason once, with the number of its objects (docs/adr/0010)."""

from __future__ import annotations

from typing import Any

from models.enums import HiddenReason


class Redactions:
    """Filled by the views of one operation as they hide fields; an object that is read twice counts once."""

    def __init__(self) -> None:
        self._hidden: dict[tuple[str, HiddenReason], set[int]] = {}

    def note(self, coordinate: str, reason: HiddenReason, key: int) -> None:
        """Note that the field was hidden on the object with this key, whether or not it holds a value."""
        hidden = coordinate, reason
        if hidden not in self._hidden:
            self._hidden[hidden] = set()
        self._hidden[hidden].add(key)

    def as_extensions(self) -> list[dict[str, Any]]:
        """The list for the extensions of the response."""
        return [
            {"field": coordinate, "reason": reason.value, "count": len(keys)}
            for (coordinate, reason), keys in sorted(self._hidden.items())
        ]
