"""What somebody sees of a simulated ticket before they act, and one thing to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from models.enums import Classification, TicketStatus
from services.simulation.day.templates import Template


class Verb(StrEnum):
    VERIFY = "VERIFY"
    DISPATCH = "DISPATCH"
    RETURN = "RETURN"
    ASSIGN = "ASSIGN"
    MOVE = "MOVE"
    DRAFT = "DRAFT"
    APPROVE = "APPROVE"
    SEND = "SEND"
    NOTE = "NOTE"
    REOPEN = "REOPEN"
    MERGE = "MERGE"
    REPLY = "REPLY"
    SILENCE = "SILENCE"
    EXTEND = "EXTEND"


class AnswerProgress(StrEnum):
    """How far the answer to the reporter is."""

    NONE = "NONE"
    WAITING = "WAITING"
    APPROVED = "APPROVED"


@dataclass(frozen=True, slots=True)
class Situation:
    """What somebody sees of a ticket before they act; words fill the case's texts, said is what was written on it."""

    status: TicketStatus
    template: Template
    number: str
    led: bool
    assigned: bool
    reply: AnswerProgress
    returns: int
    reopens: int
    supervisory: bool = False
    classification: Classification | None = None
    lead: str | None = None
    supporting: frozenset[str] = frozenset()
    again: bool = False
    kecamatan: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    said: frozenset[str] = frozenset()
    resumes: TicketStatus | None = None

    def fresh(self, texts: tuple[str, ...]) -> list[str]:
        """Those of a case's texts, filled, that nobody has written on this ticket."""
        filled = (text.format_map(self.words) for text in texts)
        return [text for text in filled if not any(text in each for each in self.said)]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do; only the fields that the verb needs are filled. hours is a mean of its own."""

    verb: Verb
    to: TicketStatus | None = None
    agency: str | None = None
    supporting: tuple[str, ...] = ()
    classification: Classification | None = None
    supervisory: bool = False
    reason: str | None = None
    text: str | None = None
    hold_days: int = 0
    hours: float | None = None
    missing: tuple[str, ...] = ()
    outcome: str | None = None
    referred_to: str | None = None
    referred: bool = False
