"""Kabar untuk pelapor: what an entry of a timeline tells the reporter, as one text with reason, next step and date.

Everything that names an agency is left out where the report is supervisory (berkadar pengawasan), now or at that time,
whoever reads it. A note is erasable and stands beside the log: where it is gone, the text is whole without it.
Decided here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from models.enums import (
    CLOSED_STATUSES,
    REOPENED_STATUSES,
    Channel,
    ClockKind,
    EventKind,
    PrincipalKind,
    ReasonList,
    TicketStatus,
    Visibility,
)
from services.access.scopes import Sight
from services.core.desk import STANDARD
from services.core.messages import DEFAULT_LANGUAGE, catalog, say, tell, written_day
from services.core.reference import Reference
from services.deadlines.calendars import NoWorkingDay
from services.deadlines.clocks import OF_THE_DESK, holder
from services.deadlines.policies import Policy
from services.deadlines.units import MICROSECOND, Counter
from services.reasons.reasons import CODES, MISSING

S = TicketStatus
# What is read of an event and of its ticket; a statement names them e, t and m (the one that it was merged into),
# and o (the one in which the same was answered, unless that is protected).
COLUMNS = (
    "e.before->>'lead' AS lead_before, e.after->>'lead' AS lead_after, e.after->>'hold_until' AS hold_until, "
    "e.after->>'channel' AS channel, e.after->>'supervisory' AS supervisory, e.details->>'reason' AS reason, "
    "e.after->>'received_at' AS received, e.details->>'missing' AS missing, e.details->>'referredTo' AS target, "
    "e.details->>'referred' AS referred, "
    "t.number AS number, t.supervisory AS supervisory_now, m.number AS main, o.number AS other"
)
JOINS = (
    "LEFT JOIN ticket t ON t.id = e.ticket_id "
    "LEFT JOIN ticket m ON e.kind = 'MERGED' AND m.id = (e.after->>'merged_into')::bigint "
    "LEFT JOIN ticket o ON o.id = (e.details->>'answeredIn')::bigint "
    "AND o.confidential IS FALSE AND o.supervisory IS FALSE"
)
# Who is told the number of the other report: partners see some reports only, and screens none by its number.
TOLD_NUMBERS = frozenset({PrincipalKind.CITIZEN, PrincipalKind.STAFF})
OF_KIND = {
    EventKind.SUBMITTED: "told.SUBMITTED",
    EventKind.VERIFIED: "told.VERIFIED",
    EventKind.RETURNED: "told.RETURNED",
    EventKind.MERGED: "told.MERGED",
}
# Where a completed report goes on.
COMPLETED = {
    S.RECEIVED: "told.COMPLETED",
    S.DISPATCHED: "told.COMPLETED_FOR_AGENCY",
    S.IN_PROGRESS: "told.COMPLETED_FOR_AGENCY",
}
# Where a report is that no agency works on: what is sent from there is not taken away from anybody.
DISPATCHED_FROM = OF_THE_DESK | REOPENED_STATUSES
# Whoever called 112, or wrote to the number that 112 answers, has just been there.
EMERGENCY_CHANNELS = frozenset({Channel.CALL_112, Channel.WHATSAPP})
# By what a report ends that nobody made end.
BY_SILENCE = "NO_REPLY"
# Reasons from which it follows who is responsible; codes of earlier releases too.
NAMING = frozenset({*CODES[ReasonList.JURISDICTION], "OTHER_GOVERNMENT", "CENTRAL_GOVERNMENT", "LEGISLATURE"})
ENDS = (".", "!", "?")


@dataclass(frozen=True, slots=True)
class Reader:
    """In which language a text is read, and in whose days."""

    language: str = DEFAULT_LANGUAGE
    zone: ZoneInfo = STANDARD.zone


INDONESIAN = Reader()


def reporter_message(
    row: Mapping[str, Any], reference: Reference, sight: Sight, reader: Reader, *, words: bool
) -> str | None:
    """What the entry tells the reporter; None where it tells nothing. words: whether the caller reads notes."""
    key = text_key(row)
    if key is None:
        return None
    known = _known(row, reference, sight, reader)
    if words and (note := _note(row)) is not None:
        known["note"] = note
    if sight.kind is PrincipalKind.CITIZEN and row["main"] is not None:
        known["main"] = row["main"]
    return tell(key, reader.language, known)


def text_key(row: Mapping[str, Any]) -> str | None:
    """The text that stands for what happened; None where the reporter is told nothing."""
    if row["visibility"] != Visibility.PUBLIC:
        return None
    kind, to = row["kind"], row["status_after"]
    if kind in OF_KIND:
        return OF_KIND[EventKind(kind)]
    if kind == EventKind.DISPATCHED:
        return _dispatched(row)
    if kind == EventKind.REOPENED:
        return _reopened(row)
    if kind == EventKind.REPLY_RECEIVED:
        return "told.REPLY_AFTER_CLOSE" if to in CLOSED_STATUSES else "told.REPLY_RECEIVED"
    moved = to != row["status_before"] or to == S.ON_HOLD
    if kind == EventKind.ANSWER_SENT:
        return "told.ANSWERED" if moved else None
    return _entered(row, to) if kind == EventKind.STATUS_CHANGED and moved else None


def _dispatched(row: Mapping[str, Any]) -> str | None:
    """The text of a dispatch; None where only the supporting agencies changed."""
    other = row["lead_before"] != row["lead_after"]
    if row["status_before"] == row["status_after"] and not other:
        return None
    if other and row["lead_before"] is not None and row["status_before"] not in DISPATCHED_FROM:
        return "told.REDIRECTED"
    return "told.DISPATCHED"


def _reopened(row: Mapping[str, Any]) -> str:
    return "told.REOPENED_AT_DESK" if row["lead_after"] is None else "told.REOPENED"


def _entered(row: Mapping[str, Any], to: str | None) -> str | None:
    if row["status_before"] == S.INCOMPLETE and to in COMPLETED:
        return COMPLETED[S(to)]
    if to == S.OUT_OF_JURISDICTION and row["referred"] == "true":
        return "told.PASSED_ON"
    if to == S.DIVERTED_TO_EMERGENCY and row["channel"] in EMERGENCY_CHANNELS:
        return "told.DIVERTED_TO_OFFICERS"
    if to == S.REOPENED:
        return _reopened(row)
    if to == S.RESOLVED and row["reason"] == BY_SILENCE:
        return "told.RESOLVED_BY_SILENCE"
    key = f"told.{to}"
    return key if to in S.__members__ and key in catalog() else None


def _known(row: Mapping[str, Any], reference: Reference, sight: Sight, reader: Reader) -> dict[str, str]:
    language, promises = reader.language, reference.promises
    day = row["at"].astimezone(reader.zone).date()
    rule, days = promises.rule(day), promises.working_days(day)
    complete_by = _complete_by(row, reference, reader) if row["status_after"] == S.INCOMPLETE else None
    found = {
        "number": row["number"],
        "city": reference.city_name,
        "contact": rule.contact[language] if rule else say("told.contact", language),
        "date": written_day(complete_by, language) if complete_by else None,
        "days": str(days) if days else None,
        "reply": _reply_time(row, reference, reader),
        "until": written_day(date.fromisoformat(row["hold_until"]), language) if row["hold_until"] else None,
        "because": _because(row, sight, language),
        "missing": _missing(row, language),
        "agency": _agency(row, reference, row["lead_after"]),
        "target": _agency(row, reference, row["target"]),
    }
    return {name: text for name, text in found.items() if text}


def _complete_by(row: Mapping[str, Any], reference: Reference, reader: Reader) -> date | None:
    """The last day to complete a report that became INCOMPLETE, as its clock counts; None where no rule says so."""
    day = row["at"].astimezone(reader.zone).date()
    if not any(rule.clock is ClockKind.COMPLETION for rule in reference.policies.rows):  # a folder of before
        return reference.promises.complete_by(day)
    policy = _only_policy(ClockKind.COMPLETION, row, reference, reader)
    if policy is None:
        return None
    lead = reference.agencies.get(int(row["lead_after"])) if row["lead_after"] is not None else None
    calendar = reference.calendar.of_agency(holder(S.INCOMPLETE, lead.code if lead else None))
    counter = Counter(policy.unit, day, reader.zone)
    try:
        due = counter.moment(calendar, row["at"], counter.whole(policy.amount))
    except NoWorkingDay:
        return None
    return counter.day_of(due - MICROSECOND)


def _reply_time(row: Mapping[str, Any], reference: Reference, reader: Reader) -> str | None:
    """How long a reporter has to answer back; None where no rule says so, or where it depends on the report."""
    policy = _only_policy(ClockKind.REPORTER_REPLY, row, reference, reader)
    return None if policy is None else f"{policy.amount} {say(f'deadline.{policy.unit}', reader.language)}"


def _only_policy(clock: ClockKind, row: Mapping[str, Any], reference: Reference, reader: Reader) -> Policy | None:
    """The policy of a clock on the day of receipt, where it depends on no property of a report."""
    received = datetime.fromisoformat(row["received"]) if row["received"] else row["at"]
    rules = [rule for rule in reference.policies.on(received.astimezone(reader.zone).date()) if rule.clock is clock]
    return rules[0] if len(rules) == 1 and not rules[0].named and rules[0].amount else None


def unnamed(row: Mapping[str, Any]) -> bool:
    """Whether no agency may be named: the report is supervisory, or was; what is not known counts as so."""
    return row["supervisory"] != "false" or row["supervisory_now"] is not False


def _agency(row: Mapping[str, Any], reference: Reference, key: str | None) -> str | None:
    if unnamed(row) or key is None:
        return None
    agency = reference.agencies.get(int(key))
    return agency.name if agency else None


def _missing(row: Mapping[str, Any], language: str) -> str:
    """What the reporter is asked for, in words; codes that only another release knows are left out."""
    codes = json.loads(row["missing"]) if row["missing"] else []
    return "; ".join(say(f"told.missing.{code}", language) for code in codes if code in MISSING)


def _because(row: Mapping[str, Any], sight: Sight, language: str) -> str | None:
    key = f"because.{row['reason']}"
    if key not in catalog() or (unnamed(row) and row["reason"] in NAMING):
        return None
    other = row["other"] if sight.kind in TOLD_NUMBERS else None
    return tell(key, language, {} if other is None else {"other": other})


def _note(row: Mapping[str, Any]) -> str | None:
    """The note as a sentence, where the reporter may read it and it still stands."""
    note = (row["text"] or "").strip()
    if not note or row["text_visibility"] != Visibility.PUBLIC:
        return None
    return note if note.endswith(ENDS) else f"{note}."
