"""What happens in the small desk: changes of tickets and rights, and everything that goes wrong around the hub."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from typing import TYPE_CHECKING

from models.enums import EventKind
from tests.realtime.seeded.plans import AGENCIES, TICKETS

if TYPE_CHECKING:
    from tests.realtime.seeded.world import World

PAUSES = (0.0, 0.05, 0.3, 1.0)
EVENTS = ("replace", "rights", "revoke", "unjudgeable", "reference", "jump", "outage", "delete", "poor", "sluggish")


class Troubles:
    """Officers who write, and a hand that makes trouble; both until it is calm."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._chance = world.chance
        self._ledger = world.ledger
        self._likely = [event for event in EVENTS if world.profile.has(event)]

    async def write(self) -> None:
        """Commit changes of tickets, some of them many at once."""
        world, chance = self._world, self._chance
        while not world.faults.calm.is_set():
            await asyncio.sleep(chance.choice(PAUSES) + chance.random() / 4)
            burst = chance.randint(2, 12) if world.profile.has("burst") and chance.random() < 0.2 else 1
            for _ in range(burst):
                self.change()
            world.bell.ring()

    def change(self) -> None:
        """One change of a ticket: its agency, who may see it, or something else."""
        world, chance = self._world, self._chance
        details = {name: True for name in ("bad", "anybody") if world.profile.has(name) and chance.random() < 0.06}
        ticket = chance.choice(TICKETS)
        if chance.random() < 0.15:
            self._ledger.tell_nothing(chance.choice(list(self._ledger.principals)))
        if world.profile.has("hide") and chance.random() < 0.25:
            self._ledger.change(ticket, details, secret=chance.random() < 0.5)
        elif chance.random() < 0.4:
            self._ledger.change(ticket, details, agency=chance.choice(AGENCIES))
        else:
            self._ledger.change(ticket, details)
        world.note("commits", ticket, self._ledger.last)

    async def make(self) -> None:
        """Make trouble of the kinds that this seed has."""
        world, chance = self._world, self._chance
        while self._likely:
            await world.faults.quiet(chance.uniform(0.5, 8.0))
            if world.faults.calm.is_set():
                return
            trouble = chance.choice(self._likely)
            world.note("trouble", trouble)
            getattr(self, f"_{trouble}")()
            if chance.random() < 0.5:
                self.change()
            world.bell.ring()

    def change_rights(self, name: int) -> None:
        """What somebody may see changes, or is only asked for again."""
        secret, anybody = self._chance.random() < 0.5, self._chance.random() < 0.2
        kind = self._chance.choice((EventKind.RIGHTS_CHANGED, EventKind.CREDENTIAL_REVOKED))
        self._ledger.change_rights(name, kind, secret=secret, anybody=anybody)
        self._world.bell.ring()

    def soothe(self) -> None:
        """Whatever cannot pass by itself is put right again."""
        for name, principal in self._ledger.principals.items():
            principal.judgeable = True
            if principal.revoked:
                self._ledger.change_rights(name, EventKind.RIGHTS_CHANGED, revoked=False)
        self._world.desk.budget.clear()
        self._world.faults.away_until = 0.0

    # ---------------------------------------------------------------- one kind each

    def _somebody(self) -> int:
        names = list(self._ledger.principals)
        return 1 if self._world.profile.aimed else self._chance.choice(names)

    def _replace(self) -> None:
        last = self._ledger.last
        self._ledger.replace(max(0, last - self._chance.choice((0, 1, 5, last))))

    def _rights(self) -> None:
        self.change_rights(self._somebody())

    def _revoke(self) -> None:
        revoked = self._chance.random() < 0.5
        self._ledger.change_rights(self._somebody(), EventKind.CREDENTIAL_REVOKED, revoked=revoked)

    def _unjudgeable(self) -> None:
        name = self._somebody()
        self._ledger.principals[name].judgeable = self._chance.random() < 0.5
        self._ledger.ask_again(name)

    def _reference(self) -> None:
        self._ledger.change_reference()

    def _jump(self) -> None:
        self._world.desk.jump(self._chance.choice((-3_600.0, -2.0, 2.0, 3_600.0)))

    def _outage(self) -> None:
        self._world.faults.away_until = self._world.loop.time() + self._chance.choice((1.0, 6.0, 20.0, 60.0))

    def _delete(self) -> None:
        self._ledger.delete(self._chance.choice(TICKETS))

    def _poor(self) -> None:
        """A group is paid for a few frames more."""
        for key in self._some_group(late=self._chance.random() < 0.5):
            self._world.desk.budget[key] = self._chance.randint(0, 3)

    def _sluggish(self) -> None:
        """The frames of one group take long, until those of another do."""
        sluggish = self._world.faults.sluggish
        sluggish.clear()
        for key in self._some_group():
            sluggish[key] = self._chance.choice((0.3, 2.0, 7.0))

    def _some_group(self, *, late: bool = False) -> list[Hashable]:
        """The key of a group; late: of one with a member that is further than it, where there is one."""
        segments = [each.segment for each in self._world.subscriptions if each.segment is not None]
        ahead = [each for each in segments if each.open and each.ahead] if late else []
        aimed = [key for each in ahead or segments if self._world.faults.aim(key := each.plan.key)]
        return [self._chance.choice(aimed)] if aimed else []
