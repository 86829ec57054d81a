"""The log: places are given in commit order, without holes, whoever writes at the same moment."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

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

    assert await log.append(database, [written]) == 1

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
    assert await log.append(database, [an_event(version=version) for version in (30, 10, 20)]) == 3

    events, _ = await log.read_after(database, 0, 10)
    assert [(event.seq, event.version) for event in events] == [(1, 30), (2, 10), (3, 20)]


async def test_gives_400_writers_at_once_distinct_places_without_holes_in_commit_order(database: BaseDBAsyncClient):
    committed: list[int] = []

    async def write(number: int) -> None:
        async with in_transaction() as transaction:
            last = await log.append(transaction, [an_event(version=number)] * (1 + number % 3))
        committed.append(last)

    await asyncio.gather(*(write(number) for number in range(400)))

    events, head = await log.read_after(database, 0, 1_000)
    places = {event.version: event.seq for event in events}
    assert [event.seq for event in events] == list(range(1, head.seq + 1)) == list(range(1, 800))
    assert len(places) == 400
    assert len(set(committed)) == 400


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


async def test_a_transaction_that_fails_leaves_no_hole(database: BaseDBAsyncClient):
    await log.append(database, [an_event()])

    async def write_and_fail() -> None:
        async with in_transaction() as transaction:
            await log.append(transaction, [an_event(), an_event()])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await write_and_fail()

    assert await log.append(database, [an_event()]) == 2
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
