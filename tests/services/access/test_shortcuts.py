"""Shortcuts read what the properties of a view read, and note what they note, for whoever looks at whatever row."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

from models.enums import AgencyKind
from services.access.redactions import Redactions
from services.access.scopes import Sight
from services.access.shortcuts import OF_TICKETS
from services.core.reference import AgencyRef, CategoryRef, OfficerRef
from services.queries.views import NUMBER_ONLY, TicketView
from tests.drawn import MOMENT, SIGHTS, a_reference

ROADS = AgencyRef(2, "a2", "pupr", "PUPR", AgencyKind.OPD, None, active=True)
DRAINS = CategoryRef(3, "c3", "drainase", "Drainase", None, None, active=True)
REFERENCE = replace(
    a_reference({2: ROADS}, {3: DRAINS}, {}), officers={4: OfficerRef(4, "o4", "Budi", ROADS, active=True)}
)
FULL = {"id": 1, "number": "KDR-2026-000001", "title": "Jalan", "body": "Rusak", "assignee_id": 4, "category_id": 3}
FULL |= {"lead_agency_id": 2, "reported_agency_id": 2, "due_at": MOMENT, "hold_until": MOMENT.date()}
ROWS = [
    {**NUMBER_ONLY, **row, "supervisory": supervisory, "anonymous": supervisory, "confidential": supervisory}
    for row, supervisory in product((FULL, {"id": 1, "number": "KDR-2026-000002"}), (True, False, None))
]


def seen(row: dict[str, Any], sight: Sight, expression: str, *, lost: bool) -> tuple[Any, Any]:
    """What an expression gives, and what it notes."""
    view = TicketView(row, REFERENCE, sight, lost=lost)
    view.redactions = Redactions()
    return eval(expression.format(v="view"), {"view": view}), view.redactions.as_extensions()  # noqa: S307


def test_a_shortcut_is_what_its_property_is() -> None:
    for row, sight, lost in product(ROWS, SIGHTS, (False, True)):
        for attribute, expression in OF_TICKETS.read.items():
            plain = seen(row, sight, f"{{v}}.{attribute}", lost=lost)

            assert seen(row, sight, expression, lost=lost) == plain, (attribute, sight, row)


def test_what_is_stored_is_what_its_property_is_called() -> None:
    for row, (attribute, column) in product(ROWS, OF_TICKETS.stored.items()):
        member = getattr(TicketView(row, REFERENCE, SIGHTS[0]), attribute)

        assert (None if member is None else member.value) == row[column]
