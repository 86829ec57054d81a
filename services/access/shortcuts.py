"""How what a ticket's view shows is read from its row, without a call for each attribute of each row.

Each is what the property of the view does where nothing is hidden; where something is, the property itself is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.access.ticket_fields import TICKET_FIELDS, camel


@dataclass(frozen=True, slots=True)
class Shortcuts:
    """read: an expression for an attribute of {v}. stored: the item of its row that holds an enum as it is stored."""

    read: Mapping[str, str]
    stored: Mapping[str, str]


STORED = {"status": "status", "classification": "classification", "channel": "channel"}
AS_STORED = frozenset(
    {"number", "version", "title", "body", "anonymous", "confidential", "received_at", "updated_at", "hold_until"}
    | {"due_at"}
)
AGENCIES = {"lead_agency": "lead_agency_id", "reported_agency": "reported_agency_id"}


def _as_stored(attribute: str) -> str:
    [field] = [each for each in TICKET_FIELDS if each.attribute == attribute]
    row = f"{{v}}.row[{field.column!r}]"
    return row if field.open else f"{row} if {camel(attribute)!r} not in {{v}}.unread else {{v}}.{attribute}"


def _agency(attribute: str, column: str) -> str:
    found = f"{{v}}.reference.agencies.get({{v}}.row[{column!r}] or 0)"
    return f"{found} if {{v}}.row['supervisory'] is False else {{v}}.{attribute}"


OF_TICKETS = Shortcuts(
    read={
        **{attribute: _as_stored(attribute) for attribute in AS_STORED},
        **{attribute: _agency(attribute, column) for attribute, column in AGENCIES.items()},
        "category": "{v}.reference.categories.get({v}.row['category_id'])",
        "assignee": (
            "{v}.reference.officers.get({v}.row['assignee_id']) if 'assignee' not in {v}.unread else {v}.assignee"
        ),
    },
    stored=STORED,
)
