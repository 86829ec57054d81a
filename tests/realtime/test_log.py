"""The log: places are given in commit order, without holes, whoever writes at the same moment."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg
import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from models.enums import ActorKind, EventKind, SubjectKind, Visibility
from realtime import log

AT = datetime(2026, 3, 2, 2, 0, 0, 123456, tzinfo=UTC)


def an_event(**given: object) -> log.NewEvent:
    told = {
        "kind": EventKind.RIGHTS_CHANGED,
        "at": AT,
        "actor_kind": ActorKind.SYSTEM,
        "subject_kind": SubjectKind.OFFICER,
    }
    return log.NewEvent(**{**told, **given})  # type: ignore[arg-type]


async def placed(database: BaseDBAsyncClient, *events: log.NewEvent) -> int:
    """Append events in a transaction of their own, and give the place of the last one."""
    return await log.last_seq(database, await log.append(database, events))


async def versions(database: BaseDBAsyncClient) -> list[tuple[int, int]]:
    """The place and the version of every event: the version tells them apart."""
    events, _ = await log.read_after(database, 0, 1_000)
    return [(event.seq, event.version) for event in events]


async def test_gives_back_every_field_as_it_was_written(database: BaseDBAsyncClient):
    written = log.NewEvent(
        kind=EventKind.STATUS_CHANGED,
        at=AT,
        actor_kind=ActorKind.STAFF,
        visibility=Visibility.INTERNAL,
        subject_kind=SubjectKind.OFFICER,
        subject_id=12,
        version=3,
        actor_id="officer:12",
        actor_officer_id=12,
        actor_agency_id=5,
        on_behalf_of_id=7,
        before={"status": "RECEIVED", "supporting": [1, 2], "confidential": None},
        after={"status": "VERIFIED"},
        changed=("status", "a,b", 'with "quotes"'),
        details={"reason": "DUPLICATE"},
        text_id=9,
        text_digest=b"\x00\xff\x10",
        client_mutation_id="m-1",
    )

    assert await placed(database, written) == 1

    [found], head = await log.read_after(database, 0, 10)
    assert {name: getattr(found, name) for name in log.NewEvent.__slots__} == {
        name: getattr(written, name) for name in log.NewEvent.__slots__
    }
    assert (found.seq, head.seq, head.reference_seq) == (1, 1, 0)


async def test_absent_states_and_texts_stay_absent(database: BaseDBAsyncClient):
    await log.append(database, [an_event()])

    [found], _ = await log.read_after(database, 0, 10)
    assert (found.before, found.after, found.changed, found.details, found.text_digest) == (None, None, (), {}, None)


async def test_numbers_the_events_of_one_call_in_their_order(database: BaseDBAsyncClient):
    assert await placed(database, *(an_event(version=version) for version in (30, 10, 20))) == 3

    assert await versions(database) == [(1, 30), (2, 10), (3, 20)]


async def test_gives_400_writers_at_once_distinct_places_without_holes_in_commit_order(database: BaseDBAsyncClient):
    committed: list[int] = []

    async def write(number: int) -> None:
        async with in_transaction() as transaction:
            appended = await log.append(transaction, [an_event(version=number)] * (1 + number % 3))
        committed.append(await log.last_seq(database, appended))

    await asyncio.gather(*(write(number) for number in range(400)))

    events, head = await log.read_after(database, 0, 1_000)
    places = {event.version: event.seq for event in events}
    assert [event.seq for event in events] == list(range(1, head.seq + 1)) == list(range(1, 800))
    assert len(places) == 400
    assert sorted(committed) == sorted(places.values())


async def test_nobody_reads_a_later_place_before_an_earlier_one(database: BaseDBAsyncClient):
    seen: list[list[int]] = []
    done = asyncio.Event()

    async def watch() -> None:
        while not done.is_set():
            events, _ = await log.read_after(database, 0, 1_000)
            seen.append([event.seq for event in events])

    async def write(number: int) -> None:
        async with in_transaction() as transaction:
            await log.append(transaction, [an_event(version=number)])

    watching = asyncio.create_task(watch())
    await asyncio.gather(*(write(number) for number in range(100)))
    done.set()
    await watching

    assert all(places == list(range(1, len(places) + 1)) for places in seen)


async def test_a_writer_who_stalls_between_append_and_commit_holds_nobody_up(database: BaseDBAsyncClient):
    async with in_transaction() as stalled:
        early = await log.append(stalled, [an_event(version=1)])
        late = await placed(database, an_event(version=2))

    assert await versions(database) == [(1, 2), (2, 1)]
    assert (late, await log.last_seq(database, early), early.least_seq) == (1, 2, 1)


async def test_16_writers_on_a_loop_that_stalls_after_each_append_keep_the_order_whole(database: BaseDBAsyncClient):
    committed: dict[int, int] = {}
    appended_by_eight = asyncio.Barrier(8)  # none of which has come to its COMMIT: the pool has ten connections

    async def write(number: int) -> None:
        async with in_transaction() as transaction:
            appended = await log.append(transaction, [an_event(version=number)] * 2)
            await appended_by_eight.wait()
            time.sleep(0.05)  # noqa: ASYNC251 - a worker that is busy with its screens
        committed[number] = await log.last_seq(database, appended)

    await asyncio.gather(*(write(number) for number in range(16)))

    found = await versions(database)
    assert [seq for seq, _ in found] == list(range(1, 33))
    assert [version for _, version in found[::2]] == [version for _, version in found[1::2]]
    assert {version: seq for seq, version in found} == committed


async def test_events_of_one_transaction_stand_together_in_the_order_in_which_they_were_appended(
    database: BaseDBAsyncClient,
):
    async with in_transaction() as transaction:
        await log.append(transaction, [an_event(version=1), an_event(version=2)])
        await placed(database, an_event(version=9))
        appended = await log.append(transaction, [an_event(version=3)])

    assert await versions(database) == [(1, 9), (2, 1), (3, 2), (4, 3)]
    assert await log.last_seq(database, appended) == 4


async def test_a_savepoint_that_is_rolled_back_takes_only_its_own_events_along(database: BaseDBAsyncClient):
    async def fail() -> None:
        async with in_transaction() as inner:
            await log.append(inner, [an_event(version=2)])
            raise ZeroDivisionError

    async with in_transaction() as transaction:
        await log.append(transaction, [an_event(version=1)])
        with pytest.raises(ZeroDivisionError):
            await fail()
        await log.append(transaction, [an_event(version=3)])

    assert await versions(database) == [(1, 1), (2, 3)]


async def test_the_place_of_an_event_is_its_own_whoever_comes_in_between_and_afterwards(database: BaseDBAsyncClient):
    async with in_transaction() as transaction:
        appended = await log.append(transaction, [an_event(), an_event()])
        await placed(database, an_event())
    await placed(database, *[an_event()] * 5)

    assert await log.last_seq(database, appended) == 3
    assert await log.last_seq(database, log.Appended(7)) == 7


async def test_nothing_waits_after_commit_and_nothing_is_shown_before(database: BaseDBAsyncClient):
    async with in_transaction() as transaction:
        await log.append(transaction, [an_event(kind=EventKind.REFERENCE_CHANGED)])
        before = await log.head(transaction)
        waiting = await transaction.execute_query_dict("SELECT count, last_reference FROM event_waiting")
    after = await log.head(database)

    assert (before.seq, before.reference_seq, after.seq, after.reference_seq) == (0, 0, 1, 1)
    assert waiting == [{"count": 1, "last_reference": 1}]
    assert await database.execute_query_dict("SELECT FROM event_waiting") == []


@asynccontextmanager
async def held_head(database: BaseDBAsyncClient) -> AsyncIterator[None]:
    """The log's head, locked over a connection of its own."""
    async with database.acquire_connection() as other, other.transaction():
        await other.execute("SELECT FROM log_head FOR UPDATE")
        yield


async def test_who_waits_too_long_for_the_head_at_commit_changes_nothing(database: BaseDBAsyncClient):
    async def write() -> None:
        async with in_transaction() as transaction:
            await transaction.execute_query("SET LOCAL lock_timeout = '10ms'")
            await log.append(transaction, [an_event(version=1)])

    async with held_head(database):
        with pytest.raises(asyncpg.LockNotAvailableError):
            await write()

    assert await placed(database, an_event(version=2)) == 1
    assert await versions(database) == [(1, 2)]


async def test_who_appends_outside_of_a_transaction_is_told_that_the_head_was_held(database: BaseDBAsyncClient):
    async with held_head(database), database.acquire_connection() as alone:
        await alone.execute("SET lock_timeout = '10ms'")
        with pytest.raises(asyncpg.LockNotAvailableError):
            await alone.fetch(log.APPEND, "[]", 1, 0)
        await alone.execute("RESET lock_timeout")

    assert await versions(database) == []
    assert await database.execute_query_dict("SELECT FROM event_waiting") == []


async def test_no_session_can_leave_out_the_numbering(database: BaseDBAsyncClient):
    async with in_transaction() as transaction:
        await transaction.execute_query("SET LOCAL session_replication_role = replica")
        await log.append(transaction, [an_event(version=1)])

    assert await versions(database) == [(1, 1)]


async def test_a_transaction_that_fails_leaves_no_hole(database: BaseDBAsyncClient):
    await log.append(database, [an_event()])

    async def write_and_fail() -> None:
        async with in_transaction() as transaction:
            await log.append(transaction, [an_event(), an_event()])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await write_and_fail()

    assert await placed(database, an_event()) == 2
    assert (await log.head(database)).seq == 2


async def test_the_head_names_the_last_change_of_rights_or_master_data(database: BaseDBAsyncClient):
    plain = an_event(kind=EventKind.CREDENTIAL_ISSUED)

    await log.append(database, [plain, an_event(), plain])
    first = await log.head(database)
    await log.append(database, [plain])
    second = await log.head(database)
    await log.append(database, [an_event(kind=EventKind.REFERENCE_CHANGED)])
    third = await log.head(database)

    assert [(head.seq, head.reference_seq) for head in (first, second, third)] == [(3, 2), (4, 2), (5, 5)]


async def test_reads_a_page_and_the_head_in_one_statement(database: BaseDBAsyncClient, count_queries):
    await log.append(database, [an_event() for _ in range(5)])

    with count_queries() as statements:
        events, head = await log.read_after(database, 1, 3)

    assert [event.seq for event in events] == [2, 3, 4]
    assert head.seq == 5
    assert statements.count == 1


async def test_appends_in_one_statement(database: BaseDBAsyncClient, count_queries):
    with count_queries() as statements:
        await log.append(database, [an_event() for _ in range(50)])

    assert statements.count == 1


async def test_refuses_to_append_nothing(database: BaseDBAsyncClient):
    with pytest.raises(ValueError, match="nothing to append"):
        await log.append(database, [])

    assert (await log.head(database)).seq == 0
