"""What a filter asks of the clocks of a ticket, and of its class (docs/adr/0034)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from models.enums import HandlingClass, PrincipalKind
from services.access.access import SUPERVISORY_ROWS
from services.access.fields import REPORTERS_CLOCKS
from services.access.predicates import Among, Either, Every, Flag, Overlaps, Predicate
from services.access.scopes import Scope
from services.deadlines.standings import standing_name


def of_clocks(clocks: Iterable[str], standings: Iterable[str] | None, scope: Scope) -> Predicate:
    """Tickets on which one of these clocks stands so; without standings, on which one of them has not stopped."""
    if scope.kind is PrincipalKind.CITIZEN:  # whether it matches would tell of a clock that they do not read
        clocks = [clock for clock in clocks if clock in REPORTERS_CLOCKS]
    named = clocks if standings is None else (standing_name(*each) for each in product(clocks, standings))
    return Overlaps("clocks", tuple(sorted(map(str, named))), "text")


def handled_as(classes: Iterable[str]) -> Predicate:
    """Tickets of these classes; a supervisory report is of no other, whatever was chosen for it."""
    chosen = tuple(str(each) for each in classes if each != HandlingClass.SUPERVISORY)
    of_choice = Every((Flag("supervisory", False), Among("handling_class", chosen)))
    return Either((SUPERVISORY_ROWS, of_choice)) if HandlingClass.SUPERVISORY in classes else of_choice
