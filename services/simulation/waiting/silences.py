"""What reporters of the past say to an answer, and where they say nothing: the report then closes by itself."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from models.enums import ClockKind, EventKind, TextKind, TicketStatus
from services.access.scopes import SYSTEM, Scope
from services.core.reference import Reference
from services.deadlines.counting import read_clock
from services.deadlines.lives import StatusStep
from services.deadlines.policies import Properties
from services.simulation.lives import Life, code_of
from services.tickets.table.rules import BY_CLOCK

SPOKEN = frozenset({EventKind.ANSWER_SENT, EventKind.REPLY_RECEIVED})


def silent_at(life: Life, reference: Reference, zone: ZoneInfo) -> datetime | None:
    """When the reporter's time is over, counted from the last answer or reply; None where no rule bounds it."""
    received = life.row["received_at"].astimezone(zone).date()
    policy = reference.policies.policy(ClockKind.REPORTER_REPLY, Properties(), received)
    spoken = next((event.at for event in reversed(life.events) if event.kind in SPOKEN), None)
    if policy is None or spoken is None:
        return None
    step = StatusStep(spoken, TicketStatus.ANSWERED, code_of(reference, life.row["lead_agency_id"]))
    reading = read_clock(ClockKind.REPORTER_REPLY, policy, [step], reference.calendar, zone, spoken)
    return None if reading is None else reading.due_at


def close(life: Life, at: datetime) -> None:
    """Let an answered report end by itself."""
    move = BY_CLOCK[ClockKind.REPORTER_REPLY]
    life.enter(at, move.to, closed_by_silence=True)
    life.record(EventKind.STATUS_CHANGED, at, SYSTEM, details={"reason": move.reason})


def reply(life: Life, text: str, at: datetime, scope: Scope) -> None:
    """Note what the reporter says on the telephone."""
    kept = life.keep(TextKind.NOTE, text)
    details = {"channel": "PHONE"}
    life.record(EventKind.REPLY_RECEIVED, at, scope, text=kept, changed=("timeline",), details=details)
