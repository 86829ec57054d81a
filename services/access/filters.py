"""What a list, a feed or a board asks for, translated into one condition on tickets.

Fields combine with AND, the values of one field with OR; an empty list matches nothing; times are half-open.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import product
from typing import Annotated, Any, get_type_hints

from models.enums import (
    AGENCY_STATUSES,
    CLOSED_THERE,
    OPEN_STATUSES,
    OPEN_THERE,
    REOPENED_STATUSES,
    RETURNED_STATUSES,
    UNASSIGNED_STATUSES,
    UNDISPATCHED_LED_STATUSES,
    UNVERIFIED_STATUSES,
    WAITING_STATUSES,
    Channel,
    Classification,
    ClockKind,
    DeadlineStanding,
    HandlingClass,
    PrincipalKind,
    Role,
    Sp4nMismatch,
    Sp4nStatus,
    TicketStatus,
)
from models.sp4n import SP4N
from services.access import needs
from services.access.access import SUPERVISORY_ROWS, reads
from services.access.fields import REPORTERS_CLOCKS
from services.access.needs import Needs
from services.access.predicates import (
    Above,
    Among,
    Before,
    Besides,
    Either,
    Every,
    External,
    Flag,
    Missing,
    Not,
    Nothing,
    Overlaps,
    Predicate,
    Since,
    UntilDay,
)
from services.access.scopes import Scope
from services.access.ticket_fields import camel
from services.core.keys import Keys
from services.core.reference import Reference, spelled
from services.core.refusals import Checks, EdgeRefusal, bad_input
from services.deadlines.clocks import OF_THE_DESK
from services.deadlines.standings import stands
from services.inputs.marks import seen
from services.inputs.sp4n import sp4n_id

LONGEST_LIST = 200  # values of one field; our choice
FILTER = "filter"  # the argument of that name, wherever there is one
LONGEST_EXTERNAL_ID = 200  # our choice


class AgencyRole(StrEnum):
    LEAD = "LEAD"
    SUPPORTING = "SUPPORTING"
    ANY = "ANY"


class Worklist(StrEnum):
    TO_VERIFY = "TO_VERIFY"
    TO_DISPATCH = "TO_DISPATCH"
    RETURNED = "RETURNED"
    MINE = "MINE"
    UNASSIGNED = "UNASSIGNED"
    TO_APPROVE = "TO_APPROVE"
    WAITING = "WAITING"
    NEEDS_ATTENTION = "NEEDS_ATTENTION"
    DUE_SOON = "DUE_SOON"
    OVERDUE = "OVERDUE"
    ESCALATED = "ESCALATED"
    EXTENSIONS = "EXTENSIONS"
    UNRESOLVED_CASES = "UNRESOLVED_CASES"
    MISMATCHED = "MISMATCHED"


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What is decided of one field of the filter.

    needs: what must be open to a caller before the field exists for them.
    narrows: what kind of matter it narrows by, None for agencies and people. A board that two kinds narrow points at
    single reports, and the board of one agency tells its cells anyway.
    granted: whether the rows of a grant may be chosen by it. A rule of rights must read the same on a row and on an
    event, and must not hang on who asks.
    """

    needs: Needs
    narrows: str | None = None
    granted: bool = False


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """The contract's filter in plain values; None leaves a field out. assignee_id is the officer's key."""

    status: Annotated[tuple[TicketStatus, ...] | None, FieldRule(needs.STATUS, "status", granted=True)] = None
    open: Annotated[bool | None, FieldRule(needs.STATUSES, "status", granted=True)] = None
    classification: Annotated[
        tuple[Classification, ...] | None, FieldRule(needs.CLASSIFICATION, "classification", granted=True)
    ] = None
    agency_code: Annotated[tuple[str, ...] | None, FieldRule(needs.AGENCY, granted=True)] = None
    agency_role: Annotated[AgencyRole, FieldRule(needs.AGENCY, granted=True)] = AgencyRole.ANY
    assignee_id: Annotated[int | None, FieldRule(needs.ASSIGNEE)] = None
    unassigned: Annotated[bool | None, FieldRule(needs.ASSIGNEE)] = None
    worklist: Annotated[Worklist | None, FieldRule(needs.STAFF_ONLY)] = None
    category_code: Annotated[tuple[str, ...] | None, FieldRule(needs.CATEGORY, "category", granted=True)] = None
    channel: Annotated[tuple[Channel, ...] | None, FieldRule(needs.CHANNEL, "channel", granted=True)] = None
    kecamatan_code: Annotated[tuple[str, ...] | None, FieldRule(needs.KECAMATAN, "place", granted=True)] = None
    kelurahan_code: Annotated[tuple[str, ...] | None, FieldRule(needs.KELURAHAN, "place", granted=True)] = None
    received_from: Annotated[datetime | None, FieldRule(needs.RECEIVED, "time", granted=True)] = None
    received_to: Annotated[datetime | None, FieldRule(needs.RECEIVED, "time", granted=True)] = None
    updated_from: Annotated[datetime | None, FieldRule(needs.UPDATED, "time", granted=True)] = None
    standing: Annotated[tuple[DeadlineStanding, ...] | None, FieldRule(needs.STANDING)] = None
    clock: Annotated[tuple[ClockKind, ...] | None, FieldRule(needs.CLOCK)] = None
    handling_class: Annotated[tuple[HandlingClass, ...] | None, FieldRule(needs.HANDLING_CLASS)] = None
    due_from: Annotated[datetime | None, FieldRule(needs.DUE)] = None
    due_to: Annotated[datetime | None, FieldRule(needs.DUE)] = None
    closed_by_silence: Annotated[bool | None, FieldRule(needs.SILENCE)] = None
    external_id: Annotated[str | None, FieldRule(needs.NOTHING)] = None
    search: Annotated[str | None, FieldRule(needs.WORDS)] = None
    sp4n_mismatch: Annotated[tuple[Sp4nMismatch, ...] | None, FieldRule(needs.STAFF_ONLY)] = None
    sp4n_tracking_id: Annotated[str | None, FieldRule(needs.STAFF_ONLY)] = None


NO_FILTER = TicketFilter()
RULES_OF_FIELDS: dict[str, FieldRule] = {
    name: hint.__metadata__[0] for name, hint in get_type_hints(TicketFilter, include_extras=True).items()
}
NAMES = {camel(name): name for name in RULES_OF_FIELDS}  # as the contract writes them
DIMENSIONS = {name: rule.narrows for name, rule in RULES_OF_FIELDS.items() if rule.narrows is not None}


def dimensions(names: Iterable[str]) -> frozenset[str]:
    """What a filter with these fields narrows by, agencies apart."""
    return frozenset(DIMENSIONS[name] for name in names if name in DIMENSIONS)


def condition(wanted: TicketFilter, reference: Reference, scope: Scope, keys: Keys | None = None) -> Predicate:
    """The condition that a ticket must meet, search apart; raises BAD_INPUT for codes that the city does not have.

    keys: without them an external id is found only where a release before this one kept it as it is.
    """
    # A filter reveals the field that it tests, so it needs the right to read it.
    if any(not reads(scope.sight, coordinate) for coordinate in _tested(wanted)):
        raise EdgeRefusal("FORBIDDEN", "STAFF_FILTER")
    by_link = wanted.sp4n_mismatch is not None or wanted.sp4n_tracking_id is not None
    if (wanted.worklist or by_link) and not scope.is_staff:
        raise EdgeRefusal("FORBIDDEN", "STAFF_FILTER")
    checks = Checks()
    parts = [
        *_plain_parts(wanted, checks),
        *_coded_parts(wanted, reference, checks),
        *_time_parts(wanted),
        *_clock_parts(wanted, scope, checks),
        *_sp4n_parts(wanted, keys, checks),
    ]
    if wanted.worklist is not None:
        parts.append(worklist_rule(wanted.worklist, scope, reference))
    if wanted.agency_code is not None and scope.kind is PrincipalKind.CITIZEN:
        parts.append(Flag("supervisory", False))  # whether it matches would name the agency (services/access/fields.py)
    if wanted.external_id is not None:
        parts.append(checks(_external, wanted.external_id, scope, keys))
    checks.settle()
    return Every(tuple(parts))


# What not every caller reads, with the fields of a filter that tell of it.
TESTED = {
    "Ticket.assignee": ("assignee_id", "unassigned"),
    "Ticket.standing": ("standing",),
    "Ticket.dueAt": ("due_from", "due_to"),
    "Ticket.deadlines": ("clock",),
    "Ticket.handlingClass": ("handling_class",),
    "Ticket.closedBySilence": ("closed_by_silence",),
}


def _tested(wanted: TicketFilter) -> Iterable[str]:
    """The fields of the registry that a filter tests."""
    return (
        coordinate for coordinate, names in TESTED.items() if any(getattr(wanted, name) is not None for name in names)
    )


def _plain_parts(wanted: TicketFilter, checks: Checks) -> list[Predicate]:
    parts: list[Predicate] = []
    for field, values in (
        ("status", wanted.status),
        ("classification", wanted.classification),
        ("channel", wanted.channel),
    ):
        if values is not None:
            parts.append(Among(field, checks(_bounded, field, tuple(str(value) for value in values))))
    if wanted.open is not None:
        parts.append(is_open() if wanted.open else Not(is_open()))
    if wanted.assignee_id is not None:
        parts.append(Among("assignee", (wanted.assignee_id,)))
    if wanted.unassigned is not None:
        parts.append(Missing("assignee") if wanted.unassigned else Not(Missing("assignee")))
    return parts


def _coded_parts(wanted: TicketFilter, reference: Reference, checks: Checks) -> list[Predicate]:
    parts: list[Predicate] = []
    if wanted.agency_code is not None:
        known = {code: (ref.pk,) for code, ref in reference.agency_codes.items()}
        ids = checks(_resolved, "agencyCode", wanted.agency_code, known, known.get)
        parts.append(_agency_rule(wanted.agency_role, ids))
    for name, field, values, codes, keys_of in (
        ("categoryCode", "category", wanted.category_code, reference.category_codes, reference.categories_under),
        ("kecamatanCode", "kelurahan", wanted.kecamatan_code, reference.kecamatan, reference.kelurahan_in),
        ("kelurahanCode", "kelurahan", wanted.kelurahan_code, reference.areas, lambda code: (code,) if code else ()),
    ):
        if values is not None:
            parts.append(Among(field, checks(_resolved, name, values, codes, keys_of)))
    return parts


def _time_parts(wanted: TicketFilter) -> list[Predicate]:
    parts: list[Predicate] = []
    if wanted.received_from is not None:
        parts.append(Since("received_at", wanted.received_from))
    if wanted.received_to is not None:
        parts.append(Before("received_at", wanted.received_to))
    if wanted.updated_from is not None:
        parts.append(Since("updated_at", wanted.updated_from))
    return parts


def _clock_parts(wanted: TicketFilter, scope: Scope, checks: Checks) -> list[Predicate]:
    """What is asked of the clocks; moments are those of the clock that dueAt is about."""
    parts: list[Predicate] = []
    standings = None if wanted.standing is None else checks(_bounded, "standing", wanted.standing)
    if wanted.clock is not None:
        parts.append(_of_clocks(checks(_bounded, "clock", wanted.clock) or (), standings, scope))
    elif standings is not None:
        parts.append(Among("standing", tuple(map(str, standings))))
    if wanted.handling_class is not None:
        parts.append(_handled_as(checks(_bounded, "handlingClass", wanted.handling_class) or ()))
    if wanted.due_from is not None:
        parts.append(Every((Not(Missing("due_at")), Since("due_at", wanted.due_from))))
    if wanted.due_to is not None:
        parts.append(Every((Not(Missing("due_at")), Before("due_at", wanted.due_to))))
    if wanted.closed_by_silence is not None:
        parts.append(Flag("closed_by_silence", wanted.closed_by_silence))
    return parts


def _of_clocks(clocks: Iterable[str], standings: Iterable[str] | None, scope: Scope) -> Predicate:
    """Tickets on which one of these clocks stands so; without standings, on which one of them has not stopped."""
    if scope.kind is PrincipalKind.CITIZEN:  # whether it matches would tell of a clock that they do not read
        clocks = [clock for clock in clocks if clock in REPORTERS_CLOCKS]
    named = clocks if standings is None else (stands(*each) for each in product(clocks, standings))
    return Overlaps("clocks", tuple(sorted(map(str, named))), "text")


def _handled_as(classes: Iterable[str]) -> Predicate:
    """Tickets of these classes; a supervisory report is of no other, whatever was chosen for it."""
    chosen = tuple(str(each) for each in classes if each != HandlingClass.SUPERVISORY)
    of_choice = Every((Flag("supervisory", False), Among("handling_class", chosen)))
    return Either((SUPERVISORY_ROWS, of_choice)) if HandlingClass.SUPERVISORY in classes else of_choice


def _agency_rule(role: AgencyRole, ids: tuple[Any, ...]) -> Predicate:
    lead, supporting = Among("lead", ids), Overlaps("supporting", ids, "int")
    rules: dict[AgencyRole, Predicate] = {AgencyRole.LEAD: lead, AgencyRole.SUPPORTING: supporting}
    return rules.get(role, Either((lead, supporting)))


def _resolved(
    field: str, asked: tuple[str, ...], codes: Collection[str], keys_of: Callable[[str], Iterable[Any] | None]
) -> tuple[Any, ...]:
    """The keys of these codes of the city; refused at each that it does not have."""
    _bounded(field, asked)
    checks, found = Checks(), set[Any]()
    for index, code in enumerate(asked):
        found.update(checks(_keys, field, index, keys_of(spelled(codes, code) or "")) or ())
    checks.settle()
    return tuple(sorted(found))


def _keys(field: str, index: int, keys: Iterable[Any] | None) -> Iterable[Any]:
    if not keys:  # an empty list would look like a quiet desk
        raise bad_input("UNKNOWN_CODE", FILTER, field, str(index), field=field)
    return keys


def _bounded(field: str, values: tuple[str, ...]) -> tuple[str, ...]:
    if len(values) > LONGEST_LIST:
        raise bad_input("TOO_MANY_VALUES", FILTER, field, field=field, limit=LONGEST_LIST)
    # Sorted and without repetitions, so that equal filters are equal: they share groups and boards, and cursors fit.
    return tuple(sorted(set(values)))


def _external(external_id: str, scope: Scope, keys: Keys | None) -> Predicate:
    external_id = seen(external_id)
    if not 0 < len(external_id) <= LONGEST_EXTERNAL_ID:
        raise bad_input("BAD_EXTERNAL_ID", FILTER, "externalId")
    if scope.kind is PrincipalKind.DISPLAY:
        return Nothing()
    # Staff find ids of every system; a partner finds its own, as those of others would tell which tickets they know.
    # The id itself stands where a release before this one wrote it, until the worker has replaced it.
    names = (external_id,) if keys is None else (*keys.external_digests(external_id), external_id)
    return External(names, f"partner:{scope.client_id}" if scope.kind is PrincipalKind.PARTNER else None)


def mismatched(wanted: Iterable[Sp4nMismatch]) -> Predicate:
    """Where this desk and SP4N-LAPOR! disagree in one of these ways; services/sp4n/views.py says the same of one."""
    rules: dict[Sp4nMismatch, Predicate] = {
        Sp4nMismatch.CLOSED_HERE_ONLY: Every((Not(is_open()), Among("sp4n", tuple(sorted(OPEN_THERE))))),
        Sp4nMismatch.CLOSED_THERE_ONLY: Every((is_open(), Among("sp4n", tuple(sorted(CLOSED_THERE))))),
        Sp4nMismatch.UNKNOWN_STATUS: Among("sp4n", (Sp4nStatus.UNKNOWN,)),
    }
    return Either(tuple(rules[each] for each in sorted(set(wanted))))


def _sp4n_parts(wanted: TicketFilter, keys: Keys | None, checks: Checks) -> list[Predicate]:
    parts: list[Predicate] = []
    if wanted.sp4n_mismatch is not None:
        checks(_bounded, "sp4nMismatch", wanted.sp4n_mismatch)
        parts.append(mismatched(wanted.sp4n_mismatch))
    if wanted.sp4n_tracking_id is not None:
        parts.append(checks(_tracked, wanted.sp4n_tracking_id, keys))
    return parts


def _tracked(typed: str, keys: Keys | None) -> Predicate:
    found = sp4n_id(typed)
    if found is None:
        raise bad_input("BAD_SP4N_ID", FILTER, "sp4nTrackingId")
    return Nothing() if keys is None else External(tuple(keys.external_digests(found)), SP4N)


def is_open() -> Predicate:
    """Whether the desk still owes something; answered tickets are open until the reporter's window has closed."""
    return _any_of(OPEN_STATUSES)


def worklist_rule(worklist: Worklist, scope: Scope, reference: Reference) -> Predicate:
    """What waits in a worklist of this caller; MINE and the agency's lists name the caller's own ids.

    Together they hold every open ticket for somebody who sees it (decided in docs/adr/0023).
    """
    led = Among("lead", _own(scope.agency_id))
    match worklist:
        case Worklist.TO_VERIFY:
            return _any_of(UNVERIFIED_STATUSES)
        case Worklist.TO_DISPATCH:
            return Every(
                (Missing("lead"), Either((_any_of(REOPENED_STATUSES), Every((_verified(), Not(_returned()))))))
            )
        case Worklist.RETURNED:
            return Every((_verified(), _returned()))
        case Worklist.MINE:
            return Every((is_open(), Among("assignee", _own(scope.officer_id))))
        case Worklist.UNASSIGNED:
            return Every((_any_of(UNASSIGNED_STATUSES), led, Missing("assignee")))
        case Worklist.TO_APPROVE:
            return Every((led, Above("waiting", 0)))
        case Worklist.WAITING:
            return _any_of(WAITING_STATUSES)
        case Worklist.NEEDS_ATTENTION:
            return _needs_attention(reference)
        case Worklist.DUE_SOON:
            return _to_do_by(DeadlineStanding.DUE_SOON, scope)
        case Worklist.OVERDUE:
            return _to_do_by(DeadlineStanding.OVERDUE, scope)
        case Worklist.ESCALATED:
            return Overlaps("escalated", _own(scope.officer_id), "int")
        case Worklist.EXTENSIONS:
            return _to_decide(scope)
        case Worklist.UNRESOLVED_CASES:
            return Every((_any_of((TicketStatus.UNRESOLVED,)), Not(Flag("case_done", True))))
        case Worklist.MISMATCHED:
            return mismatched(tuple(Sp4nMismatch))


def _to_do_by(standing: DeadlineStanding, scope: Scope) -> Predicate:
    """What stands so and is the caller's to do: theirs, their agency's that nobody has, and the desk's to verify."""
    mine = Among("assignee", _own(scope.officer_id))
    free = Every((Among("lead", _own(scope.agency_id)), Missing("assignee")))
    return Every((is_open(), Among("standing", (str(standing),)), Either((mine, free, *_to_verify(scope)))))


def _to_verify(scope: Scope) -> tuple[Predicate, ...]:
    """What this caller verifies and hands on, as one clock bounds both: the desk all, examiners supervisory reports."""
    unverified = _any_of(OF_THE_DESK)
    if scope.has(Role.COORDINATOR):
        return (unverified,)
    return (Every((SUPERVISORY_ROWS, unverified)),) if scope.has(Role.INSPECTOR) or scope.deputy else ()


def _needs_attention(reference: Reference) -> Predicate:
    """A hold whose day has come, a case whose officer left, and what is with no agency that could know of it."""
    held = Every((_any_of((TicketStatus.ON_HOLD,)), UntilDay("hold_until", reference.day)))
    unsent = Every((_any_of(UNDISPATCHED_LED_STATUSES), Not(Missing("lead"))))
    lost = Every((_any_of(AGENCY_STATUSES), Missing("lead")))
    nobody = tuple(sorted(ref.pk for ref in reference.agencies.values() if not ref.staffed))
    return Either(
        (held, Every((is_open(), Flag("left", True))), unsent, lost, Every((is_open(), Among("lead", nobody))))
    )


def _to_decide(scope: Scope) -> Predicate:
    """Requests for an extension that wait for this caller: the desk's, of supervisory tickets whoever examines them."""
    asked = Besides("askers", _own(scope.officer_id), "int")
    sight = scope.sight
    if Role.COORDINATOR in sight.roles:
        return asked
    if Role.INSPECTOR in sight.roles or sight.deputy:
        return Every((SUPERVISORY_ROWS, asked))
    return Nothing()


def unattended_rows(scope: Scope) -> Predicate:
    """Open supervisory reports that nobody is left to examine: this caller, an admin, is told their numbers."""
    if not scope.unattended:
        return Nothing()
    return Every((SUPERVISORY_ROWS, Among("reported", scope.unattended), is_open()))


def _verified() -> Predicate:
    return _any_of(RETURNED_STATUSES)


def _returned() -> Predicate:
    return Above("returns", 0)


def _own(key: int | None) -> tuple[int, ...]:
    return () if key is None else (key,)


def _any_of(statuses: Iterable[TicketStatus]) -> Predicate:
    return Among("status", tuple(sorted(str(status) for status in statuses)))
