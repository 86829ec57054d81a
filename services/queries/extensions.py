"""Extensions of deadlines, read for one caller (docs/adr/0030)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.database import connection
from models.enums import ExtensionState
from services.access.access import reads
from services.access.fields import RULES
from services.queries.views import TicketView

EXTENSIONS = """
SELECT x.*, r.body AS reason, n.body AS note FROM extension x
LEFT JOIN ticket_text r ON r.id = x.reason_id LEFT JOIN ticket_text n ON n.id = x.note_id
"""
OF_STAFF = ("Extension.reason", "Extension.note", "Extension.requestedBy", "Extension.decidedBy")


async def extensions(keys: Sequence[int]) -> dict[int, list[Mapping[str, Any]]]:
    """Every extension of these tickets, oldest first; which of them a caller reads is extension_visible's to say."""
    statement = f"{EXTENSIONS} WHERE x.ticket_id = ANY($1) ORDER BY x.ticket_id, x.id"
    _, rows = await connection().execute_query(statement, [list(keys)])
    found: dict[int, list[Mapping[str, Any]]] = {key: [] for key in keys}
    for row in rows:
        found[row["ticket_id"]].append(row)
    return found


async def extension_by_id(key: int) -> Mapping[str, Any] | None:
    """One extension as a row; its ticket and state are the caller's to check."""
    _, rows = await connection().execute_query(f"{EXTENSIONS} WHERE x.id = $1", [key])
    return rows[0] if rows else None


def extension_visible(view: TicketView, state: str) -> bool:
    """What was asked and refused is the desk's and the agency's; what was granted is for all who read extensions."""
    if "extensions" in view.unread:
        return False
    return state == ExtensionState.GRANTED or reads(view.sight, "Extension.reason", lost=view.lost)


def of_staff(view: TicketView, key: int) -> bool:
    """Whether the caller reads the words and names of an extension; where not, that is noted."""
    if reads(view.sight, "Extension.reason", lost=view.lost):
        return True
    if view.redactions is not None:
        for coordinate in OF_STAFF:
            view.redactions.note(coordinate, RULES[coordinate].reason, key)
    return False
