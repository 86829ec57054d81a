"""What a move needs: a note, a reason, a date, evidence; refused where it is missing, and where it is not needed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from models.enums import MoveMutation, MoveNeed, TicketStatus
from services.core import validation
from services.core.refusals import Checks, InvalidInput
from services.inputs.marks import plain
from services.tickets.case import Case
from services.tickets.commands import Evidence
from services.tickets.workflow import MOVES, IllegalTransition, Move

LONGEST_HOLD = timedelta(days=366)  # our choice: longer would be an archive
MOST_EVIDENCE = 20  # our choice
REASON = ("reasonCode",)


def chosen(case: Case, by: MoveMutation, to: TicketStatus, code: str | None) -> Move:
    """The move; where it is none, its refusal comes with what is wrong with a reason for it wherever it starts."""
    try:
        return case.choose(by, to)
    except IllegalTransition:
        case.checks(_reason_of_any, [move for move in MOVES if (move.by, move.to) == (by, to)], code)
        raise


def _reason_of_any(moves: Sequence[Move], code: str | None) -> None:
    allowed = dict.fromkeys(code for move in moves for code in move.reason_codes)
    if moves and not allowed:
        _unwanted(code, REASON)
    elif allowed and (code is None or plain(code) not in allowed):
        text = "REASON_NEEDED" if code is None else "UNKNOWN_REASON"
        raise InvalidInput(text, path=REASON, allowed=", ".join(allowed))


def note(move: Move, value: str | None, *path: str) -> str | None:
    """The note of a move; raises InvalidInput where the move needs one and there is none."""
    path = path or ("note",)
    found = validation.note(value, *path)
    if found is None and MoveNeed.NOTE in move.needs:
        raise InvalidInput("NOTE_NEEDED", path=path)
    return found


async def reason(case: Case, move: Move, code: str | None) -> str | None:
    """One of the reason codes that can be true of the move, or None where it asks for none."""
    if move.reasons is None:
        _unwanted(code, REASON)
        return None
    allowed = await case.reason_codes(move)
    if code is None:
        raise InvalidInput("REASON_NEEDED", path=REASON, allowed=", ".join(allowed))
    found = plain(code)
    if found not in allowed:
        raise InvalidInput("UNKNOWN_REASON", path=REASON, allowed=", ".join(allowed))
    return found


def until(move: Move, day: date | None, today: date) -> date | None:
    """The day on which a ticket on hold is looked at again: tomorrow at the earliest."""
    path = ("until",)
    if MoveNeed.UNTIL not in move.needs:
        _unwanted(day, path)
        return None
    if day is None:
        raise InvalidInput("UNTIL_NEEDED", path=path)
    if not today < day <= today + LONGEST_HOLD:
        raise InvalidInput("UNTIL_OUT_OF_RANGE", path=path, days=LONGEST_HOLD.days)
    return day


def prolong(move: Move, *, wanted: bool) -> None:
    """Whether a ticket on hold stays so: said where it does, and nowhere else."""
    stays = move.source is move.to
    if stays and not wanted:
        raise InvalidInput("PROLONG_NEEDED", path=("prolong",))
    if wanted and not stays:
        raise InvalidInput("NOT_WANTED", path=("prolong",))


def evidence(move: Move, given: Sequence[Evidence]) -> tuple[str, ...]:
    """The texts of the evidence; until there are attachments, a description is evidence."""
    if MoveNeed.EVIDENCE not in move.needs:
        _unwanted(given or None, ("evidence",))
        return ()
    if not given:
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


def _unwanted(value: object, path: tuple[str, ...]) -> None:
    if value is not None:
        raise InvalidInput("NOT_WANTED", path=path)
