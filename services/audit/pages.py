"""Pages of the audit log: all entries for admins, for others those by them and about them (decided here)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from models.database import connection
from models.enums import AuditKind, PrincipalKind, Role
from services.access import access
from services.access.access import SUPERVISORY_ROWS
from services.access.predicates import Every, Parameters
from services.access.scopes import SYSTEM, Scope
from services.audit.audit import NAME
from services.core.desk import Desk
from services.core.paging import by_time, decode_cursor, microseconds_of, page_size
from services.core.refusals import Checks, EdgeRefusal

ORDER = "audit"
COLUMNS = "e.id, e.at, e.kind, e.principal, e.subject, e.details, e.count, e.address"
PAGE = """
SELECT p.*, s.position, s.sealed_at FROM ({rows}) p LEFT JOIN audit_seal s ON s.entry_id = p.id
ORDER BY p.at DESC, p.id DESC LIMIT {limit}
"""
READERS = (PrincipalKind.STAFF, PrincipalKind.CITIZEN)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Conditions on entries; None and an empty tuple are no condition. since is included, until is not."""

    kinds: tuple[AuditKind, ...] = ()
    principal: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Entries, newest first; the row of an entry has its position in the chain, or None while it is not sealed."""

    rows: Sequence[Mapping[str, Any]]
    has_next: bool
    has_previous: bool
    scope: Scope
    desk: Desk = field(repr=False)

    def principal(self, row: Mapping[str, Any]) -> str:
        """The principal of an entry; citizens read of others only the kind, e.g. that it was an officer."""
        who: str = row["principal"]
        if self.scope.kind is PrincipalKind.CITIZEN and who != self.scope.principal:
            return who.partition(":")[0]
        return who

    def cursor(self, row: Mapping[str, Any]) -> str:
        """Where the list goes on after this entry."""
        return self.desk.cursors.seal_page(ORDER, [microseconds_of(row["at"]), row["id"]])


async def audit_page(desk: Desk, scope: Scope, wanted: AuditFilter, first: int, after: str | None) -> AuditPage:
    """One page of what this caller may read of the log; raises FORBIDDEN, BAD_INPUT and BAD_CURSOR."""
    if scope is not SYSTEM and scope.kind not in READERS:
        raise EdgeRefusal("FORBIDDEN", "AUDIT_READERS")
    checks, parameters = Checks(), Parameters()
    size = checks(page_size, first)
    after_key = checks(decode_cursor, desk.cursors, after, ORDER, by_time)
    checks.settle()
    rows = await _rows(_statement(scope, wanted, after_key, size + 1, parameters), parameters)
    return AuditPage(rows[:size], len(rows) > size, after is not None, scope, desk)


def reads_all(scope: Scope) -> bool:
    """Whether the whole log is open to this caller."""
    return scope is SYSTEM or scope.has(Role.ADMIN)


def _statement(
    scope: Scope, wanted: AuditFilter, after_key: tuple[datetime, int] | None, limit: int, parameters: Parameters
) -> str:
    """The statement of a page; entries by a caller and about them are read apart, each by an index of its own."""
    conditions = [*_conditions(wanted, after_key, parameters), *_not_accusing(scope, parameters)]
    if reads_all(scope):
        return PAGE.format(rows=_newest(conditions, limit), limit=limit)
    mine = parameters.add(scope.principal)
    by, about = (_newest([f"e.{column} = {mine}", *conditions], limit) for column in ("principal", "subject"))
    return PAGE.format(rows=f"({by}) UNION ({about})", limit=limit)


def _not_accusing(scope: Scope, parameters: Parameters) -> list[str]:
    """No entry about a supervisory ticket is for those whose agency it is about, not even for admins."""
    if scope is SYSTEM or not scope.is_staff:
        return []
    accusing = Every((SUPERVISORY_ROWS, access.accusing(scope.sight))).sql(parameters)
    tickets = f"ARRAY(SELECT 'ticket:' || t.id FROM ticket t WHERE {accusing})"
    return [f"(e.subject IS NULL OR e.subject <> ALL({tickets}))"]


def _newest(conditions: Sequence[str], limit: int) -> str:
    where = " AND ".join(conditions) or "TRUE"
    return f"SELECT {COLUMNS} FROM audit_entry e WHERE {where} ORDER BY e.at DESC, e.id DESC LIMIT {limit}"


def _conditions(wanted: AuditFilter, after_key: tuple[datetime, int] | None, parameters: Parameters) -> list[str]:
    found = []
    if wanted.kinds:
        found.append(f"e.kind = ANY({parameters.add([kind.value for kind in wanted.kinds])})")
    for column, operator, value in (
        ("principal", "=", _nameable(wanted.principal)),
        ("subject", "=", _nameable(wanted.subject)),
        ("at", ">=", wanted.since),
        ("at", "<", wanted.until),
    ):
        if value is not None:
            found.append(f"e.{column} {operator} {parameters.add(value)}")
    if after_key is not None:
        found.append(f"(e.at, e.id) < ({parameters.add(after_key[0])}, {parameters.add(after_key[1])})")
    return found


def _nameable(text: str | None) -> str | None:
    """The name to look for; a text that can be no name becomes one that no entry has."""
    return text if text is None or NAME.fullmatch(text) else ""


async def _rows(statement: str, parameters: Sequence[Any]) -> Sequence[Mapping[str, Any]]:
    _, rows = await connection().execute_query(statement, list(parameters))
    return rows
