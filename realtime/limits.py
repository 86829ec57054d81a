"""Every limit of the hub, as one value that an installation sets and tests shrink."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class HubLimits:
    """Sizes are counts unless they say bytes, times are seconds unless they are a timedelta."""

    # How far back `after` may reach.
    horizon: timedelta = timedelta(days=7)
    horizon_matches: int = 2_000
    horizon_events: int = 20_000

    # Looks at the log.
    page: int = 500
    tick: float = 1.0
    read_seconds: float = 5.0
    first_pause: float = 0.1
    longest_pause: float = 2.0
    heartbeat: float = 10.0
    picture_pause: float = 1.0  # between two pictures of one group
    picture_patience: float = 0.25  # how long a look waits for the pictures that it has begun

    # What is kept to answer those who return: events for all groups, ready payloads for each.
    recent_events: int = 2_000
    ready_payloads: int = 512
    ready_bytes: int = 1 << 20
    crowd_bytes: int = 16 << 20
    history_kept: float = 30.0

    # What runs side by side.
    groups: int = 1_000
    groups_of_principal: int = 250
    groups_at_once: int = 8
    replays_at_once: int = 4
    members_at_once: int = 500
    replay_bytes_at_once: int = 64 * 1024
    render_seconds: float = 10.0
    slice_seconds: float = 0.01
