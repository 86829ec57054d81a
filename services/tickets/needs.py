"""What a move needs: a note, a reason, a date, evidence; refused where it is missing, and where it is not needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from models.enums import HandlingClass, MoveMutation, MoveNeed, TicketStatus
from services.core import validation
from services.core.desk import Desk
from services.core.messages import Term
from services.core.reference import spelled
from services.core.refusals import Checks, InvalidInput
from services.deadlines.holds import LONGEST_HOLD
from services.master_data import codes
from services.reasons.reasons import MISSING
from services.tickets.case import Case
from services.tickets.commands import Evidence, StatusChange
from services.tickets.merging import answered_in, require_archive
from services.tickets.table.rows import Move, Who, givens
from services.tickets.table.rules import MOVES
from services.tickets.workflow import IllegalTransition

MOST_EVIDENCE = 20  # our choice
MOST_MISSING = 20  # our choice: many times what there is
REASON = ("reasonCode",)


def chosen(case: Case, by: MoveMutation, to: TicketStatus, code: str | None) -> Move:
    """The move; where it is none, its refusal comes with what is wrong with a reason for it wherever it starts."""
    try:
        return case.choose(by, to)
    except IllegalTransition:
        case.checks(_reason_of_any, _alike(case, by, to), code)
        raise


def chosen_status(case: Case, command: StatusChange, responsible: int | None) -> Move:
    """The same for a move without a mutation of its own, with all else that no move to this status would take."""
    by, to = MoveMutation.CHANGE_STATUS, command.status
    try:
        return chosen(case, by, to, command.reason_code)
    except IllegalTransition:
        for check in _parts(command, responsible, case.desk.today()):
            case.checks(_of_any, _alike(case, by, to), check, case.checks)
        raise


def _parts(command: StatusChange, responsible: int | None, today: date) -> tuple[Callable[[Move], object], ...]:
    """What is checked of a change of status by its move, but the reason."""
    return (
        lambda move: note(move, command.note, said=bool(command.missing)),
        lambda move: until(move, command.until, today),
        lambda move: evidence(move, command.evidence),
        lambda move: missing(move, command.missing),
        lambda move: referral(move, command.referred_to_agency_code, responsible, command.referred),
        lambda move: passed_on(move, command.referred),
        lambda move: prolong(move, wanted=command.prolong),
        lambda move: require_archive(move, command.answered_in_number),
    )


def _alike(case: Case, by: MoveMutation, to: TicketStatus) -> list[Move]:
    true = givens(case.state)
    return [move for move in MOVES if (move.by, move.to) == (by, to) and move.given in true]


def _of_any(moves: Sequence[Move], check: Callable[[Move], object], told: Checks) -> None:
    """Refuse what every one of these moves would refuse, unless its field, or a part of it, was refused already."""
    refused: list[InvalidInput] = []
    for move in moves:
        try:
            check(move)
        except InvalidInput as refusal:
            refused.append(refusal)
    known = {refusal.path[:length] for refusal in told.refusals for length in (1, len(refusal.path))}
    if refused and len(refused) == len(moves) and refused[0].path not in known:
        raise refused[0]


def _reason_of_any(moves: Sequence[Move], code: str | None) -> None:
    allowed = dict.fromkeys(code for move in moves for code in move.reason_codes)
    if moves and not allowed:
        _unwanted(code, REASON)
    elif code is None and allowed and all(move.reason_codes for move in moves):
        raise InvalidInput("REASON_NEEDED", path=REASON, allowed=reason_words(allowed))
    elif code is not None and allowed and spelled(allowed, code) is None:
        raise InvalidInput("UNKNOWN_REASON", path=REASON, allowed=reason_words(allowed))


def reason_words(codes: Iterable[str]) -> tuple[Term, ...]:
    """Reasons as the sentences of refusals name them."""
    return tuple(Term(f"reason.{code}") for code in codes)


@dataclass(frozen=True, slots=True)
class Referral:
    """Who is responsible for a report that is not the city's, and whether it was passed on to them."""

    agency_id: int
    referred: bool


@dataclass(frozen=True, slots=True)
class Given:
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


async def given(case: Case, move: Move, command: StatusChange, responsible: int | None) -> Given:
    """What was given for a move without a mutation of its own; responsible: the key of the body that it names."""
    checks = case.checks
    asked = checks(missing, move, command.missing) or ()
    why = await checks.awaited(reason(case, move, command.reason_code))
    found = Given(
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


async def reason(case: Case, move: Move, code: str | None) -> str | None:
    """One of the reason codes that can be true of the move, or None where it asks for none."""
    if move.reasons is None:
        _unwanted(code, REASON)
        return None
    allowed = await case.reason_codes(move)
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
        _unwanted(day, path)
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
        _unwanted(given or None, ("missing",))
        return ()
    found = missing_codes(given)
    return tuple(code for code in MISSING if code in found)


def missing_codes(given: Sequence[str]) -> frozenset[str]:
    """Codes of what may be missing, whatever move they are for."""
    checks = Checks()
    if len(given) > MOST_MISSING:
        checks.keep(InvalidInput("TOO_MANY", path=("missing",), limit=MOST_MISSING))
    found = [checks(_missing, index, code) for index, code in enumerate(given[:MOST_MISSING])]
    checks.settle()
    return frozenset(found)


def _missing(index: int, code: str) -> str:
    found = spelled(MISSING, code)
    if found is None:
        allowed = tuple(Term(f"missing.{code}") for code in MISSING)
        raise InvalidInput("UNKNOWN_MISSING", path=("missing", str(index)), allowed=allowed)
    return found


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
        _unwanted(agency_id, path)
        return None
    if code is None:
        raise InvalidInput("REFERRAL_NEEDED", path=path)
    return None if agency_id is None else Referral(agency_id, referred is True)


def passed_on(move: Move, referred: bool | None) -> None:
    """Whether a report was passed on is said of what is not the city's, and of nothing else."""
    if move.to is not TicketStatus.OUT_OF_JURISDICTION:
        _unwanted(referred, ("referred",))


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
        _unwanted(given or None, ("evidence",))
        return ()
    if not given and MoveNeed.EVIDENCE in move.needs:
        raise InvalidInput("EVIDENCE_NEEDED", path=("evidence",))
    if len(given) > MOST_EVIDENCE:
        raise InvalidInput("TOO_MANY", path=("evidence",), limit=MOST_EVIDENCE)
    return evidence_texts(given)


def evidence_texts(given: Sequence[Evidence]) -> tuple[str, ...]:
    """The texts of evidence, whatever move it is for."""
    checks = Checks()
    found = [checks(_evidence, index, each) for index, each in enumerate(given)]
    checks.settle()
    return tuple(found)


def _evidence(index: int, given: Evidence) -> str:
    checks, path = Checks(), ("evidence", str(index))
    description = checks(validation.text, given.description, validation.EVIDENCE_LIMIT, *path, "description")
    url = checks(validation.link, given.url, *path, "url")
    checks.settle()
    return description if url is None else f"{description}\n{url}"


def choosable_class(value: HandlingClass | None) -> HandlingClass | None:
    """The class of a ticket, as far as people choose it."""
    if value is HandlingClass.SUPERVISORY:
        raise InvalidInput("CLASS_NOT_CHOSEN", path=("handlingClass",))
    return value


def _unwanted(value: object, path: tuple[str, ...]) -> None:
    if value is not None:
        raise InvalidInput("NOT_WANTED", path=path)
