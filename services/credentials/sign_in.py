"""Sign-in of staff by e-mail and password (docs/adr/0011).

An unknown address, a wrong password and an ended account give the same refusal for the same statements and the same
work, so that nobody learns who has an account.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import connection
from models.enums import AuditKind
from models.staff_access import Password
from realtime import log
from services.access.scopes import Scope
from services.audit.audit import record
from services.core.desk import Desk
from services.core.refusals import Checks, Forbidden, InvalidInput
from services.core.transactions import transaction
from services.credentials import passwords, sessions
from services.credentials.endings import End, Whose, end_credentials, lock_officer
from services.credentials.narrow_door import OPEN_DOOR, UNKNOWN, NarrowDoor
from services.credentials.sessions import OpenedSession
from services.inputs import emails
from services.inputs.emails import looked_up

ACCOUNT = """
SELECT o.id, o.name, o.email, o.active, p.hash FROM officer o LEFT JOIN officer_password p ON p.officer_id = o.id
WHERE lower(o.email) = $1
"""
# Both are asked under the lock of the officer, which goes before those of links and credentials
# (services/credentials/endings.py says why).
UNCHANGED = """
SELECT FROM officer o JOIN officer_password p ON p.officer_id = o.id
WHERE o.id = $1 AND o.active AND p.hash = $2 FOR SHARE OF p
"""

STILL_KNOWN = """
SELECT FROM officer o JOIN officer_password p ON p.officer_id = o.id JOIN credential c ON c.officer_id = o.id
WHERE o.id = $1 AND o.active AND p.hash = $2 AND c.id = $3 AND c.revoked_at IS NULL
FOR UPDATE OF p FOR SHARE OF c
"""


@dataclass(frozen=True, slots=True)
class SignIn:
    """What somebody typed, the name of their browser, and the keyed hash of its address."""

    email: str
    password: str
    agent: str = ""
    address: str = "unknown"


def account_of(email: str) -> str:
    """An e-mail address as accounts are looked up by it."""
    return looked_up(email)[: emails.LONGEST]


async def sign_in(desk: Desk, given: SignIn, door: NarrowDoor = OPEN_DOOR) -> OpenedSession:
    """Open a session; raises InvalidInput, which does not tell what was wrong."""
    officer_id, kept = await authenticated(desk, given, door)
    async with transaction() as using:
        await _require_unchanged(officer_id, kept, using)
        session = await sessions.open_session(desk, officer_id, given.agent, using)
        who = f"officer:{officer_id}"
        subject = f"credential:{session.credential_id}"
        await record(desk, AuditKind.SIGNED_IN, who, subject=subject, address=given.address, using=using)
        surplus = await sessions.end_surplus(desk, officer_id, using)
        appended = await log.append(using, surplus.events) if surplus.events else None
    if appended is not None:
        await desk.committed(appended.least_seq)
    return session


async def authenticated(desk: Desk, given: SignIn, door: NarrowDoor = OPEN_DOOR) -> tuple[int, str]:
    """The officer whose password this is, and the hash that is kept of it; raises InvalidInput."""
    row = await _account(given.email)
    known = row is not None and row["active"] and row["hash"] is not None
    if not await door.admits(f"officer:{row['id'] if row and known else UNKNOWN}"):
        await desk.passwords.pretend()
        raise InvalidInput("WRONG_EMAIL_OR_PASSWORD")
    same = await desk.passwords.matches(row["hash"] if row else None, given.password)
    if row is None or not row["active"] or not same:
        subject = None if row is None else f"officer:{row['id']}"
        stranger = f"address:{given.address}"
        await record(desk, AuditKind.SIGN_IN_FAILED, stranger, subject=subject, address=given.address)
        raise InvalidInput("WRONG_EMAIL_OR_PASSWORD")
    return row["id"], await _renewed(desk, row["id"], row["hash"], given.password)


async def _renewed(desk: Desk, officer_id: int, kept: str, password: str) -> str:
    """The hash, made anew where its argon2 parameters are outdated."""
    if not desk.passwords.outdated(kept):
        return kept
    renewed = await desk.passwords.hashed(password)
    await Password.filter(officer_id=officer_id, hash=kept).update(hash=renewed)
    return renewed


async def _require_unchanged(officer_id: int, kept: str, using: BaseDBAsyncClient) -> None:
    """Refuse a sign-in whose account ended, or whose password changed, while the hashes were compared."""
    await lock_officer(using, officer_id)
    _, rows = await using.execute_query(UNCHANGED, [officer_id, kept])
    if not rows:
        raise InvalidInput("WRONG_EMAIL_OR_PASSWORD")


async def change_password(desk: Desk, scope: Scope, current: str, new: str) -> None:
    """Set another password of the caller's own; all their other sessions end. Raises Forbidden and InvalidInput."""
    if scope.officer_id is None or not scope.session:
        raise Forbidden("NOT_A_SESSION")
    row, checks = await _by_id(scope.officer_id), Checks()
    if not await desk.passwords.matches(row["hash"], current):
        session = f"credential:{scope.credential_id}"
        await record(desk, AuditKind.PASSWORD_CHANGE_FAILED, scope.principal, subject=session)
        checks.keep(InvalidInput("WRONG_PASSWORD", path=("current",)))
    shortest = desk.rules.shortest_password
    checks(passwords.require_good, new, email=row["email"], name=row["name"], shortest=shortest)
    checks.settle()
    hashed = await desk.passwords.hashed(new)
    async with transaction() as using:
        # Comparing and hashing take their time: meanwhile a link may have set another one, or ended the session.
        await lock_officer(using, scope.officer_id)
        _, rows = await using.execute_query(STILL_KNOWN, [scope.officer_id, row["hash"], scope.credential_id])
        if not rows:
            raise InvalidInput("WRONG_PASSWORD", path=("current",))
        await passwords.keep(scope.officer_id, hashed, desk.now(), using)
        whose = Whose(officer_id=scope.officer_id, spared=scope.credential_id)
        ended = await end_credentials(desk, using, End.PASSWORD_CHANGED, scope, whose)
        appended = await log.append(using, ended.events) if ended.events else None
    if appended is not None:
        await desk.committed(appended.least_seq)


async def _account(email: str) -> Any | None:
    _, rows = await connection().execute_query(ACCOUNT, [account_of(email)])
    return rows[0] if rows else None


async def _by_id(officer_id: int) -> Any:
    _, rows = await connection().execute_query(ACCOUNT.partition("WHERE")[0] + "WHERE o.id = $1", [officer_id])
    return rows[0]
