"""The end of screens, partners and citizens: dead is what docs/security.md says, and nothing of anybody else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from models import AuditEntry, Client, Credential, DeviceRequest, Event, Grant, RefreshToken, Ticket
from models.enums import AuditKind, EventKind, PrincipalKind, Role
from services.access.grants import standard_grants
from services.access.scopes import SYSTEM, Scope
from services.core.desk import Desk
from services.core.refusals import EdgeRefusal, InvalidInput, NotFound, Refusal
from services.credentials import identify, invitations
from services.credentials.endings import End
from services.displays import device_grant, displays
from services.displays.device_grant import DeviceGrantRefused, Tokens
from services.displays.displays import DisplayView
from services.displays.endings import end_display
from services.operations import tokens
from services.partners import keys, partners
from services.partners.keys import KeyTerms
from services.partners.partners import TermsChange
from services.partners.terms import Terms
from services.reporters import citizens
from services.reporters.citizens import RotateSecret
from services.staff import staff
from tests.conftest import Clock
from tests.factories import make_agency, make_scope, make_ticket
from tests.services.credentials import test_endings
from tests.services.credentials.test_endings import PROMISED, require_told

HERE = "203.0.113.9"


@dataclass
class Holders:
    """A screen, a partner with two keys and a citizen, each with a neighbour of its kind."""

    desk: Desk
    coordinator: Scope
    screen: DisplayView
    shown: Tokens
    unread: str | None
    code: str
    partner: Client
    keys: tuple[str, str]
    ticket: Ticket
    session: str
    secret: str
    neighbours: tuple[str, ...] = field(default=())

    async def gone(self) -> set[str]:
        """Which of these are good for nothing now, tried one after another."""
        opened = {
            "its tokens": self.shown.access_token,
            "the key": self.keys[0],
            "its other key": self.keys[1],
            "its sessions": self.session,
            **({"the tokens that nobody read": self.unread} if self.unread else {}),
        }
        found = {name for name, token in opened.items() if not await self.is_good(token)}
        found |= set() if await self.opens_the_ticket() else {"the secret"}
        found |= set() if await RefreshToken.filter(spent_at=None).exists() else {"its refresh tokens"}
        return found | (set() if await self.is_exchanged() else {"its codes"})

    async def is_good(self, token: str) -> bool:
        try:
            await identify.identify(self.desk, token)
        except EdgeRefusal:
            return False
        return True

    async def opens_the_ticket(self) -> bool:
        try:
            await citizens.start_session(self.desk, self.ticket.number, self.secret)
        except NotFound:
            return False
        return True

    async def is_exchanged(self) -> bool:
        try:
            await device_grant.exchange(self.desk, self.code)
        except DeviceGrantRefused:
            return False
        return True


@pytest.fixture
async def holders(desk: Desk, clock: Clock) -> Holders:
    coordinator = await make_scope(Role.COORDINATOR, await make_agency("diskominfo"))
    screen, shown = await hung(desk, coordinator, "Lobi")
    partner, ticket = await agreed(desk, "Dinas Contoh"), await make_ticket()
    made = [(await keys.create_key(desk, SYSTEM, partner.id, KeyTerms(name))).token for name in ("satu", "dua")]
    secret = desk.keys.tracking_secret(ticket.id, ticket.secret_rotation, ticket.secret_salt)
    session = (await citizens.start_session(desk, ticket.number, secret)).token
    code = await device_grant.approved_at_once(desk, screen.client_id)
    clock.forward(seconds=1)  # what comes next is no part of the same moment
    return Holders(
        desk, coordinator, screen, shown, None, code, partner, (made[0], made[1]), ticket, session, secret,
        await neighbours(desk, coordinator),
    )  # fmt: skip


async def hung(desk: Desk, by: Scope, name: str) -> tuple[DisplayView, Tokens]:
    codes = await device_grant.begin(desk, "kota", HERE)
    view = await displays.approve(desk, by, codes.user_code, name)
    return view, await device_grant.exchange(desk, codes.device_code)


async def agreed(desk: Desk, name: str) -> Client:
    return await partners.create(desk, SYSTEM, name, Terms(standard_grants(), "Uji"), nothing)


def nothing(_: object) -> None:
    """Coordinates are checked elsewhere."""


async def neighbours(desk: Desk, coordinator: Scope) -> tuple[str, ...]:
    """Tokens of another screen without a refresh token, of another partner and of another citizen."""
    other, ticket = await agreed(desk, "Dinas Lain"), await make_ticket()
    _, shown = await hung(desk, coordinator, "Ruang rapat")
    await RefreshToken.filter(client__name="Ruang rapat").delete()
    key = await keys.create_key(desk, SYSTEM, other.id, KeyTerms("satu"))
    secret = desk.keys.tracking_secret(ticket.id, ticket.secret_rotation, ticket.secret_salt)
    return shown.access_token, key.token, (await citizens.start_session(desk, ticket.number, secret)).token


async def revoke_the_screen(holders: Holders) -> Any:
    await displays.revoke(holders.desk, holders.coordinator, holders.screen.client_id)


async def show_a_spent_token_again(holders: Holders) -> Any:
    renewed = await device_grant.renew(holders.desk, holders.shown.refresh_token)
    assert await holders.is_good(renewed.access_token)
    with pytest.raises(DeviceGrantRefused):
        await device_grant.renew(holders.desk, holders.shown.refresh_token)


async def take_back_its_token(holders: Holders) -> Any:
    token = await Credential.filter(client_id=holders.screen.client_id).first()
    assert token is not None
    await tokens.take_back(holders.desk, token.id)


async def ask_again(holders: Holders) -> Any:
    """The screen renews, does not get the answer, and renews once more by the same token."""
    holders.unread = (await device_grant.renew(holders.desk, holders.shown.refresh_token)).access_token
    await device_grant.renew(holders.desk, holders.shown.refresh_token)


async def revoke_a_key(holders: Holders) -> Any:
    key = await Credential.get(client_id=holders.partner.id, name="satu")
    await keys.revoke_key(holders.desk, SYSTEM, key.id)


async def end_the_partner(holders: Holders) -> Any:
    assert await partners.end(holders.desk, SYSTEM, holders.partner.id)


async def rotate_the_secret(holders: Holders) -> Any:
    await citizens.rotate_secret(holders.desk, holders.coordinator, RotateSecret(holders.ticket.id, "hilang"))


Act = Callable[[Holders], Awaitable[Any]]
DONE: list[tuple[End, Act]] = [
    (End.DISPLAY_REVOKED, revoke_the_screen),
    (End.DISPLAY_REVOKED, show_a_spent_token_again),
    (End.DISPLAY_REVOKED, take_back_its_token),
    (End.DISPLAY_ANSWER_LOST, ask_again),
    (End.KEY_REVOKED, revoke_a_key),
    (End.AGREEMENT_ENDED, end_the_partner),
    (End.SECRET_ROTATED, rotate_the_secret),
]
SAME = {"its keys": {"the key", "its other key"}}


def test_every_end_is_tried() -> None:
    assert {end for end, _ in DONE} | set(test_endings.DONE) == set(End)


@pytest.mark.parametrize(("end", "act"), DONE, ids=lambda each: getattr(each, "__name__", None))
async def test_what_is_dead_after_an_end_is_what_the_page_says(holders: Holders, end: End, act: Act) -> None:
    before = await AuditEntry.all().count()

    await act(holders)

    what, entries = PROMISED[end]
    assert await holders.gone() == {thing for each in what for thing in SAME.get(each, {each})}
    assert [token for token in holders.neighbours if not await holders.is_good(token)] == []
    written = await AuditEntry.all().order_by("id").offset(before).values_list("kind", flat=True)
    assert entries <= set(written)
    await require_told(set())


async def test_another_agreement_another_name_and_another_key_end_nothing(holders: Holders) -> None:
    desk, client = holders.desk, holders.partner.id

    await partners.change(desk, SYSTEM, client, TermsChange({"purpose": "Lain"}), nothing)
    await keys.create_key(desk, SYSTEM, client, KeyTerms("tiga"))
    await displays.rename(desk, holders.coordinator, holders.screen.client_id, "Lantai dua")

    assert await holders.gone() == set()
    assert await Event.filter(kind=EventKind.CREDENTIAL_REVOKED).count() == 0


async def test_whose_time_is_over_is_dead_at_that_moment_without_an_entry(holders: Holders, clock: Clock) -> None:
    desk = holders.desk
    officer = (await make_scope(Role.OFFICER, await make_agency("dpupr"))).officer_id or 0
    link = await staff.renew_link(desk, SYSTEM, officer)
    ends = desk.now() + desk.rules.citizen_session_lifetime
    await partners.change(desk, SYSTEM, holders.partner.id, TermsChange({"ends_at": ends}), nothing)
    seen = await AuditEntry.all().count()
    clock.set(ends)

    over = {"the key", "its other key", "its sessions", "its codes"}
    assert {"the secret"} | over >= await holders.gone() >= over
    clock.set(max(link.expires_at, ends + desk.rules.devices.access_lifetime))
    with pytest.raises(NotFound):
        await invitations.accept(desk, link.token, "kereta pagi ke Blitar", "0" * 32)
    assert not await holders.is_good(holders.shown.access_token)
    assert await AuditEntry.all().offset(seen).exclude(kind=AuditKind.SIGNED_IN).count() == 0


async def test_an_agreement_that_goes_on_after_its_end_needs_new_keys(holders: Holders) -> None:
    desk, client = holders.desk, holders.partner.id
    await end_the_partner(holders)
    with pytest.raises(InvalidInput, match="AGREEMENT_OVER"):
        await keys.create_key(desk, SYSTEM, client, KeyTerms("tiga"))
    with pytest.raises(InvalidInput, match="AGREEMENT_OVER"):
        await tokens.give(desk, PrincipalKind.PARTNER, name="tiga", client_id=client)
    assert await Credential.filter(client_id=client, revoked_at=None).count() == 0

    await partners.change(desk, SYSTEM, client, TermsChange({"ends_at": None}), nothing)

    assert [await holders.is_good(token) for token in holders.keys] == [False, False]
    fresh = await keys.create_key(desk, SYSTEM, client, KeyTerms("tiga"))
    assert await holders.is_good(fresh.token)


async def test_the_keys_of_partners_that_ended_without_them_end_later_and_others_stay(holders: Holders) -> None:
    desk, now = holders.desk, holders.desk.now()
    await Grant.filter(client_id=holders.partner.id).update(ends_at=now, changed_at=now)

    assert await partners.end_left_keys(desk) == 1

    ended = await Credential.filter(client_id=holders.partner.id, revoked_at=now).values_list("id", flat=True)
    assert len(ended) == 2
    entry = await AuditEntry.get(kind=AuditKind.KEY_REVOKED)
    assert (entry.principal, entry.subject) == ("system", f"client:{holders.partner.id}")
    assert await Credential.filter(kind=PrincipalKind.PARTNER, revoked_at=None).count() == 1
    await require_told(set())
    assert await partners.end_left_keys(desk) == 0


async def test_keys_of_an_agreement_that_is_over_by_its_time_wait_for_its_next_end(
    holders: Holders, clock: Clock
) -> None:
    desk, client = holders.desk, holders.partner.id
    ends = desk.now() + desk.rules.citizen_session_lifetime
    await partners.change(desk, SYSTEM, client, TermsChange({"ends_at": ends}), nothing)
    clock.set(ends)

    assert await partners.end_left_keys(desk) == 0
    await partners.change(desk, SYSTEM, client, TermsChange({"ends_at": None}), nothing)

    assert [await holders.is_good(token) for token in holders.keys] == [True, True]


Work = Callable[[Holders], Awaitable[Any]]


async def make_a_key(holders: Holders) -> Any:
    return await keys.create_key(holders.desk, SYSTEM, holders.partner.id, KeyTerms("tiga"))


async def give_a_key(holders: Holders) -> Any:
    return await tokens.give(holders.desk, PrincipalKind.PARTNER, name="tiga", client_id=holders.partner.id)


async def give_the_screen_a_token(holders: Holders) -> Any:
    return await tokens.give(holders.desk, PrincipalKind.DISPLAY, name="Lobi", client_id=holders.screen.client_id)


async def renew_the_screen(holders: Holders) -> Any:
    return await device_grant.renew(holders.desk, holders.shown.refresh_token)


async def end_the_screen(holders: Holders) -> Any:
    return await end_display(holders.desk, SYSTEM, holders.screen.client_id, "REVOKED")


OF_PARTNERS = [(end_the_partner, each) for each in (make_a_key, give_a_key, revoke_a_key)]
OF_SCREENS = [(end_the_screen, each) for each in (give_the_screen_a_token, renew_the_screen, take_back_its_token)]


@pytest.mark.parametrize(("first", "second"), [*OF_PARTNERS, *OF_SCREENS], ids=lambda each: each.__name__)
@pytest.mark.parametrize("turned", [False, True])
async def test_an_end_and_what_comes_at_the_same_time_leave_no_living_token(
    holders: Holders, first: Work, second: Work, turned: bool
) -> None:
    pair = (second, first) if turned else (first, second)

    answers = await asyncio.gather(*(work(holders) for work in pair), return_exceptions=True)

    broken = [
        each for each in answers if isinstance(each, Exception) and not isinstance(each, Refusal | DeviceGrantRefused)
    ]
    assert broken == []
    client = holders.partner.id if first is end_the_partner else holders.screen.client_id
    assert await Credential.filter(client_id=client, revoked_at=None).count() == 0
    assert await DeviceRequest.filter(client_id=client, state="SPENT").count() <= 1
