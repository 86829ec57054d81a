"""Every limit of the hub as one value: an installation sets three of them (api/composition.py), tests shrink any."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

# How far back a feed cursor may lie, for those who are pushed to and those who pull: in time, in events that match, and
# in events of the log that have to be looked at for that.
HORIZON = timedelta(days=7)
HORIZON_MATCHES = 2_000
HORIZON_REACH = 20_000


@dataclass(frozen=True, slots=True)
class HubLimits:
    """Sizes are counts unless they say bytes, times are seconds unless they are a timedelta.

    A number without a measurement is our choice; docs/security.md, table "Limits", says more of each.
    """

    # How far back `after` may reach.
    horizon: timedelta = HORIZON  # a week of holidays
    horizon_matches: int = HORIZON_MATCHES  # beyond it a fresh list is cheaper
    horizon_reach: int = HORIZON_REACH  # measured: some 2 s of work, in parts

    # Looks at the log.
    page: int = 500  # measured: one statement of some milliseconds
    tick: float = 1.0  # the worst delay where Redis is away
    read_seconds: float = 5.0  # then the connection is given up, and the next look has another
    first_pause: float = 0.1  # most faults are over by then
    longest_pause: float = 2.0  # live again 2 s after a database that was away
    lease: float = 5.0  # how long a complete look vouches for the scopes of open sockets: five looks may fail
    stall: float = 15.0  # three times the longest read: without any step for so long, looking is begun again

    # Clocks of their own.
    heartbeat: float = 10.0  # promised to clients, who give up after 25 s
    clock_patience: float = 0.25  # for one slow group: forty of them fit between two heartbeats
    snapshot_pause: float = 1.0  # between two snapshots of one group: nobody reads faster
    snapshot_patience: float = 0.25  # how long slow snapshots hold up the next round

    # What is kept to answer those who return: events for all groups, ready payloads for each and for all together.
    recent_events: int = 2_000  # as far as a cursor reaches, some 4 MB
    ready_payloads: int = 512  # of one group: what a deploy makes its members miss
    ready_bytes: int = 1 << 20  # the same in bytes
    crowd_bytes: int = 16 << 20  # the same while a crowd returns from far back: it is then one piece of work
    all_ready_bytes: int = 64 << 20  # of all groups: what one process may spend on it
    held_rows: int = 2_000  # as many as recent events
    history_kept: float = 30.0  # browsers come back within half a minute

    # How many groups there are, and what one account may have of them.
    groups: int = 50_000  # memory, not time, as an event asks only those whom it may concern
    groups_reserved: int = 5_000  # for staff, screens and partners: an office has hundreds
    groups_of_principal: int = 250  # more than any page of ours opens
    cost_of_principal: int = 50_000  # 250 lists of 200 fields: some 0.5 s of work, in slices

    # What runs side by side.
    groups_at_once: int = 16  # more than the pool has connections
    groups_of_principal_at_once: int = 2  # seven others go on beside one account with as many
    late_seconds: float = 120.0  # then members reload: nobody is served by older frames
    most_waiting: int = 50_000  # the same in memory
    replays_at_once: int = 4  # each holds a connection of the pool
    snapshots_at_once: int = 4  # for the same reason
    members_at_once: int = 500  # measured: writing to so many takes 5 ms
    turns_between: int = 4  # of the loop after these: measured with 16 who write to the database meanwhile
    rest_per_member: float = 80e-6  # of a group between two writes while more comes in: eight times what a write takes
    longest_rest: float = 0.2  # hardly longer than a blink; a change that comes alone waits for none
    run_bytes: int = 16 * 1024  # of events that each member is written in one go: as long to render as 500 to write
    replay_bytes_at_once: int = 64 * 1024  # what a socket takes without waiting
    replay_bytes_of_principal: int = 4 << 20  # 20 sockets that do not read hold no more
    replay_bytes_under_way: int = 64 << 20  # what one process may spend on it
    replay_bytes_reserved: int = 16 << 20  # for staff, screens and partners
    render_seconds: float = 10.0  # a frame takes milliseconds
    slice_seconds: float = 0.01  # shorter than anybody notices
