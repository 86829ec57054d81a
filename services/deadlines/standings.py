"""Where the clocks of a ticket stand, as its row and the states of its events name it (docs/adr/0034). Pure."""

from __future__ import annotations

from collections.abc import Iterable

from models.enums import ClockKind, ClockState, DeadlineStanding

StandingClock = tuple[ClockKind, ClockState, DeadlineStanding]


def standings_of(clocks: Iterable[StandingClock]) -> list[str]:
    """Each clock with its standing, and each that has not stopped by itself, in a fixed order."""
    found: set[str] = set()
    for clock, state, standing in clocks:
        found.add(standing_name(clock, standing))
        if state is not ClockState.STOPPED:
            found.add(str(clock))
    return sorted(found)


def standing_name(clock: str, standing: str) -> str:
    """The name of a clock with its standing, e.g. `RESOLUTION:OVERDUE`."""
    return f"{clock}:{standing}"
