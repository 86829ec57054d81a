"""Accounts of staff: invited, changed and ended by admins, each change at once on every server (docs/adr/0011)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from models import Officer, OversightRule
from models.enums import AuditKind, EventKind, Role, SubjectKind
from realtime import log
from services.access.scopes import SYSTEM, Scope, actor, require_admin
from services.audit import audit
from services.core import validation
from services.core.desk import Desk
from services.core.refusals import Checks, Forbidden, InvalidInput, NotFound
from services.core.transactions import transaction
from services.credentials.endings import End, Whose, end_credentials
from services.credentials.invitations import Invited, fresh_link
from services.inputs import emails
from services.master_data import steering
from services.master_data.codes import LARGEST_KEY
from services.staff import assignments
from services.staff.assignments import AssignmentPeriod, WantedAssignment
from services.tickets import supervision
from services.tickets.releases import release_soon

ADMIN_ONLY = "STAFF_ADMIN_ONLY"
STAFF_LOCK = 7_357_103  # changes of accounts wait for each other, so that two admins can not end one another


@dataclass(frozen=True, slots=True)
class NewAccount:
    """Somebody who gets an account, and their assignments."""

    email: str
    name: str
    assignments: tuple[WantedAssignment, ...]


@dataclass(frozen=True, slots=True)
class AccountChange:
    """New values of an account, None for what stays; assignments are all that hold from today on."""

    officer_id: int
    expected_version: int
    name: str | None = None
    email: str | None = None
    assignments: tuple[WantedAssignment, ...] | None = None


@dataclass(slots=True)
class AccountChanges:
    """The accounts in one transaction, and the events that it will append last."""

    desk: Desk
    scope: Scope
    connection: BaseDBAsyncClient
    events: list[log.NewEvent] = field(default_factory=list)

    async def officer(self, officer_id: int) -> Officer:
        """An account that has not ended; raises NotFound."""
        query = Officer.filter(id=min(officer_id, LARGEST_KEY), active=True).using_db(self.connection)
        found = await query.select_for_update(no_key=True).first()
        if found is None:
            raise NotFound("STAFF_UNKNOWN", path=("id",))
        return found

    async def posts(self, officer_id: int) -> list[AssignmentPeriod]:
        rows = await assignments.held(self.connection, officer_id, self.desk.today())
        return [assignments.post_in(row) for row in rows]

    async def settled(self, officer: Officer, before: list[AssignmentPeriod], kind: AuditKind, *changed: str) -> None:
        """Record the changes of an account, in the log and in the audit log."""
        after = await self.posts(officer.id) if officer.active else []
        changed += ("assignments",) if after != before else ()
        if not changed:
            return
        officer.version += kind is not AuditKind.ACCOUNT_CREATED
        await officer.save(using_db=self.connection)
        details: dict[str, Any] = {
            "before": [post.as_details() for post in before],
            "after": [post.as_details() for post in after],
        }
        if after != before and await self._oversees((*before, *after)):
            details["oversight"] = True
        self.events.append(self._event(officer, changed, details))
        await self.record(kind, officer.id, changed=",".join(changed), version=officer.version)
        if after != before:
            await self.record(AuditKind.RIGHTS_CHANGED, officer.id, before=_codes(before), after=_codes(after))

    async def _oversees(self, posts: Sequence[AssignmentPeriod]) -> bool:
        """Whether rights of others depend on these posts, as these decide who is free to examine a report."""
        deputies = await OversightRule.all().using_db(self.connection).values_list("deputy", flat=True)
        return any(post.role in (Role.INSPECTOR, *deputies) for post in posts)

    async def end_credentials(self, officer_id: int, end: End) -> None:
        """End the links, the password and the tokens of an account."""
        whose = Whose(officer_id=officer_id)
        self.events += (await end_credentials(self.desk, self.connection, end, self.scope, whose)).events

    async def record(self, kind: AuditKind, officer_id: int, **details: str | int) -> None:
        await audit.record(
            self.desk,
            kind,
            self.scope.principal,
            subject=f"officer:{officer_id}",
            details={**details, **self.scope.acting},
            using=self.connection,
        )

    def _event(self, officer: Officer, changed: tuple[str, ...], details: dict[str, Any]) -> log.NewEvent:
        return log.NewEvent(
            kind=EventKind.RIGHTS_CHANGED,
            at=self.desk.now(),
            **actor(self.scope),
            subject_kind=SubjectKind.OFFICER,
            subject_id=officer.id,
            changed=changed,
            details=details,
        )


@asynccontextmanager
async def account_changes(desk: Desk, scope: Scope) -> AsyncIterator[AccountChanges]:
    """A transaction over the accounts, one at a time; raises Forbidden for who is no admin, and for the last admin."""
    require_admin(scope, ADMIN_ONLY)
    await supervision.pass_reported(desk)
    appended = None
    async with transaction() as connection:
        await connection.execute_query("SELECT pg_advisory_xact_lock($1)", [STAFF_LOCK])
        await steering.hold_posts(connection)
        sat = await steering.steering_agencies(connection, desk.today())
        before = await assignments.admins(connection, desk.today())
        if scope is not SYSTEM and (scope.officer_id, scope.agency_id) not in before:
            raise Forbidden(ADMIN_ONLY)
        changes = AccountChanges(desk, scope, connection)
        yield changes
        if before and not await assignments.admins(connection, desk.today()):
            raise Forbidden("LAST_ADMIN")
        sit = await steering.steering_agencies(connection, desk.today())
        changes.events += await supervision.followed(desk, connection, sat, sit)
        if changes.events:
            appended = await log.append(connection, changes.events)
    if appended is not None:
        await desk.committed(appended.least_seq)
        # Not in the transaction: whoever assigns a ticket locks it before the officer, and this would do it after.
        await release_soon(desk, [event.subject_id or 0 for event in changes.events if _names_officer(event)])


def _names_officer(event: log.NewEvent) -> bool:
    return event.kind is EventKind.RIGHTS_CHANGED and event.subject_kind is SubjectKind.OFFICER


async def invite(desk: Desk, scope: Scope, invitee: NewAccount) -> Invited:
    """A new account, or an ended one that comes back under its e-mail, and the one-time link to its password."""
    require_admin(scope, ADMIN_ONLY)
    checks = Checks()
    email, name = checks(checked_email, invitee.email), checks(checked_name, invitee.name)
    async with account_changes(desk, scope) as changes:
        reference = await desk.reference(changes.connection)
        posts = checks(assignments.posts_of, reference, invitee.assignments, desk.today())
        checks.settle()
        officer, kind = await account(changes, email, name)
        if kind is None:
            raise InvalidInput("STAFF_EXISTS", path=("email",))
        await assignments.settle(changes.connection, officer.id, posts, desk.today())
        await changes.settled(officer, [], kind, "name", "email")
        return await fresh_link(desk, scope, officer.id, changes.connection)


async def account(changes: AccountChanges, email: str, name: str) -> tuple[Officer, AuditKind | None]:
    """The account of this e-mail, created or reactivated where needed, and which of these it was (decided here)."""
    found = await Officer.filter(email=email).using_db(changes.connection).select_for_update().first()
    if found is None:
        made = await Officer.create(email=email, name=name, using_db=changes.connection)
        return made, AuditKind.ACCOUNT_CREATED
    if found.active:
        return found, None
    found.update_from_dict({"active": True, "name": name})
    # A sign-in may have been under way when the account ended.
    await changes.end_credentials(found.id, End.ACCOUNT_RETURNED)
    return found, AuditKind.ACCOUNT_CHANGED


async def change(desk: Desk, scope: Scope, wanted: AccountChange) -> Officer:
    """Other values for an account; where rights change, what is open ends with FORBIDDEN and goes on under the new."""
    require_admin(scope, ADMIN_ONLY)
    renewed = wanted.assignments is not None
    async with account_changes(desk, scope) as changes:
        checks = Checks()
        given = checks(_given, wanted)
        reference = await desk.reference(changes.connection)
        posts = checks(assignments.posts_of, reference, wanted.assignments or (), desk.today()) if renewed else ()
        with checks.behind("id"):
            officer = await changes.officer(wanted.officer_id)
            if officer.version != wanted.expected_version:
                raise InvalidInput("STAFF_VERSION", path=("expectedVersion",), actual=officer.version)
        before = await changes.posts(officer.id)
        changed = await checks.awaited(_renamed(changes, officer, given or {}))
        checks.settle()
        if renewed:
            await assignments.settle(changes.connection, officer.id, posts, desk.today())
        await changes.settled(officer, before, AuditKind.ACCOUNT_CHANGED, *changed)
    return officer


def _given(wanted: AccountChange) -> dict[str, str]:
    """The name and the e-mail that a change gives an account."""
    checks = Checks()
    given = {
        "name": None if wanted.name is None else checks(checked_name, wanted.name),
        "email": None if wanted.email is None else checks(checked_email, wanted.email),
    }
    checks.settle()
    return {name: value for name, value in given.items() if value is not None}


async def _renamed(changes: AccountChanges, officer: Officer, given: dict[str, str]) -> list[str]:
    """Give an account its new name and e-mail; the names of what differs."""
    changed = [name for name, value in given.items() if getattr(officer, name) != value]
    if "email" in changed and await Officer.filter(email=given["email"]).using_db(changes.connection).exists():
        raise InvalidInput("STAFF_EXISTS", path=("email",))
    officer.update_from_dict(given)
    return changed


async def end(desk: Desk, scope: Scope, officer_id: int) -> Officer:
    """End an account at once: its tokens and links are invalid, its sockets close; raises NotFound if it had ended."""
    async with account_changes(desk, scope) as changes:
        officer = await changes.officer(officer_id)
        before, today = await changes.posts(officer.id), desk.today()
        for row in await assignments.held(changes.connection, officer.id, today):
            await assignments.end(changes.connection, row, today)
        officer.active = False
        await changes.settled(officer, before, AuditKind.ACCOUNT_ENDED, "active")
        await changes.end_credentials(officer.id, End.ACCOUNT_ENDED)
    return officer


async def renew_link(desk: Desk, scope: Scope, officer_id: int) -> Invited:
    """A new one-time link for an account, for a lost one or a forgotten password; earlier ones are invalid."""
    async with account_changes(desk, scope) as changes:
        officer = await changes.officer(officer_id)
        return await fresh_link(desk, scope, officer.id, changes.connection)


async def named(email: str) -> Officer:
    """The account of this e-mail, ended or not; raises NotFound."""
    found = await Officer.filter(email=emails.looked_up(email)).first()
    if found is None:
        raise NotFound("STAFF_UNKNOWN")
    return found


def checked_email(text: str) -> str:
    """An e-mail address as accounts keep it: in small letters, and without what nobody sees (decided here)."""
    return validation.account_email(text, "email")


def checked_name(text: str) -> str:
    return validation.line(text, validation.NAME_LIMIT, "name")


def _codes(posts: list[AssignmentPeriod]) -> str:
    """Posts as the audit log keeps them: roles with the keys of their agencies, e.g. ADMIN:3,OFFICER:7."""
    return ",".join(f"{post.role.value}:{post.agency_id}" for post in posts)[:200]
