"""Addresses of accounts from releases that kept what was pasted, brought into the form that is looked up now.

Decided here.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from models import Officer
from models.enums import AuditKind
from services.access.scopes import SYSTEM
from services.core.desk import Desk
from services.inputs.emails import account_email
from services.staff.staff import account_changes

log = structlog.get_logger("surga.staff")


async def normalise_addresses(desk: Desk) -> int:
    """Give accounts the address that their people type; gives their number.

    Where another account has it already the two stay as they are, and are named in the program's log by their ids.
    """
    if not _wanted(await Officer.all().order_by("id").values_list("id", "email")):
        return 0
    async with account_changes(desk, SYSTEM) as changes:
        rows = {row.id: row for row in await Officer.all().using_db(changes.connection).order_by("id")}
        wanted = _wanted([(row.id, row.email) for row in rows.values()])
        for key, email in wanted.items():
            before, rows[key].email = await changes.posts(key), email
            await changes.settled(rows[key], before, AuditKind.ACCOUNT_CHANGED, "email")
    return len(wanted)


def _wanted(rows: Sequence[tuple[int, str]]) -> dict[int, str]:
    """The address that each account should have, of those that have another, where nobody else has it."""
    taken = {email for _, email in rows}
    wanted: dict[int, str] = {}
    for key, email in rows:
        typed = account_email(email)
        if typed is None or typed == email:
            continue
        if typed in taken:
            other = next(other for other, held in rows if held == typed or wanted.get(other) == typed)
            log.warning("two accounts of one address", account=key, other=other)
            continue
        wanted[key] = typed
        taken.add(typed)
    return wanted
