"""The link of a ticket to its report in SP4N-LAPOR!."""

from __future__ import annotations

from datetime import datetime
from typing import cast

import strawberry

from models.enums import LinkDirection, Sp4nMismatch, Sp4nStatus
from schema.master_data.officers import Officer
from services.queries.views import TicketView
from services.sp4n.views import LinkRows, LinkView


@strawberry.type(description="One thing that SP4N-LAPOR! said.")
class Sp4nStatusEntry:
    at: datetime
    raw_status: str = strawberry.field(description="Word for word; empty once it was erased.")
    status: Sp4nStatus
    recorded_by: Officer | None = strawberry.field(description="Null: by an exchange.")


@strawberry.type(description="Tautan SP4N-LAPOR!: typed by an officer, or brought by an exchange.")
class Sp4nLink:
    tracking_id: str = strawberry.field(description="Digits, without #.")
    direction: LinkDirection
    created_at: datetime | None = strawberry.field(
        description="When it came to be there; the NATIONAL clock starts here. Null: not known."
    )
    raw_status: str | None = strawberry.field(description="Word for word, as it was last heard; null: never.")
    status: Sp4nStatus | None
    status_at: datetime | None
    mismatch: Sp4nMismatch | None
    history: list[Sp4nStatusEntry] = strawberry.field(description="Newest first, at most 50.")


def link_shown(found: LinkRows | None, view: TicketView) -> Sp4nLink | None:
    """The link of a ticket whose viewer may read it."""
    return None if found is None else cast("Sp4nLink", LinkView(*found, view))
