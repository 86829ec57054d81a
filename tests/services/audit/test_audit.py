"""What is written down to be proven: codes only, one by one or counted, and never changed by anyone."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import asyncpg
import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import OperationalError
from tortoise.transactions import in_transaction

from models import AuditEntry, AuditWaiting
from models.enums import AuditKind
from services.audit import audit, sealing
from services.audit.chain import START
from services.audit.sealing import WAITING
from services.core.desk import Desk

ADDRESS = "0123456789abcdef" * 2


async def test_writes_one_thing_down(desk: Desk) -> None:
    await audit.record(
        desk,
        AuditKind.RIGHTS_CHANGED,
        "officer:1",
        subject="officer:12",
        reason="Pindah ke bagian lain",
        details={"role": "LIAISON", "agency": 4, "ended": False},
        address=ADDRESS,
    )

    entry = await AuditEntry.get()
    assert (entry.at, entry.kind, entry.principal) == (desk.now(), AuditKind.RIGHTS_CHANGED, "officer:1")
    assert (entry.subject, entry.address, entry.count) == ("officer:12", ADDRESS, 1)
    assert json.loads(entry.details) == {"role": "LIAISON", "agency": 4, "ended": False}
    assert entry.reason_digest == desk.keys.text_digest("Pindah ke bagian lain").hex()
    assert await AuditWaiting.all().values_list("entry_id", flat=True) == [entry.id]


async def test_writes_in_one_statement(desk: Desk, count_queries: Callable[[], AbstractContextManager[Any]]) -> None:
    with count_queries() as statements:
        await audit.record(desk, AuditKind.SIGNED_IN, "officer:1")

    assert statements.count == 1


async def test_hashes_an_address_that_is_none_yet(desk: Desk) -> None:
    await audit.record(desk, AuditKind.SIGNED_IN, "officer:1", address="203.0.113.9")

    assert (await AuditEntry.get()).address == desk.keys.address_hash("203.0.113.9")


@pytest.mark.parametrize(
    "wrong",
    [
        {"principal": "Siti Rahayu"},
        {"principal": "siti@kediri.go.id"},
        {"subject": "081234567890"},
        {"details": {"why": "She asked for it"}},
        {"details": {"mail": "siti@kediri.go.id"}},
        {"details": {"a name": 1}},
        {"details": {f"n{number}": number for number in range(21)}},
    ],
)
async def test_takes_no_words(desk: Desk, wrong: dict[str, Any]) -> None:
    given = {"principal": "officer:1", **wrong}

    with pytest.raises(ValueError, match="An audit entry"):
        await audit.record(desk, AuditKind.RIGHTS_CHANGED, given.pop("principal"), **given)

    assert await AuditEntry.all().count() == 0


async def test_goes_with_the_transaction_that_it_tells_of(desk: Desk) -> None:
    async def failing() -> None:
        async with in_transaction() as using:
            await audit.record(desk, AuditKind.KEY_ISSUED, "officer:1", using=using)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await failing()

    assert (await AuditEntry.all().count(), await AuditWaiting.all().count()) == (0, 0)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET principal = 'officer:2'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "UPDATE audit_seal SET head = ''",
        "DELETE FROM audit_seal",
        "TRUNCATE audit_seal",
    ],
)
async def test_the_database_lets_nobody_change_it(desk: Desk, database: BaseDBAsyncClient, statement: str) -> None:
    await audit.record(desk, AuditKind.SIGNED_IN, "officer:1")

    with pytest.raises(asyncpg.RaiseError, match="append-only"):
        await database.execute_query(statement)

    assert [entry.principal for entry in await AuditEntry.all()] == ["officer:1"]


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_entry_append_only ON audit_entry",
        "CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE sql AS 'SELECT NULL'",
        "SET session_replication_role = replica",
        "TRUNCATE audit_entry",
    ],
)
async def test_a_role_that_owns_no_tables_writes_and_seals_but_switches_no_guard_off(
    desk: Desk, database: BaseDBAsyncClient, statement: str
) -> None:
    """As docs/audit.md advises operators to run the program."""
    role = f"surga_test_{database.database}"  # type: ignore[attr-defined]

    async def as_program() -> None:
        async with in_transaction() as using:
            for grant in (
                f"CREATE ROLE {role}",
                f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
                f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}",
                f"SET LOCAL ROLE {role}",
            ):
                await using.execute_query(grant)
            await audit.record(desk, AuditKind.SIGNED_IN, "officer:1", using=using)
            _, rows = await using.execute_query(WAITING, [10])
            assert (await sealing._seal(using, START, rows, desk.now())).position == 1
            await using.execute_query(statement)

    with pytest.raises(OperationalError, match=r"must be owner|permission denied"):
        await as_program()
