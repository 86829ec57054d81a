"""Coming in: who knows the password comes in, nobody learns who has an account, and sessions end."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from tortoise.transactions import in_transaction

from api.websocket.heartbeats import Heartbeats
from models import AuditEntry, Credential, Officer
from models.database import CONNECTION
from models.enums import AuditKind, Role
from models.staff_access import Password
from services.access.scopes import SYSTEM, Scope
from services.core import password_hashing
from services.core.desk import Desk
from services.core.password_hashing import Passwords
from services.core.refusals import EdgeRefusal, Forbidden, InvalidInput, NotFound
from services.credentials import credentials, identify, invitations, sessions
from services.credentials.passwords import require_good
from services.credentials.sessions import OpenedSession
from services.credentials.sign_in import SignIn, change_password, sign_in
from services.displays import displays
from services.staff import staff
from tests.conftest import Clock, Statements
from tests.factories import give_password, make_agency, make_officer, make_scope

RIGHT, WRONG = "sepeda-biru-di-teras", "sepeda-merah-di-teras"
Count = Callable[[], AbstractContextManager[Statements]]


@pytest.fixture
async def officer(desk: Desk) -> Officer:
    officer = await make_officer(await make_agency("pupr"), Role.OFFICER, name="Petugas Uji")
    await give_password(desk, officer, RIGHT)
    return officer


async def opened(desk: Desk, officer: Officer, agent: str = "Firefox") -> OpenedSession:
    return await sign_in(desk, SignIn(officer.email, RIGHT, agent))


async def scope_of(desk: Desk, officer: Officer) -> Scope:
    return await identify.identify(desk, (await opened(desk, officer)).token)


async def test_a_password_opens_a_session_of_its_officer(desk: Desk, officer: Officer) -> None:
    session = await sign_in(desk, SignIn(f"  {officer.email.upper()} ", RIGHT, "Firefox\x00 di meja depan"))

    scope = await identify.identify(desk, session.token)
    assert (scope.officer_id, scope.roles, scope.session) == (officer.id, frozenset({Role.OFFICER}), True)
    assert session.expires_at == desk.now() + timedelta(hours=12)
    row = await Credential.get(id=session.credential_id)
    assert (row.session, row.agent, row.officer_id) == (True, "Firefox di meja depan", officer.id)
    entry = await AuditEntry.get(kind=AuditKind.SIGNED_IN)
    assert (entry.principal, entry.subject) == (f"officer:{officer.id}", f"credential:{row.id}")


async def test_unknown_wrong_and_ended_accounts_cannot_be_told_apart(
    desk: Desk, officer: Officer, count_queries: Count
) -> None:
    ended = await make_officer(await make_agency("dinkes"), active=False)
    await give_password(desk, ended, RIGHT)
    bare = await make_officer(await make_agency("dlh"))
    tries = [(officer.email, WRONG), ("tidak.ada@example.test", RIGHT), (ended.email, RIGHT), (bare.email, RIGHT)]
    seen = set()
    for email, password in tries:
        before = desk.passwords.calls
        with count_queries() as statements, pytest.raises(InvalidInput) as refusal:
            await sign_in(desk, SignIn(email, password))
        seen.add((refusal.value.code, desk.passwords.calls - before, tuple(statements.texts)))

    assert len(seen) == 1
    assert next(iter(seen))[:2] == ("WRONG_EMAIL_OR_PASSWORD", 1)
    assert await Credential.all().count() == 0
    failures = await AuditEntry.filter(kind=AuditKind.SIGN_IN_FAILED).order_by("id")
    assert [entry.subject for entry in failures] == [
        f"officer:{officer.id}", None, f"officer:{ended.id}", f"officer:{bare.id}",
    ]  # fmt: skip


QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Door:
    """A narrow door that notes who is tried, and lets everybody in or nobody."""

    def __init__(self, *, is_open: bool) -> None:
        self.asked: list[str] = []
        self._is_open = is_open

    async def admits(self, account: str) -> bool:
        self.asked.append(account)
        return self._is_open


@pytest.mark.parametrize("is_open", [True, False])
async def test_by_the_narrow_door_unknown_wrong_and_ended_accounts_cannot_be_told_apart(
    desk: Desk, officer: Officer, count_queries: Count, *, is_open: bool
) -> None:
    ended = await make_officer(await make_agency("dinkes"), active=False)
    await give_password(desk, ended, RIGHT)
    bare = await make_officer(await make_agency("dlh"))
    door, seen = Door(is_open=is_open), set()
    for email in (officer.email, "tidak.ada@example.test", ended.email, bare.email):
        before = desk.passwords.calls
        with count_queries() as statements, pytest.raises(InvalidInput) as refusal:
            await sign_in(desk, SignIn(email, WRONG), door)
        seen.add((refusal.value.code, desk.passwords.calls - before, tuple(statements.texts)))

    assert len(seen) == 1
    assert next(iter(seen))[:2] == ("WRONG_EMAIL_OR_PASSWORD", int(is_open))
    assert door.asked == [f"officer:{officer.id}", "officer:0", "officer:0", "officer:0"]


async def test_where_the_narrow_door_is_shut_the_right_password_is_not_looked_at(desk: Desk, officer: Officer) -> None:
    with pytest.raises(InvalidInput):
        await sign_in(desk, SignIn(officer.email, RIGHT), Door(is_open=False))

    assert await Credential.all().count() == 0
    assert await AuditEntry.all().count() == 0


async def test_who_pretends_takes_as_long_as_the_last_comparison_took(monkeypatch: pytest.MonkeyPatch) -> None:
    slept = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    passwords = Passwords(QUICK, clock=iter((10.0, 10.25)).__next__)
    await passwords.matches(None, WRONG)
    with monkeypatch.context() as patch:
        patch.setattr(password_hashing.asyncio, "sleep", sleep)
        await passwords.pretend()

    assert slept == [0.25]


@pytest.mark.parametrize("meanwhile", ["ended", "password"])
async def test_who_is_shut_out_while_signing_in_stays_out(desk: Desk, officer: Officer, meanwhile: str) -> None:
    class Slow(Passwords):
        async def matches(self, kept: str | None, password: str) -> bool:
            same = await super().matches(kept, password)
            if meanwhile == "ended":
                await staff.end(desk, SYSTEM, officer.id)
            else:
                await give_password(desk, officer, "gudang-tua-di-tepi-kali")
            return same

    with pytest.raises(InvalidInput, match="WRONG_EMAIL_OR_PASSWORD"):
        await sign_in(replace(desk, passwords=Slow()), SignIn(officer.email, RIGHT))

    assert await Credential.all().count() == 0
    assert await AuditEntry.filter(kind=AuditKind.SIGNED_IN).count() == 0


@pytest.mark.parametrize("meanwhile", ["link", "ended", "revoked", "changed"])
async def test_who_is_shut_out_while_changing_the_password_sets_none(
    desk: Desk, officer: Officer, meanwhile: str
) -> None:
    class Slow(Passwords):
        async def hashed(self, password: str) -> str:
            if meanwhile == "link":
                await invitations.accept(desk, link.token, "gudang-tua-di-tepi-kali", "address")
            elif meanwhile == "ended":
                await staff.end(desk, SYSTEM, officer.id)
            elif meanwhile == "revoked":
                await credentials.revoke(desk, scope.credential_id or 0)
            else:
                await change_password(desk, other, RIGHT, "gudang-tua-di-tepi-kali")
            return await super().hashed(password)

    scope, other = await scope_of(desk, officer), await scope_of(desk, officer)
    link = await staff.renew_link(desk, SYSTEM, officer.id)

    with pytest.raises(InvalidInput, match="WRONG_PASSWORD"):
        await change_password(replace(desk, passwords=Slow()), scope, RIGHT, "kereta-hijau-di-stasiun")

    kept = await Password.get_or_none(officer_id=officer.id)
    assert (kept is None) is (meanwhile == "ended")
    assert not await desk.passwords.matches(kept.hash if kept else None, "kereta-hijau-di-stasiun")


@pytest.mark.parametrize("email", ["", " ", "\x00", "a" * 10_000, "' OR 1=1 --"])
async def test_a_strange_address_is_a_wrong_one(desk: Desk, officer: Officer, email: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await sign_in(desk, SignIn(email, RIGHT))

    assert refusal.value.code == "WRONG_EMAIL_OR_PASSWORD"


async def test_one_password_typed_on_two_keyboards_is_one(desk: Desk, officer: Officer) -> None:
    await give_password(desk, officer, "cafe\u0301 di pojok jalan")

    await sign_in(desk, SignIn(officer.email, "caf\u00e9 di pojok jalan"))


async def test_a_hash_of_yesterdays_parameters_is_renewed(desk: Desk, officer: Officer) -> None:
    older = Passwords(PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    await Password.filter(officer_id=officer.id).update(hash=await older.hashed(RIGHT))

    await opened(desk, officer)

    kept = await Password.get(officer_id=officer.id)
    assert "t=1," in kept.hash
    await opened(desk, officer)


async def test_a_session_ends_by_itself(desk: Desk, officer: Officer, clock: Clock) -> None:
    session = await opened(desk, officer)
    for _ in range(3):  # used every three hours it lasts twelve
        clock.forward(hours=3)
        await identify.identify(desk, session.token)
    clock.forward(hours=3)

    with pytest.raises(EdgeRefusal):
        await identify.identify(desk, session.token)


async def test_a_session_that_nobody_uses_ends_sooner(desk: Desk, officer: Officer, clock: Clock) -> None:
    session = await opened(desk, officer)
    clock.forward(hours=4, seconds=-1)
    await identify.identify(desk, session.token)
    clock.forward(hours=4)

    with pytest.raises(EdgeRefusal):
        await identify.identify(desk, session.token)
    assert await sessions.own_sessions(desk, await make_scope()) == []


async def test_an_open_page_keeps_its_session_in_use_until_the_absolute_end(
    desk: Desk, officer: Officer, clock: Clock
) -> None:
    session = await opened(desk, officer)
    scope = await identify.identify(desk, session.token)
    beats = Heartbeats(desk, lambda: [scope, None, scope])
    for _ in range(3):
        clock.forward(hours=3)
        await beats.note()
    assert (await identify.refreshed(desk, scope)).officer_id == officer.id

    clock.forward(hours=3)
    await beats.note()

    with pytest.raises(EdgeRefusal):
        await identify.refreshed(desk, scope)


async def test_a_page_wakes_up_no_session_that_idled_away_or_was_ended(
    desk: Desk, officer: Officer, clock: Clock
) -> None:
    idle, revoked = [await scope_of(desk, officer) for _ in range(2)]
    await credentials.revoke(desk, revoked.credential_id or 0)
    clock.forward(hours=4)
    before = await Credential.all().order_by("id").values()

    await Heartbeats(desk, lambda: [idle, revoked]).note()

    assert await Credential.all().order_by("id").values() == before


@pytest.mark.parametrize("note", ["sessions", "screens"])
async def test_who_notes_uses_waits_for_nobody_who_ends_one(
    desk: Desk, officer: Officer, clock: Clock, note: str
) -> None:
    held, free = [(await opened(desk, officer)).credential_id for _ in range(2)]
    before, outside = desk.now(), contextvars.copy_context()
    clock.forward(hours=1)
    work = sessions.note_open(desk, [free, held]) if note == "sessions" else displays.heard([free, held], desk.now())

    async with in_transaction(CONNECTION) as using:
        await using.execute_query("SELECT FROM credential WHERE id = $1 FOR UPDATE", [held])
        await asyncio.create_task(work, context=outside)

    noted = dict(await Credential.all().values_list("id", "last_used_at"))
    assert noted == {held: before, free: desk.now()}


async def test_a_session_is_noted_as_used_at_most_every_five_minutes(
    desk: Desk, officer: Officer, clock: Clock, count_queries: Count
) -> None:
    session = await opened(desk, officer)
    counts = []
    for minutes in (4, 1, 4):
        clock.forward(minutes=minutes)
        with count_queries() as statements:
            await identify.identify(desk, session.token)
        counts.append(statements.count)

    assert counts == [1, 2, 1]


async def test_own_sessions_are_listed_and_ended_and_nobody_elses(desk: Desk, officer: Officer) -> None:
    first, second = await opened(desk, officer, "Firefox"), await opened(desk, officer, "Chromium")
    scope = await identify.identify(desk, second.token)
    stranger = await make_scope()

    assert [row.agent for row in await sessions.own_sessions(desk, scope)] == ["Chromium", "Firefox"]
    with pytest.raises(NotFound):
        await sessions.revoke_own(desk, stranger, first.credential_id)
    await identify.identify(desk, first.token)

    await sessions.revoke_own(desk, scope, first.credential_id)

    with pytest.raises(EdgeRefusal):
        await identify.identify(desk, first.token)
    with pytest.raises(NotFound):
        await sessions.revoke_own(desk, scope, first.credential_id)
    assert [row.agent for row in await sessions.own_sessions(desk, scope)] == ["Chromium"]
    assert await AuditEntry.filter(kind=AuditKind.SESSION_REVOKED).count() == 1


async def test_the_oldest_session_makes_room(desk: Desk, officer: Officer) -> None:
    made = [await opened(desk, officer, f"{place}") for place in range(desk.rules.sessions_per_officer + 1)]

    with pytest.raises(EdgeRefusal):
        await identify.identify(desk, made[0].token)
    await identify.identify(desk, made[1].token)


async def test_signing_out_ends_the_session_and_no_other_token(desk: Desk, officer: Officer) -> None:
    session = await opened(desk, officer)
    scope = await identify.identify(desk, session.token)

    await sessions.end_own(desk, scope)

    with pytest.raises(EdgeRefusal):
        await identify.identify(desk, session.token)
    with pytest.raises(Forbidden):
        await sessions.end_own(desk, await make_scope())


async def test_another_password_ends_the_other_sessions(desk: Desk, officer: Officer) -> None:
    other, mine = await opened(desk, officer), await opened(desk, officer)
    scope, new = await identify.identify(desk, mine.token), "kereta pagi ke Blitar"
    for current, password, code in (
        (WRONG, new, "WRONG_PASSWORD"),
        (RIGHT, "pendek", "PASSWORD_LENGTH"),
        (RIGHT, "Petugas Uji petugas", "PASSWORD_WEAK"),
    ):
        with pytest.raises(InvalidInput) as refusal:
            await change_password(desk, scope, current, password)
        assert refusal.value.code == code
    await identify.identify(desk, other.token)

    await change_password(desk, scope, RIGHT, new)

    await identify.identify(desk, mine.token)
    with pytest.raises(EdgeRefusal):
        await identify.identify(desk, other.token)
    with pytest.raises(InvalidInput):
        await opened(desk, officer)
    await sign_in(desk, SignIn(officer.email, new))
    assert await AuditEntry.filter(kind=AuditKind.PASSWORD_CHANGED).count() == 1


async def test_only_a_session_changes_a_password(desk: Desk) -> None:
    with pytest.raises(Forbidden):
        await change_password(desk, await make_scope(), RIGHT, WRONG)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("a" * 11, "PASSWORD_LENGTH"),
        ("a b" * 43, "PASSWORD_LENGTH"),
        ("aaaaaaaaaaaa", "PASSWORD_WEAK"),
        ("Rahasia Rahasia", "PASSWORD_WEAK"),
        ("siti.aminah1234", "PASSWORD_WEAK"),
        ("Siti Aminah 12", "PASSWORD_WEAK"),
    ],
)
def test_a_weak_password_is_refused(password: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        require_good(password, email="siti.aminah@example.test", name="Siti Aminah", shortest=12)

    assert refusal.value.code == code


def test_a_sentence_is_a_good_password() -> None:
    require_good("kuda hitam makan roti", email="siti@example.test", name="Siti Aminah", shortest=12)
