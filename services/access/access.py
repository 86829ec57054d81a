"""The only way to a ticket for a caller: which rows a scope sees, and which fields of them (docs/adr/0010, 0021).

Rights follow the relation to the ticket. A hidden row and an absent one give the same answer for the same statements.
A state that another release wrote may lack a field: the caller then gets what every value of it would give, no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from tortoise.backends.base.client import BaseDBAsyncClient

from models import Ticket
from models.enums import HiddenReason, PrincipalKind, Role
from models.officers import HANDLING_ROLES
from models.tickets import ticket_by_key, ticket_of_row
from services.access.fields import DRAFTS, EMPTY, HIDING, NAMING, RULES, ReadRule, Relation
from services.access.predicates import Among, Anything, Either, Every, Flag, Not, Nothing, Overlaps, Predicate
from services.access.scopes import SYSTEM, Scope, Sight
from services.access.states import State, ticket_state
from services.core.refusals import NotFound

# A flag that nobody answered protects like true (S20: two cases went to the police because it was forgotten).
PUBLIC_ROWS = Every((Flag("confidential", False), Flag("supervisory", False)))
SUPERVISORY_ROWS = Flag("supervisory", True)


def handled_by(agency_id: int) -> Predicate:
    """Tickets that this agency leads or supports."""
    return Either((Among("lead", (agency_id,)), Overlaps("supporting", (agency_id,), "int")))


def row_rule(sight: Sight) -> Predicate:
    """Which tickets exist for this sight (docs/adr/0021, 0028)."""
    if sight.kind is PrincipalKind.CITIZEN and sight.ticket_id is not None:
        return Among("id", (sight.ticket_id,))
    if sight.granted is not None:  # no grant opens a protected ticket
        return Every((PUBLIC_ROWS, sight.granted.rule))
    return _rule_without_grant(sight)


# Never of a grant: sights with one are equal where its digests are, and rows are not chosen by a digest.
@lru_cache(maxsize=1_024)
def _rule_without_grant(sight: Sight) -> Predicate:
    if sight.kind is PrincipalKind.DISPLAY and sight.agency_id is not None:
        return Every((PUBLIC_ROWS, Among("lead", (sight.agency_id,))))
    if sight.kind in (PrincipalKind.PARTNER, PrincipalKind.DISPLAY):
        return PUBLIC_ROWS
    if sight.kind is PrincipalKind.STAFF and sight.agency_id is not None:
        rows = [ROWS_OF_ROLE[role](sight, sight.agency_id) for role in sight.roles]
        rows += [_unexamined(sight)] if sight.deputy else []
        return Either(tuple(_unless_accused(sight, rule) for rule in rows))
    return Nothing()


@lru_cache(maxsize=1_024)
def accusing(sight: Sight) -> Predicate:
    """Reports about any agency that the caller has a post in on that day: the one conflict of interest."""
    return Among("reported", sight.agencies)


def accused(sight: Sight, state: State) -> bool:
    """Whether any agency of the caller is the reported one; a missing field counts as so (docs/adr/0021)."""
    return not accusing(sight).fails(state)


@lru_cache(maxsize=1_024)
def _unexamined(sight: Sight) -> Predicate:
    """Supervisory reports that no inspector is free to examine."""
    return Every((SUPERVISORY_ROWS, Among("reported", sight.unexamined)))


def _unless_accused(sight: Sight, rule: Predicate) -> Predicate:
    """What a role shows, without any supervisory report about an agency of the caller's, whatever the role."""
    if rule is PUBLIC_ROWS:  # which has no supervisory report at all
        return rule
    free = Not(Every((SUPERVISORY_ROWS, accusing(sight))))
    # Written as it always was where nothing else is forbidden: a feed's cursor holds a digest of it.
    return free if rule == Anything() else Every((free, rule))


def _steered(sight: Sight, agency_id: int) -> Predicate:
    return Not(_unexamined(sight)) if sight.unexamined and not sight.deputy else Anything()


def _handled(sight: Sight, agency_id: int) -> Predicate:
    return handled_by(agency_id)


def _supervised(sight: Sight, agency_id: int) -> Predicate:
    return Either((SUPERVISORY_ROWS, handled_by(agency_id)))


def _public(sight: Sight, agency_id: int) -> Predicate:
    return PUBLIC_ROWS


# Which rows each role sees for its agency; no role has any by default, and a test asks for each.
ROWS_OF_ROLE: dict[Role, Callable[[Sight, int], Predicate]] = {
    Role.OFFICER: _handled,
    Role.LIAISON: _handled,
    Role.COORDINATOR: _steered,
    Role.LEADER: _public,
    Role.INSPECTOR: _supervised,
    Role.ADMIN: _public,
}


def sees(scope: Scope, state: State) -> bool:
    """Whether a ticket in this state exists for the caller."""
    return scope is SYSTEM or row_rule(scope.sight).holds(state)


async def ticket(connection: BaseDBAsyncClient, scope: Scope, ticket_id: int | None, *, lock: bool = False) -> Ticket:
    """The ticket, locked until the transaction ends if asked; raises NotFound where it is absent or hidden."""
    _, rows = await connection.execute_query(ticket_by_key(lock=lock), [ticket_id or 0])
    # Rights are checked on the locked row: it may have changed while this waited.
    found = ticket_of_row(rows[0]) if rows else None
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
    """Whether the caller's agency leads or supports the ticket, and the caller works for it (decided here)."""
    lead, supporting = state.get("lead"), state.get("supporting") or ()
    mine = sight.agency_id is not None and (lead == sight.agency_id or sight.agency_id in supporting)
    return mine and not set(HANDLING_ROLES).isdisjoint(sight.roles)


def acts_for_desk(sight: Sight, state: State) -> bool:
    """Whether the caller has the desk's rights here: a coordinator (S18), or who examines a supervisory one (S13)."""
    return examines(sight, state) or (Role.COORDINATOR in sight.roles and _steers(sight, state))


def examines(sight: Sight, state: State) -> bool:
    """Whether this caller examines a supervisory ticket: an inspector (S13), else who is left (docs/adr/0021)."""
    if not state.get("supervisory") or accused(sight, state):
        return False
    return Role.INSPECTOR in sight.roles or (sight.deputy and _unexamined(sight).holds(state))


def _steers(sight: Sight, state: State) -> bool:
    """Whether a coordinator keeps the desk's rights: not on a supervisory report about an own agency.

    Nor on one that no inspector is free to examine; a missing field counts as either.
    """
    if state.get("supervisory", True) and accused(sight, state):
        return False
    return sight.deputy or _unexamined(sight).fails(state)


def unnamed(state: State) -> bool:
    """Whether a supervisory ticket names no agency, and so may be about any; a missing field counts as so."""
    return bool(state.get("supervisory", True)) and state.get("reported") is None


@lru_cache(maxsize=256)
def possible_relations(sight: Sight, *, lost: bool = False) -> frozenset[Relation]:
    """What this sight can be to a ticket that it sees.

    lost: the caller's own move took the ticket out of their sight, and this is their last look at it.
    """
    if lost:
        return frozenset({Relation.LEFT})
    if sight.kind is PrincipalKind.STAFF:
        left = {Relation.INSPECTOR} if sight.deputy else set()
        return frozenset({Relation.STAFF, *left, *(_OF_ROLE[role] for role in sight.roles if role in _OF_ROLE)})
    return _OF_KIND.get(sight.kind, frozenset())


_OF_ROLE = {
    Role.OFFICER: Relation.HANDLER,
    Role.LIAISON: Relation.HANDLER,
    Role.COORDINATOR: Relation.DESK,
    Role.INSPECTOR: Relation.INSPECTOR,
    Role.ADMIN: Relation.ADMIN,
}
_OF_KIND = {
    PrincipalKind.CITIZEN: frozenset({Relation.REPORTER}),
    PrincipalKind.PARTNER: frozenset({Relation.PARTNER}),
    PrincipalKind.DISPLAY: frozenset({Relation.DISPLAY}),
}


def relations(sight: Sight, state: State, *, lost: bool = False) -> frozenset[Relation]:
    """What the caller is to this ticket, which they see (docs/adr/0010)."""
    held = possible_relations(sight, lost=lost)
    if lost or sight.kind is not PrincipalKind.STAFF:
        return held
    absent = set()
    if not handles(sight, state):
        absent.add(Relation.HANDLER)
    if not _steers(sight, state):
        absent.add(Relation.DESK)
    if not examines(sight, state):
        absent.add(Relation.INSPECTOR)
    return held - absent


def reads(sight: Sight, coordinate: str, *, lost: bool = False) -> bool:
    """Whether this sight reads a field of the registry on some ticket that it sees."""
    return not possible_relations(sight, lost=lost).isdisjoint(RULES[coordinate].readers)


def fills(sight: Sight, state: State, coordinate: str) -> bool:
    """Whether the caller reads a field that is empty for all others, on a ticket that they see."""
    return not relations(sight, state).isdisjoint(EMPTY[coordinate].readers)


@lru_cache(maxsize=256)
def hidden_names(sight: Sight, *, lost: bool = False) -> frozenset[str]:
    """The fields that this sight reads of no ticket; others are hidden by the state of a ticket."""
    held = possible_relations(sight, lost=lost)
    return frozenset(rule.hides for rule in RULES.values() if rule.hides and held.isdisjoint(rule.readers))


def hidden_fields(sight: Sight, state: State, *, lost: bool = False) -> dict[str, HiddenReason]:
    """Which fields of a ticket are hidden from this sight, and why (S16, S20), whether or not they hold a value."""
    held = relations(sight, state, lost=lost)
    reasons = {name: _reason(sight, state, held, RULES[coordinate], lost) for name, coordinate in HIDING.items()}
    naming = NAMING if unnamed_to(sight, state.get("supervisory", True)) else ()
    hidden = {name: reason for name, reason in reasons.items() if reason is not None}
    return hidden | dict.fromkeys(naming, HiddenReason.SUPERVISORY)


REPORTERS = frozenset({PrincipalKind.ANONYMOUS, PrincipalKind.CITIZEN})


def unnamed_to(sight: Sight, supervisory: bool | None) -> bool:
    """Whether no agency is named to this caller: the reporter of a supervisory report; what is not known counts so.

    Who hands a report in without a token is its reporter, too. Source: docs/adr/0034.
    """
    return sight.kind in REPORTERS and supervisory is not False


def _reason(sight: Sight, state: State, held: frozenset[Relation], rule: ReadRule, lost: bool) -> HiddenReason | None:
    if held.isdisjoint(rule.readers):
        return HiddenReason.NOT_YOUR_ROLE if lost else rule.reason
    return _identity_hidden(sight, state, held) if rule.identity else None


def _identity_hidden(sight: Sight, state: State, held: frozenset[Relation]) -> HiddenReason | None:
    """Why the reporter's identity is hidden from this caller; None where it is not, as always for the reporter."""
    if Relation.REPORTER in held:
        return None
    if _bound(sight, state, held) or (unnamed(state) and Relation.INSPECTOR not in held):
        return HiddenReason.SUPERVISORY
    # Anonim hides the reporter from the reported party and the public (S16, S20); from all others it is our choice.
    return None if state.get("anonymous") is False else HiddenReason.ANONYMOUS


def _bound(sight: Sight, state: State, held: frozenset[Relation]) -> bool:
    """Whether the caller may not know the reporter as the report is about an agency of theirs.

    Who declined anonymity is known, masked, to those who handle an ordinary report, whichever agency it is about.
    """
    handles_it = Relation.HANDLER in held and state.get("supervisory") is False
    return accused(sight, state) and not handles_it


def may_reveal(sight: Sight, state: State) -> bool:
    """Whether the caller may see the reporter unmasked: whoever examines the ticket, else the desk.

    Never where any agency of theirs is reported, nor the desk where it may be any agency. Source: docs/adr/0010, 0021.
    """
    if accused(sight, state):
        return False
    held = relations(sight, state)
    return Relation.INSPECTOR in held or (Relation.DESK in held and not unnamed(state))


def may_name(sight: Sight, state: State) -> bool:
    """Whether the caller may say which agency is reported: the desk, of a supervisory ticket who examines it.

    Never where any agency of theirs is the reported one: they are bound by the rule, so they can not lift it.
    Source: docs/adr/0021.
    """
    if accused(sight, state):
        return False
    return examines(sight, state) if state.get("supervisory", True) else acts_for_desk(sight, state)


def works_on(sight: Sight, state: State) -> bool:
    """Whether the caller reads answers that are not sent yet: who handles the ticket, and the desk (decided here)."""
    return not relations(sight, state).isdisjoint(DRAFTS.readers)
