"""What clocks are counted by, out of the master data in memory."""

from __future__ import annotations

from functools import partial
from zoneinfo import ZoneInfo

from services.core.reference import Reference
from services.deadlines.stored.kept import Measures


def measures_of(reference: Reference, zone: ZoneInfo) -> Measures:
    """The calendars and policies of a snapshot of the master data, as the counting of clocks takes them."""
    agencies = {key: ref.code for key, ref in reference.agencies.items()}
    upward = partial(_upward, reference)
    return Measures(
        reference.calendar,
        reference.policies,
        reference.rules_version,
        zone,
        agencies,
        upward,
        reference.ladder,
    )


def _upward(reference: Reference, category: int | None) -> tuple[str, ...]:
    """The codes of a category and of all above it, its own first."""
    ref, found = reference.categories.get(category or 0), []
    while ref is not None:
        found.append(ref.code)
        ref = ref.parent
    return tuple(found)
