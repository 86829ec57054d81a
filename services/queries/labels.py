"""All words that clients show: those of closed lists, of moves, of their reasons, and of what a report may lack.

One shape throughout, list -> value -> words, so that a client needs one function: `TicketStatus`,
`TicketStatus.reporters`, `Move.RECEIVED` (by where a move starts; its values are `VERIFY.VERIFIED` and the like: the
mutation, then where it leads), `Reason`, `Reason.RETURN.VERIFIED` (those of one move), `Missing`.
"""

from __future__ import annotations

from models.enums import TicketStatus
from services.core.labels import labels, reporter_labels
from services.core.messages import catalog, say, spoken
from services.reasons.reasons import MISSING
from services.tickets.table.rows import Move
from services.tickets.table.rules import MOVES, MOVES_FROM
from services.tickets.table.words import button

Lists = dict[str, dict[str, str]]
REASON = "reason."


def all_labels(language: str) -> Lists:
    """List -> value -> words in this language; raises KeyError for a language that the desk does not speak."""
    lists = labels(language)
    return lists | reporter_labels(language) | _moves(language) | _reasons(language) | _missing(language)


def _moves(language: str) -> Lists:
    return {
        f"Move.{status}": {f"{move.by}.{move.to}": _move(move, language) for move in MOVES_FROM[status]}
        for status in TicketStatus
    }


def _move(move: Move, language: str) -> str:
    return spoken(button(move.source, move.by, move.to), language)


def _reasons(language: str) -> Lists:
    by_move: Lists = {}
    for move in MOVES:
        if move.reason_codes:
            known = by_move.setdefault(f"Reason.{move.by}.{move.to}", {})
            known.update({code: say(f"reason.{code}", language) for code in move.reason_codes})
    return {"Reason": _every_reason(language)} | by_move


def _every_reason(language: str) -> dict[str, str]:
    """All codes that an entry can hold: those that merging gives by itself, and of earlier releases, too."""
    codes = (key.removeprefix(REASON) for key in catalog() if key.startswith(REASON))
    return {code: say(f"{REASON}{code}", language) for code in codes}


def _missing(language: str) -> Lists:
    return {"Missing": {code: say(f"missing.{code}", language) for code in MISSING}}
