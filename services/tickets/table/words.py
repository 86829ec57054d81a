"""The label of the button of a move."""

from __future__ import annotations

from models.enums import TicketStatus
from services.core.messages import Term, catalog
from services.tickets.table.rows import By


def button(source: TicketStatus, by: By, to: TicketStatus) -> Term | TicketStatus:
    """The words of a move by where it starts, else by where it leads; without any, the status that it leads to."""
    keys = (f"move.{source}.{by}.{to}", f"move.{by}.{to}")
    return next((Term(key) for key in keys if key in catalog()), to)
