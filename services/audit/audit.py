"""The entries of the audit log: one for each action, or one for each kind, principal and minute with a count.

A row can never be changed or erased, so it holds codes, numbers and counts only; this file refuses anything else.
Source: docs/adr/0013.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import connection
from models.enums import AuditKind
from services.core.counters import REST
from services.core.desk import Desk
from services.core.keys import Keys

NAME = re.compile(r"[a-z_]{1,20}(:[A-Za-z0-9._-]{1,79})?")
DETAIL = re.compile(r"[A-Za-z0-9_.:,/-]{0,200}")
KEYED_ADDRESS = re.compile(r"[0-9a-f]{32}")
MOST_DETAILS = 20
WRITER = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))
Details = Mapping[str, str | int | bool]
COLUMNS = (
    "at", "kind", "principal", "subject", "reason_digest", "details", "address", "count", "nonce", "key_id", "mac",
)  # fmt: skip
TYPES = (
    "timestamptz", "text", "text", "text", "text", "text", "text", "bigint", "text", "text", "text",
)  # fmt: skip
INSERT = (
    f"INSERT INTO audit_entry ({', '.join(COLUMNS)}) SELECT * FROM unnest("
    + ", ".join(f"${index}::{type_}[]" for index, type_ in enumerate(TYPES, 1))
    + ")"
)


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry before it is written; the parameters of record explain its fields."""

    kind: AuditKind
    principal: str
    subject: str | None = None
    reason: str | None = None
    details: Details = field(default_factory=dict)
    address: str | None = None
    count: int = 1


async def record(
    desk: Desk,
    kind: AuditKind,
    principal: str,
    *,
    subject: str | None = None,
    reason: str | None = None,
    details: Details | None = None,
    address: str | None = None,
    using: BaseDBAsyncClient | None = None,
) -> None:
    """Write one entry, in the caller's transaction where using is given.

    principal and subject are names like "officer:12"; of the reason only a keyed digest stays, of the address only its
    keyed hash. Raises ValueError for free text among the details, which is a mistake in the code.
    """
    entry = NewEntry(kind, principal, subject, reason, details or {}, address)
    await insert(using or connection(), [row_of(desk.keys, desk.now(), entry)])


def count_one(desk: Desk, kind: AuditKind, principal: str) -> None:
    """Count one action for the entry of its principal and minute; a crash loses what is not flushed yet."""
    desk.counters.add(desk.now(), kind, principal if NAME.fullmatch(principal) else REST[False])


async def insert(using: BaseDBAsyncClient, rows: list[tuple[Any, ...]]) -> None:
    """Write rows in one statement."""
    await using.execute_query(INSERT, [list(column) for column in zip(*rows, strict=True)])


def row_of(keys: Keys, at: datetime, entry: NewEntry) -> tuple[Any, ...]:
    """The columns of a new entry, as the database keeps them."""
    given = {
        "at": at,
        "kind": entry.kind.value,
        "principal": named(entry.principal),
        "subject": None if entry.subject is None else named(entry.subject),
        "reason_digest": None if entry.reason is None else keys.text_digest(entry.reason).hex(),
        "details": details_text(entry.details),
        "address": None if entry.address is None else keyed(keys, entry.address),
        "count": entry.count,
        "nonce": secrets.token_hex(16),
        "key_id": key_id(keys),
    }
    return (*given.values(), mac_of(keys, given))


def named(text: str) -> str:
    """A principal or a subject; raises ValueError for what is no name of a row."""
    if NAME.fullmatch(text) is None:
        raise ValueError("An audit entry names rows, like officer:12.")
    return text


def details_text(details: Details) -> str:
    """Details as JSON with sorted names; raises ValueError for free text."""
    texts = [value for value in details.values() if isinstance(value, str)]
    if len(details) > MOST_DETAILS or not all(DETAIL.fullmatch(text) for text in (*details, *texts)):
        raise ValueError("An audit entry holds codes, numbers and counts, no words.")
    return WRITER.encode(dict(sorted(details.items())))


def keyed(keys: Keys, address: str) -> str:
    """The keyed hash of an address, which may be hashed already."""
    return str(address) if KEYED_ADDRESS.fullmatch(address) else keys.address_hash(address)


def key_id(keys: Keys) -> str:
    """A public name of the secret that the MACs of entries are made with."""
    return keys.digest("audit key id").hex()[:8]


def mac_of(keys: Keys, row: Mapping[str, Any]) -> str:
    """The HMAC over all columns of an entry except its id, which the database gives."""
    return keys.digest("audit entry", canonical([row[name] for name in COLUMNS if name != "mac"])).hex()


def canonical(values: list[Any]) -> bytes:
    """Values in their canonical form: a JSON array in ASCII without blanks, moments as UTC with microseconds."""
    plain = [moment_text(value) if isinstance(value, datetime) else value for value in values]
    return WRITER.encode(plain).encode()


def moment_text(moment: datetime) -> str:
    """E.g. 2026-03-02T02:00:00.000000Z."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
