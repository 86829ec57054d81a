"""The end of credentials: what docs/security.md promises of each, two ends at once, and nothing left over."""

from __future__ import annotations

import asyncio
import contextvars
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from tortoise.transactions import in_transaction

from models import AuditEntry, Credential, Event, Invitation, Officer, Password
from models.database import CONNECTION, connection
from models.enums import AuditKind, EventKind, PrincipalKind, Role
from services.access.scopes import SYSTEM, Scope
from services.core.desk import Desk
from services.core.refusals import EdgeRefusal, InvalidInput, Refusal
from services.credentials import identify, invitations, sessions, sign_in
from services.credentials.credentials import Issued, issue, token_digest
from services.credentials.endings import RULES, End, EndedTokens
from services.credentials.invitations import Invited
from services.credentials.sessions import OpenedSession
from services.credentials.sign_in import SignIn
from services.operations import tokens
from services.staff import staff
from services.staff.assignments import WantedAssignment
from tests.factories import give_password, make_agency, make_officer
from tests.root import ROOT

OLD, NEW = "sepeda-biru-di-teras", "kereta pagi ke Blitar"
ADDRESS = "0" * 32
PAGE = (ROOT / "docs" / "security.md").read_text()
WORDS = {
    EndedTokens.SESSIONS: {"other sessions"},
    EndedTokens.ALL: {"the session", "other sessions", "tokens by hand"},
    EndedTokens.NONE: set(),
}
WAITING = """
SELECT count(*) AS number FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


def promised() -> dict[str, tuple[set[str], set[str]]]:
    """What the page says of each end: what ends with it, and its audit entries."""
    table = PAGE.partition("## What ends with what")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("|")][2:]
    plain = ((code, re.sub(r" \(.*?\)", "", what), entries) for _, code, what, entries in rows if code != "-")
    return {code: (set(what.split(", ")), set(entries.split(", "))) for code, what, entries in plain}


PROMISED = promised()
OF_STAFF = [end for end in End if PROMISED[end][0] & {"the session", "other sessions", "links"}]


def test_the_page_lists_every_end_with_the_entry_that_the_code_writes() -> None:
    assert set(PROMISED) == set(End)
    assert [end for end, rule in RULES.items() if rule.entry not in PROMISED[end][1]] == []
    assert {entry for _, entries in PROMISED.values() for entry in entries} <= set(AuditKind)


def test_the_page_says_of_accounts_what_the_code_ends() -> None:
    for end, rule in RULES.items():
        if end in OF_STAFF and rule.tokens is not EndedTokens.NAMED:
            more = ({"links"} if rule.links else set()) | ({"the password"} if rule.password else set())
            assert PROMISED[end][0] - {"the password"} == (WORDS[rule.tokens] | more) - {"the password"}, end


@dataclass(frozen=True)
class Account:
    """An officer with two sessions, a token made by hand, a link and a password."""

    desk: Desk
    officer: Officer
    mine: OpenedSession
    other: OpenedSession
    made: Issued
    link: Invited

    async def scope(self) -> Scope:
        return await identify.identify(self.desk, self.mine.token)

    async def gone(self) -> set[str]:
        """Which of these are good for nothing now."""
        named = {"the session": self.mine.token, "other sessions": self.other.token, "tokens by hand": self.made.token}
        living = set(await Credential.filter(revoked_at=None).values_list("digest", flat=True))
        found = {name for name, token in named.items() if token_digest(token) not in living}
        found |= set() if await Invitation.filter(digest=token_digest(self.link.token)).exists() else {"links"}
        kept = await Password.get_or_none(officer_id=self.officer.id)
        same = await self.desk.passwords.matches(kept.hash if kept else None, OLD)
        return found if same else found | {"the password"}


@pytest.fixture
async def account(desk: Desk) -> Account:
    officer = await make_officer(await make_agency("pupr"), Role.OFFICER, name="Petugas Uji")
    await give_password(desk, officer, OLD)
    other = await sign_in.sign_in(desk, SignIn(officer.email, OLD))
    mine = await sign_in.sign_in(desk, SignIn(officer.email, OLD))
    made = await issue(desk, PrincipalKind.STAFF, name="skrip", officer_id=officer.id)
    return Account(desk, officer, mine, other, made, await staff.renew_link(desk, SYSTEM, officer.id))


async def accept(account: Account) -> Any:
    return await invitations.accept(account.desk, account.link.token, NEW, ADDRESS)


async def end_account(account: Account) -> Any:
    return await staff.end(account.desk, SYSTEM, account.officer.id)


async def renew_link(account: Account) -> Any:
    return await staff.renew_link(account.desk, SYSTEM, account.officer.id)


async def change_password(account: Account) -> Any:
    return await sign_in.change_password(account.desk, await account.scope(), OLD, NEW)


async def sign_out(account: Account) -> Any:
    return await sessions.end_own(account.desk, await account.scope())


async def revoke_session(account: Account) -> Any:
    scope = await identify.identify(account.desk, account.other.token)
    return await sessions.revoke_own(account.desk, scope, account.mine.credential_id)


async def one_too_many(account: Account) -> Any:
    few = replace(account.desk, rules=replace(account.desk.rules, sessions_per_officer=2))
    await sessions.revoke_own(account.desk, await account.scope(), account.other.credential_id)
    for _ in range(2):
        await sign_in.sign_in(few, SignIn(account.officer.email, OLD))


async def take_back(account: Account) -> Any:
    return await tokens.take_back(account.desk, account.made.credential_id)


async def come_back(account: Account) -> Any:
    """An account that ended while somebody was signing in by an older release."""
    await Officer.filter(id=account.officer.id).update(active=False)
    posts = (WantedAssignment("pupr", Role.OFFICER),)
    return await staff.invite(account.desk, SYSTEM, staff.NewAccount(account.officer.email, "Petugas Uji", posts))


async def sign_in_once_more(account: Account) -> Any:
    few = replace(account.desk, rules=replace(account.desk.rules, sessions_per_officer=2))
    return await sign_in.sign_in(few, SignIn(account.officer.email, OLD))


DONE: dict[End, Callable[[Account], Awaitable[Any]]] = {
    End.SIGN_OUT: sign_out,
    End.SESSION_REVOKED: revoke_session,
    End.PASSWORD_CHANGED: change_password,
    End.PASSWORD_SET_BY_LINK: accept,
    End.LINK_MADE: renew_link,
    End.ACCOUNT_ENDED: end_account,
    End.ACCOUNT_RETURNED: come_back,
    End.ONE_SESSION_TOO_MANY: sign_in_once_more,
    End.TOKEN_REVOKED: take_back,
}
SAME = {"the oldest session": "other sessions", "the token": "tokens by hand"}  # what the account has of these


async def require_told(before: set[int]) -> None:
    """Every credential that ended is told by one event, and named by an entry."""
    ended = {row.id for row in await Credential.exclude(revoked_at=None)} - before
    events = await Event.filter(kind=EventKind.CREDENTIAL_REVOKED).values_list("subject_id", flat=True)
    assert sorted(each for each in events if each not in before) == sorted(ended)
    assert ended <= await named_by_entries()


async def named_by_entries() -> set[int]:
    found = set()
    for entry in await AuditEntry.exclude(kind__in=[AuditKind.SIGNED_IN, AuditKind.TOKEN_ISSUED]):
        details = json.loads(entry.details)
        found |= {int(each) for each in str(details.get("credentials", details.get("credential", 0))).split(",")}
        found |= {int(entry.subject.partition(":")[2])} if (entry.subject or "").startswith("credential:") else set()
    return found


@pytest.mark.parametrize("end", DONE)
async def test_an_end_takes_along_what_the_page_says_and_tells_it(account: Account, end: End) -> None:
    seen = (await AuditEntry.all().order_by("-id").first()).id  # type: ignore[union-attr]

    await DONE[end](account)

    what, entries = PROMISED[end]
    assert await account.gone() == {SAME.get(each, each) for each in what}
    assert entries <= set(await AuditEntry.filter(id__gt=seen).values_list("kind", flat=True))
    await require_told(set())


async def test_other_posts_another_name_and_another_email_end_nothing(account: Account) -> None:
    posts = (WantedAssignment("pupr", Role.LIAISON),)
    wanted = staff.AccountChange(account.officer.id, account.officer.version, "Nama Lain", "lain@kediri.example", posts)

    await staff.change(account.desk, SYSTEM, wanted)

    assert await account.gone() == set()
    assert await Event.filter(kind=EventKind.CREDENTIAL_REVOKED).count() == 0
    assert (await account.scope()).roles == frozenset({Role.LIAISON})


async def test_sessions_that_are_one_too_many_end_by_an_event_and_an_entry_each(account: Account) -> None:
    await one_too_many(account)

    assert await account.gone() == {"the session", "other sessions"}
    (entry,) = await AuditEntry.filter(kind=AuditKind.SESSION_EVICTED)
    whose = f"credential:{account.mine.credential_id}"
    assert (entry.principal, entry.subject) == ("system", whose)
    assert json.loads(entry.details) == {"officer": account.officer.id}
    await require_told(set())


async def test_however_many_sign_in_at_once_no_session_is_too_many(account: Account) -> None:
    few = replace(account.desk, rules=replace(account.desk.rules, sessions_per_officer=2))

    await asyncio.gather(*(sign_in.sign_in(few, SignIn(account.officer.email, OLD)) for _ in range(4)))

    assert await Credential.filter(session=True, revoked_at=None).count() == 2
    assert await AuditEntry.filter(kind=AuditKind.SESSION_EVICTED).count() == 4
    await require_told(set())


async def test_a_wrong_current_password_is_written_down_and_changes_nothing(account: Account) -> None:
    with pytest.raises(InvalidInput, match="WRONG_PASSWORD"):
        await sign_in.change_password(account.desk, await account.scope(), NEW, NEW)

    (entry,) = await AuditEntry.filter(kind=AuditKind.PASSWORD_CHANGE_FAILED)
    who, session = f"officer:{account.officer.id}", f"credential:{account.mine.credential_id}"
    assert (entry.principal, entry.subject, entry.details) == (who, session, "{}")
    assert await account.gone() == set()


async def come_in(account: Account) -> Any:
    return await sign_in.sign_in(account.desk, SignIn(account.officer.email, OLD))


OTHERS = (renew_link, change_password, sign_out, take_back, come_in)
PAIRS = [(accept, end_account), (end_account, accept)]
PAIRS += [pair for each in OTHERS for both in (accept, end_account) for pair in ((both, each), (each, both))]


@pytest.mark.parametrize("held", ["officer", "invitation", "credential"])
@pytest.mark.parametrize(("first", "second"), PAIRS, ids=lambda each: each.__name__)
async def test_two_at_once_wait_for_one_another_and_never_both(
    account: Account, held: str, first: Callable[..., Any], second: Callable[..., Any]
) -> None:
    outside = contextvars.copy_context()
    async with in_transaction(CONNECTION) as using:
        await using.execute_query(f"SELECT FROM {held} FOR UPDATE")
        running = []
        for work in (first, second):
            running.append(asyncio.create_task(work(account), context=outside.copy()))
            await settled(running, outside)
    answers = await asyncio.gather(*running, return_exceptions=True)

    assert [each for each in answers if isinstance(each, BaseException) and not is_refusal(each)] == []
    await require_consistent(account, {first, second}, answers)


async def settled(running: list[asyncio.Task[Any]], outside: contextvars.Context) -> None:
    """Wait until each of these waits for a lock or is done."""
    while await asyncio.create_task(waiting(), context=outside.copy()) < sum(not each.done() for each in running):
        continue


async def waiting() -> int:
    return int((await connection().execute_query_dict(WAITING))[0]["number"])


def is_refusal(problem: BaseException) -> bool:
    """Whether the other was first: BUSY is none, as it stands for a deadlock or a wait without end."""
    return isinstance(problem, Refusal) or (isinstance(problem, EdgeRefusal) and problem.code == "UNAUTHENTICATED")


async def require_consistent(account: Account, done: set[Callable[..., Any]], answers: list[Any]) -> None:
    gone = await account.gone()
    if end_account in done:
        assert not (await Officer.get(id=account.officer.id)).active
        assert await Invitation.all().count() + await Password.all().count() == 0
        assert await Credential.filter(revoked_at=None).count() == 0
    elif accept in done and any(isinstance(each, Officer) for each in answers):
        assert gone == {"the session", "other sessions", "tokens by hand", "links", "the password"}
        assert await Credential.filter(revoked_at=None).count() == 0
    await require_told(set())
