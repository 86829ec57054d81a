"""The row of a ticket, written by the statement that appends to the log."""

from __future__ import annotations

from collections.abc import Mapping, Set
from functools import lru_cache
from typing import Any

import orjson

from realtime.beside import Beside

# What moves change, with its type; all else is rarely written, and Tortoise does it.
TYPES = {
    "status": "text",
    "version": "int",
    "updated_at": "timestamptz",
    "hold_until": "date",
    "resumes": "text",
    "referred_to_id": "int",
    "merged_into_id": "bigint",
    "classification": "text",
    "category_id": "int",
    "lead_agency_id": "int",
    "supporting_agency_ids": "int[]",
    "assignee_id": "int",
    "assignee_left": "boolean",
    "supervisory": "boolean",
    "return_count": "int",
    "reopen_count": "int",
    "answers_waiting": "int",
    "extension_askers": "int[]",
    "closed_by_silence": "boolean",
    "case_done": "boolean",
    "due_at": "timestamptz",
    "standing": "text",
    "clock_standings": "text[]",
    "rules_version": "int",
}


def is_plain(columns: Set[str]) -> bool:
    """Whether these columns can be written beside an append."""
    return columns <= TYPES.keys()


def saving(ticket_id: int, values: Mapping[str, Any]) -> Beside:
    """The statement that writes these columns of a locked ticket."""
    return Beside("saved", _statement(tuple(values)), orjson.dumps({**values, "id": ticket_id}).decode())


@lru_cache(maxsize=256)
def _statement(names: tuple[str, ...]) -> str:
    types = ", ".join(f"{name} {TYPES[name]}" for name in names)
    values = ", ".join(f"{name} = row.{name}" for name in names)
    return (
        f"UPDATE ticket SET {values} FROM jsonb_to_record($1::text::jsonb) AS row(id bigint, {types}) "
        "WHERE ticket.id = row.id"
    )
