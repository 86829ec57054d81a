"""Rules of a city for tests of clocks: policies and holds, announced as a seed announces them."""

from __future__ import annotations

from datetime import date
from typing import Any

from tortoise.transactions import in_transaction

from models import DeadlinePolicy, HoldRule
from models.enums import ClockKind, DeadlineUnit
from realtime import log
from services.deadlines.clocks import CLOCKS
from tests.factories import reference_changed

SINCE = date(2020, 1, 1)


async def give_policy(
    clock: ClockKind, amount: int, unit: DeadlineUnit = DeadlineUnit.WORKING_DAYS, **more: Any
) -> None:
    """A policy of this clock from 2020 on; its code is the clock's unless another is given."""
    rests = [str(status) for status in CLOCKS[clock].rests]
    values = {"code": clock.value, "rests": rests, "extension": 0, "extensions": 0, "verified": True, **more}
    async with in_transaction() as connection:
        await DeadlinePolicy.create(
            clock=clock, amount=amount, unit=unit, valid_from=SINCE, legal_basis="uji", **values, using_db=connection
        )
        await log.append(connection, [reference_changed()])


async def give_holds(working_days: int) -> None:
    """An agency may hold a ticket for so many working days in all."""
    async with in_transaction() as connection:
        await HoldRule.create(working_days=working_days, valid_from=SINCE, legal_basis="uji", using_db=connection)
        await log.append(connection, [reference_changed()])
