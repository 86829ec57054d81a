"""Refusals and uses are counted: one row per principal and minute, however many processes saw them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tortoise.exceptions import BaseORMException

from models import AuditEntry, AuditTally
from models.database import connection
from models.enums import AuditKind
from services.audit import counts
from services.audit.audit import count_one
from services.audit.chain import current_head
from services.audit.counts import flush, settle
from services.audit.sealing import seal_waiting
from services.core.counters import MOST_KNOWN, MOST_STRANGERS, Counters
from services.core.desk import Desk

MINUTE = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


async def rows() -> list[tuple[Any, ...]]:
    return await AuditEntry.all().order_by("id").values_list("at", "kind", "principal", "count")


async def test_counts_become_one_row_per_principal_kind_and_minute(desk: Desk, clock) -> None:
    for _ in range(3):
        count_one(desk, AuditKind.TOKEN_USED, "client:3")
    count_one(desk, AuditKind.REFUSED, "client:3")
    count_one(desk, AuditKind.TOKEN_USED, "officer:1")
    clock.forward(seconds=59)
    count_one(desk, AuditKind.TOKEN_USED, "client:3")
    clock.forward(seconds=1)
    count_one(desk, AuditKind.TOKEN_USED, "client:3")
    await flush(desk)
    clock.forward(seconds=15)

    assert await settle(desk) == 3
    assert await rows() == [
        (MINUTE, AuditKind.REFUSED, "client:3", 1),
        (MINUTE, AuditKind.TOKEN_USED, "client:3", 4),
        (MINUTE, AuditKind.TOKEN_USED, "officer:1", 1),
    ]
    assert await AuditTally.all().values_list("principal", "count") == [("client:3", 1)]


async def test_several_processes_and_flushes_share_a_row(desk: Desk, clock) -> None:
    other = replace(desk, counters=Counters())
    for each in (desk, other, desk):
        count_one(each, AuditKind.TOKEN_USED, "client:3")
        await flush(each)
    clock.forward(seconds=75)

    await settle(desk)

    assert await rows() == [(MINUTE, AuditKind.TOKEN_USED, "client:3", 3)]


async def test_a_minute_is_not_settled_before_everyone_has_flushed_it(desk: Desk, clock) -> None:
    count_one(desk, AuditKind.TOKEN_USED, "client:3")
    await flush(desk)
    clock.forward(seconds=74)

    assert await settle(desk) == 0

    clock.forward(seconds=1)
    assert await settle(desk) == 1
    assert await settle(desk) == 0


async def test_settled_counts_are_sealed(desk: Desk, clock) -> None:
    count_one(desk, AuditKind.REFUSED, "officer:1")
    await flush(desk)
    clock.forward(minutes=2)
    await settle(desk)

    await seal_waiting(desk)

    assert (await current_head(connection())).position == 1


async def test_what_could_not_be_flushed_is_flushed_next_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    count_one(desk, AuditKind.TOKEN_USED, "client:3")
    with monkeypatch.context() as broken:
        broken.setattr(counts, "ADD", "SELECT nothing FROM nowhere")
        with pytest.raises(BaseORMException):
            await flush(desk)
    count_one(desk, AuditKind.TOKEN_USED, "client:3")

    await flush(desk)

    assert await AuditTally.all().values_list("principal", "count") == [("client:3", 2)]


async def test_flushing_nothing_sends_nothing(desk: Desk, count_queries) -> None:
    with count_queries() as statements:
        assert await flush(desk) == 0

    assert statements.count == 0


async def test_settles_in_batches(desk: Desk, clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "BATCH", 3)
    for number in range(7):
        count_one(desk, AuditKind.TOKEN_USED, f"client:{number}")
    await flush(desk)
    clock.forward(minutes=2)

    assert await settle(desk) == 7
    assert await AuditEntry.all().count() == 7


def test_an_attack_fills_no_memory_and_hides_nobody_else() -> None:
    counters = Counters()

    for number in range(3 * MOST_STRANGERS):
        counters.add(MINUTE, AuditKind.REFUSED, f"address:{number}")
    counters.add(MINUTE, AuditKind.REFUSED, "officer:1")

    assert len(counters.counts) == MOST_STRANGERS + 2
    for number in range(MOST_KNOWN):
        counters.add(MINUTE + timedelta(minutes=1), AuditKind.TOKEN_USED, f"ticket:{number}")
    counters.add(MINUTE + timedelta(minutes=1), AuditKind.REFUSED, "address:1")
    assert (MINUTE + timedelta(minutes=1), AuditKind.REFUSED, "address:1") in counters.counts
    assert counters.counts[MINUTE, AuditKind.REFUSED, "address:other"] == 2 * MOST_STRANGERS
    assert counters.counts[MINUTE, AuditKind.REFUSED, "officer:1"] == 1


def test_a_flush_does_not_open_the_bound_again_within_a_minute() -> None:
    counters = Counters()
    for number in range(MOST_KNOWN):
        counters.add(MINUTE, AuditKind.REFUSED, f"ticket:{number}")
    counters.take()

    counters.add(MINUTE, AuditKind.REFUSED, "ticket:1")
    counters.add(MINUTE, AuditKind.REFUSED, f"ticket:{MOST_KNOWN}")
    counters.add(MINUTE + timedelta(minutes=1), AuditKind.REFUSED, f"ticket:{MOST_KNOWN}")

    assert {key[2] for key in counters.take()} == {"ticket:1", "other", f"ticket:{MOST_KNOWN}"}
