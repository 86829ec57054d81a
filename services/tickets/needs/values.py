"""One thing that was given for a move, whichever it is: evidence, what is missing, a class (decided here)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from models.enums import HandlingClass
from services.core import validation
from services.core.messages import Term
from services.core.reference import spelled
from services.core.refusals import Checks, InvalidInput
from services.reasons.reasons import MISSING
from services.tickets.commands import Evidence

MOST_EVIDENCE = 20  # our choice
MOST_MISSING = 20  # our choice: many times what there is


def reason_words(codes: Iterable[str]) -> tuple[Term, ...]:
    """Reasons as the sentences of refusals name them."""
    return tuple(Term(f"reason.{code}") for code in codes)


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


def unwanted(value: object, path: tuple[str, ...]) -> None:
    """Refuse what was given though the move takes no such value."""
    if value is not None:
        raise InvalidInput("NOT_WANTED", path=path)
