"""Tokens that operators give and take back by hand; the audit log keeps who got one, never the token (decided here)."""

from __future__ import annotations

from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from models import Credential, Officer, RefreshToken
from models.enums import AuditKind, PrincipalKind
from services.access.scopes import SYSTEM
from services.audit import audit
from services.audit.audit import NewEntry
from services.core.desk import Desk
from services.core.refusals import NotFound
from services.core.transactions import transaction
from services.credentials import credentials
from services.credentials.credentials import Issued
from services.credentials.endings import lock_officer
from services.credentials.posts import begun_for
from services.displays.endings import end_display, lock_enrolled
from services.partners import partners


async def give(
    desk: Desk,
    kind: PrincipalKind,
    *,
    name: str,
    officer_id: int | None = None,
    client_id: int | None = None,
    expires_at: datetime | None = None,
) -> Issued:
    """A new token for an officer or a client, shown this once; raises a refusal for one that has ended."""
    async with transaction() as using:
        await _hold(desk, using, kind, officer_id or client_id or 0)
        acting = None if officer_id is None else await begun_for(using, officer_id, desk.today())
        issued = await credentials.issue(
            desk,
            kind,
            name=name,
            officer_id=officer_id,
            client_id=client_id,
            expires_at=expires_at,
            acting_agency_id=acting,
            using=using,
        )
        token = await Credential.get(id=issued.credential_id, using_db=using)
        await audit.insert(using, [audit.row_of(desk.keys, desk.now(), _entry(AuditKind.TOKEN_ISSUED, token))])
    return issued


async def _hold(desk: Desk, using: BaseDBAsyncClient, kind: PrincipalKind, holder_id: int) -> None:
    """Let whoever ends this holder wait, so that no token is left over; raises a refusal where it has ended."""
    if kind is PrincipalKind.STAFF:
        await lock_officer(using, holder_id)
        if not await Officer.filter(id=holder_id, active=True).using_db(using).exists():
            raise NotFound("STAFF_UNKNOWN")
    elif kind is PrincipalKind.PARTNER:
        await partners.hold_agreement(desk, using, holder_id)
    elif not await lock_enrolled(using, holder_id):
        raise NotFound("DISPLAY_UNKNOWN")


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
