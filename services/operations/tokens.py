"""Tokens that operators give out and take back by hand; the audit log keeps who got one, never the token."""

from __future__ import annotations

from datetime import datetime

from models import Credential, RefreshToken
from models.enums import AuditKind, PrincipalKind
from services.access.scopes import SYSTEM
from services.audit import audit
from services.audit.audit import NewEntry
from services.core.desk import Desk
from services.core.transactions import transaction
from services.credentials import credentials
from services.credentials.credentials import Issued
from services.displays.endings import end_display


async def give(
    desk: Desk,
    kind: PrincipalKind,
    *,
    name: str,
    officer_id: int | None = None,
    client_id: int | None = None,
    expires_at: datetime | None = None,
) -> Issued:
    """A new token for an officer or a client, shown this once."""
    async with transaction() as using:
        issued = await credentials.issue(
            desk, kind, name=name, officer_id=officer_id, client_id=client_id, expires_at=expires_at, using=using
        )
        token = await Credential.get(id=issued.credential_id, using_db=using)
        await audit.insert(using, [audit.row_of(desk.keys, desk.now(), _entry(AuditKind.TOKEN_ISSUED, token))])
    return issued


async def take_back(desk: Desk, credential_id: int) -> bool:
    """End a token at once, on every server; False where it had ended before. Raises NotFound.

    Of a screen that renews its tokens itself all tokens end.
    """
    screen = await RefreshToken.filter(spent_at=None, client__credentials__id=credential_id).first()
    if screen is not None and await end_display(desk, SYSTEM, screen.client_id, "REVOKED"):
        return True
    return await credentials.revoke(desk, credential_id)


def _entry(kind: AuditKind, token: Credential) -> NewEntry:
    details = {"credential": token.id, "kind": token.kind.value}
    return NewEntry(kind, SYSTEM.principal, subject=holder(token), details=details)


def holder(token: Credential) -> str:
    """Whose token it is, as audit entries name them."""
    if token.officer_id is not None:
        return f"officer:{token.officer_id}"
    return f"client:{token.client_id}" if token.client_id is not None else f"ticket:{token.ticket_id}"
