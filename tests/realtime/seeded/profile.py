"""What one seed tries: which troubles there are and how many, and the limits of the hub."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import Random

from realtime.limits import HubLimits

TROUBLES = (
    "error", "base", "stray", "delay", "long", "outage", "drop", "deaf", "leave", "replace", "rights", "revoke",
    "unjudgeable", "reference", "ends", "jump", "hide", "delete", "bad", "poor", "bell", "anybody", "burst", "sluggish",
)  # fmt: skip
# What only hurts one account where all trouble is aimed at it.
AIMED = frozenset(
    {"error", "base", "stray", "delay", "long", "deaf", "leave", "hide", "burst", "rights", "ends", "sluggish"}
)


@dataclass(frozen=True, slots=True)
class Profile:
    """rate: how often something awaited goes wrong. aimed: all of that happens to what one account has.

    seconds: how long there is trouble. disorder, step: see SeededLoop. exact: whether lateness is looked at.
    """

    troubles: frozenset[str]
    rate: float
    aimed: bool
    seconds: float
    clients: int
    disorder: float
    step: float
    limits: HubLimits
    broken_passes: bool

    def has(self, trouble: str) -> bool:
        return trouble in self.troubles

    @property
    def exact(self) -> bool:
        return self.step < 1e-4


def drawn(chance: Random) -> Profile:
    """The profile of a seed: some troubles at a time, as all at once hide each other."""
    density = chance.choice((0.2, 0.5, 0.8))
    troubles = frozenset(trouble for trouble in TROUBLES if chance.random() < density)
    aimed = chance.random() < 0.2
    return Profile(
        troubles=troubles & AIMED | {"long"} if aimed else troubles,
        rate=chance.choice((0.01, 0.04, 0.12)) * (4 if aimed else 1),
        aimed=aimed,
        seconds=chance.choice((8.0, 15.0, 25.0, 40.0)),
        clients=chance.randint(2, 5),
        disorder=chance.choice((1.0, 1.0, 0.3, 0.0)),
        step=chance.choice((1e-6, 1e-6, 1e-5, 2e-3)),
        limits=usual_limits(chance) if aimed else tight_limits(chance),
        broken_passes=chance.random() < 0.5,
    )


def usual_limits(chance: Random) -> HubLimits:
    return HubLimits(history_kept=3.0, page=chance.choice((1, 3, 500)), recent_events=chance.choice((2, 2_000)))


def tight_limits(chance: Random) -> HubLimits:
    """Limits of which some are so tight that a dozen events reach them."""
    choice = chance.choice
    part = choice((64 * 1024, 200))
    own = choice((4 << 20, part, 2 * part))
    groups = choice((50_000, 50_000, 50_000, 5))
    return HubLimits(
        horizon=choice((timedelta(days=7), timedelta(days=7), timedelta(seconds=10))),
        horizon_matches=choice((2_000, 2_000, 4)),
        horizon_reach=choice((20_000, 20_000, 12)),
        page=choice((1, 2, 5, 500)),
        recent_events=choice((1, 8, 2_000)),
        ready_payloads=choice((2, 512)),
        ready_bytes=choice((200, 1 << 20)),
        crowd_bytes=choice((300, 16 << 20)),
        all_ready_bytes=choice((400, 64 << 20)),
        held_rows=choice((1, 2_000)),
        history_kept=3.0,
        groups=groups,
        groups_reserved=choice((0, 1)) if groups < 10 else 5_000,
        groups_of_principal=choice((250, 250, 2)),
        groups_at_once=choice((16, 2)),
        groups_of_principal_at_once=choice((1, 2)),
        late_seconds=choice((120.0, 12.0)),
        most_waiting=choice((50_000, 50_000, 6)),
        replays_at_once=choice((4, 1)),
        snapshots_at_once=choice((4, 1)),
        members_at_once=choice((500, 1, 2)),
        turns_between=choice((4, 1)),
        rest_per_member=0.05 if groups < 10 else 0.0,
        run_bytes=choice((16 * 1024, 200)),
        replay_bytes_at_once=part,
        replay_bytes_of_principal=own,
        replay_bytes_under_way=choice((64 << 20, own + 2 * part)),
        replay_bytes_reserved=choice((0, part)),
    )
