"""Every limit of the hub, as one value that an installation sets and tests shrink."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class HubLimits:
    """Sizes are counts unless they say bytes, times are seconds unless they are a timedelta.

    The reason for each number stands in docs/security.md, table "Limits".
    """

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
    lease: float = 5.0  # how long a complete look vouches for the scopes of open lines
    stall: float = 15.0  # without any step of a look for so long, looking is begun again

    # Clocks of their own.
    heartbeat: float = 10.0
    clock_patience: float = 0.25  # how long a clock waits for one slow group before it goes on to the next
    picture_pause: float = 1.0  # between two pictures of one group
    picture_patience: float = 0.25  # how long pictures that take long hold up the next round

    # What is kept to answer those who return: events for all groups, ready payloads for each and for all together.
    recent_events: int = 2_000
    ready_payloads: int = 512
    ready_bytes: int = 1 << 20
    crowd_bytes: int = 16 << 20
    all_ready_bytes: int = 64 << 20
    held_rows: int = 2_000
    history_kept: float = 30.0

    # How many groups there are, and what one account may have of them.
    groups: int = 50_000
    groups_reserved: int = 5_000
    groups_of_principal: int = 250
    cost_of_principal: int = 50_000

    # What runs side by side.
    groups_at_once: int = 16
    groups_of_principal_at_once: int = 2
    late_seconds: float = 120.0
    most_waiting: int = 50_000
    replays_at_once: int = 4
    pictures_at_once: int = 4
    members_at_once: int = 500
    replay_bytes_at_once: int = 64 * 1024
    replay_bytes_of_principal: int = 4 << 20
    replay_bytes_under_way: int = 64 << 20
    replay_bytes_reserved: int = 16 << 20
    render_seconds: float = 10.0
    slice_seconds: float = 0.01
