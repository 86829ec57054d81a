"""Who reported (Perpres 76/2013): masked, unmasked for a reason that stays in the log, and found by phone or NIK."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.database import connection
from models.enums import AuditKind, EventKind, Role, SubjectKind, TextKind, Visibility
from realtime import log
from services.access import access
from services.access.predicates import Either, Every, Flag, Not, Parameters
from services.access.scopes import Scope, actor
from services.access.states import State
from services.audit.audit import Details, record
from services.core import validation
from services.core.desk import Desk
from services.core.keys import Keys
from services.core.paging import LARGEST_PAGE
from services.core.refusals import Checks, EdgeRefusal, Forbidden, InvalidInput
from services.core.transactions import transaction
from services.queries.tickets import loaded_rows
from services.queries.views import TicketView
from services.reporters.masks import mask_email, mask_name, mask_nik, mask_phone
from services.reporters.sealing import FIELDS, CannotUnseal, digests, unseal
from services.tickets.case import Case, locked_case


@dataclass(frozen=True, slots=True)
class Identity:
    """Name, phone (+62...), e-mail and NIK of a reporter: masked or not, None where not given."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    nik: str | None = None

    def masked(self) -> Identity:
        return Identity(mask_name(self.name), mask_phone(self.phone), mask_email(self.email), mask_nik(self.nik))


@dataclass(frozen=True, slots=True)
class Reveal:
    ticket_id: int | None
    reason: str
    client_mutation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Lookup:
    """Exactly one of phone and nik."""

    phone: str | None = None
    nik: str | None = None
    client_mutation_id: str | None = None


async def masked_reporters(desk: Desk, keys: Sequence[int]) -> dict[int, Identity]:
    """The masked reporters of tickets whose rights were checked before (decided here)."""
    statement = "SELECT ticket_id, name, phone, email, nik FROM reporter WHERE ticket_id = ANY($1)"
    _, rows = await connection().execute_query(statement, [list(keys)])
    return {row["ticket_id"]: _unsealed(desk.keys, row).masked() for row in rows}


def _unsealed(keys: Keys, row: Mapping[str, Any]) -> Identity:
    """The values of a row in the clear; raises UNAVAILABLE where this process lacks the key."""
    try:
        return Identity(*(unseal(keys, row["ticket_id"], name, row[name]) for name in FIELDS))
    except CannotUnseal:
        raise EdgeRefusal("UNAVAILABLE", "IDENTITY_KEY_MISSING") from None


async def reveal(desk: Desk, scope: Scope, command: Reveal) -> Identity:
    """The reporter unmasked, after who asked, when and why is committed to the log (docs/adr/0010)."""
    checks, name = Checks(), command.client_mutation_id
    reason = checks(validation.text, command.reason, validation.REASON_LIMIT, "reason")
    async with locked_case(desk, scope, command.ticket_id, mutation_id=name, checks=checks) as case:
        await require_unbound(case, "NOT_YOURS_TO_REVEAL")
        checks.settle()
        kept = await case.keep(TextKind.REASON, reason)
        identity = await _stored(case)
        await case.audit(AuditKind.REPORTER_REVEALED, reason)
        case.record(EventKind.REPORTER_REVEALED, text=kept, visibility=Visibility.INTERNAL)
    return identity


# Who named the reported agency, at submission or later, as the log tells it.
NAMED = """
SELECT 1 FROM event e WHERE e.ticket_id = {ticket} AND e.actor_officer_id = {officer}
AND e.after->>'reported' IS DISTINCT FROM e.before->>'reported' AND e.after IS NOT NULL
"""


# Posts as they are now, as the scope may be older: it was read before the ticket was locked.
POSTED = """
SELECT 1 FROM assignment a WHERE a.officer_id = $2 AND a.agency_id = $3 AND a.valid_from <= $4
AND (a.valid_to IS NULL OR a.valid_to >= $4)
"""
BINDING = f"SELECT EXISTS ({POSTED}) AS posted, EXISTS ({NAMED.format(ticket='$1', officer='$2')}) AS named"


async def require_unbound(case: Case, code: str) -> None:
    """Raise Forbidden, with this code, for who may not know the reporter (docs/adr/0021).

    On a supervisory ticket nor for who named the reported agency: nobody decides by a name who may know.
    """
    if not access.may_reveal(case.scope.sight, case.state):
        raise Forbidden(code)
    ticket, officer_id = case.ticket, case.scope.officer_id
    if ticket.reported_agency_id is None or officer_id is None:
        return
    given = [ticket.id, officer_id, ticket.reported_agency_id, case.desk.today()]
    [bound] = await case.connection.execute_query_dict(BINDING, given)
    if bound["posted"]:
        raise Forbidden(code)
    if bound["named"] and ticket.supervisory:
        raise Forbidden("NAMED_BY_CALLER")


async def _stored(case: Case) -> Identity:
    statement = "SELECT ticket_id, name, phone, email, nik FROM reporter WHERE ticket_id = $1"
    _, rows = await case.connection.execute_query(statement, [case.ticket.id])
    return _unsealed(case.desk.keys, rows[0]) if rows else Identity()


@dataclass(frozen=True, slots=True)
class ReportedBy:
    """The ticket's reporter has this phone or NIK, whichever key it was sealed under."""

    field: str
    digests: tuple[bytes, ...]

    def sql(self, parameters: Parameters) -> str:
        wanted = parameters.add(list(self.digests))
        return f"t.id IN (SELECT r.ticket_id FROM reporter r WHERE r.{self.field}_index = ANY({wanted}))"

    def holds(self, state: State) -> bool:
        raise NotImplementedError("States hold nothing of the reporter.")

    def fails(self, state: State) -> bool:
        raise NotImplementedError("States hold nothing of the reporter.")


@dataclass(frozen=True, slots=True)
class NamedBy:
    """The ticket is supervisory, and this officer named the agency that it is about."""

    officer_id: int

    def sql(self, parameters: Parameters) -> str:
        named = NAMED.format(ticket="t.id", officer=parameters.add(self.officer_id))
        return f"(t.supervisory AND EXISTS ({named}))"

    def holds(self, state: State) -> bool:
        raise NotImplementedError("States do not tell who made them.")

    def fails(self, state: State) -> bool:
        raise NotImplementedError("States do not tell who made them.")


async def find(desk: Desk, scope: Scope, command: Lookup) -> list[TicketView]:
    """Tickets of one reporter who declined anonymity, newest first, at most a page; logged first (docs/adr/0010)."""
    if not scope.has(Role.COORDINATOR):
        raise Forbidden("NOT_YOUR_ROLE")
    checks = Checks()
    wanted = checks(_wanted, command)
    mutation_id = checks(validation.mutation_id, command.client_mutation_id)
    checks.settle()
    field, value = wanted
    reported_by = ReportedBy(field, tuple(digests(desk.keys, field, value)))
    own = Either((access.accusing(scope.sight), NamedBy(scope.officer_id or 0)))
    rule = Every((reported_by, Flag("anonymous", False), Not(own), access.row_rule(scope.sight)))
    rows, reference = await loaded_rows(desk, rule)
    views = [TicketView(row, reference, scope.sight) for row in rows]
    found = [view for view in views if "reporter" not in view.hidden_reasons]
    await _note(desk, scope, field, len(found), mutation_id)
    return sorted(found, key=lambda view: (view.received_at, view.number), reverse=True)[:LARGEST_PAGE]


def _wanted(command: Lookup) -> tuple[str, str]:
    checks = Checks()
    phone, nik = checks(validation.phone, command.phone, "phone"), checks(validation.nik, command.nik, "nik")
    if (command.phone is None) == (command.nik is None) and not checks.refusals:
        checks.keep(InvalidInput("PHONE_OR_NIK", path=("phone",)))
    checks.settle()
    field, value = ("nik", nik) if command.phone is None else ("phone", phone)
    if value is None:
        raise InvalidInput("EMPTY", path=(field,))
    return field, value


async def _note(desk: Desk, scope: Scope, field: str, found: int, mutation_id: str | None) -> None:
    """Log who looked, by which field and with how many hits; never the value, as the log can not be erased."""
    how_much: Details = {"by": field, "found": found}
    event = log.NewEvent(
        kind=EventKind.REPORTER_SOUGHT,
        at=desk.now(),
        **actor(scope),
        visibility=Visibility.INTERNAL,
        subject_kind=SubjectKind.OFFICER,
        subject_id=scope.officer_id or 0,
        details=dict(how_much),
        # Of no ticket, so no erasure would reach the name itself.
        mutation_digest=None if mutation_id is None else desk.keys.mutation_digest(0, mutation_id),
    )
    async with transaction() as using:
        details = {**how_much, **scope.acting}
        await record(desk, AuditKind.REPORTER_SOUGHT, scope.principal, details=details, using=using)
        appended = await log.append(using, [event])
    await desk.committed(appended.least_seq)
