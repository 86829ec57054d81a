"""Sessions of staff: opened by a sign-in, listed and ended by their owner, and ended by time (docs/adr/0011)."""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.queryset import QuerySet

from models import Credential
from models.database import connection
from models.enums import PrincipalKind
from services.access.scopes import SYSTEM, Scope
from services.core.desk import Desk
from services.core.keys import Keys
from services.core.refusals import Forbidden, NotFound
from services.core.transactions import delete_all
from services.credentials import credentials
from services.credentials.endings import End, Ended, Whose, end_credentials
from services.credentials.posts import begun_for

LONGEST_AGENT = 60
# Who ends them locks them too: those are left alone, as two that lock many rows could wait for each other.
NOTE_OPEN = """
UPDATE credential SET last_used_at = $2 WHERE id IN (
  SELECT id FROM credential
  WHERE id = ANY($1) AND session AND revoked_at IS NULL AND last_used_at > $3 AND last_used_at <= $2
  FOR NO KEY UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A new session; the token is given once and kept nowhere."""

    token: str
    credential_id: int
    expires_at: datetime


async def open_session(desk: Desk, officer_id: int, agent: str, using: BaseDBAsyncClient) -> OpenedSession:
    """Open a session for an officer who has proven who they are; beyond the most they may have, the oldest ends.

    Other ways of signing in (OIDC, a second factor) call this too, with the officer locked. Source: docs/adr/0011.
    """
    now = desk.now()
    expires_at = now + desk.rules.session_lifetime
    issued = await credentials.issue(
        desk,
        PrincipalKind.STAFF,
        name="session",
        officer_id=officer_id,
        expires_at=expires_at,
        acting_agency_id=await begun_for(using, officer_id, desk.today()),
        using=using,
    )
    session = Credential.filter(id=issued.credential_id).using_db(using)
    await session.update(session=True, agent=printable_agent(agent), last_used_at=now)
    return OpenedSession(issued.token, issued.credential_id, expires_at)


async def own_sessions(desk: Desk, scope: Scope) -> list[Credential]:
    """The caller's sessions that are not over, the newest first."""
    if scope.officer_id is None:
        return []
    return list(await _living(desk, scope.officer_id).order_by("-id"))


async def note_open(desk: Desk, credential_ids: Sequence[int]) -> None:
    """Note that these sessions are in use, as their pages have open sockets; one that was idle too long stays ended."""
    if credential_ids:
        now = desk.now()
        await connection().execute_query(NOTE_OPEN, [list(credential_ids), now, now - desk.rules.session_idle])


async def end_surplus(desk: Desk, officer_id: int, using: BaseDBAsyncClient) -> Ended:
    """End the oldest sessions beyond the most that one officer may have, in the caller's transaction (decided here)."""
    living = await _living(desk, officer_id).using_db(using).order_by("-id")
    surplus = [session.id for session in living[desk.rules.sessions_per_officer :]]
    if not surplus:
        return Ended()
    whom = {"officer": officer_id}
    return await end_credentials(desk, using, End.ONE_SESSION_TOO_MANY, SYSTEM, Whose(surplus), details=whom)


async def revoke_own(desk: Desk, scope: Scope, credential_id: int) -> Credential:
    """End one of the caller's sessions on every server; another's is refused like an absent one (decided here)."""
    found = await Credential.get_or_none(id=credential_id, officer_id=scope.officer_id or 0, session=True)
    if found is None or not await credentials.revoke(desk, credential_id, scope, End.SESSION_REVOKED):
        raise NotFound("SESSION_UNKNOWN", path=("id",))
    return found


async def end_own(desk: Desk, scope: Scope) -> None:
    """End the session that the caller came with; raises Forbidden for a caller who came without one."""
    if not scope.session or scope.credential_id is None:
        raise Forbidden("NOT_A_SESSION")
    await credentials.revoke(desk, scope.credential_id, scope, End.SIGN_OUT)


def csrf_token(keys: Keys, credential_id: int) -> str:
    """What a page must send in X-Surga-CSRF beside its cookie: another site can not read it (docs/adr/0011)."""
    return keys.digest("csrf", str(credential_id)).hex()[:32]


def is_csrf_token(keys: Keys, credential_id: int, given: str | None) -> bool:
    return hmac.compare_digest(csrf_token(keys, credential_id).encode(), (given or "").encode())


def printable_agent(agent: str) -> str:
    """The name that a browser gives itself, short and printable, to tell devices apart (decided here)."""
    plain = "".join(letter for letter in agent if unicodedata.category(letter)[0] != "C")
    return plain.strip()[:LONGEST_AGENT]


def _living(desk: Desk, officer_id: int) -> QuerySet[Credential]:
    now = desk.now()
    return Credential.filter(
        officer_id=officer_id,
        session=True,
        revoked_at=None,
        expires_at__gt=now,
        last_used_at__gt=now - desk.rules.session_idle,
    )


KEEP_SESSIONS = timedelta(days=1)  # who returns on the same day is told that the session has ended
SESSIONS = """
DELETE FROM credential WHERE id IN (
  SELECT id FROM credential WHERE (kind = 'CITIZEN' OR session) AND expires_at <= $1
  ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)
"""


async def expire_sessions(desk: Desk) -> int:
    """Remove the sessions of citizens and staff that ended more than a day ago; gives their number (decided here)."""
    return await delete_all(SESSIONS, desk.now() - KEEP_SESSIONS)
