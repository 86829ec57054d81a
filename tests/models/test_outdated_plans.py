"""Statements whose plan a migration has outdated are tried again, and never with half of a transaction lost."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest
from tortoise.context import TortoiseContext
from tortoise.transactions import in_transaction

from models.database import connection, tortoise_config

READ = "SELECT word FROM surga_test_plan ORDER BY word"
WRITE = "INSERT INTO surga_test_plan VALUES ($1) RETURNING word"


@pytest.fixture
async def migrator(database: object, database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Who changes a table beside a pool of one connection that has read it."""
    other = await asyncpg.connect(database_url)
    await other.execute("CREATE TABLE surga_test_plan (word varchar(8))")
    try:
        async with TortoiseContext() as context:
            await context.init(config=tortoise_config(database_url, pool_size=1))
            await connection().execute_query(READ)
            yield other
    finally:
        await other.execute("DROP TABLE surga_test_plan")
        await other.close()


async def widen(migrator: asyncpg.Connection) -> None:
    await migrator.execute("ALTER TABLE surga_test_plan ALTER COLUMN word TYPE varchar(16)")


async def said(*statements: tuple[str, list[str]], fails: bool = False) -> None:
    """One transaction of these statements, which fails at its end where it is told to."""
    async with in_transaction() as transaction:
        for statement, values in statements:
            await transaction.execute_query(statement, values)
        if fails:
            raise ZeroDivisionError


async def said_after_a_savepoint() -> None:
    async with in_transaction() as transaction:
        async with in_transaction() as inner:
            await inner.execute_query(WRITE, ["lost"])
        await transaction.execute_query(READ)


async def words() -> list[str]:
    return [row["word"] for row in (await connection().execute_query(READ))[1]]


async def test_a_statement_outside_of_a_transaction_is_tried_again(migrator):
    await widen(migrator)

    assert await words() == []


@pytest.mark.parametrize("way", ["execute_query", "execute_query_dict", "execute_insert"])
async def test_a_transaction_begins_anew_where_its_first_statement_is_outdated(migrator, way):
    statement, values = (WRITE, ["one"]) if way == "execute_insert" else (READ, [])
    await getattr(connection(), way)(statement, values)
    await migrator.execute("DELETE FROM surga_test_plan")
    await widen(migrator)

    async with in_transaction() as transaction:
        await getattr(transaction, way)(statement, values)
        await transaction.execute_query(WRITE, ["two"])

    assert await words() == (["one", "two"] if way == "execute_insert" else ["two"])


async def test_a_transaction_that_began_anew_is_rolled_back_whole(migrator):
    await widen(migrator)

    with pytest.raises(ZeroDivisionError):
        await said((READ, []), (WRITE, ["one"]), fails=True)

    assert await words() == []


async def test_a_later_statement_ends_the_transaction_and_the_next_one_goes_well(migrator):
    await widen(migrator)

    with pytest.raises(asyncpg.InvalidCachedStatementError):
        await said((WRITE, ["lost"]), (READ, []))

    await said((WRITE, ["kept"]), (READ, []))
    assert await words() == ["kept"]


async def test_what_a_savepoint_did_counts_as_said(migrator):
    await widen(migrator)

    with pytest.raises(asyncpg.InvalidCachedStatementError):
        await said_after_a_savepoint()

    assert await words() == []
