"""The chain of the audit log, as docs/adr/0013 writes it down so that anyone can compute it again by hand."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from services.audit.audit import COLUMNS, canonical, moment_text

WRITTEN_HEAD = re.compile(r"([0-9a-f]{64})@([0-9]{1,18})(?:@(.{1,40}))?")
LAST = "SELECT position, head FROM audit_seal ORDER BY position DESC LIMIT 1"


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain after so many entries; a copy kept elsewhere shows whether the log was rewritten or cut.

    kept_at: when it was kept, where that is known.
    """

    digest: str
    position: int
    kept_at: datetime | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return f"{self.digest}@{self.position}"


START = Head("0" * 64, 0)


def read_head(text: str) -> Head:
    """A head as it was printed, HASH@N, or HASH@N@TIME with when it was kept; raises ValueError for anything else."""
    found = WRITTEN_HEAD.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError("A head is written as HASH@N or HASH@N@TIME: 64 hexadecimal digits, @ and a number.")
    return Head(found[1], int(found[2]), None if found[3] is None else _moment(found[3].upper()))


def _moment(text: str) -> datetime:
    """A time with its zone; raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("The time of a head has a zone: 2026-03-02T02:00:00Z.")
    return moment


async def current_head(using: BaseDBAsyncClient) -> Head:
    """The head of the chain as it is stored."""
    _, rows = await using.execute_query(LAST)
    return Head(rows[0]["head"], rows[0]["position"]) if rows else START


def entry_digest(row: Mapping[str, Any]) -> str:
    """SHA-256 of an entry: its id and all its columns, in the order of COLUMNS."""
    return hashlib.sha256(canonical([row["id"], *(row[name] for name in COLUMNS)])).hexdigest()


def following(before: str, position: int, sealed_at: datetime, digest: str) -> str:
    """The head after one more entry: SHA-256 of four lines of text, without a line break at the end."""
    lines = (before, str(position), moment_text(sealed_at), digest)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
