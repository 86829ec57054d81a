"""A citizen's door to one ticket: number and secret against a short-lived token."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import datetime

from models import Ticket
from models.database import connection
from models.enums import AuditKind, PrincipalKind
from services import credentials
from services.audit import record
from services.desk import Desk
from services.merging import tracking_number
from services.refusals import NotFound

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
    expected = desk.keys.tracking_secret(ticket_id, rotation)
    same = hmac.compare_digest(_letters(secret), _letters(expected))
    if ticket is None or not same:
        await record(desk, AuditKind.SIGN_IN_FAILED, STRANGER, subject=f"ticket:{ticket_id}" if ticket_id else None)
        raise NotFound("WRONG_NUMBER_OR_SECRET")
    expires_at = desk.now() + desk.rules.citizen_session_lifetime
    issued = await credentials.issue(
        desk, PrincipalKind.CITIZEN, name=ticket.number, ticket_id=ticket.id, expires_at=expires_at
    )
    await record(desk, AuditKind.SIGNED_IN, f"ticket:{ticket.id}", details={"credential": issued.credential_id})
    return CitizenSession(issued.token, expires_at, ticket.id)


def _letters(secret: str) -> bytes:
    """A secret however it was typed: without dashes and blanks, in capitals."""
    return re.sub(r"[^A-Z0-9]", "", secret[:64].upper()).encode()
