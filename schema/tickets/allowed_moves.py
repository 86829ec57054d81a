"""What the caller may do next with a ticket."""

from __future__ import annotations

import strawberry

from models.enums import MoveMutation, MoveNeed, TicketStatus


@strawberry.type(description="What the caller may do next, by which mutation, and what that needs.")
class AllowedMove:
    to: TicketStatus
    by: MoveMutation
    needs: list[MoveNeed]
    reason_codes: list[str]
