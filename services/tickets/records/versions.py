"""Which version of a ticket a caller must have read (decided here)."""

from __future__ import annotations

from services.core.refusals import InvalidInput, VersionConflict


def require_version(ticket_id: int, actual: int, expected: int | None) -> None:
    """Raise VersionConflict where somebody has changed it since, and InvalidInput where nobody has read that yet."""
    if expected is not None and expected > actual:
        raise InvalidInput("VERSION_AHEAD", path=("expectedVersion",), actual=actual)
    if expected is not None and actual != expected:
        raise VersionConflict(ticket_id, expected, actual)
