"""A citizen's access to one ticket: a short-lived token for number and secret, and a new secret for a lost one."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from models import Ticket
from models.database import connection
from models.enums import AuditKind, EventKind, PrincipalKind, SubjectKind, TextKind, Visibility
from realtime import log
from services.access.scopes import Scope, actor
from services.audit.audit import record
from services.core import validation
from services.core.desk import Desk
from services.core.keys import fresh_salt
from services.core.refusals import NotFound
from services.core.transactions import transaction
from services.credentials import credentials
from services.reporters.reporters import REASON_LIMIT, require_unbound
from services.tickets.case import Case, locked_case
from services.tickets.merging import tracking_number

UNCHANGED = "SELECT id FROM ticket WHERE id = $1 AND secret_rotation = $2 FOR SHARE"
END_SESSIONS = """
UPDATE credential SET revoked_at = $2
WHERE ticket_id = $1 AND kind = 'CITIZEN' AND revoked_at IS NULL AND expires_at > $2 RETURNING id
"""
STRANGER = "anonymous"  # not their address: most who mistype a secret are the citizens themselves


@dataclass(frozen=True, slots=True)
class CitizenSession:
    token: str
    expires_at: datetime
    ticket_id: int


async def start_session(desk: Desk, number: str, secret: str) -> CitizenSession:
    """A token for one ticket; a wrong number and a wrong secret give the same refusal for the same statements."""
    ticket = await Ticket.filter(number=tracking_number(number)).using_db(connection()).first()
    ticket_id, rotation = (ticket.id, ticket.secret_rotation) if ticket else (0, 0)
    expected = desk.keys.tracking_secret(ticket_id, rotation, ticket.secret_salt if ticket else None)
    same = hmac.compare_digest(_letters(secret), _letters(expected))
    if ticket is None or not same:
        await record(desk, AuditKind.SIGN_IN_FAILED, STRANGER, subject=f"ticket:{ticket_id}" if ticket_id else None)
        raise NotFound("WRONG_NUMBER_OR_SECRET")
    async with transaction() as using:
        _, unchanged = await using.execute_query(UNCHANGED, [ticket_id, rotation])
        if not unchanged:  # the secret was rotated this very moment
            raise NotFound("WRONG_NUMBER_OR_SECRET")
        return await _session(desk, ticket, using)


async def _session(desk: Desk, ticket: Ticket, using: BaseDBAsyncClient) -> CitizenSession:
    expires_at = desk.now() + desk.rules.citizen_session_lifetime
    issued = await credentials.issue(
        desk, PrincipalKind.CITIZEN, name=ticket.number, ticket_id=ticket.id, expires_at=expires_at, using=using
    )
    details = {"credential": issued.credential_id}
    await record(desk, AuditKind.SIGNED_IN, f"ticket:{ticket.id}", details=details, using=using)
    return CitizenSession(issued.token, expires_at, ticket.id)


@dataclass(frozen=True, slots=True)
class Rotation:
    ticket_id: int | None
    reason: str
    client_mutation_id: str | None = None


async def rotate_secret(desk: Desk, scope: Scope, command: Rotation) -> str:
    """A new secret for a ticket's citizen, returned once; the old one and its sessions end at once.

    Who holds it reads the ticket as its reporter does, so it is for those who may reveal the reporter.
    """
    async with locked_case(desk, scope, command.ticket_id, mutation_id=command.client_mutation_id) as case:
        await require_unbound(case, "NOT_YOURS_TO_ROTATE")
        reason = validation.text(command.reason, REASON_LIMIT, "reason")
        kept = await case.keep(TextKind.REASON, reason)
        case.set(secret_rotation=case.ticket.secret_rotation + 1, secret_salt=fresh_salt())
        case.record(EventKind.CREDENTIAL_ROTATED, text=kept, visibility=Visibility.INTERNAL)
        await _end_sessions(case)
        await case.audit(AuditKind.SECRET_ROTATED, reason)
    return desk.keys.tracking_secret(case.ticket.id, case.ticket.secret_rotation, case.ticket.secret_salt)


async def _end_sessions(case: Case) -> None:
    """End the sessions of the old secret, by one event however many they are."""
    rows = await case.connection.execute_query_dict(END_SESSIONS, [case.ticket.id, case.moment])
    if not rows:
        return
    ended = sorted(row["id"] for row in rows)
    event = log.NewEvent(
        kind=EventKind.CREDENTIAL_REVOKED,
        at=case.moment,
        **actor(case.scope),
        visibility=Visibility.INTERNAL,
        subject_kind=SubjectKind.CREDENTIAL,
        subject_id=ended[0],
        details={"credentials": ended},
    )
    case.events.append(event)


def _letters(secret: str) -> bytes:
    """A secret however it was typed: without dashes and blanks, in capitals."""
    return re.sub(r"[^A-Z0-9]", "", secret[:64].upper()).encode()
