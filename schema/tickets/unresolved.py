"""Cases of reports that could not be resolved, with their evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, cast

import strawberry
from strawberry.types.lazy_type import LazyType

from models.enums import EscalationLevel, UnresolvedCaseState
from schema.core.nodes import Node
from schema.master_data.agencies import Agency
from schema.master_data.officers import Officer
from services.evaluation.views import CaseView
from services.queries.views import TicketView

# Both types name each other; this file stands below the ticket's.
TICKET: Any = LazyType("Ticket", "schema.tickets.tickets")


@strawberry.type(description="Kasus tidak terselesaikan, with its evaluation.")
class UnresolvedCase(Node):
    version: int = strawberry.field(description="Send it back as expectedVersion.")
    ticket: Any = strawberry.field(graphql_type=TICKET)
    state: UnresolvedCaseState
    cause: str = strawberry.field(
        description="Penyebab: a reason code of UNRESOLVED, or UNKNOWN of a time that knew no reasons."
    )
    level: EscalationLevel | None = strawberry.field(description="How far it was taken.")
    decision: str | None = strawberry.field(description="Keputusan.")
    recommendation: str | None = strawberry.field(description="Rekomendasi.")
    responsible_agency: Agency | None
    follow_up_on: date | None
    follow_up_overdue: bool = strawberry.field(description="Whether followUpOn has passed and it is not done.")
    opened_at: datetime
    evaluated_at: datetime | None
    evaluated_by: Officer | None
    closed_at: datetime | None
    outcome: str | None = strawberry.field(description="Hasil.")

    @classmethod
    def is_type_of(cls, value: Any, _info: object) -> bool:
        return isinstance(value, CaseView)


def cases_shown(rows: list[Mapping[str, Any]], view: TicketView, today: date) -> list[UnresolvedCase]:
    """The cases of a ticket whose viewer may read them."""
    return cast("list[UnresolvedCase]", [CaseView(row, view, today) for row in rows])
