"""Runs: what several events show, in their order, to be written to each member in one go."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from realtime.broadcast import Frames
from realtime.history import Touches
from realtime.log import LoggedEvent
from realtime.payloads import CachedPayload

Run = Sequence[tuple[LoggedEvent, CachedPayload]]


def frames_of(run: Run) -> Frames:
    """What is to be written; nothing for an event that shows nothing."""
    return [(event.seq, ready.payload) for event, ready in run if ready.payload is not None]


def last_shown(run: Run) -> LoggedEvent:
    """The last event that shows something."""
    return next(event for event, ready in reversed(run) if ready.payload is not None)


def still_holding(run: Run, touches: Touches) -> Run:
    """The first of these events, up to where a row was touched since it was loaded."""
    return list(takewhile(lambda each: touches.holds(each[1].ticket, each[1].touch), run))


def frames_holding(run: Run, touches: Touches) -> int:
    """How many frames there are up to where a row was touched since it was loaded."""
    return len(frames_of(still_holding(run, touches)))


def up_to(run: Run, frames: int) -> Run:
    """The first of these events, with so many frames; none where there are not as many."""
    ends = [end for end, (_, ready) in enumerate(run, start=1) if ready.payload is not None]
    if not 0 < frames <= len(ends):
        return []
    return run if frames == len(ends) else run[: ends[frames - 1]]
