"""What the database itself refuses: to change, remove or empty the log, but for words that give way to digests."""

from __future__ import annotations

import json
from typing import Any

import asyncpg
import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from models import Event
from models.enums import EventKind
from tests.factories import make_ticket

TABLES = ("event", "log_head", "log_epoch", "audit_entry", "audit_seal", "audit_waiting", "audit_tally")
DIGEST, OTHER = f"hmac {'0a' * 32}", f"hmac {'0b' * 32}"


async def refused(database: BaseDBAsyncClient, statement: str, *values: Any) -> None:
    async with database.acquire_connection() as connection:
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            await connection.execute(statement, *values)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("more", ["", " CASCADE", " RESTART IDENTITY"])
async def test_a_log_is_not_emptied_by_its_owner_either(database: BaseDBAsyncClient, table: str, more: str) -> None:
    await make_ticket()

    await refused(database, f"TRUNCATE {table}{more}")

    assert await Event.all().count() == 1


async def test_nor_behind_another_table(database: BaseDBAsyncClient) -> None:
    await make_ticket()

    await refused(database, "TRUNCATE ticket CASCADE")

    assert await Event.all().count() == 1


async def an_event(database: BaseDBAsyncClient) -> dict[str, Any]:
    """An event as releases wrote it that kept words in the log."""
    ticket = await make_ticket(external_keys=["partner:1|A-1", f"open311|{DIGEST}"])
    details = {"type": "Opened by Sekar", "reason": "OTHER", "texts": [{"id": 7, "kind": "NOTE", "digest": "00"}]}
    async with database.acquire_connection() as connection:
        await connection.execute(
            "INSERT INTO event SELECT (jsonb_populate_record(e, jsonb_build_object('seq', 2, 'before', e.after, "
            "'details', $1::jsonb, 'client_mutation_id', 'tab-1', 'words', NULL))).* FROM event e",
            json.dumps(details),
        )
    row = await Event.get(seq=2)
    assert row.after is not None
    assert row.after["external"] == ticket.external_keys
    return {"after": row.after, "details": details}


SET = "UPDATE event SET {} WHERE seq = 2"


async def test_words_give_way_to_digests_once(database: BaseDBAsyncClient) -> None:
    row = await an_event(database)
    state = {**row["after"], "external": [f"partner:1|{DIGEST}", f"open311|{DIGEST}"]}
    details = {"reason": "OTHER", "texts": [*row["details"]["texts"], {"id": 8}]}
    async with database.acquire_connection() as connection:
        await connection.execute(
            SET.format('before = $1, after = $1, details = $2, client_mutation_id = $3, words = \'{"title": "0a"}\''),
            json.dumps(state),
            json.dumps(details),
            DIGEST,
        )

    await refused(database, SET.format("client_mutation_id = $1"), OTHER)
    await refused(database, SET.format("client_mutation_id = 'tab-1'"))
    again = {**state, "external": [f"partner:1|{OTHER}", f"open311|{DIGEST}"]}
    await refused(database, SET.format("after = $1"), json.dumps(again))
    await refused(database, SET.format("words = '{}'"))
    await refused(database, SET.format("words = NULL"))
    await refused(database, SET.format("details = $1"), json.dumps({**details, "texts": []}))
    await refused(database, SET.format("details = $1"), json.dumps(row["details"]))


@pytest.mark.parametrize(
    "change",
    [
        "seq = 9",
        "at = at - interval '1 s'",
        "kind = 'MERGED'",
        "version = 2",
        "actor_id = 'officer:1'",
        "ticket_id = NULL",
        "text_digest = NULL",
        "visibility = 'INTERNAL'",
        "changed = '{title}'",
        "after = NULL",
        'after = after || \'{"status": "RESOLVED"}\'',
        "after = after || '{\"external\": []}'",
        'after = after || \'{"external": ["partner:1|A-2", "x"]}\'',
        f'after = after || \'{{"external": ["partner:2|{DIGEST}", "open311|{DIGEST}"]}}\'',
        "details = details - 'reason'",
        "details = details - 'texts'",
        'details = details || \'{"type": "another"}\'',
        "client_mutation_id = NULL",
        "client_mutation_id = 'tab-2'",
        "client_mutation_id = client_mutation_id",
    ],
)
async def test_nothing_else_of_an_event_changes(database: BaseDBAsyncClient, change: str) -> None:
    await an_event(database)
    before = await Event.all().order_by("seq").values()

    await refused(database, SET.format(change))
    await refused(database, "DELETE FROM event WHERE seq = 2")

    assert await Event.all().order_by("seq").values() == before
    assert before[1]["kind"] == EventKind.SUBMITTED
