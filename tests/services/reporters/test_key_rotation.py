"""A rotation goes on until nothing is left under another key, whoever writes or holds reporters meanwhile."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import orjson
import pytest

from models import AuditEntry, Reporter
from models.enums import AuditKind
from services.core.desk import Desk
from services.core.keys import Keys
from services.reporters import key_rotation
from services.reporters.key_rotation import Rotated, rotate, rotate_on_record
from services.reporters.sealing import current_key_id, seal, sealed_columns, unseal
from tests.factories import KEYS, make_ticket
from tests.services.reporters.test_citizens import somebody_waits

NEWER = Keys(KEYS.secret, (b"a-newer-secret-of-the-tests-that-guards-nothing",))


@pytest.fixture
async def older(desk: Desk, database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """The connection of a server with the older secret."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def told(name: str = "Sekar") -> int:
    """A reporter that a server with the older secret wrote; gives its ticket's id."""
    ticket = await make_ticket()
    await Reporter.create(ticket_id=ticket.id, **sealed_columns(KEYS, ticket.id, {"name": name}))
    return ticket.id


async def write(older: asyncpg.Connection) -> int:
    """The same on a connection of its own."""
    ticket = await make_ticket()
    columns = sealed_columns(KEYS, ticket.id, {"name": "Sekar"})
    statement = "INSERT INTO reporter (ticket_id, name, key_id) VALUES ($1, $2, $3)"
    await older.execute(statement, ticket.id, columns["name"], columns["key_id"])
    return ticket.id


async def hold(older: asyncpg.Connection, ticket_id: int) -> None:
    await older.execute("SELECT 1 FROM reporter WHERE ticket_id = $1 FOR UPDATE", ticket_id)


async def under(keys: Keys) -> list[int]:
    rows = Reporter.filter(key_id=current_key_id(keys)).order_by("ticket_id")
    return [row.ticket_id for row in await rows]


async def test_what_older_servers_write_meanwhile_is_sealed_too(desk: Desk) -> None:
    tickets = [await told() for _ in range(3)]
    names = iter(["Budi", "Wati", "Sari"])
    late: list[asyncio.Task[int]] = []

    def write_more(*_: int) -> None:
        if (name := next(names, None)) is not None:
            late.append(asyncio.get_running_loop().create_task(told(name)))

    rotated = await rotate(NEWER, write_more)

    tickets += [await task for task in late]
    if await under(KEYS):  # one that began after the last count is for the next run
        await rotate(NEWER)
    assert rotated.complete
    assert await under(NEWER) == sorted(tickets)


async def test_a_row_behind_the_pass_is_come_back_to(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_rotation, "BATCH", 1)
    tickets = [await told(), await told()]
    behind = await Reporter.filter(ticket_id=tickets[0]).get()
    old = sealed_columns(KEYS, tickets[0], {"name": "Wati"})
    passed: list[int] = []

    class Meanwhile(key_rotation.Rotation):
        async def _seal(self, statement, *values):  # type: ignore[no-untyped-def]
            rows = await super()._seal(statement, *values)
            passed.extend(row["id"] for row in rows)
            if passed == [behind.id]:
                await Reporter.filter(id=behind.id).update(**old)
            return rows

    rotated = await Meanwhile(NEWER, None, 0.0).run()

    assert rotated == Rotated(sealed=3, unreadable=0, left=0)
    assert await under(NEWER) == tickets


async def test_an_open_transaction_of_an_older_server_is_waited_for(older: asyncpg.Connection) -> None:
    first = await told()

    async with older.transaction():
        late = await write(older)
        rotation = asyncio.create_task(rotate(NEWER))
        while await under(NEWER) != [first]:
            assert not rotation.done()

    assert await rotation == Rotated(sealed=2, unreadable=0, left=0)
    assert await under(NEWER) == [first, late]


async def test_an_open_transaction_that_never_ends_is_told(older: asyncpg.Connection) -> None:
    await told()

    async with older.transaction():
        await write(older)
        rotated = await rotate(NEWER, patience=0.0)

    assert rotated == Rotated(sealed=1, unreadable=0, left=0, unfinished=True)
    assert not rotated.complete


async def test_a_locked_row_holds_up_no_other_and_is_counted_at_the_end(desk: Desk, older: asyncpg.Connection) -> None:
    held, other = await told(), await told()

    async with older.transaction():
        await hold(older, held)
        rotated = await rotate_on_record(replace(desk, keys=NEWER), patience=0.0)

    assert rotated == Rotated(sealed=1, unreadable=0, left=1)
    assert await under(NEWER) == [other]
    entry = await AuditEntry.filter(kind=AuditKind.KEYS_ROTATED).order_by("-id").first()
    assert entry is not None
    assert orjson.loads(entry.details) == {
        "key": current_key_id(NEWER),
        "state": "incomplete",
        "sealed": 1,
        "unreadable": 0,
        "left": 1,
    }
    assert await rotate(NEWER) == Rotated(sealed=1, unreadable=0, left=0)


async def test_a_locked_row_is_come_back_to_when_it_is_free(older: asyncpg.Connection) -> None:
    held, other = await told(), await told()

    async with older.transaction():
        await hold(older, held)
        rotation = asyncio.create_task(rotate(NEWER))
        while await under(NEWER) != [other] or not await somebody_waits():
            assert not rotation.done()

    assert await rotation == Rotated(sealed=2, unreadable=0, left=0)


async def test_what_can_not_be_read_is_left_and_ends_the_run_at_once(desk: Desk) -> None:
    lost, plain = await told(), await told()
    foreign = seal(Keys(os.urandom(32)), lost, "name", "Sekar")
    await Reporter.filter(ticket_id=lost).update(name=foreign, key_id="other")

    assert await rotate(NEWER) == Rotated(sealed=1, unreadable=1, left=1)
    assert (await Reporter.get(ticket_id=lost)).name == foreign
    assert unseal(NEWER, plain, "name", (await Reporter.get(ticket_id=plain)).name) == "Sekar"
