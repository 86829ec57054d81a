"""The accounts of staff as admins see them: pages by name, in one statement however many assignments they have.

Decided here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from models.database import connection
from models.enums import Role
from services.access.scopes import Scope, require_admin
from services.core.desk import Desk
from services.core.paging import by_name, decode_cursor, page_size, search_words
from services.core.reference import Reference
from services.core.refusals import Checks, EdgeRefusal, Forbidden
from services.credentials.posts import AssignmentView
from services.inputs.emails import looked_up
from services.inputs.names import sort_key, sort_key_sql
from services.inputs.signs import plain
from services.staff.staff import ADMIN_ONLY

ORDER = "staff"
SORT_KEY = sort_key_sql("o.name")
ACCOUNT = """
SELECT o.id, o.name, o.email, o.active, o.version, p.changed_at AS password_changed_at,
  (SELECT max(i.expires_at) FROM invitation i WHERE i.officer_id = o.id AND i.expires_at > $1) AS link_expires_at,
  (SELECT json_agg(json_build_array(a.agency_id, a.role, a.valid_from, a.valid_to) ORDER BY a.valid_from, a.id)
   FROM assignment a WHERE a.officer_id = o.id) AS assignments
FROM officer o LEFT JOIN officer_password p ON p.officer_id = o.id
"""
PAGE = f"""{ACCOUNT}
WHERE (o.active OR $2) AND ({SORT_KEY}, o.id) > ($3, $4)
  AND ($5 = '' OR strpos({SORT_KEY}, $5) > 0 OR strpos(o.email, $7) > 0)
ORDER BY {SORT_KEY}, o.id LIMIT $6
"""


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account with all of its assignments, oldest first."""

    pk: int
    name: str
    email: str
    active: bool
    version: int
    password_changed_at: datetime | None
    link_expires_at: datetime | None
    assignments: tuple[AssignmentView, ...]


@dataclass(frozen=True, slots=True)
class AccountPage:
    accounts: list[AccountView]
    cursors: list[str]
    has_next: bool
    has_previous: bool


async def account_page(
    desk: Desk, scope: Scope, search: str | None, first: int, after: str | None, *, ended: bool = False
) -> AccountPage:
    """Accounts by name, with a part of name or e-mail where asked; for admins."""
    _require(scope)
    checks = Checks()
    size, part = checks(page_size, first), checks(search_words, search)
    after_key = checks(decode_cursor, desk.cursors, after, ORDER, by_name) or ("", 0)
    checks.settle()
    rows, reference = await _read(desk, PAGE, ended, *after_key, sort_key(plain(part)), size + 1, looked_up(part))
    shown = [_view(row, reference) for row in rows[:size]]
    cursors = [desk.cursors.seal_page(ORDER, (sort_key(each.name), each.pk)) for each in shown]
    return AccountPage(shown, cursors, has_next=len(rows) > size, has_previous=after is not None)


async def account_by_id(desk: Desk, scope: Scope, key: int) -> AccountView:
    """One account as it is now; for admins."""
    _require(scope)
    rows, reference = await _read(desk, f"{ACCOUNT} WHERE o.id = $2", key)
    return _view(rows[0], reference)


async def _read(desk: Desk, statement: str, *values: Any) -> tuple[list[Mapping[str, Any]], Reference]:
    reference = await desk.reference()
    _, rows = await connection().execute_query(statement, [desk.now(), *values])
    return list(rows), reference


def _view(row: Mapping[str, Any], reference: Reference) -> AccountView:
    held = json.loads(row["assignments"]) if row["assignments"] else []
    return AccountView(
        pk=row["id"],
        name=row["name"],
        email=row["email"],
        active=row["active"],
        version=row["version"],
        password_changed_at=row["password_changed_at"],
        link_expires_at=row["link_expires_at"],
        assignments=tuple(
            AssignmentView(reference.agencies[agency], Role(role), date.fromisoformat(begins), _day(ends))
            for agency, role, begins, ends in held
        ),
    )


def _require(scope: Scope) -> None:
    try:
        require_admin(scope, ADMIN_ONLY)
    except Forbidden as refusal:
        raise EdgeRefusal("FORBIDDEN", refusal.code) from None


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
