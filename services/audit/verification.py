"""Verify the audit log from its first entry to its last, and name every entry that is not as it was written.

Source: docs/adr/0013.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from models.database import connection
from models.enums import AuditKind
from services.audit.audit import COLUMNS, key_id
from services.audit.chain import START, Head, current_head, entry_digest, following
from services.audit.sealing import is_ours
from services.core.keys import Keys

PAGE = 2_000
ENTRY = ", ".join(f"e.{name}" for name in COLUMNS)
SEALS = f"""
SELECT s.position, s.entry_id, s.sealed_at, s.digest, s.head, e.id, {ENTRY}
FROM audit_seal s LEFT JOIN audit_entry e ON e.id = s.entry_id
WHERE s.position > $1 AND s.position <= $2 ORDER BY s.position LIMIT $3
"""
UNSEALED = f"""
SELECT p.id, p.unsealed, p.waits, {ENTRY} FROM (
  SELECT e.id, s.entry_id IS NULL AS unsealed, w.entry_id IS NOT NULL AS waits FROM audit_entry e
  LEFT JOIN audit_seal s ON s.entry_id = e.id LEFT JOIN audit_waiting w ON w.entry_id = e.id
  WHERE e.id > $1 ORDER BY e.id LIMIT $2
) p JOIN audit_entry e ON e.id = p.id ORDER BY p.id
"""
GONE = """
SELECT w.entry_id FROM audit_waiting w LEFT JOIN audit_entry e ON e.id = w.entry_id
WHERE e.id IS NULL ORDER BY w.entry_id LIMIT $1
"""
ADOPTIONS = f"SELECT e.id, {ENTRY} FROM audit_entry e WHERE e.kind = '{AuditKind.LOG_ADOPTED.value}' ORDER BY e.id"
Progress = Callable[[int, int], None]


class Wrong(StrEnum):
    """CHANGED: other contents than were sealed. REMOVED: sealed or waiting, and gone. INSERTED: not written by Surga.

    UNSEALED: its seal is gone, or was kept from being made. UNLINKED: a seal that does not follow from the one before.
    GAP: seals that are gone. UNKNOWN_KEY: written under a secret that is not this installation's. CUT and REWRITTEN:
    the chain is shorter than a head that was kept elsewhere, or another one. LOST: the same, for a head from beyond the
    position at which a restored log was adopted, as an entry of ours proves, unless it is known to be newer.
    """

    CHANGED = "CHANGED"
    REMOVED = "REMOVED"
    INSERTED = "INSERTED"
    UNSEALED = "UNSEALED"
    UNLINKED = "UNLINKED"
    GAP = "GAP"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    CUT = "CUT"
    REWRITTEN = "REWRITTEN"
    LOST = "LOST"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, with the entry and its position in the chain where known; a gap has two ends.

    explained: it is lost, and known to have been kept before the adoption that lost it: nothing is wrong with the log.
    """

    wrong: Wrong
    entry_id: int | None = None
    position: int | None = None
    at: datetime | None = None
    until: int | None = None
    explained: bool = False


@dataclass(slots=True)
class Verification:
    """What is verified with: keys, heads that were kept elsewhere, and ids of secrets from before this one.

    After the end, head is where the chain ends, waiting and oldest_waiting tell what the sealer has yet to do.
    """

    keys: Keys
    kept: Collection[Head] = ()
    earlier_keys: Collection[str] = ()
    progress: Progress | None = None
    head: Head = START
    waiting: int = 0
    oldest_waiting: datetime | None = None
    key: str = field(init=False)
    adopted: list[tuple[int, datetime]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.key = key_id(self.keys)

    async def findings(self) -> AsyncIterator[Finding]:
        """Everything that is wrong, in the order of the chain; a page of it is in memory at a time."""
        end = await current_head(connection())
        self.adopted = await self._adoptions()
        async for finding in self._sealed(end):
            yield finding
        for position in sorted({head.position for head in self.kept if head.position > self.head.position}):
            heads = [head for head in self.kept if head.position == position]
            yield replace(self._unlike(heads, Wrong.CUT), position=position)
        async for finding in self._unsealed():
            yield finding
        _, lost = await connection().execute_query(GONE, [PAGE])
        for row in lost:
            yield Finding(Wrong.REMOVED, row["entry_id"])

    async def _sealed(self, end: Head) -> AsyncIterator[Finding]:
        while self.head.position < end.position:
            _, rows = await connection().execute_query(SEALS, [self.head.position, end.position, PAGE])
            for row in rows:
                for finding in self._of_seal(row):
                    yield finding
                self.head = Head(row["head"], row["position"])
            if self.progress is not None:
                self.progress(self.head.position, end.position)
            if not rows:
                return

    def _of_seal(self, row: Mapping[str, Any]) -> Sequence[Finding]:
        """What is wrong with one sealed entry, and with the position before it."""
        position, after = row["position"], self.head.position + 1
        gap = [Finding(Wrong.GAP, position=after, until=position - 1)] if position != after else []
        wrong = [Finding(each) for each in (_link_of(self.head, row), self._contents_of(row)) if each is not None]
        heads = [head for head in self.kept if head.position == position and head.digest != row["head"]]
        wrong += [self._unlike(heads, Wrong.REWRITTEN)] if heads else []
        return gap + [replace(each, entry_id=row["entry_id"], position=position, at=row["at"]) for each in wrong]

    def _unlike(self, heads: Sequence[Head], wrong: Wrong) -> Finding:
        """The worst finding about kept heads of one position that are not in the chain."""
        found = [self._of_head(head, wrong) for head in heads]
        return min(found, key=lambda finding: (finding.wrong is Wrong.LOST, finding.explained))

    def _of_head(self, head: Head, wrong: Wrong) -> Finding:
        """What is wrong with a kept head that the chain does not have.

        LOST if it was kept before the adoption of a restored log that did not reach so far: a restore explains it then.
        A head that was kept after the adoption should be in the chain.
        """
        losses = [at for reached, at in self.adopted if reached < head.position]
        if head.kept_at is None:
            return Finding(Wrong.LOST if losses else wrong)
        explained = any(head.kept_at < at for at in losses)
        return Finding(Wrong.LOST if explained else wrong, explained=explained)

    async def _adoptions(self) -> list[tuple[int, datetime]]:
        """How far the chain reached whenever a restored log was adopted, and when, by entries that Surga wrote."""
        _, rows = await connection().execute_query(ADOPTIONS)
        ours = [row for row in rows if self._origin_of(row) is None]
        return [(json.loads(row["details"])["position"], row["at"]) for row in ours]

    def _contents_of(self, row: Mapping[str, Any]) -> Wrong | None:
        if row["id"] is None:
            return Wrong.REMOVED
        return Wrong.CHANGED if entry_digest(row) != row["digest"] else self._origin_of(row)

    def _origin_of(self, row: Mapping[str, Any]) -> Wrong | None:
        if row["key_id"] == self.key:
            return None if is_ours(self.keys, row) else Wrong.INSERTED
        return None if row["key_id"] in self.earlier_keys else Wrong.UNKNOWN_KEY

    async def _unsealed(self) -> AsyncIterator[Finding]:
        last = 0
        while True:
            _, rows = await connection().execute_query(UNSEALED, [last, PAGE])
            for row in (row for row in rows if row["unsealed"]):
                wrong = self._origin_of(row) or self._wait_of(row)
                if wrong is not None:
                    yield Finding(wrong, row["id"], at=row["at"])
            if not rows:
                return
            last = rows[-1]["id"]

    def _wait_of(self, row: Mapping[str, Any]) -> Wrong | None:
        if not row["waits"]:
            return Wrong.UNSEALED
        self.waiting += 1
        self.oldest_waiting = min(self.oldest_waiting or row["at"], row["at"])
        return None


def _link_of(before: Head, row: Mapping[str, Any]) -> Wrong | None:
    """UNLINKED where a seal does not follow from the one before it; after a gap this can not be checked."""
    if row["position"] != before.position + 1:
        return None
    expected = following(before.digest, row["position"], row["sealed_at"], row["digest"])
    return None if expected == row["head"] else Wrong.UNLINKED
