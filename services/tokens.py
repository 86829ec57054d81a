"""Tokens that operators give out and take back by hand; the audit log keeps who got one, never the token."""

from __future__ import annotations

from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from models import Credential, RefreshToken
from models.database import connection
from models.enums import AuditKind, PrincipalKind
from services import credentials
from services.audit import record
from services.credentials import Issued
from services.desk import Desk
from services.display_ends import end_display
from services.scopes import SYSTEM


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
    async with in_transaction() as using:
        issued = await credentials.issue(
            desk, kind, name=name, officer_id=officer_id, client_id=client_id, expires_at=expires_at, using=using
        )
        await _note(desk, using, AuditKind.TOKEN_ISSUED, await Credential.get(id=issued.credential_id, using_db=using))
    return issued


async def take_back(desk: Desk, credential_id: int) -> bool:
    """End a token at once, on every server; False where it had ended before. Raises NotFound.

    A screen that renews its tokens itself would be back in no time, so all of it ends.
    """
    screen = await RefreshToken.filter(spent_at=None, client__credentials__id=credential_id).first()
    if screen is not None and await end_display(desk, SYSTEM, screen.client_id, "REVOKED"):
        return True
    ended = await credentials.revoke(desk, credential_id)
    if ended:
        await _note(desk, connection(), AuditKind.TOKEN_REVOKED, await Credential.get(id=credential_id))
    return ended


async def _note(desk: Desk, using: BaseDBAsyncClient, kind: AuditKind, token: Credential) -> None:
    details = {"credential": token.id, "kind": token.kind.value}
    await record(desk, kind, SYSTEM.principal, subject=holder(token), details=details, using=using)


def holder(token: Credential) -> str:
    """Whose token it is, as audit entries name them."""
    if token.officer_id is not None:
        return f"officer:{token.officer_id}"
    return f"client:{token.client_id}" if token.client_id is not None else f"ticket:{token.ticket_id}"
