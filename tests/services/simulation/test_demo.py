"""The demo's people, tokens and past."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from models import (
    Client,
    Credential,
    Escalation,
    Event,
    Extension,
    Installation,
    Officer,
    Sp4nLink,
    Ticket,
    TicketClock,
)
from models.enums import (
    OPEN_STATUSES,
    ClockKind,
    DeadlineStanding,
    EscalationLevel,
    EventKind,
    ExtensionState,
    PrincipalKind,
    Purpose,
    Role,
    Sp4nMismatch,
)
from services.access.filters.filters import TicketFilter
from services.access.scopes import SYSTEM
from services.audit.words import WordVerification
from services.clocks.verifying import verify_clocks
from services.core.installation import WrongPurpose
from services.core.keys import Keys
from services.credentials.credentials import token_digest
from services.credentials.identify import identify, refreshed
from services.credentials.posts import own_assignments, switch
from services.credentials.sign_in import SignIn, sign_in
from services.displays import device_grant, displays
from services.master_data.cities import load_city
from services.queries.lists.lists import ticket_page
from services.queries.lists.orders import TicketOrder
from services.reporters.citizens import start_session
from services.simulation.demo import prepare_demo, wallboard_code
from services.sp4n.views import links
from tests.factories import make_scope
from tests.root import ROOT

pytestmark = pytest.mark.slow

CITY = load_city(ROOT / "cities" / "kediri")
ROLES = {
    "admin": Role.ADMIN,
    "coordinator": Role.COORDINATOR,
    "liaison": Role.LIAISON,
    "officer": Role.OFFICER,
    "officer_other_agency": Role.OFFICER,
    "leader": Role.LEADER,
    "inspector": Role.INSPECTOR,
}


@pytest.fixture(autouse=True)
def days(monkeypatch):
    """A past of one day, where a test is about people and their ways in; thirty take four seconds."""
    monkeypatch.setattr("services.simulation.demo.DAYS", 1)


async def test_every_role_has_a_token_that_opens_its_scope(desk):
    access = await prepare_demo(desk, CITY)

    scopes = {role: await identify(desk, token) for role, token in access.tokens.items()}
    assert {role: scopes[role].roles for role in ROLES} == {role: frozenset({held}) for role, held in ROLES.items()}
    assert (scopes["two_posts"].agency_id, scopes["two_posts"].roles) == (None, frozenset())
    assert scopes["partner"].kind is PrincipalKind.PARTNER
    assert scopes["display"].kind is PrincipalKind.DISPLAY
    assert scopes["officer"].agency_id == scopes["liaison"].agency_id != scopes["officer_other_agency"].agency_id


async def test_one_officer_has_a_post_in_each_of_two_agencies_and_chooses(desk):
    access = await prepare_demo(desk, CITY)
    account = access.accounts["two_posts"]
    scope = await identify(desk, (await sign_in(desk, SignIn(account.email, account.password))).token)

    posts = [(each.agency.code, each.role) for each in await own_assignments(desk, scope)]
    await switch(desk, scope, "dlhkp")

    assert (scope.agency_id, posts) == (None, [("DISHUB", Role.LIAISON), ("DLHKP", Role.OFFICER)])
    assert (await refreshed(desk, scope)).roles == frozenset({Role.OFFICER})
    assert (await prepare_demo(desk, CITY)).tokens == access.tokens


async def test_the_citizen_opens_their_ticket(desk):
    access = await prepare_demo(desk, CITY)

    session = await start_session(desk, access.citizen_number, access.citizen_secret)

    assert (await Ticket.get(id=session.ticket_id)).number == access.citizen_number


async def test_a_second_start_finds_everything_as_it_was(desk, clock, monkeypatch):
    monkeypatch.undo()
    first = await prepare_demo(desk, CITY)
    counts = [await model.all().count() for model in (Ticket, Event, Officer, Credential)]
    clock.forward(days=20)

    second = await prepare_demo(desk, CITY)

    assert second == first
    assert [await model.all().count() for model in (Ticket, Event, Officer, Credential)] == counts


async def test_a_demo_starts_with_thirty_past_days(desk, monkeypatch):
    monkeypatch.undo()
    told = []

    await prepare_demo(desk, CITY, progress=lambda done, total: told.append((done, total)))

    [(made, total)] = told
    assert 12 * 30 <= made == total <= 15 * 30
    assert await Ticket.all().count() == made + 1
    oldest = await Ticket.all().order_by("received_at").first()
    assert timedelta(days=29) < desk.now() - oldest.received_at < timedelta(days=31)
    states = set(await Extension.all().values_list("state", flat=True))
    assert states == {ExtensionState.WAITING, ExtensionState.GRANTED}
    await require_every_standing_and_rung()
    await require_links(desk)
    differing = [str(each) async for part in verify_clocks(desk) for each in part.differences]
    assert (differing, [str(each) async for each in WordVerification(desk.keys).findings()]) == ([], [])


async def require_every_standing_and_rung():
    """All that Kediri's rules can give: none leaves a clock unbound. Of each level some are taken over."""
    standings = set(await Ticket.filter(status__in=OPEN_STATUSES).values_list("standing", flat=True))
    assert standings == set(DeadlineStanding) - {DeadlineStanding.UNBOUND}
    reached = await Escalation.filter(rule_code__isnull=False)
    assert {row.level for row in reached} == set(EscalationLevel)
    acknowledged = [row for row in await Escalation.all() if row.acknowledged_at is not None]
    assert {row.level for row in acknowledged} == set(EscalationLevel)
    assert all(row.acknowledged_by_id in row.notified and row.note_id for row in acknowledged)
    assert len(acknowledged) < await Escalation.all().count()
    [by_hand] = await Escalation.filter(rule_code=None)
    assert (by_hand.level, by_hand.raised_by_id is None) == (EscalationLevel.COORDINATOR, False)


async def require_links(desk):
    """Links that were typed, one that was corrected, what was said with its history, and every way to disagree."""
    keys = await Sp4nLink.all().order_by("id").values_list("ticket_id", flat=True)
    rows = await links(list(keys))
    assert [rows[key][0]["tracking_id"] for key in keys][:2] == ["9100000", "9100001"]
    corrected = await Event.filter(ticket_id=keys[0], kind=EventKind.LINK_CHANGED).order_by("seq")
    assert [event.details.get("linked") for event in corrected] == [True, True, None, None]
    assert [len(said) for _, said in rows.values()].count(2) >= 3
    coordinator = await make_scope(Role.COORDINATOR)
    for mismatch in Sp4nMismatch:
        page = await ticket_page(
            desk, coordinator, TicketFilter(sp4n_mismatch=(mismatch,)), TicketOrder.OLDEST_FIRST, 10, None
        )
        assert page.tickets, mismatch
    assert await TicketClock.filter(clock=ClockKind.NATIONAL, ticket_id__in=keys).count() == len(keys)


async def test_tokens_are_stored_as_digests_only_and_differ_by_installation(desk):
    access = await prepare_demo(desk, CITY)
    stored = set(await Credential.all().values_list("digest", flat=True))
    other = await prepare_demo(replace(desk, keys=Keys(b"another secret of another installation")), CITY)

    assert stored == {token_digest(token) for token in access.tokens.values()}
    assert set(other.tokens.values()).isdisjoint(access.tokens.values())


async def test_demo_json_has_exactly_the_promised_shape(desk):
    access = await prepare_demo(desk, CITY)

    places = ("http://h:1", "http://h:1/graphql", "ws://h:1/graphql", "http://h:1/wallboard#code=srg_once")
    content = json.loads(json.dumps(access.as_dict(*places)))
    assert content == {
        "url": "http://h:1",
        "graphql": "http://h:1/graphql",
        "ws": "ws://h:1/graphql",
        "wallboard": "http://h:1/wallboard#code=srg_once",
        "tokens": {role: access.tokens[role] for role in (*ROLES, "two_posts", "partner", "display")},
        "passwords": {
            role: {"email": access.accounts[role].email, "password": access.accounts[role].password}
            for role in (*ROLES, "two_posts")
        },
        "citizen": {"number": access.citizen_number, "secret": access.citizen_secret},
    }


async def test_a_code_lets_one_screen_in_once_and_for_ten_minutes(desk, clock):
    await prepare_demo(desk, CITY)
    code = await wallboard_code(desk)

    tokens = await device_grant.exchange(desk, code)

    scope = await identify(desk, tokens.access_token)
    assert (scope.kind, scope.name, tokens.board) == (PrincipalKind.DISPLAY, "Layar Demo 2", "kota")
    assert await refusal(desk, code) == "invalid_grant"
    late = await wallboard_code(desk)
    clock.forward(minutes=10)
    assert await refusal(desk, late) == "expired_token"


async def test_every_start_gives_a_fresh_code_and_no_screen_that_nobody_hung(desk):
    await prepare_demo(desk, CITY)
    first, second = [await wallboard_code(desk) for _ in range(2)]

    assert await refusal(desk, first) == "invalid_grant"
    await device_grant.exchange(desk, second)
    third = await wallboard_code(desk)
    await device_grant.exchange(desk, third)

    listed = await displays.displays(SYSTEM)
    assert [(screen.name, screen.board, screen.address) for screen in listed] == [
        (name, "kota", "") for name in ("Layar Demo", "Layar Demo 2", "Layar Demo 3")
    ]


async def test_a_revoked_screen_gives_its_number_to_no_other_code(desk):
    await prepare_demo(desk, CITY)
    waiting = await wallboard_code(desk)
    (client,) = await Client.filter(name="Layar Demo 2")

    await displays.revoke(desk, SYSTEM, client.id)

    assert await refusal(desk, waiting) == "access_denied"
    scope = await identify(desk, (await device_grant.exchange(desk, await wallboard_code(desk))).access_token)
    assert scope.client_id != client.id


async def refusal(desk, code):
    with pytest.raises(device_grant.DeviceGrantRefused) as refused:
        await device_grant.exchange(desk, code)
    return refused.value.error


async def test_everybody_signs_in_with_the_password_of_their_role(desk):
    access = await prepare_demo(desk, CITY)

    for role, held in ROLES.items():
        account = access.accounts[role]
        session = await sign_in(desk, SignIn(account.email, account.password))
        assert (await identify(desk, session.token)).roles == {held}
    assert len({account.password for account in access.accounts.values()}) == len(ROLES) + 1


async def test_demo_people_never_enter_a_production_database(desk):
    await Installation.filter(id=1).update(purpose=Purpose.PRODUCTION)

    with pytest.raises(WrongPurpose):
        await prepare_demo(desk, CITY)

    assert [await model.all().count() for model in (Ticket, Event, Officer, Credential)] == [0, 0, 0, 0]
