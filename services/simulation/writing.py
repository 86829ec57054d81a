"""Writes many simulated tickets into the tables with COPY; their events go into the log in order of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields as dataclass_fields
from datetime import datetime
from itertools import accumulate, chain
from operator import itemgetter
from typing import Any

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient

from models.events import EVENT_FORMAT
from realtime.log import NewEvent
from services.core.desk import Desk
from services.core.keys import Keys
from services.reporters.sealing import sealed_columns
from services.simulation.cast import Cast
from services.simulation.lives import ROW_COLUMNS, Life, Supply
from services.tickets.clocks.rows import write_clocks
from services.tickets.numbering import next_numbers

TAKE = "UPDATE log_head SET seq = seq + $1 WHERE id = 1 AND log_lives_here(home) RETURNING seq"
TEXTS_PER_TICKET = 8
ANSWERS_PER_TICKET = 3
LONGEST_COPY_SECONDS = 3_600.0
ANSWER_COLUMNS = (
    "id",
    "ticket_id",
    "version",
    "state",
    "text",
    "author_id",
    "approver_id",
    "agency_id",
    "updated_at",
    "sent_at",
)
ESCALATION_COLUMNS = ("id", "ticket_id", "level", "at", "rule_code", "life_at", "at_once", "notified")
REPORTER_COLUMNS = ("ticket_id", "name", "phone", "phone_index", "key_id")
_BESIDE = "mutation_digest"  # stands in the column of the name that it is the digest of; made-up clients give none
EVENT_COLUMNS = (
    *("seq", "recorded_at", "format"),
    *(field.name for field in dataclass_fields(NewEvent) if field.name != _BESIDE),
)


async def supply(
    connection: BaseDBAsyncClient, desk: Desk, cast: Cast, moments: Sequence[datetime], *, history: bool
) -> Supply:
    """Ids and tracking numbers for tickets received at these moments, which stand in order.

    Ids for texts and answers are reserved only where the tickets will have a history.
    """
    count = len(moments)
    years = [moment.astimezone(desk.rules.zone).year for moment in moments]
    numbers: list[str] = []
    for year in dict.fromkeys(years):
        first = moments[years.index(year)]
        prefix = cast.reference.number_prefix
        numbers += await next_numbers(connection, prefix, first, desk.rules.zone, years.count(year))
    return Supply(
        tickets=await _reserved(connection, "ticket", count),
        numbers=iter(numbers),
        texts=await _reserved(connection, "ticket_text", count * TEXTS_PER_TICKET * history),
        answers=await _reserved(connection, "answer", count * ANSWERS_PER_TICKET * history),
    )


async def _reserved(connection: BaseDBAsyncClient, table: str, count: int) -> Iterator[int]:
    rows = await connection.execute_query_dict(
        "SELECT nextval(pg_get_serial_sequence($1, 'id')) AS id FROM generate_series(1, $2)", [table, count]
    )
    return iter([int(row["id"]) for row in rows])


async def without_time_limits(connection: BaseDBAsyncClient) -> None:
    """Lift the time limits of this transaction: many histories are made in it, and then written at once."""
    await connection.execute_query("SET LOCAL statement_timeout = 0")
    await connection.execute_query("SET LOCAL idle_in_transaction_session_timeout = 0")


async def write(connection: BaseDBAsyncClient, keys: Keys, lives: Sequence[Life], now: datetime) -> int:
    """Store the lives and their events; the last writes of the transaction. Gives the last seq."""
    raw = connection._connection  # Tortoise has no COPY, so this asks asyncpg itself
    await _copy(raw, "ticket", ROW_COLUMNS, (_ticket(life) for life in lives))
    texts = chain.from_iterable(
        ((text.id, life.row["id"], text.kind.value, text.body) for text in life.texts) for life in lives
    )
    await _copy(raw, "ticket_text", ("id", "ticket_id", "kind", "body"), texts)
    answers = chain.from_iterable(life.answers for life in lives)
    await _copy(raw, "answer", ANSWER_COLUMNS, (tuple(each[name] for name in ANSWER_COLUMNS) for each in answers))
    people = (_reporter(keys, life) for life in lives if life.form.reporter_name)
    await _copy(raw, "reporter", REPORTER_COLUMNS, people)
    await write_clocks(connection, {life.row["id"]: life.clocks for life in lives})
    await _escalations(connection, lives)
    return await _append(raw, lives, now)


async def _escalations(connection: BaseDBAsyncClient, lives: Sequence[Life]) -> None:
    """The rows of rungs; their events learn the keys here."""
    raised = list(chain.from_iterable(life.escalations for life in lives))
    keys = await _reserved(connection, "escalation", len(raised))
    for (columns, details), key in zip(raised, keys, strict=True):
        columns["id"] = details["escalation"] = key
    raw = connection._connection  # as in write
    rows = ((*(each[name] for name in ESCALATION_COLUMNS), _json(each["rule"])) for each, _ in raised)
    await _copy(raw, "escalation", (*ESCALATION_COLUMNS, "rule"), rows)


async def _append(raw: Any, lives: Sequence[Life], now: datetime) -> int:
    """The COPY form of realtime.log.append, for great numbers: it locks the head at once, and holds it until COMMIT."""
    told = sorted(chain.from_iterable(map(_in_turn, lives)), key=itemgetter(0))
    rows = [_event(event, now) for _, event in told]
    last: int = await raw.fetchval(TAKE, len(rows))
    first = last - len(rows) + 1
    await _copy(raw, "event", EVENT_COLUMNS, ((first + index, *row) for index, row in enumerate(rows)))
    return last


def _in_turn(life: Life) -> Iterator[tuple[datetime, NewEvent]]:
    """The events of a life with the moments at which they were written: what had passed is told after it passed."""
    return zip(accumulate((event.at for event in life.events), max), life.events, strict=True)


async def _copy(raw: Any, table: str, columns: Sequence[str], records: Iterator[tuple[Any, ...]]) -> None:
    await raw.copy_records_to_table(table, columns=list(columns), records=records, timeout=LONGEST_COPY_SECONDS)


def _reporter(keys: Keys, life: Life) -> tuple[Any, ...]:
    """A sealed reporter, in the order of REPORTER_COLUMNS."""
    given = {"name": life.form.reporter_name, "phone": life.form.reporter_phone}
    values = {name: value for name, value in given.items() if value is not None}
    columns = sealed_columns(keys, life.row["id"], values) | {"ticket_id": life.row["id"]}
    return tuple(columns.get(name) for name in REPORTER_COLUMNS)


def _ticket(life: Life) -> tuple[Any, ...]:
    return tuple(orjson.dumps(value).decode() if name == "media" else value for name, value in _ordered(life.row))


def _ordered(row: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((name, row[name]) for name in ROW_COLUMNS)


def _event(event: NewEvent, now: datetime) -> tuple[Any, ...]:
    return (
        now,
        EVENT_FORMAT,
        event.kind.value,
        event.at,
        event.actor_kind.value,
        event.visibility.value,
        event.subject_kind.value,
        event.subject_id,
        event.ticket_id,
        event.version,
        event.actor_id,
        event.actor_officer_id,
        event.actor_agency_id,
        event.on_behalf_of_id,
        _json(event.before),
        _json(event.after),
        list(event.changed),
        _json(event.details),
        event.text_id,
        event.text_digest,
        event.mutation_digest,
        _json(event.words),
    )


def _json(value: dict[str, Any] | None) -> str | None:
    return None if value is None else orjson.dumps(value).decode()
