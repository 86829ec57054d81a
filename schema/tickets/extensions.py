"""Extensions of a ticket's deadlines, as far as their reader may know them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import strawberry

from models.enums import ClockKind, ExtensionState
from schema.core.nodes import Node
from schema.master_data.officers import Officer
from services.core.nodes import node_id
from services.core.reference import OfficerRef
from services.queries.extensions import extension_visible, of_staff
from services.queries.views import TicketView


class ExtensionView:
    """An extension as one sight sees it, as plain attributes; words and officers are for staff only."""

    def __init__(self, row: Mapping[str, Any], view: TicketView) -> None:
        self.id = node_id("Extension", row["id"])
        self.clock = ClockKind(row["clock"])
        self.amount: int = row["amount"]
        self.state = ExtensionState(row["state"])
        self.requested_at: datetime = row["requested_at"]
        self.decided_at: datetime | None = row["decided_at"]
        staff = of_staff(view, row["id"])
        officers = view.reference.officers if staff else {}
        self.reason: str | None = row["reason"] if staff else None
        self.note: str | None = row["note"] if staff else None
        self.requested_by: OfficerRef | None = officers.get(row["requested_by_id"])
        self.decided_by: OfficerRef | None = officers.get(row["decided_by_id"])


@strawberry.type(description="Perpanjangan tenggat. Readers who are not staff see those that were granted.")
class Extension(Node):
    clock: ClockKind
    amount: int = strawberry.field(description="In units of the clock.")
    state: ExtensionState
    reason: str | None
    requested_by: Officer | None
    requested_at: datetime
    decided_by: Officer | None
    decided_at: datetime | None
    note: str | None

    @classmethod
    def is_type_of(cls, value: Any, _info: object) -> bool:
        return isinstance(value, ExtensionView)


def extensions_shown(rows: Sequence[Mapping[str, Any]], view: TicketView) -> list[Extension]:
    """Those extensions of a ticket that its viewer may read."""
    shown = [ExtensionView(row, view) for row in rows if extension_visible(view, row["state"])]
    return cast("list[Extension]", shown)
