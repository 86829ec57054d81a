"""The move that was asked for; where there is none, the refusal names all else that is wrong too (decided here)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from models.enums import MoveMutation, TicketStatus
from services.core.reference import spelled
from services.core.refusals import Checks, InvalidInput
from services.tickets.case import Case
from services.tickets.commands import ChangeStatus
from services.tickets.merging import require_archive
from services.tickets.needs.needs import (
    REASON,
    evidence,
    missing,
    note,
    passed_on,
    prolong,
    referral,
    until,
)
from services.tickets.needs.values import reason_words, unwanted
from services.tickets.table.rows import Move, givens
from services.tickets.table.rules import MOVES
from services.tickets.workflow import IllegalTransition


def chosen(case: Case, by: MoveMutation, to: TicketStatus, code: str | None) -> Move:
    """The move; where there is none, raises IllegalTransition, with what is wrong with the reason for any such move."""
    try:
        return case.choose(by, to)
    except IllegalTransition:
        case.checks(_reason_of_any, _alike(case, by, to), code)
        raise


def chosen_status(case: Case, command: ChangeStatus, responsible: int | None) -> Move:
    """The same for a move without a mutation of its own, with all values that no move to this status would accept."""
    by, to = MoveMutation.CHANGE_STATUS, command.status
    try:
        return chosen(case, by, to, command.reason_code)
    except IllegalTransition:
        for check in _parts(command, responsible, case.desk.today()):
            case.checks(_of_any, _alike(case, by, to), check, case.checks)
        raise


def _parts(command: ChangeStatus, responsible: int | None, today: date) -> tuple[Callable[[Move], object], ...]:
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
        unwanted(code, REASON)
    elif code is None and allowed and all(move.reason_codes for move in moves):
        raise InvalidInput("REASON_NEEDED", path=REASON, allowed=reason_words(allowed))
    elif code is not None and allowed and spelled(allowed, code) is None:
        raise InvalidInput("UNKNOWN_REASON", path=REASON, allowed=reason_words(allowed))
