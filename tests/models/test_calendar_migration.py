"""The migration of the calendar on a desk that stands: its days stay, and the release before goes on with them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from api.embedded.embedded import Servers
from models.database import tortoise_config
from models.migrating import run_migrations

BEFORE, CALENDAR, POLICIES = "0021_short_names", "0022_calendar", "0026_deadline_policies"
PATIENT = {"statement_timeout": "0", "lock_timeout": "30s", "idle_in_transaction_session_timeout": "0"}
DAYS = [
    (date(2026, 3, 21), "HOLIDAY", "Hari Raya Idul Fitri", "PyPI holidays 0.109"),
    (date(2027, 3, 10), "HOLIDAY", "Hari Raya Idul Fitri (perkiraan)", "PyPI holidays 0.109"),
    (date(2024, 11, 27), "HOLIDAY", "Hari Pemilihan Kepala Daerah", "PyPI holidays 0.109"),
    (date(2025, 8, 18), "JOINT_LEAVE", "Cuti Bersama", "SKB 3 Menteri"),
]
INSERT = "INSERT INTO calendar_day (day, kind, name, source) VALUES ($1, $2, $3, $4)"  # as the release before writes
STORED = "SELECT day, kind, name, source FROM calendar_day ORDER BY day"
MARKS = "SELECT day::text, kind, estimated, origin, calendar_code FROM calendar_day ORDER BY day"


async def migrated(url: str, target: str) -> None:
    async with TortoiseContext():
        config = tortoise_config(url, pool_size=2, settings=PATIENT, answer_seconds=None)
        await run_migrations(config, target=target)


@pytest.fixture
async def desk_of_before(empty_database_url: str, servers: Servers) -> AsyncIterator[asyncpg.Connection]:
    await migrated(empty_database_url, BEFORE)
    opened = await asyncpg.connect(empty_database_url)
    await opened.executemany(INSERT, DAYS)
    yield opened
    await opened.close()


@pytest.mark.slow
async def test_days_are_carried_over_the_release_before_writes_on_and_the_way_back_is_open(
    desk_of_before: asyncpg.Connection, empty_database_url: str
) -> None:
    await migrated(empty_database_url, CALENDAR)
    marks = [tuple(row) for row in await desk_of_before.fetch(MARKS)]
    await desk_of_before.execute(INSERT, date(2028, 1, 1), "HOLIDAY", "Tahun Baru", "PyPI holidays 0.109")
    with pytest.raises(asyncpg.UniqueViolationError):
        await desk_of_before.execute(INSERT, date(2028, 1, 1), "HOLIDAY", "Tahun Baru", "PyPI holidays 0.109")
    own = "INSERT INTO calendar_day (day, kind, name, source, calendar_code) VALUES ($1, $2, $3, $4, $5)"
    await desk_of_before.execute(own, date(2028, 1, 1), "LOCAL", "Tutup", "SK", "SELALU")

    await migrated(empty_database_url, BEFORE)

    assert marks == [
        ("2024-11-27", "ELECTION", False, "LIBRARY", None),
        ("2025-08-18", "JOINT_LEAVE", False, "DECREE", None),
        ("2026-03-21", "HOLIDAY", False, "LIBRARY", None),
        ("2027-03-10", "HOLIDAY", True, "LIBRARY", None),
    ]
    back = [tuple(row) for row in await desk_of_before.fetch(STORED)]
    assert back == sorted([*DAYS, (date(2028, 1, 1), "HOLIDAY", "Tahun Baru", "PyPI holidays 0.109")])


@pytest.mark.slow
async def test_rules_are_carried_over_as_policies(desk_of_before: asyncpg.Connection, empty_database_url: str) -> None:
    insert = (
        "INSERT INTO deadline_rule (classification, working_days, valid_from, legal_basis) VALUES ($1, $2, $3, 'SK 1')"
    )
    for rule in ((None, 3, date(2014, 10, 7)), ("INFORMATION_REQUEST", 10, date(2020, 1, 1))):
        await desk_of_before.execute(insert, *rule)

    await migrated(empty_database_url, POLICIES)

    carried = (
        "SELECT code, clock, classification, amount, unit, rests, valid_from::text FROM deadline_policy ORDER BY clock"
    )
    assert [tuple(row) for row in await desk_of_before.fetch(carried)] == [
        (
            "information-request",
            "RESOLUTION",
            "INFORMATION_REQUEST",
            10,
            "WORKING_DAYS",
            '["ANSWERED", "INCOMPLETE", "ON_HOLD"]',
            "2020-01-01",
        ),
        ("verification", "VERIFICATION", None, 3, "WORKING_DAYS", '["INCOMPLETE", "ON_HOLD"]', "2014-10-07"),
    ]
    assert await desk_of_before.fetchval("SELECT count(*) FROM deadline_rule") == 2
    assert await desk_of_before.fetchval("SELECT count(*) FROM installation WHERE rules_version <> 1") == 0
