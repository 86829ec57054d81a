"""One-time links: spent once, in time, for a good password, and what the old password opened ends with it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from models import AuditEntry, Credential, Event, Invitation, Officer, Password
from models.enums import AuditKind, EventKind, PrincipalKind, Role
from services.access.scopes import SYSTEM
from services.core.desk import Desk
from services.core.refusals import EdgeRefusal, InvalidInput, NotFound
from services.credentials import invitations, sessions, sign_in
from services.credentials.credentials import issue
from services.credentials.identify import identify
from services.credentials.invitations import Invited
from services.credentials.sign_in import SignIn
from services.staff import staff
from services.staff.assignments import WantedAssignment
from services.staff.staff import NewAccount
from tests.conftest import Clock
from tests.factories import make_agency

EMAIL, NAME, PASSWORD = "sari@kediri.example", "Sari Dewi", "kuda lumping menari"
ADDRESS = "0" * 32


@pytest.fixture
async def link(desk: Desk) -> Invited:
    await make_agency("dishub")
    return await staff.invite(desk, SYSTEM, NewAccount(EMAIL, NAME, (WantedAssignment("dishub", Role.OFFICER),)))


async def stored() -> Mapping[str, Any]:
    """All that a refusal must leave as it was."""
    return {
        "invitations": await Invitation.all().order_by("id").values(),
        "passwords": await Password.all().order_by("officer_id").values(),
        "credentials": await Credential.all().order_by("id").values(),
        "events": await Event.all().count(),
        "audit": await AuditEntry.all().count(),
    }


async def test_looking_at_a_link_tells_whom_it_is_for_and_leaves_it_as_it_was(desk: Desk, link: Invited) -> None:
    before = await stored()

    found = await invitations.look(desk, f" {link.token} ")

    assert (found.name, found.email, found.role) == (NAME, EMAIL, Role.OFFICER)
    assert (found.agency and found.agency.code, found.expires_at) == ("dishub", link.expires_at)
    assert await stored() == before
    assert (await invitations.accept(desk, link.token, PASSWORD, ADDRESS)).email == EMAIL
    with pytest.raises(NotFound, match="INVITATION_UNKNOWN"):
        await invitations.look(desk, link.token)


async def test_a_link_that_is_over_tells_nothing(desk: Desk, link: Invited, clock: Clock) -> None:
    clock.forward(days=3)

    with pytest.raises(NotFound, match="INVITATION_UNKNOWN"):
        await invitations.look(desk, link.token)


async def test_a_link_sets_the_password_once(desk: Desk, link: Invited) -> None:
    officer = await invitations.accept(desk, link.token, PASSWORD, ADDRESS)

    assert officer.id == link.officer_id
    opened = await sign_in.sign_in(desk, SignIn(EMAIL, PASSWORD))
    assert (await identify(desk, opened.token)).officer_id == officer.id
    assert await Invitation.all().count() == 0
    before = await stored()
    with pytest.raises(NotFound, match="INVITATION_UNKNOWN"):
        await invitations.accept(desk, link.token, "kata sandi yang lain", ADDRESS)
    assert await stored() == before


async def test_the_use_of_a_link_is_written_down(desk: Desk, link: Invited) -> None:
    await invitations.accept(desk, link.token, PASSWORD, ADDRESS)

    rows = await AuditEntry.all().order_by("-id").limit(2)
    assert [(row.kind, row.principal, row.address) for row in rows] == [
        (AuditKind.PASSWORD_CHANGED, f"officer:{link.officer_id}", ADDRESS),
        (AuditKind.INVITATION_ACCEPTED, f"officer:{link.officer_id}", ADDRESS),
    ]


async def test_of_two_at_once_one_sets_the_password(desk: Desk, link: Invited) -> None:
    done = await asyncio.gather(
        *(invitations.accept(desk, link.token, f"{PASSWORD} {number}", ADDRESS) for number in range(4)),
        return_exceptions=True,
    )

    assert sorted(type(each).__name__ for each in done) == ["NotFound", "NotFound", "NotFound", "Officer"]
    assert await AuditEntry.filter(kind=AuditKind.INVITATION_ACCEPTED).count() == 1


async def test_a_link_is_over_after_three_days(desk: Desk, link: Invited, clock: Clock) -> None:
    clock.forward(days=3)
    before = await stored()

    with pytest.raises(NotFound, match="INVITATION_UNKNOWN"):
        await invitations.accept(desk, link.token, PASSWORD, ADDRESS)

    assert await stored() == before


@pytest.mark.parametrize("token", ["", "x", "\x00", "srg_" + "a" * 43])
async def test_an_unknown_link_is_refused_without_the_work_of_a_password(desk: Desk, link: Invited, token: str) -> None:
    before, calls = await stored(), desk.passwords.calls

    with pytest.raises(NotFound, match="INVITATION_UNKNOWN"):
        await invitations.accept(desk, token, PASSWORD, ADDRESS)

    assert (await stored(), desk.passwords.calls) == (before, calls)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("pendek", "PASSWORD_LENGTH"),
        ("kuda lumping menari " * 7, "PASSWORD_LENGTH"),
        ("sari@sari dewi", "PASSWORD_WEAK"),
        ("aaaaaaaaaaaaaaaa", "PASSWORD_WEAK"),
    ],
)
async def test_a_weak_password_leaves_the_link_good(desk: Desk, link: Invited, password: str, code: str) -> None:
    before = await stored()

    with pytest.raises(InvalidInput, match=code) as refused:
        await invitations.accept(desk, link.token, password, ADDRESS)

    assert refused.value.path == ("password",)
    assert await stored() == before
    await invitations.accept(desk, link.token, PASSWORD, ADDRESS)


async def test_a_new_password_ends_the_sessions_and_the_tokens_made_by_hand(desk: Desk, link: Invited) -> None:
    await invitations.accept(desk, link.token, PASSWORD, ADDRESS)
    opened = await sign_in.sign_in(desk, SignIn(EMAIL, PASSWORD))
    made = await issue(desk, PrincipalKind.STAFF, name="skrip", officer_id=link.officer_id)
    again = await staff.renew_link(desk, SYSTEM, link.officer_id)
    assert await sessions.own_sessions(desk, await identify(desk, opened.token)) != []  # the link alone ends nothing

    await invitations.accept(desk, again.token, "wayang kulit semalam", ADDRESS)

    for token in (opened.token, made.token):
        with pytest.raises(EdgeRefusal, match="UNAUTHENTICATED"):
            await identify(desk, token)
    with pytest.raises(InvalidInput):
        await sign_in.sign_in(desk, SignIn(EMAIL, PASSWORD))
    told = await Event.filter(kind=EventKind.CREDENTIAL_REVOKED).order_by("seq").values_list("subject_id", flat=True)
    assert told == [opened.credential_id, made.credential_id]


async def test_the_link_of_an_ended_account_is_worth_nothing(desk: Desk, link: Invited) -> None:
    await staff.end(desk, SYSTEM, link.officer_id)
    await Officer.filter(id=link.officer_id).update(active=True)
    again = await staff.renew_link(desk, SYSTEM, link.officer_id)
    await Officer.filter(id=link.officer_id).update(active=False)
    before = await stored()

    for token in (link.token, again.token):
        with pytest.raises(NotFound, match="INVITATION_UNKNOWN"):
            await invitations.accept(desk, token, PASSWORD, ADDRESS)

    assert await stored() == before
