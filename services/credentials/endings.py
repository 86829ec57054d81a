"""The end of credentials: what ends with what, and the one function that ends it on every server (docs/adr/0011).

Who changes how somebody comes in takes locks in one order: the officer, the links, the credentials by id, and the log's
head last. The officer's row is the one that each of them finds, while a link may be gone and a session not begun; in
another order who spends a link and who ends its account would wait for each other. docs/architecture.md has the order
of all locks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from models import Invitation, Password
from models.enums import AuditKind, EventKind, SubjectKind, Visibility
from realtime import log
from services.access.scopes import Scope, actor
from services.audit import audit
from services.audit.audit import NewEntry
from services.core.desk import Desk

LOCK_OFFICERS = "SELECT FROM officer WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE"
HOLDERS = "SELECT DISTINCT officer_id FROM credential WHERE id = ANY($1) AND officer_id IS NOT NULL"
LIVING = """
SELECT id, kind, officer_id, client_id, ticket_id FROM credential
WHERE revoked_at IS NULL AND (id = ANY($1) OR officer_id = $2 OR client_id = $3 OR (ticket_id = $4 AND expires_at > $5))
AND (session OR NOT $6::boolean) AND id IS DISTINCT FROM $7 ORDER BY id FOR UPDATE
"""
REVOKE = "UPDATE credential SET revoked_at = $2 WHERE id = ANY($1)"
MOST_NAMED = 15  # of the credentials that an entry names; its details are short


class End(StrEnum):
    """Why credentials end; docs/security.md says of each what ends with it."""

    SIGN_OUT = "SIGN_OUT"
    SESSION_REVOKED = "SESSION_REVOKED"
    ONE_SESSION_TOO_MANY = "ONE_SESSION_TOO_MANY"
    PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105 - the name of what happened
    PASSWORD_SET_BY_LINK = "PASSWORD_SET_BY_LINK"  # noqa: S105 - the name of what happened
    LINK_MADE = "LINK_MADE"
    ACCOUNT_ENDED = "ACCOUNT_ENDED"
    ACCOUNT_RETURNED = "ACCOUNT_RETURNED"
    TOKEN_REVOKED = "TOKEN_REVOKED"  # noqa: S105 - the name of what happened
    DISPLAY_REVOKED = "DISPLAY_REVOKED"
    DISPLAY_ANSWER_LOST = "DISPLAY_ANSWER_LOST"
    KEY_REVOKED = "KEY_REVOKED"
    AGREEMENT_ENDED = "AGREEMENT_ENDED"
    SECRET_ROTATED = "SECRET_ROTATED"  # noqa: S105 - the name of what happened


class EndedTokens(StrEnum):
    """Which credentials end: those that are named, the sessions of a holder, all of theirs, or none."""

    NAMED = "NAMED"
    SESSIONS = "SESSIONS"
    ALL = "ALL"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class EndingRule:
    """What ends, and the entry that tells of it; always: also where nothing was left to end."""

    tokens: EndedTokens
    entry: AuditKind
    links: bool = False
    password: bool = False
    always: bool = False


RULES: Mapping[End, EndingRule] = {
    End.SIGN_OUT: EndingRule(EndedTokens.NAMED, AuditKind.SIGNED_OUT),
    End.SESSION_REVOKED: EndingRule(EndedTokens.NAMED, AuditKind.SESSION_REVOKED),
    End.ONE_SESSION_TOO_MANY: EndingRule(EndedTokens.NAMED, AuditKind.SESSION_EVICTED),
    End.PASSWORD_CHANGED: EndingRule(EndedTokens.SESSIONS, AuditKind.PASSWORD_CHANGED, always=True),
    End.PASSWORD_SET_BY_LINK: EndingRule(EndedTokens.ALL, AuditKind.PASSWORD_CHANGED, links=True, always=True),
    End.LINK_MADE: EndingRule(EndedTokens.NONE, AuditKind.INVITED, links=True, always=True),
    End.ACCOUNT_ENDED: EndingRule(EndedTokens.ALL, AuditKind.TOKEN_REVOKED, links=True, password=True),
    End.ACCOUNT_RETURNED: EndingRule(EndedTokens.ALL, AuditKind.TOKEN_REVOKED, links=True, password=True),
    End.TOKEN_REVOKED: EndingRule(EndedTokens.NAMED, AuditKind.TOKEN_REVOKED),
    End.DISPLAY_REVOKED: EndingRule(EndedTokens.ALL, AuditKind.DISPLAY_REVOKED, always=True),
    End.DISPLAY_ANSWER_LOST: EndingRule(EndedTokens.NAMED, AuditKind.TOKEN_REVOKED),
    End.KEY_REVOKED: EndingRule(EndedTokens.NAMED, AuditKind.KEY_REVOKED),
    End.AGREEMENT_ENDED: EndingRule(EndedTokens.ALL, AuditKind.KEY_REVOKED),
    End.SECRET_ROTATED: EndingRule(EndedTokens.ALL, AuditKind.SECRET_ROTATED, always=True),
}
SESSION_ENTRIES = frozenset({AuditKind.SIGNED_OUT, AuditKind.SESSION_REVOKED, AuditKind.SESSION_EVICTED})


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose credentials end: named ones, or those of one holder but for the one that is spared."""

    credentials: Sequence[int] = ()
    officer_id: int | None = None
    client_id: int | None = None
    ticket_id: int | None = None
    spared: int | None = None

    @property
    def subject(self) -> str:
        """The holder as audit entries name them."""
        if self.officer_id is not None:
            return f"officer:{self.officer_id}"
        return f"client:{self.client_id}" if self.client_id is not None else f"ticket:{self.ticket_id}"


@dataclass(frozen=True, slots=True)
class Ended:
    """The credentials that ended, and the events by which every server learns of it: for the end of the transaction."""

    ids: tuple[int, ...] = ()
    events: tuple[log.NewEvent, ...] = field(default=(), repr=False)


async def lock_officer(using: BaseDBAsyncClient, *officer_ids: int) -> None:
    """Lock these officers: other changes of their credentials wait until the transaction ends."""
    await using.execute_query(LOCK_OFFICERS, [list(officer_ids)])


async def end_credentials(
    desk: Desk,
    using: BaseDBAsyncClient,
    end: End,
    by: Scope,
    whose: Whose,
    *,
    reason: str | None = None,
    address: str | None = None,
    details: audit.Details | None = None,
) -> Ended:
    """End the credentials that end for this reason, in the caller's transaction, and write its audit entries.

    The caller appends the events last. reason, address and details go into the entry.
    """
    rule = RULES[end]
    await _end_of_account(using, rule, whose)
    rows = await _revoke(desk, using, rule, whose)
    given = NewEntry(rule.entry, by.principal, whose.subject, reason, {**(details or {}), **by.acting}, address)
    entries = _entries(rule, given, rows)
    if entries:
        await audit.insert(using, [audit.row_of(desk.keys, desk.now(), entry) for entry in entries])
    return Ended(tuple(row["id"] for row in rows), _events(desk, by, rule, whose, rows))


async def _end_of_account(using: BaseDBAsyncClient, rule: EndingRule, whose: Whose) -> None:
    """Lock the officers concerned, and end the links and the password that go too."""
    officers = [] if whose.officer_id is None else [whose.officer_id]
    if whose.credentials:
        officers += [row["officer_id"] for row in await using.execute_query_dict(HOLDERS, [list(whose.credentials)])]
    if officers:
        await lock_officer(using, *officers)
    if rule.links:
        await Invitation.filter(officer_id=whose.officer_id).using_db(using).delete()
    if rule.password:
        await Password.filter(officer_id=whose.officer_id).using_db(using).delete()


async def _revoke(desk: Desk, using: BaseDBAsyncClient, rule: EndingRule, whose: Whose) -> Sequence[Mapping[str, Any]]:
    """End the credentials that go, and give their rows; those that had ended before are left as they are."""
    if rule.tokens is EndedTokens.NONE:
        return []
    named = rule.tokens is EndedTokens.NAMED
    holder = [None] * 3 if named else [whose.officer_id, whose.client_id, whose.ticket_id]
    only_sessions = rule.tokens is EndedTokens.SESSIONS
    rows: Sequence[Mapping[str, Any]] = await using.execute_query_dict(
        LIVING, [list(whose.credentials), *holder, desk.now(), only_sessions, whose.spared]
    )
    if rows:
        await using.execute_query(REVOKE, [[row["id"] for row in rows], desk.now()])
    return rows


def _entries(rule: EndingRule, given: NewEntry, rows: Sequence[Mapping[str, Any]]) -> list[NewEntry]:
    """One entry for each credential that was named, else one for all of them."""
    if rule.tokens is EndedTokens.NAMED:
        return [_entry_of(given, row) for row in rows]
    if not (rows or rule.always):
        return []
    named = ",".join(str(row["id"]) for row in rows[:MOST_NAMED])
    more: dict[str, str | int] = {"credentials": named, "ended": len(rows)} if rows else {}
    return [_with(given, given.subject, {**given.details, **more})]


def _entry_of(given: NewEntry, row: Mapping[str, Any]) -> NewEntry:
    if given.kind in SESSION_ENTRIES:
        return _with(given, f"credential:{row['id']}", given.details)
    holder = Whose((), row["officer_id"], row["client_id"], row["ticket_id"])
    kind = {"kind": row["kind"]} if given.kind is AuditKind.TOKEN_REVOKED else {}
    return _with(given, holder.subject, {**given.details, "credential": row["id"], **kind})


def _with(given: NewEntry, subject: str | None, details: audit.Details) -> NewEntry:
    return NewEntry(given.kind, given.principal, subject, given.reason, details, given.address)


def _events(
    desk: Desk, by: Scope, rule: EndingRule, whose: Whose, rows: Sequence[Mapping[str, Any]]
) -> tuple[log.NewEvent, ...]:
    """One event for each credential; one for all sessions of a ticket, however many citizens opened it."""
    if rows and whose.ticket_id is not None:
        event = revocation(desk, rows[0]["id"], by)
        ended = {"credentials": [row["id"] for row in rows]}
        return (replace(event, details=ended, visibility=Visibility.INTERNAL),)
    return tuple(revocation(desk, row["id"], by, row["client_id"]) for row in rows)


def revocation(desk: Desk, credential_id: int, by: Scope, client_id: int | None = None) -> log.NewEvent:
    """The event that closes what a credential opened, on every server; with a client all that this one opened."""
    return log.NewEvent(
        kind=EventKind.CREDENTIAL_REVOKED,
        at=desk.now(),
        **actor(by),
        subject_kind=SubjectKind.CREDENTIAL,
        subject_id=credential_id,
        details={} if client_id is None else {"client": client_id},
    )
