"""What every use case is given: keys, clock, master data, bell and cursors of this installation.

Numbers that name no source are our choice.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import connection
from models.enums import Classification
from realtime.bell import Bell
from realtime.cursors import Cursors
from realtime.limits import HORIZON, HORIZON_MATCHES, HORIZON_REACH
from realtime.yielding import Pace
from services.core.board_cache import Boards
from services.core.counters import Counters
from services.core.keys import Keys
from services.core.links import Links
from services.core.password_hashing import Passwords
from services.core.reference import Reference, References


def utc_now() -> datetime:
    return datetime.now(UTC)


CLOCK_TOLERANCE = timedelta(minutes=2)  # our choice: how far another system's clock may be ahead


@dataclass(frozen=True, slots=True)
class DeviceRules:
    """How screens are let in (RFC 8628): lifetimes, how often they poll, and how many may wait for an approver."""

    code_lifetime: timedelta = timedelta(minutes=10)
    interval: timedelta = timedelta(seconds=5)
    pending_per_address: int = 5
    pending: int = 1_000
    access_lifetime: timedelta = timedelta(hours=24)
    refresh_lifetime: timedelta = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Rules:
    """Times and sizes by which the desk works; an installation sets those that rules_of names (api/server/opening.py).


    retention are the classes whose closed tickets are erased, each after a period since the last event; None are those
    without a classification. A session of staff ends after session_lifetime, and sooner when nobody uses it for
    session_idle; shortest_password counts characters. Numbers below least_cell point at single persons. A sender
    without a token who says the same again within same_report is heard once; zero hears everything. A feed cursor
    reaches back for horizon, and over so many events that match or that must be looked at.
    """

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Jakarta"))
    idempotency_lifetime: timedelta = timedelta(days=7)  # our choice
    same_report: timedelta = timedelta(hours=24)  # docs/adr/0014
    citizen_session_lifetime: timedelta = timedelta(hours=2)  # our choice: whoever comes back types the secret again
    session_lifetime: timedelta = timedelta(hours=12)  # our choice: one sign-in for a day of work
    session_idle: timedelta = timedelta(hours=4)  # our choice: longer than any break of such a day
    sessions_per_officer: int = 10  # our choice: more devices than one person uses
    shortest_password: int = 12  # characters; our choice
    invitation_lifetime: timedelta = timedelta(days=3)  # our choice: a link outlasts a weekend
    horizon: timedelta = HORIZON
    horizon_matches: int = HORIZON_MATCHES
    horizon_reach: int = HORIZON_REACH
    clock_tolerance: timedelta = CLOCK_TOLERANCE
    least_cell: int = 5  # our choice
    retention: tuple[tuple[Classification | None, timedelta], ...] = ()
    devices: DeviceRules = field(default_factory=DeviceRules)


STANDARD = Rules()


# A desk, and the keys of tickets.
PassFirst = Callable[["Desk", Sequence[int]], Awaitable[object]]


async def nothing_passes(_: Desk, __: Sequence[int]) -> None:
    """Does nothing: for a desk that keeps no clocks."""


@dataclass(frozen=True, slots=True)
class Desk:
    keys: Keys
    cursors: Cursors
    bell: Bell
    references: References = field(default_factory=References)
    boards: Boards = field(default_factory=Boards)
    links: Links = field(default_factory=Links)
    counters: Counters = field(default_factory=Counters)
    pace: Pace = field(default_factory=Pace)
    previews: asyncio.Lock = field(default_factory=asyncio.Lock)
    passwords: Passwords = field(default_factory=Passwords)
    # By credential, those that called last at the end (services/credentials/known_scopes.py).
    scopes: OrderedDict[int, Any] = field(default_factory=OrderedDict)
    clock: Callable[[], datetime] = utc_now
    rules: Rules = field(default_factory=Rules)
    # What has passed of tickets is written before anything else happens to them (services/clocks/passing.py).
    pass_first: PassFirst = nothing_passes

    def now(self) -> datetime:
        return self.clock()

    def today(self) -> date:
        """The day in the desk's zone; between 17:00 and 24:00 UTC it is already tomorrow in WIB."""
        return self.now().astimezone(self.rules.zone).date()

    def at(self, moment: datetime) -> Desk:
        """The same desk at another moment: for imports, simulations and tests."""
        return replace(self, clock=lambda: moment)

    async def reference(self, using: BaseDBAsyncClient | None = None) -> Reference:
        """The master data of this moment."""
        return await self.references.current(using or connection(), self.today())

    async def committed(self, seq: int) -> None:
        """Ring the bell for events up to seq: called after COMMIT, never inside a transaction."""
        await self.bell.ring(seq)
