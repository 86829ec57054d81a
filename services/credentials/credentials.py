"""Opaque bearer tokens: who they stand for, made and revoked, kept as SHA-256 digests only (docs/adr/0011).

A wrong, expired or revoked token is an error, never "anonymous".
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from models import Credential
from models.enums import PrincipalKind
from realtime import log
from services.access.scopes import SYSTEM, Scope
from services.core.desk import Desk
from services.core.refusals import NotFound
from services.core.transactions import transaction
from services.credentials.endings import End, Whose, end_credentials


@dataclass(frozen=True, slots=True)
class Issued:
    """A new credential; the token is shown once and kept nowhere."""

    token: str
    credential_id: int


def new_token() -> str:
    """A token of 256 random bits that secret scanners can tell by its prefix."""
    return "srg_" + secrets.token_urlsafe(32)


def token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def issue(
    desk: Desk,
    kind: PrincipalKind,
    *,
    name: str,
    officer_id: int | None = None,
    client_id: int | None = None,
    ticket_id: int | None = None,
    expires_at: datetime | None = None,
    token: str | None = None,
    acting_agency_id: int | None = None,
    using: BaseDBAsyncClient | None = None,
) -> Issued:
    """Make a credential for an officer, a client or a citizen's ticket, and give its token once.

    acting_agency_id: the post that an officer acts for; without one it is their only one.
    """
    token = token or new_token()
    made = await Credential.create(
        kind=kind,
        name=name,
        digest=token_digest(token),
        officer_id=officer_id,
        client_id=client_id,
        ticket_id=ticket_id,
        created_at=desk.now(),
        expires_at=expires_at,
        acting_agency_id=acting_agency_id,
        using_db=using,
    )
    return Issued(token, made.id)


async def revoke(desk: Desk, credential_id: int, by: Scope = SYSTEM, end: End = End.TOKEN_REVOKED) -> bool:
    """End a credential at once, on every server; False where it had ended before.

    Raises NotFound for a credential that does not exist.
    """
    async with transaction() as using:
        ended = await end_credentials(desk, using, end, by, Whose([credential_id]))
        if not ended.ids:
            if not await Credential.filter(id=credential_id).using_db(using).exists():
                raise NotFound()
            return False
        appended = await log.append(using, ended.events)
    await desk.committed(appended.least_seq)
    return True


async def listing() -> list[Credential]:
    """Every credential that is neither of a citizen's session nor revoked, oldest first."""
    return list(
        await Credential.filter(revoked_at=None)
        .exclude(kind=PrincipalKind.CITIZEN)
        .order_by("id")
        .prefetch_related("officer", "client")
    )
