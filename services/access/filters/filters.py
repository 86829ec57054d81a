"""What a list, a feed or a board asks for, translated into one condition on tickets (docs/adr/0004).

Fields combine with AND, the values of one field with OR; an empty list matches nothing; times are half-open.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, get_type_hints

from models.enums import (
    Channel,
    Classification,
    ClockKind,
    DeadlineStanding,
    HandlingClass,
    PrincipalKind,
    Sp4nMismatch,
    TicketStatus,
)
from services.access.access import reads
from services.access.fields import RULES
from services.access.filters import needs
from services.access.filters.clocks import handled_as, of_clocks
from services.access.filters.external_ids import external, tracked
from services.access.filters.needs import Needs
from services.access.filters.values import bounded, resolved
from services.access.filters.worklists import Worklist, is_open, mismatched, worklist_rule
from services.access.predicates import Among, Before, Either, Every, Flag, Missing, Not, Overlaps, Predicate, Since
from services.access.scopes import Scope
from services.access.ticket_fields import camel
from services.core.keys import Keys
from services.core.reference import Reference
from services.core.refusals import Checks, EdgeRefusal


class AgencyRole(StrEnum):
    LEAD = "LEAD"
    SUPPORTING = "SUPPORTING"
    ANY = "ANY"


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
EVERY_TICKET = Every(())
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
    if wanted is NO_FILTER:
        return EVERY_TICKET
    if not _may_ask(wanted, scope):
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
        parts.append(checks(external, wanted.external_id, scope, keys))
    checks.settle()
    return Every(tuple(parts))


# The restricted fields that each field of a filter tells of; a search looks only where its caller reads.
TESTED = {
    name: tested
    for name, rule in RULES_OF_FIELDS.items()
    if name != "search" and (tested := RULES.keys() & frozenset().union(*rule.needs))
}
OF_STAFF = tuple(name for name, rule in RULES_OF_FIELDS.items() if rule.needs == needs.STAFF_ONLY)


def _may_ask(wanted: TicketFilter, scope: Scope) -> bool:
    """Whether the caller reads all that the filter tells of: a filter reveals the field that it tests."""
    tested = {coordinate for name, found in TESTED.items() if getattr(wanted, name) is not None for coordinate in found}
    of_staff = any(getattr(wanted, name) is not None for name in OF_STAFF)
    return (scope.is_staff or not of_staff) and all(reads(scope.sight, coordinate) for coordinate in tested)


def _plain_parts(wanted: TicketFilter, checks: Checks) -> list[Predicate]:
    parts: list[Predicate] = []
    for field, values in (
        ("status", wanted.status),
        ("classification", wanted.classification),
        ("channel", wanted.channel),
    ):
        if values is not None:
            parts.append(Among(field, checks(bounded, field, tuple(str(value) for value in values))))
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
        ids = checks(resolved, "agencyCode", wanted.agency_code, known, known.get)
        parts.append(_agency_rule(wanted.agency_role, ids))
    for name, field, values, codes, keys_of in (
        ("categoryCode", "category", wanted.category_code, reference.category_codes, reference.categories_under),
        ("kecamatanCode", "kelurahan", wanted.kecamatan_code, reference.kecamatan, reference.kelurahan_in),
        ("kelurahanCode", "kelurahan", wanted.kelurahan_code, reference.areas, lambda code: (code,) if code else ()),
    ):
        if values is not None:
            parts.append(Among(field, checks(resolved, name, values, codes, keys_of)))
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
    standings = None if wanted.standing is None else checks(bounded, "standing", wanted.standing)
    if wanted.clock is not None:
        parts.append(of_clocks(checks(bounded, "clock", wanted.clock) or (), standings, scope))
    elif standings is not None:
        parts.append(Among("standing", tuple(map(str, standings))))
    if wanted.handling_class is not None:
        parts.append(handled_as(checks(bounded, "handlingClass", wanted.handling_class) or ()))
    if wanted.due_from is not None:
        parts.append(Every((Not(Missing("due_at")), Since("due_at", wanted.due_from))))
    if wanted.due_to is not None:
        parts.append(Every((Not(Missing("due_at")), Before("due_at", wanted.due_to))))
    if wanted.closed_by_silence is not None:
        parts.append(Flag("closed_by_silence", wanted.closed_by_silence))
    return parts


def _agency_rule(role: AgencyRole, ids: tuple[Any, ...]) -> Predicate:
    lead, supporting = Among("lead", ids), Overlaps("supporting", ids, "int")
    rules: dict[AgencyRole, Predicate] = {AgencyRole.LEAD: lead, AgencyRole.SUPPORTING: supporting}
    return rules.get(role, Either((lead, supporting)))


def _sp4n_parts(wanted: TicketFilter, keys: Keys | None, checks: Checks) -> list[Predicate]:
    parts: list[Predicate] = []
    if wanted.sp4n_mismatch is not None:
        checks(bounded, "sp4nMismatch", wanted.sp4n_mismatch)
        parts.append(mismatched(wanted.sp4n_mismatch))
    if wanted.sp4n_tracking_id is not None:
        parts.append(checks(tracked, wanted.sp4n_tracking_id, keys))
    return parts
