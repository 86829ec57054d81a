"""What each operation of a partner uses: points of its budget, and deprecated fields."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import replace
from typing import Any

from api.documents.documents import Prepared
from api.documents.prices import OPERATION
from api.security.budgets import FLUSH_SECONDS, Budgets, Charge
from api.security.flushing import Flushing
from realtime.cancellation import is_end
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.refusals import EdgeRefusal
from services.credentials.subscribers import network_of, parsed
from services.partners import deprecated_uses

LOGGER = logging.getLogger("surga.partners")


class PartnerUse(Flushing):
    """Charges partners, and counts what they use that is deprecated; keeps both up to date once a second."""

    every = FLUSH_SECONDS

    def __init__(self, desk: Desk, budgets: Budgets) -> None:
        self.budgets = budgets
        self.counted: Counter[tuple[int, str]] = Counter()
        self._desk = desk
        self._waiting: Counter[tuple[int, str]] = Counter()

    async def charge(self, scope: Scope, prepared: Prepared) -> Charge | None:
        """Take the price of an operation; None for callers without a budget."""
        if scope.granted is None or scope.client_id is None:
            return None
        self.note(scope.client_id, prepared.deprecated)
        charge = await self.budgets.spend(scope.client_id, scope.granted.budget, prepared.cost + OPERATION)
        return replace(charge, statements=prepared.statements + OPERATION)

    async def require(self, scope: Scope, prepared: Prepared) -> Charge | None:
        """Take the price of an operation and tell it, or raise what refuses it."""
        charge = await self.charge(scope, prepared)
        if charge is not None and charge.refusal is not None:
            raise charge.refusal
        return charge

    def note(self, partner: int, deprecated: tuple[str, ...]) -> None:
        """Count the deprecated coordinates of one operation."""
        for coordinate in deprecated:
            self.counted[partner, coordinate] += 1
            self._waiting[partner, coordinate] += 1

    async def flush(self) -> None:
        """Write the points that were taken to Redis, and the uses that were counted to the database."""
        await self.budgets.flush()
        waiting, self._waiting = self._waiting, Counter()
        try:
            await deprecated_uses.add(self._desk, waiting)
        except BaseException as problem:  # counts wait for a database that is away
            self._waiting.update(waiting)
            if is_end(problem):
                raise
            LOGGER.warning("Uses of deprecated fields wait to be written: %r", problem)


def require_network(scope: Scope, address: str) -> None:
    """Refuse a key from an address outside of its networks; raises FORBIDDEN."""
    if scope.networks is None:
        return
    known: Any = parsed(address)
    if known is None or not any(known in network_of(network) for network in scope.networks):
        raise EdgeRefusal("FORBIDDEN", "ADDRESS_NOT_ALLOWED")
