"""What a move needs: a note, a reason, a date, evidence; refused where it is missing, and where it is not needed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from models.enums import MoveNeed
from services.core import validation
from services.core.refusals import Checks, InvalidInput
from services.inputs.marks import plain
from services.tickets.case import Case
from services.tickets.commands import Evidence
from services.tickets.workflow import Move

LONGEST_HOLD = timedelta(days=366)  # our choice: longer would be an archive
MOST_EVIDENCE = 20  # our choice


def note(move: Move, value: str | None, *path: str) -> str | None:
    """The note of a move; raises InvalidInput where the move needs one and there is none."""
    path = path or ("note",)
    found = validation.note(value, *path)
    if found is None and MoveNeed.NOTE in move.needs:
        raise InvalidInput("NOTE_NEEDED", path=path)
    return found


async def reason(case: Case, move: Move, code: str | None) -> str | None:
    """One of the reason codes that can be true of the move, or None where it asks for none."""
    path = ("reasonCode",)
    if move.reasons is None:
        _unwanted(code, path)
        return None
    allowed = await case.reason_codes(move)
    if code is None:
        raise InvalidInput("REASON_NEEDED", path=path, allowed=", ".join(allowed))
    found = plain(code)
    if found not in allowed:
        raise InvalidInput("UNKNOWN_REASON", path=path, allowed=", ".join(allowed))
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
