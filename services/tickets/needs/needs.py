"""What a move needs: a note, a reason, a date, evidence; refused where missing, and where not needed (decided here)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from models.enums import MoveNeed, TicketStatus
from services.core import validation
from services.core.desk import Desk
from services.core.reference import spelled
from services.core.refusals import InvalidInput
from services.deadlines.holds import LONGEST_HOLD
from services.master_data import codes
from services.reasons.reasons import MISSING
from services.tickets.case import Case
from services.tickets.commands import ChangeStatus, Evidence
from services.tickets.merging import answered_in
from services.tickets.needs.values import MOST_EVIDENCE, evidence_texts, missing_codes, reason_words, unwanted
from services.tickets.table.rows import Move, Who

REASON = ("reasonCode",)


@dataclass(frozen=True, slots=True)
class Referral:
    """Who is responsible for a report that is not the city's, and whether it was passed on to them."""

    agency_id: int
    referred: bool


@dataclass(frozen=True, slots=True)
class MoveInput:
    """All that was given for a move, as it needs it."""

    move: Move
    note: str | None
    reason: str | None
    until: date | None
    proofs: tuple[str, ...]
    missing: tuple[str, ...]
    referral: Referral | None
    answered_in: int | None

    def of_one_stay(self, left: TicketStatus) -> dict[str, Any]:
        """What belongs to the stay in the status that the move leads to; left: where it starts."""
        kept = self.move.to is TicketStatus.INCOMPLETE and self.move.who is not Who.DESK
        referral = self.referral
        return {
            "hold_until": self.until,
            "resumes": left if kept else None,
            "referred_to_id": referral.agency_id if referral is not None and referral.referred else None,
        }

    def details(self) -> dict[str, Any]:
        """What an event keeps of what the reporter is asked for, of who is responsible, or of another report."""
        details: dict[str, Any] = {"missing": list(self.missing)} if self.missing else {}
        if self.referral is not None:
            details |= {"referredTo": self.referral.agency_id, "referred": self.referral.referred}
        return details if self.answered_in is None else details | {"answeredIn": self.answered_in}


async def given(case: Case, move: Move, command: ChangeStatus, responsible: int | None) -> MoveInput:
    """What was given for a move without a mutation of its own; responsible: the key of the body that it names."""
    checks = case.checks
    asked = checks(missing, move, command.missing) or ()
    why = checks(reason, case, move, command.reason_code)
    found = MoveInput(
        move=move,
        note=checks(note, move, command.note, said=bool(command.missing)),
        reason=why,
        until=checks(until, move, command.until, case.desk.today()),
        proofs=checks(evidence, move, command.evidence),
        missing=asked,
        referral=checks(referral, move, command.referred_to_agency_code, responsible, command.referred),
        answered_in=await checks.awaited(answered_in(case, move, why, command.answered_in_number)),
    )
    checks(passed_on, move, command.referred)
    checks(prolong, move, wanted=command.prolong)
    checks.settle()
    return found


def note(move: Move, value: str | None, *path: str, said: bool = False) -> str | None:
    """The note of a move; raises InvalidInput where the move needs one and there is none.

    said: what it would say is said otherwise.
    """
    path = path or ("note",)
    found = validation.note(value, *path)
    if found is None and MoveNeed.NOTE in move.needs and not said:
        raise InvalidInput("NOTE_NEEDED", path=path)
    return found


def reason(case: Case, move: Move, code: str | None) -> str | None:
    """One of the reason codes that can be true of the move, or None where it asks for none."""
    if move.reasons is None:
        unwanted(code, REASON)
        return None
    allowed = case.reason_codes(move)
    if code is None:
        raise InvalidInput("REASON_NEEDED", path=REASON, allowed=reason_words(allowed))
    found = spelled(allowed, code)
    if found is None:
        raise InvalidInput("UNKNOWN_REASON", path=REASON, allowed=reason_words(allowed))
    return found


def until(move: Move, day: date | None, today: date) -> date | None:
    """The day on which a ticket on hold is looked at again: tomorrow at the earliest."""
    path = ("until",)
    if MoveNeed.UNTIL not in move.needs:
        unwanted(day, path)
        return None
    if day is None:
        raise InvalidInput("UNTIL_NEEDED", path=path)
    last = today + LONGEST_HOLD
    if not today < day <= last:
        raise InvalidInput("UNTIL_OUT_OF_RANGE", path=path, last=last)
    return day


def missing(move: Move, given: Sequence[str]) -> tuple[str, ...]:
    """What the reporter is asked for, each once, in the order of the list."""
    if move.to is not TicketStatus.INCOMPLETE:
        unwanted(given or None, ("missing",))
        return ()
    found = missing_codes(given)
    return tuple(code for code in MISSING if code in found)


async def responsible(desk: Desk, code: str | None) -> int | None:
    """The key of a body that may be responsible for what the city is not; raises InvalidInput for the city's own."""
    if code is None:
        return None
    reference, path = await desk.reference(), ("referredToAgencyCode",)
    key = codes.agency_key(reference, code, *path)
    if reference.agencies[key].kind not in codes.OUTSIDE:  # nothing of the city itself
        raise InvalidInput("REFERRED_TO_THE_CITY", path=path)
    return key


def referral(move: Move, code: str | None, agency_id: int | None, referred: bool | None) -> Referral | None:
    """Who is responsible for what is not the city's: agency_id is the key that the code stands for, if for any.

    What nobody says was passed on was not: its reporter is told where to go.
    """
    path = ("referredToAgencyCode",)
    if move.to is not TicketStatus.OUT_OF_JURISDICTION:
        unwanted(agency_id, path)
        return None
    if code is None:
        raise InvalidInput("REFERRAL_NEEDED", path=path)
    return None if agency_id is None else Referral(agency_id, referred is True)


def passed_on(move: Move, referred: bool | None) -> None:
    """Whether a report was passed on is said of what is not the city's, and of nothing else."""
    if move.to is not TicketStatus.OUT_OF_JURISDICTION:
        unwanted(referred, ("referred",))


def prolong(move: Move, *, wanted: bool) -> None:
    """Whether a ticket on hold stays so: said where it does, and nowhere else."""
    stays = move.source is move.to
    if stays and not wanted:
        raise InvalidInput("PROLONG_NEEDED", path=("prolong",))
    if wanted and not stays:
        raise InvalidInput("NOT_WANTED", path=("prolong",))


def evidence(move: Move, given: Sequence[Evidence]) -> tuple[str, ...]:
    """The texts of the evidence; until there are attachments, a description is evidence.

    What is resolved may show some even where none is needed.
    """
    if move.to is not TicketStatus.RESOLVED:
        unwanted(given or None, ("evidence",))
        return ()
    if not given and MoveNeed.EVIDENCE in move.needs:
        raise InvalidInput("EVIDENCE_NEEDED", path=("evidence",))
    if len(given) > MOST_EVIDENCE:
        raise InvalidInput("TOO_MANY", path=("evidence",), limit=MOST_EVIDENCE)
    return evidence_texts(given)
