"""What a caller may do next with a ticket by the table of moves, and the refusal of all else (decided here)."""

from __future__ import annotations

from functools import lru_cache

from models.enums import Channel, Classification, MoveMutation, Role, TicketStatus
from services.access import access
from services.access.scopes import Sight
from services.access.states import State
from services.core.messages import Term
from services.core.refusals import Forbidden, Refusal
from services.reasons.reasons import STANDARD, Circumstances, Reasons
from services.tickets.table.rows import PEOPLE, Given, Move, OpenMove, Who, givens
from services.tickets.table.rules import MOVES_FROM
from services.tickets.table.words import button


def relations(sight: Sight, state: State, reasons: Reasons = STANDARD) -> frozenset[Who]:
    """What the caller is to this ticket (S18, S70); supporting agencies have no relation here, as they make no moves.

    reasons: by what the city says today, as to who resolves.
    """
    if access.acts_for_desk(sight, state):
        return PEOPLE
    if sight.agency_id is None or state["lead"] != sight.agency_id:
        return frozenset()
    if Role.LIAISON in sight.roles:
        return frozenset({Who.HANDLER, Who.LIAISON, Who.RESOLVER})
    if Role.OFFICER not in sight.roles:
        return frozenset()
    return frozenset({Who.HANDLER, Who.RESOLVER} if reasons.resolving.by_officers(state["lead"]) else {Who.HANDLER})


def open_moves(sight: Sight, state: State, reasons: Reasons = STANDARD) -> tuple[OpenMove, ...]:
    """What the caller may do next with a ticket in this state, with the reasons that the city offers (decided here)."""
    held = relations(sight, state, reasons)
    return _open(circumstances(state, held), givens(state), held, reasons)


# 13 statuses, with or without a lead agency, and at most five sets of relations, by what decides about reasons besides:
# four classifications, fourteen channels, merged or not. What a desk really has of these are a few hundred.
@lru_cache(maxsize=2_048)
def _open(case: Circumstances, true: frozenset[Given], held: frozenset[Who], reasons: Reasons) -> tuple[OpenMove, ...]:
    found = (move for move in MOVES_FROM[case.status] if move.given in true and move.who in held)
    return tuple(move.open(reasons, case) for move in found)


def moves_of(state: State) -> tuple[Move, ...]:
    """All moves that a ticket in this state can make, whoever makes them (services/tickets/table/rules.py)."""
    true = givens(state)
    return tuple(move for move in MOVES_FROM[TicketStatus(state["status"])] if move.given in true)


def circumstances(state: State, held: frozenset[Who]) -> Circumstances:
    """What decides which reasons can be true of a ticket in this state, for a caller with these relations to it."""
    kind, channel = state["classification"], state["channel"]
    return Circumstances(
        TicketStatus(state["status"]),
        None if kind is None else Classification(kind),
        None if channel is None else Channel(channel),
        state["merged_into"] is not None,
        Who.DESK in held,
    )


def reason_codes(move: Move, sight: Sight, state: State, reasons: Reasons) -> tuple[str, ...]:
    """The reasons that the caller may give for this move of a ticket in this state (decided here)."""
    return move.codes(reasons, circumstances(state, relations(sight, state)))


def choose(sight: Sight, state: State, by: MoveMutation, to: TicketStatus, reasons: Reasons = STANDARD) -> Move:
    """The row of the table for this move; raises Forbidden or IllegalTransition where the caller can not make it."""
    held = relations(sight, state, reasons)
    if not held:
        raise Forbidden("NOT_YOUR_TICKET")
    found = next((move for move in MOVES_FROM[TicketStatus(state["status"])] if _matches(move, state, by, to)), None)
    if found is None:
        raise illegal(sight, state, by, to, reasons)
    if found.who not in held:
        raise Forbidden("NOT_YOUR_MOVE", who=Term(f"who.{found.who}"))
    return found


def _matches(move: Move, state: State, by: MoveMutation, to: TicketStatus) -> bool:
    return move.by is by and move.to is to and move.fits(state)


def illegal(
    sight: Sight, state: State, by: MoveMutation, to: TicketStatus, reasons: Reasons = STANDARD
) -> IllegalTransition:
    """The refusal of a move that the ticket can not make; it names the step that leads there, if one does."""
    current, allowed = TicketStatus(state["status"]), open_moves(sight, state, reasons)
    path = ("status",) if by is MoveMutation.CHANGE_STATUS else ()
    other = next(
        (
            move
            for move in MOVES_FROM[current]
            if move.to is to is not move.source and move.by is not by and move.fits(state)
        ),
        None,
    )
    if other is not None:
        step = button(current, other.by, to)
        return IllegalTransition("OTHER_MUTATION", current, allowed, path=path, to=to, step=step)
    return IllegalTransition("NO_SUCH_MOVE", current, allowed, path=path, to=to)


class IllegalTransition(Refusal):
    """The ticket can not make this move from where it stands; allowed lists what the caller may do instead."""

    beside_others = True

    def __init__(
        self,
        code: str,
        current: TicketStatus,
        allowed: tuple[OpenMove, ...],
        *,
        path: tuple[str, ...] = (),
        **params: object,
    ) -> None:
        steps = tuple(button(current, move.by, move.to) for move in allowed)
        super().__init__(code, path=path, current=current, steps=steps, **params)
        self.current = current
        self.allowed = allowed
