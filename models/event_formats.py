"""The states of events in the format of this release, whichever release wrote them: the only place that converts them.

A release that changes what a field of a state means, or what it is called, raises EVENT_FORMAT in models/events.py and
adds the step from the format before. Where a state keeps its status stays the same for ever: statements read that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from models import events

State = dict[str, Any]

# From a format to the next one; a step changes nothing of what it is given, and keeps the status.
UPCASTERS: dict[int, Callable[[State], State]] = {}


def is_newer(written: int) -> bool:
    """Whether only a later release knows what the states of this format mean."""
    return written > events.EVENT_FORMAT


def lifted(written: int, state: State | None) -> State | None:
    """A state as this release would have written it; one without any field where this release does not know the format.

    A state that lacks a field is not shown where the field decides, and boards are counted anew
    (services/access/predicates.py).
    """
    if state is None or written == events.EVENT_FORMAT:
        return state
    if is_newer(written):
        return {}
    for step in range(written, events.EVENT_FORMAT):
        if step not in UPCASTERS:
            return {}
        state = UPCASTERS[step](state)
    return state
