"""The only door to a ticket on someone's behalf: which rows a scope sees, and which fields of them.

Rights follow the relation to the ticket. A hidden row and an absent one give the same answer for the same statements.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from tortoise.backends.base.client import BaseDBAsyncClient

from models import Ticket
from models.enums import HiddenReason, PrincipalKind, Role
from services.predicates import Among, Either, Every, Flag, Not, Nothing, Overlaps, Predicate
from services.refusals import NotFound
from services.scopes import SYSTEM, Scope, Sight
from services.states import State, ticket_state

PUBLIC_ROWS = Every((Flag("confidential", False), Flag("supervisory", False)))
SUPERVISORY_ROWS = Flag("supervisory", True)
HANDLING_ROLES = (Role.OFFICER, Role.LIAISON)
EXACT_PLACE = ("location.address", "location.latitude", "location.longitude")


def handled_by(agency_id: int) -> Predicate:
    """Tickets that this agency leads or supports."""
    return Either((Among("lead", (agency_id,)), Overlaps("supporting", (agency_id,), "int")))


def row_rule(sight: Sight) -> Predicate:
    """Which tickets exist for this sight."""
    if sight.kind is PrincipalKind.CITIZEN and sight.ticket_id is not None:
        return Among("id", (sight.ticket_id,))
    if sight.granted is not None:
        return Every((PUBLIC_ROWS, sight.granted.rule))
    if sight.kind in (PrincipalKind.PARTNER, PrincipalKind.DISPLAY):
        return PUBLIC_ROWS
    if sight.kind is PrincipalKind.STAFF and sight.agency_id is not None:
        return Either(tuple(_role_rule(role, sight.agency_id) for role in sight.roles))
    return Nothing()


def _role_rule(role: Role, agency_id: int) -> Predicate:
    if role is Role.COORDINATOR:
        return Not(Every((SUPERVISORY_ROWS, Among("reported", (agency_id,)))))
    if role is Role.INSPECTOR:
        return Either((SUPERVISORY_ROWS, handled_by(agency_id)))
    if role in HANDLING_ROLES:
        return handled_by(agency_id)
    return PUBLIC_ROWS


def sees(scope: Scope, state: State) -> bool:
    """Whether a ticket in this state exists for the caller."""
    return scope is SYSTEM or row_rule(scope.sight).holds(state)


async def ticket(connection: BaseDBAsyncClient, scope: Scope, ticket_id: int | None, *, lock: bool = False) -> Ticket:
    """The ticket, locked until the transaction ends if asked; raises NotFound where it is absent or hidden."""
    query = Ticket.filter(id=ticket_id or 0).using_db(connection)
    found = await (query.select_for_update() if lock else query).first()
    if found is None or not sees(scope, ticket_state(found)):
        raise NotFound()
    return found


async def tickets(connection: BaseDBAsyncClient, scope: Scope, ticket_ids: Iterable[int]) -> list[Ticket]:
    """Several tickets, locked in the order of their ids so that two callers never wait for each other in a ring."""
    wanted = sorted(set(ticket_ids))
    found = await Ticket.filter(id__in=wanted).using_db(connection).order_by("id").select_for_update()
    if len(found) != len(wanted) or not all(sees(scope, ticket_state(each)) for each in found):
        raise NotFound()
    return list(found)


def handles(sight: Sight, state: State) -> bool:
    """Whether the caller's agency leads or supports the ticket, and the caller works for it."""
    mine = sight.agency_id is not None and (state["lead"] == sight.agency_id or sight.agency_id in state["supporting"])
    return mine and not set(HANDLING_ROLES).isdisjoint(sight.roles)


def coordinates(sight: Sight, state: State) -> bool:
    """Whether the caller steers this ticket: its coordinator, or the inspector where it is supervisory."""
    if Role.INSPECTOR in sight.roles and state["supervisory"]:
        return True
    own = state["supervisory"] and state["reported"] == sight.agency_id
    return Role.COORDINATOR in sight.roles and not own


@lru_cache(maxsize=256)
def hidden_names(sight: Sight, *, lost: bool = False) -> frozenset[str]:
    """The fields that this sight never reads, whatever the ticket; those that hang on the ticket come on top.

    lost: the caller's own move took the ticket out of their sight, and this is their last look at it.
    """
    if lost:
        return frozenset({"title", "body", "assignee", "reporter", *EXACT_PLACE})
    if sight.kind is PrincipalKind.DISPLAY:
        return frozenset({"title", "body", "assignee", "reporter", *EXACT_PLACE})
    if sight.kind is PrincipalKind.PARTNER:
        return frozenset({"assignee", "reporter", *EXACT_PLACE})
    return frozenset({"assignee"}) if sight.kind is PrincipalKind.CITIZEN else frozenset()


def hidden_fields(sight: Sight, state: State, *, lost: bool = False) -> dict[str, HiddenReason]:
    """Which fields of a ticket are hidden from this sight, and why; never a matter of what is stored."""
    hidden = dict.fromkeys(hidden_names(sight, lost=lost), HiddenReason.NOT_YOUR_ROLE)
    identity = None if "reporter" in hidden else _identity_hidden(sight, state)
    return hidden if identity is None else hidden | {"reporter": identity}


def _identity_hidden(sight: Sight, state: State) -> HiddenReason | None:
    if sight.kind is PrincipalKind.CITIZEN:
        return None
    if not handles(sight, state) and not coordinates(sight, state):
        return HiddenReason.NOT_YOUR_ROLE
    return None if state["anonymous"] is False else HiddenReason.ANONYMOUS
