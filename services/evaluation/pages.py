"""Pages of unresolved cases by keyset, the latest first: those whose ticket the caller sees (docs/adr/0032)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from models.database import connection
from models.enums import ReasonList, UnresolvedCaseState
from services.access.access import row_rule
from services.access.filters.values import FILTER, LONGEST_LIST
from services.access.predicates import Parameters
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.paging import by_time, decode_cursor, microseconds_of, page_size
from services.core.reference import Reference, spelled
from services.core.refusals import Checks, EdgeRefusal, bad_input
from services.evaluation.views import COLUMNS, SOURCES, CaseView
from services.queries.columns import ROW
from services.queries.tickets import read_rows
from services.queries.views import TicketView
from services.reasons.reasons import POSSIBLE
from services.unresolved.stays import NO_CAUSE

ORDER = "unresolved cases"
CAUSES = (*(reason.code for reason in POSSIBLE[ReasonList.UNRESOLVED]), NO_CAUSE)
AGENCY = "coalesce(c.responsible_agency_id, c.lead_agency_id)"


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Conditions on cases; None is no condition. Times are half-open, follow_up_before is not included."""

    state: tuple[UnresolvedCaseState, ...] | None = None
    cause: tuple[str, ...] | None = None
    agency_code: tuple[str, ...] | None = None
    follow_up_before: date | None = None
    opened_from: datetime | None = None
    opened_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """A filter with its codes read, and the caller's rights."""

    scope: Scope
    given: CaseFilter
    causes: tuple[str, ...] | None
    agencies: tuple[int, ...] | None

    def where(self, parameters: Parameters) -> str:
        given = self.given
        among = (("c.state", given.state), ("c.cause", self.causes), (AGENCY, self.agencies))
        bounds = (
            ("c.follow_up_on <", given.follow_up_before),
            ("c.opened_at >=", given.opened_from),
            ("c.opened_at <", given.opened_to),
        )
        parts = [row_rule(self.scope.sight).sql(parameters)]
        parts += [f"{name} = ANY({parameters.add(list(values))})" for name, values in among if values is not None]
        parts += [f"{name} {parameters.add(value)}" for name, value in bounds if value is not None]
        return " AND ".join(parts)


@dataclass(frozen=True, slots=True)
class CasePage:
    cases: list[CaseView]
    cursors: list[str]
    has_next: bool
    has_previous: bool
    wanted: CaseQuery


async def case_page(desk: Desk, scope: Scope, given: CaseFilter, first: int, after: str | None) -> CasePage:
    """One page of the cases that the caller sees; raises FORBIDDEN, BAD_INPUT and BAD_CURSOR."""
    if not scope.is_staff:
        raise EdgeRefusal("FORBIDDEN", "STAFF_ONLY")
    checks = Checks()
    size = checks(page_size, first)
    after_key = checks(decode_cursor, desk.cursors, after, ORDER, by_time)
    wanted = await checks.awaited(_wanted(desk, scope, given))
    checks.settle()
    rows, reference = await _read(desk, wanted, after_key, size + 1)
    shown = rows[:size]
    return CasePage(
        cases=[CaseView(row, TicketView(row, reference, scope.sight), desk.today()) for row in shown],
        cursors=[desk.cursors.seal_page(ORDER, [microseconds_of(row["opened_at"]), row["case_id"]]) for row in shown],
        has_next=len(rows) > size,
        has_previous=after is not None,
        wanted=wanted,
    )


async def count(wanted: CaseQuery) -> int:
    """How many cases a list has in all."""
    parameters = Parameters()
    where = wanted.where(parameters)
    statement = f"SELECT count(*) AS n FROM unresolved_case c JOIN ticket t ON t.id = c.ticket_id WHERE {where}"
    _, rows = await connection().execute_query(statement, list(parameters))
    return int(rows[0]["n"])


async def _read(
    desk: Desk, wanted: CaseQuery, after: tuple[datetime, int] | None, limit: int
) -> tuple[list[Mapping[str, Any]], Reference]:
    parameters = Parameters()
    where = wanted.where(parameters)
    if after is not None:
        where += f" AND (c.opened_at, c.id) < ({parameters.add(after[0])}, {parameters.add(after[1])})"
    page = f"SELECT {COLUMNS}, {ROW} FROM {SOURCES} WHERE {where} ORDER BY c.opened_at DESC, c.id DESC LIMIT {limit}"
    rows, reference = await read_rows(desk, "p.*", f"({page}) p ON TRUE", parameters)
    return sorted(rows, key=lambda row: (row["opened_at"], row["case_id"]), reverse=True), reference


async def _wanted(desk: Desk, scope: Scope, given: CaseFilter) -> CaseQuery:
    """A filter with its codes read, by the master data in memory where that knows them all."""
    try:
        return _read_codes(scope, given, desk.references.held or await desk.reference())
    except EdgeRefusal:
        return _read_codes(scope, given, await desk.reference())


def _read_codes(scope: Scope, given: CaseFilter, reference: Reference) -> CaseQuery:
    checks = Checks()
    agencies = {code: ref.pk for code, ref in reference.agency_codes.items()}
    checks(_bounded, "state", given.state or ())
    causes = checks(_known, "cause", given.cause, {code: code for code in CAUSES})
    keys = checks(_known, "agencyCode", given.agency_code, agencies)
    checks.settle()
    return CaseQuery(scope, given, causes, keys)


def _bounded(field: str, asked: Sequence[str]) -> None:
    if len(asked) > LONGEST_LIST:
        raise bad_input("TOO_MANY_VALUES", FILTER, field, field=field, limit=LONGEST_LIST)


def _known(field: str, asked: Sequence[str] | None, known: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """What these codes stand for; refused at each that is none, as an empty list would mean that there are no cases."""
    if asked is None:
        return None
    _bounded(field, asked)
    checks = Checks()
    found = tuple(checks(_one, field, index, spelled(known, code), known) for index, code in enumerate(asked))
    checks.settle()
    return found


def _one(field: str, index: int, code: str | None, known: Mapping[str, Any]) -> Any:
    if code is None:
        raise bad_input("UNKNOWN_CODE", FILTER, field, str(index), field=field)
    return known[code]
