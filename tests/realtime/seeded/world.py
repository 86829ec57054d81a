"""One schedule's world: a hub over a small desk in memory, its clients, and what goes wrong."""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Hashable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from realtime.guards import Guards
from realtime.hub import Hub
from realtime.members import Member
from realtime.yielding import Pace, PaceLimits
from tests.realtime.seeded.bell import SeededBell
from tests.realtime.seeded.check import Check
from tests.realtime.seeded.clients import Client, Likes, Subscription
from tests.realtime.seeded.desk import Desk
from tests.realtime.seeded.faults import Faults
from tests.realtime.seeded.ledger import Ledger, Principal
from tests.realtime.seeded.lines import Line
from tests.realtime.seeded.loop import SeededLoop
from tests.realtime.seeded.profile import Profile
from tests.realtime.seeded.troubles import Troubles

KEPT_NOTES = 1_000


class World:
    """violations: what did not hold. notes: what happened last; digest: of all that happened, equal for equal seeds."""

    def __init__(self, loop: SeededLoop, chance: Random, profile: Profile) -> None:
        self.loop = loop
        self.chance = chance
        self.profile = profile
        self.violations: list[str] = []
        self.notes: deque[tuple[Any, ...]] = deque(maxlen=KEPT_NOTES)
        self.digest = 0
        self.ledger = Ledger(loop)
        self.ledger.principals |= {name: Principal() for name in range(1, chance.randint(2, 4))}
        self.faults = Faults(loop, chance, profile, self.note)
        if profile.aimed:
            self.faults.aim = lambda key: isinstance(key, tuple) and key[-1] == 1
        self.desk = Desk(self.ledger, self.faults, self.violate)
        self.bell = SeededBell(self.faults, chance, 0.5 if profile.has("bell") else 1.0)
        self.guards = Guards(monotonic=loop.time, hopeless=lambda name: self.violate("a task is hopeless", name))
        # Next to no time passes while anything runs here: in every second schedule all count as having used much.
        used_much = -1.0 if profile.clients % 2 else 0.01
        pace = Pace(PaceLimits(slice_seconds=0.02, urgent_seconds=0.2, account_seconds=used_much), loop.time)
        self.hub = Hub(
            bell=self.bell, callbacks=self.desk.callbacks(), clock=self.desk.clock, log=self.desk,
            limits=profile.limits, guards=self.guards, monotonic=loop.time, pace=pace,
        )  # fmt: skip
        self.check = Check(self, self.violate)
        self.likes: list[Likes] = []
        self.clients = [Client(self, number, self._name(number)) for number in range(profile.clients)]
        self.troubles = Troubles(self)

    def _name(self, number: int) -> int:
        names = list(self.ledger.principals)
        return names[number % len(names)]

    @property
    def subscriptions(self) -> list[Subscription]:
        return [subscription for client in self.clients for subscription in client.subscriptions]

    @property
    def position(self) -> tuple[int, str]:
        """How far the hub has come, in which log."""
        history = self.hub._history
        return history.last, history.epoch

    def group_position(self, member: Member) -> int:
        """How far the group of a member has come."""
        group = self.hub.registry.connections.get(member.connection, {}).get(member)
        return member.position if group is None else group.position

    # ---------------------------------------------------------------- what is told

    def note(self, *words: Any) -> None:
        """Keep what happened, for who looks for the reason of a failure."""
        entry = (round(self.loop.time(), 6), *words)
        self.digest = zlib.crc32(repr(entry).encode(), self.digest)
        self.notes.append(entry)

    def violate(self, *words: Any) -> None:
        """Something does not hold."""
        self.note("VIOLATED", *words)
        self.violations.append(f"{self.loop.time():.6f} {' '.join(map(str, words))}")

    def shown(self, line: Line, operation: str, body: dict[str, Any]) -> None:
        """A frame was written."""
        segment = line.operations.get(operation)
        self.note("shown", line.number, operation, body["kind"], body["seq"])
        if line.closed:
            self.violate("written to a line that is closed", operation, body)
        elif segment is not None:
            self.check.shown(segment, body)
        elif not self._is_leaving(line, operation):
            self.violate("written after its end", operation, body)

    def _is_leaving(self, line: Line, operation: str) -> bool:
        """Whether its client completed it just now, which its task has not noticed yet."""
        last = [each.segment for each in self.subscriptions if each.operation == operation]
        return any(each is not None and each.line is line and each.stopped and each.task for each in last)

    # ---------------------------------------------------------------- what is asked

    def hurt(self, key: Hashable) -> tuple[int, int]:
        return self.faults.hurt[key], self.faults.hurt[None]

    def trouble_until(self, key: Hashable, name: int) -> float:
        """Until when what a group shows late has a reason."""
        until = self.faults.trouble_until
        if self.profile.aimed and name != 1:
            return max(until.get(key, 0.0), until.get(None, 0.0))
        return max(until.values(), default=0.0)

    def slow_beats(self, since: float) -> float:
        """How long slow groups may have held up the clock of heartbeats."""
        slow = [key for key, until in self.faults.trouble_until.items() if until >= since and isinstance(key, tuple)]
        return len(slow) * self.profile.limits.clock_patience

    def valid_until(self) -> datetime | None:
        """When a scope that is given now ends by itself, if it does."""
        if not self.profile.has("ends") or self.faults.calm.is_set() or self.chance.random() < 0.3:
            return None
        return self.desk.clock() + timedelta(seconds=self.chance.uniform(1.0, 20.0))
