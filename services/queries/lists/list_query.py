"""The tickets of a list for one caller, whatever its order and its page (docs/adr/0021)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.access.access import hidden_names, row_rule
from services.access.filters.filters import TicketFilter, condition
from services.access.filters.worklists import Worklist, unattended_rows
from services.access.predicates import Either, Every, Parameters, Predicate
from services.access.scopes import Scope, Sight
from services.core.desk import Desk
from services.core.reference import Reference
from services.core.refusals import Checks, EdgeRefusal
from services.queries.lists.orders import Sorting
from services.queries.search import Search, require_searchable, search_for
from services.queries.views import TicketView

NEEDS_ATTENTION = TicketFilter(worklist=Worklist.NEEDS_ATTENTION)


@dataclass(frozen=True, slots=True)
class ListQuery:
    """The tickets of a list for one caller, without its order and its cursor.

    numbered are those among them of which the caller is told the number and nothing else.
    """

    rule: Predicate
    search: Search | None
    reference: Reference
    numbered: Predicate | None = None

    def where(self, parameters: Parameters) -> str:
        text = f" AND {self.search.sql(parameters)}" if self.search else ""
        return self.rule.sql(parameters) + text

    def flag(self, parameters: Parameters) -> str:
        """The column that says of a row whether its number is all that is told."""
        return "" if self.numbered is None else f", {self.numbered.sql(parameters)} AS number_only"

    def key(self, sorting: Sorting, parameters: Parameters) -> str:
        """What the list is ordered by; where only a number is told, its order does not tell of changes either."""
        if self.numbered is None:
            return sorting.key
        return f"(CASE WHEN {self.numbered.sql(parameters)} THEN t.received_at ELSE {sorting.key} END)"

    @property
    def alike(self) -> bool:
        """Whether this is a list of what looks like the searched words, as nothing holds them all."""
        return self.search is not None and self.search.alike

    def by_likeness(self) -> ListQuery:
        """The same list, of what looks like the searched words."""
        return self if self.search is None else replace(self, search=self.search.by_likeness())

    def views(self, rows: Sequence[Mapping[str, Any]], reference: Reference, sight: Sight) -> list[TicketView]:
        """What the caller sees of these rows."""
        unread = hidden_names(sight)
        return [
            TicketView.numbered(row, reference, sight)
            if self.numbered is not None and row["number_only"]
            else TicketView(row, reference, sight, unread=unread)
            for row in rows
        ]


async def list_query(desk: Desk, scope: Scope, wanted: TicketFilter) -> ListQuery:
    """Join a filter with the caller's rights; the rights come from the scope alone, whatever the filter says."""
    checks = Checks()
    found = await checks.awaited(_rule(desk, scope, wanted))
    checks(require_searchable, wanted.search)
    checks.settle()
    rule, reference = found
    seen = Every((row_rule(scope.sight), rule))
    # Another field of the filter, or a search, would tell of these what their number does not.
    if scope.unattended and wanted == NEEDS_ATTENTION:
        numbered = unattended_rows(scope)
        return ListQuery(Either((seen, numbered)), None, reference, numbered)
    return ListQuery(seen, await search_for(wanted.search, scope.sight), reference)


async def _rule(desk: Desk, scope: Scope, wanted: TicketFilter) -> tuple[Predicate, Reference]:
    reference = desk.references.held or await desk.reference()
    try:
        return condition(wanted, reference, scope, desk.keys), reference
    except EdgeRefusal:
        reference = await desk.reference()  # a code may be newer than the snapshot that is held
        return condition(wanted, reference, scope, desk.keys), reference
