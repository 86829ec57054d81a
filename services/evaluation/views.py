"""Unresolved cases as one caller sees them, read in one statement for any number of tickets (docs/adr/0032)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from models.database import connection
from models.enums import EscalationLevel, UnresolvedCaseState
from services.access.access import row_rule
from services.access.predicates import Parameters
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.nodes import node_id
from services.core.reference import AgencyRef, OfficerRef
from services.queries.columns import ROW
from services.queries.tickets import read_rows
from services.queries.views import TicketView

KIND = "UnresolvedCase"
COLUMNS = """c.id AS case_id, c.ticket_id AS case_ticket, c.version AS case_version, c.state AS case_state, c.cause,
c.level, c.responsible_agency_id, c.follow_up_on, c.opened_at, c.evaluated_at, c.evaluated_by_id, c.closed_at,
said.body AS decision, advised.body AS recommendation, ended.body AS outcome"""
SOURCES = """unresolved_case c JOIN ticket t ON t.id = c.ticket_id
LEFT JOIN ticket_text said ON said.id = c.decision_id
LEFT JOIN ticket_text advised ON advised.id = c.recommendation_id
LEFT JOIN ticket_text ended ON ended.id = c.outcome_id"""


class CaseView:
    """The contract's UnresolvedCase as plain attributes; its ticket is one that the caller sees."""

    def __init__(self, row: Mapping[str, Any], ticket: TicketView, today: date) -> None:
        self.pk: int = row["case_id"]
        self.id = node_id(KIND, self.pk)
        self.version: int = row["case_version"]
        self.ticket = ticket
        self.state = UnresolvedCaseState(row["case_state"])
        self.cause: str = row["cause"]
        self.level = row["level"] and EscalationLevel(row["level"])
        self.decision: str | None = row["decision"]
        self.recommendation: str | None = row["recommendation"]
        self.responsible_agency: AgencyRef | None = ticket.reference.agencies.get(row["responsible_agency_id"] or 0)
        self.follow_up_on: date | None = row["follow_up_on"]
        followed = self.state is UnresolvedCaseState.FOLLOW_UP
        self.follow_up_overdue = followed and self.follow_up_on is not None and self.follow_up_on < today
        self.opened_at: datetime = row["opened_at"]
        self.evaluated_at: datetime | None = row["evaluated_at"]
        self.evaluated_by: OfficerRef | None = ticket.reference.officers.get(row["evaluated_by_id"] or 0)
        self.closed_at: datetime | None = row["closed_at"]
        self.outcome: str | None = row["outcome"]


async def cases_of_tickets(keys: Sequence[int]) -> dict[int, list[Mapping[str, Any]]]:
    """The cases of tickets whose rights were checked before, as rows, oldest first."""
    statement = f"SELECT {COLUMNS} FROM {SOURCES} WHERE c.ticket_id = ANY($1) ORDER BY c.ticket_id, c.entered"
    _, rows = await connection().execute_query(statement, [list(keys)])
    found: dict[int, list[Mapping[str, Any]]] = {key: [] for key in keys}
    for row in rows:
        found[row["case_ticket"]].append(row)
    return found


async def case_by_id(desk: Desk, scope: Scope, key: int) -> CaseView | None:
    """The case with this key; None where it is absent or its ticket hidden, and for callers who are not staff."""
    parameters = Parameters()
    seen = row_rule(scope.sight).sql(parameters) if scope.is_staff else "FALSE"
    one = f"SELECT {COLUMNS}, {ROW} FROM {SOURCES} WHERE c.id = {parameters.add(key)} AND {seen}"
    rows, reference = await read_rows(desk, "p.*", f"({one}) p ON TRUE", parameters)
    return CaseView(rows[0], TicketView(rows[0], reference, scope.sight), desk.today()) if rows else None
