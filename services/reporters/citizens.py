"""A citizen's access to one ticket: a short token for number and secret, a new secret for a lost one (decided here)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from models import Ticket
from models.database import connection
from models.enums import AuditKind, EventKind, PrincipalKind, TextKind, Visibility
from services.access.scopes import Scope
from services.audit.audit import record
from services.core import validation
from services.core.desk import Desk
from services.core.keys import fresh_salt
from services.core.refusals import Checks, NotFound
from services.core.transactions import transaction
from services.credentials import credentials
from services.credentials.endings import End, Whose, end_credentials
from services.credentials.narrow_door import OPEN_DOOR, UNKNOWN, NarrowDoor
from services.inputs.numbers import secret_letters, tracking_number
from services.reporters.reporters import require_unbound
from services.tickets.case import Case, locked_case

UNCHANGED = "SELECT id FROM ticket WHERE id = $1 AND secret_rotation = $2 FOR SHARE"
# Reports that the desk merged into a ticket as they came in: their senders were told its number (adr/0014). The newest
# first: nobody shuts the next sender out by repeating a report.
TWINS = """
SELECT t.id, t.number, t.secret_rotation, t.secret_salt
FROM event e JOIN ticket t ON t.id = (e.details->>'duplicate')::bigint
WHERE e.ticket_id = $1 AND e.kind = 'DUPLICATE_MERGED' AND e.actor_kind = 'SYSTEM' ORDER BY t.id DESC LIMIT 500
"""
LONGEST_SECRET = 200  # characters as they are typed, with whatever stands between its 16; our choice
STRANGER = "anonymous"  # not their address: most who mistype a secret are the citizens themselves


@dataclass(frozen=True, slots=True)
class CitizenSession:
    token: str
    expires_at: datetime
    ticket_id: int

    @property
    def scope(self) -> Scope:
        """What the session may see: its one ticket."""
        return Scope(kind=PrincipalKind.CITIZEN, principal=f"ticket:{self.ticket_id}", ticket_id=self.ticket_id)


@dataclass(frozen=True, slots=True)
class Holder:
    """A ticket that a number may mean, with what its secret is made of."""

    id: int
    number: str
    secret_rotation: int
    secret_salt: bytes | None


async def start_session(desk: Desk, number: str, secret: str, door: NarrowDoor = OPEN_DOOR) -> CitizenSession:
    """A token for one ticket; a wrong number and a wrong secret give the same refusal for the same statements."""
    ticket = await Ticket.filter(number=tracking_number(number) or "").using_db(connection()).first()
    if not await door.admits(f"ticket:{ticket.id if ticket else UNKNOWN}"):
        raise NotFound("WRONG_NUMBER_OR_SECRET")
    opened = _holder_of_secret(desk, await _holders(ticket), secret)
    if opened is None:
        await record(desk, AuditKind.SIGN_IN_FAILED, STRANGER, subject=f"ticket:{ticket.id}" if ticket else None)
        raise NotFound("WRONG_NUMBER_OR_SECRET")
    async with transaction() as using:
        # The ticket first, as a rotation of its secret does: that ends all sessions, and none begins meanwhile.
        _, unchanged = await using.execute_query(UNCHANGED, [opened.id, opened.secret_rotation])
        if not unchanged:  # the secret was rotated this very moment
            raise NotFound("WRONG_NUMBER_OR_SECRET")
        return await _session(desk, opened, using)


async def _holders(ticket: Ticket | None) -> list[Holder]:
    """The ticket of a number, and what was merged into it as it came in; without one a holder of no ticket."""
    own = Holder(0, "", 0, None)
    if ticket is not None:
        own = Holder(ticket.id, ticket.number, ticket.secret_rotation, ticket.secret_salt)
    return [own, *(Holder(**row) for row in await connection().execute_query_dict(TWINS, [own.id]))]


def _holder_of_secret(desk: Desk, holders: list[Holder], secret: str) -> Holder | None:
    """The holder whose secret was typed; all are tried, whichever it is."""
    typed = _letters(secret)
    fitting = [
        holder
        for holder in holders
        if hmac.compare_digest(
            typed, _letters(desk.keys.tracking_secret(holder.id, holder.secret_rotation, holder.secret_salt))
        )
    ]
    return next((holder for holder in fitting if holder.id), None)


async def _session(desk: Desk, ticket: Holder, using: BaseDBAsyncClient) -> CitizenSession:
    expires_at = desk.now() + desk.rules.citizen_session_lifetime
    issued = await credentials.issue(
        desk, PrincipalKind.CITIZEN, name=ticket.number, ticket_id=ticket.id, expires_at=expires_at, using=using
    )
    details = {"credential": issued.credential_id}
    await record(desk, AuditKind.SIGNED_IN, f"ticket:{ticket.id}", details=details, using=using)
    return CitizenSession(issued.token, expires_at, ticket.id)


@dataclass(frozen=True, slots=True)
class RotateSecret:
    ticket_id: int | None
    reason: str
    client_mutation_id: str | None = None


async def rotate_secret(desk: Desk, scope: Scope, command: RotateSecret) -> str:
    """A new secret for a ticket's citizen, returned once; the old one and its sessions end at once (docs/adr/0021).

    Who holds it reads the ticket as its reporter does, so it is for those who may reveal the reporter.
    """
    checks, name = Checks(), command.client_mutation_id
    reason = checks(validation.text, command.reason, validation.REASON_LIMIT, "reason")
    async with locked_case(desk, scope, command.ticket_id, mutation_id=name, checks=checks) as case:
        await require_unbound(case, "NOT_YOURS_TO_ROTATE")
        checks.settle()
        kept = await case.keep(TextKind.REASON, reason)
        case.set(secret_rotation=case.ticket.secret_rotation + 1, secret_salt=fresh_salt())
        case.record(EventKind.CREDENTIAL_ROTATED, text=kept, visibility=Visibility.INTERNAL)
        await _end_sessions(case, reason)
    return desk.keys.tracking_secret(case.ticket.id, case.ticket.secret_rotation, case.ticket.secret_salt)


async def _end_sessions(case: Case, reason: str) -> None:
    """End the sessions of the old secret, by one event however many they are."""
    whose = Whose(ticket_id=case.ticket.id)
    ended = await end_credentials(case.desk, case.connection, End.SECRET_ROTATED, case.scope, whose, reason=reason)
    case.events.extend(ended.events)


def _letters(secret: str) -> bytes:
    return secret_letters(secret[:LONGEST_SECRET]).encode()
