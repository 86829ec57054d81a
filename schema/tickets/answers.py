"""Answers to the reporter: drafted by an officer, approved by the liaison, sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

import strawberry

from models.enums import AnswerState
from schema.core.nodes import Node
from schema.master_data.officers import Officer
from services.access.access import fills, reads
from services.access.fields import RULES
from services.core.nodes import node_id
from services.core.reference import OfficerRef
from services.queries.tickets import answer_visible
from services.queries.views import TicketView


class AnswerView:
    """An answer as one sight sees it, as plain attributes; officers are named to staff only."""

    def __init__(self, row: Mapping[str, Any], view: TicketView) -> None:
        self.id = node_id("Answer", row["id"])
        self.version: int = row["version"]
        approved = row["state"] == AnswerState.WAITING_APPROVAL and row["approver_id"] is not None
        self.state = AnswerState.APPROVED if approved else AnswerState(row["state"])
        filled = fills(view.sight, view.state, "Answer.reviewNote")
        self.review_note: str | None = row["review_note"] if filled else None
        self.text: str = row["text"]
        self.updated_at: datetime = row["updated_at"]
        self.sent_at: datetime | None = row["sent_at"]
        named = reads(view.sight, "Answer.author", lost=view.lost)
        if not named and view.redactions is not None:
            view.redactions.note("Answer.author", RULES["Answer.author"].reason, row["id"])
        officers = view.reference.officers if named else {}
        self.author: OfficerRef | None = officers.get(row["author_id"])
        self.approver: OfficerRef | None = officers.get(row["approver_id"])


@strawberry.type(description="Jawaban. Drafts are seen by those who work on the ticket only.")
class Answer(Node):
    version: int = strawberry.field(description="Send it back as expectedAnswerVersion.")
    state: AnswerState
    text: str
    author: Officer | None
    approver: Officer | None
    updated_at: datetime
    sent_at: datetime | None
    review_note: str | None = strawberry.field(
        description="Why it was rejected; null unless it was, and for those who do not work on the ticket."
    )

    @classmethod
    def is_type_of(cls, value: Any, _info: object) -> bool:
        return isinstance(value, AnswerView)


def answers_shown(rows: list[Mapping[str, Any]], view: TicketView) -> list[Answer]:
    """Those answers of a ticket that its viewer may read."""
    shown = [AnswerView(row, view) for row in rows if answer_visible(view, row["state"])]
    return cast("list[Answer]", shown)
