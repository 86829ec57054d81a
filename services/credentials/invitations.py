"""One-time links: made for an account, and spent once to set its password (docs/adr/0011)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import Q

from models import Assignment, Invitation, Officer
from models.enums import AuditKind, PrincipalKind, Role
from realtime import log
from services.access.scopes import Scope
from services.audit import audit
from services.core.desk import Desk
from services.core.reference import AgencyRef
from services.core.refusals import Checks, NotFound
from services.core.transactions import delete_all, transaction
from services.credentials import passwords
from services.credentials.credentials import new_token, token_digest
from services.credentials.endings import End, Ended, Whose, end_credentials, lock_officer
from services.credentials.narrow_door import OPEN_DOOR, NarrowDoor
from services.inputs.signs import plain

PAGE = "/invite"


@dataclass(frozen=True, slots=True)
class Invited:
    """A new one-time link; its token is shown once and kept nowhere."""

    officer_id: int
    token: str
    expires_at: datetime

    @property
    def path(self) -> str:
        """The page with the token behind the #, which browsers send to no server and no log."""
        return f"{PAGE}#token={self.token}"


async def fresh_link(desk: Desk, scope: Scope, officer_id: int, connection: BaseDBAsyncClient) -> Invited:
    """A new link of an account, made in the caller's transaction; earlier ones are deleted."""
    token, ends = new_token(), desk.now() + desk.rules.invitation_lifetime
    await end_credentials(desk, connection, End.LINK_MADE, scope, Whose(officer_id=officer_id))
    await Invitation.create(
        officer_id=officer_id,
        digest=token_digest(token),
        created_at=desk.now(),
        expires_at=ends,
        using_db=connection,
    )
    return Invited(officer_id, token, ends)


@dataclass(frozen=True, slots=True)
class Invitee:
    """Whom a link is for, with the post of today, else the first one to come; expires_at is the end of the link."""

    name: str
    email: str
    agency: AgencyRef | None
    role: Role | None
    city: str | None
    expires_at: datetime


async def look(desk: Desk, token: str, door: NarrowDoor = OPEN_DOOR) -> Invitee:
    """Whom a link is for, without spending it; raises NotFound for one that is unknown, spent or over."""
    digest = token_digest(plain(token))
    officer = await _invited(desk, digest)
    if not await door.admits(f"officer:{officer.id}"):
        raise NotFound("INVITATION_UNKNOWN", path=("token",))
    link = await Invitation.get_or_none(digest=digest)
    if link is None:  # it was spent or replaced this very moment
        raise NotFound("INVITATION_UNKNOWN", path=("token",))
    today, reference = desk.today(), await desk.reference()
    posts = Assignment.filter(officer_id=officer.id).filter(Q(valid_to=None) | Q(valid_to__gte=today))
    post = await posts.order_by("valid_from", "id").first()
    return Invitee(
        name=officer.name,
        email=officer.email,
        agency=reference.agencies.get(post.agency_id) if post else None,
        role=post.role if post else None,
        city=reference.city_name,
        expires_at=link.expires_at,
    )


async def accept(desk: Desk, token: str, password: str, address: str, door: NarrowDoor = OPEN_DOOR) -> Officer:
    """Spend a link: the account has this password from now on, and all that the old one opened ends, tokens too.

    Raises NotFound for a link that is unknown, spent or over, and InvalidInput for a password that is too weak.
    """
    digest = token_digest(plain(token))
    checks = Checks()
    # Nobody's name and address, so that it says of the password alone what it says of every link.
    checks(passwords.require_good, password, email="", name="", shortest=desk.rules.shortest_password)
    with checks.behind():
        officer = await _invited(desk, digest)
    if not await door.admits(f"officer:{officer.id}"):
        raise NotFound("INVITATION_UNKNOWN", path=("token",))
    passwords.require_good(password, email=officer.email, name=officer.name, shortest=desk.rules.shortest_password)
    hashed = await desk.passwords.hashed(password)  # it takes its time: before the transaction, not in it
    async with transaction() as connection:
        await lock_officer(connection, officer.id)
        officer = await _invited(desk, digest, connection)
        ended = await _set_password(desk, officer, hashed, address, connection)
        appended = await log.append(connection, ended.events) if ended.events else None
    if appended is not None:
        await desk.committed(appended.least_seq)
    return officer


async def _invited(desk: Desk, digest: str, connection: BaseDBAsyncClient | None = None) -> Officer:
    """The officer of a link; with a connection the link is locked until the transaction ends."""
    query = Invitation.filter(digest=digest, expires_at__gt=desk.now(), officer__active=True)
    if connection is not None:
        query = query.using_db(connection).select_for_update(of=("invitation",))
    found = await query.first()
    if found is None:
        raise NotFound("INVITATION_UNKNOWN", path=("token",))
    return await Officer.get(id=found.officer_id, using_db=connection)


async def _set_password(
    desk: Desk, officer: Officer, hashed: str, address: str, connection: BaseDBAsyncClient
) -> Ended:
    """Keep the new password and end what came before it."""
    whom = own_scope(officer)
    await audit.record(desk, AuditKind.INVITATION_ACCEPTED, whom.principal, address=address, using=connection)
    whose = Whose(officer_id=officer.id)
    ended = await end_credentials(desk, connection, End.PASSWORD_SET_BY_LINK, whom, whose, address=address)
    await passwords.keep(officer.id, hashed, desk.now(), connection)
    return ended


def own_scope(officer: Officer) -> Scope:
    """The scope of who holds a link: the officer, without any rights."""
    return Scope(kind=PrincipalKind.STAFF, principal=f"officer:{officer.id}", name=officer.name, officer_id=officer.id)


INVITATIONS = """
DELETE FROM invitation WHERE id IN (
  SELECT id FROM invitation WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)
"""


async def expire_invitations(desk: Desk) -> int:
    """Remove one-time links that nobody used in time; gives their number."""
    return await delete_all(INVITATIONS, desk.now())
