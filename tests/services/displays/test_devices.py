"""How screens are let in: codes, tokens that rotate, and what happens to a stolen one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta

import pytest

from models import AuditEntry, Client, Credential, DeviceRequest, Display, Event, RefreshToken
from models.enums import AgencyKind, AuditKind, EventKind, PrincipalKind, Role, TicketStatus
from services.access.scopes import Scope
from services.board import board
from services.core.desk import Desk, DeviceRules
from services.core.refusals import EdgeRefusal, Forbidden, InvalidInput, NotFound
from services.credentials import identify
from services.displays import device_grant, displays
from services.displays.device_grant import DeviceGrantRefused, Tokens
from services.displays.displays import DisplayView
from tests.conftest import Clock, Statements
from tests.factories import make_agency, make_scope, make_ticket

Count = Callable[[], AbstractContextManager[Statements]]
HERE = "203.0.113.9"


@pytest.fixture
async def coordinator(database: object) -> Scope:
    return await make_scope(Role.COORDINATOR, await make_agency("diskominfo"))


async def refusal_of(desk: Desk, device_code: str) -> str:
    with pytest.raises(DeviceGrantRefused) as refused:
        await device_grant.exchange(desk, device_code)
    return refused.value.error


async def hung(desk: Desk, by: Scope, name: str = "Lobi", where: str = "kota") -> tuple[DisplayView, Tokens]:
    codes = await device_grant.begin(desk, where, HERE)
    view = await displays.approve(desk, by, codes.user_code, name)
    return view, await device_grant.exchange(desk, codes.device_code)


async def is_good(desk: Desk, token: str) -> bool:
    try:
        await identify.identify(desk, token)
    except EdgeRefusal:
        return False
    return True


async def test_a_screen_is_let_in_by_its_six_digits(desk: Desk, coordinator: Scope, clock: Clock) -> None:
    codes = await device_grant.begin(desk, "kota", HERE)

    assert (len(codes.user_code), codes.user_code.isdigit(), codes.expires_in, codes.interval) == (6, True, 600, 5)
    assert await refusal_of(desk, codes.device_code) == "authorization_pending"
    clock.forward(minutes=2)
    waiting = await displays.waiting(desk, coordinator, f" {codes.user_code[:3]} {codes.user_code[3:]} ")
    assert (waiting.board, waiting.address, desk.now() - waiting.created_at) == ("kota", HERE, timedelta(minutes=2))
    view = await displays.approve(desk, coordinator, codes.user_code, " Lobi ")
    assert (view.name, view.board, view.address, view.approved_by) == ("Lobi", "kota", HERE, coordinator.name)
    tokens = await device_grant.exchange(desk, codes.device_code)
    scope = await identify.identify(desk, tokens.access_token)
    assert (scope.kind, scope.client_id, scope.agency_id) == (PrincipalKind.DISPLAY, view.client_id, None)
    assert scope.valid_until == desk.now() + timedelta(hours=24)
    assert await refusal_of(desk, codes.device_code) == "invalid_grant"
    asked = await AuditEntry.get(kind=AuditKind.DISPLAY_REQUESTED)
    assert (asked.principal, asked.details) == (f"address:{desk.keys.address_hash(HERE)}", '{"board":"kota"}')
    entry = await AuditEntry.get(kind=AuditKind.DISPLAY_APPROVED)
    assert (entry.principal, entry.subject) == (coordinator.principal, f"client:{view.client_id}")


async def test_what_opens_something_is_kept_as_digest_only(desk: Desk, coordinator: Scope) -> None:
    codes = await device_grant.begin(desk, "kota", HERE)
    kept = [str(dict(row)) for row in await DeviceRequest.all()]
    await displays.approve(desk, coordinator, codes.user_code, "Lobi")
    tokens = await device_grant.exchange(desk, codes.device_code)
    kept += [str(dict(row)) for model in (DeviceRequest, Credential, RefreshToken) for row in await model.all()]

    for secret in (codes.device_code, tokens.access_token, tokens.refresh_token):
        assert not any(secret in row for row in kept)


async def test_a_screen_that_is_turned_away_is_told_so(desk: Desk, coordinator: Scope) -> None:
    codes = await device_grant.begin(desk, "kota", HERE)

    await displays.deny(desk, coordinator, codes.user_code)

    assert await refusal_of(desk, codes.device_code) == "access_denied"
    with pytest.raises(NotFound):
        await displays.approve(desk, coordinator, codes.user_code, "Lobi")
    assert (await Display.all().count(), await Client.all().count()) == (0, 0)


async def test_a_code_is_good_for_ten_minutes(desk: Desk, coordinator: Scope, clock: Clock) -> None:
    codes = await device_grant.begin(desk, "kota", HERE)
    clock.forward(minutes=10)

    with pytest.raises(NotFound):
        await displays.approve(desk, coordinator, codes.user_code, "Lobi")
    assert await refusal_of(desk, codes.device_code) == "expired_token"
    await device_grant.begin(desk, "kota", "203.0.113.10")
    assert await device_grant.forget_ended(desk) == 0
    assert await refusal_of(desk, codes.device_code) == "expired_token"
    clock.forward(minutes=10)
    assert await device_grant.forget_ended(desk) == 1
    assert await refusal_of(desk, codes.device_code) == "invalid_grant"


async def test_who_polls_too_often_must_slow_down(desk: Desk, clock: Clock) -> None:
    codes = await device_grant.begin(desk, "kota", HERE)
    answers = []
    for seconds in (0, 5, 2, 5, 10, 10):
        clock.forward(seconds=seconds)
        answers.append(await refusal_of(desk, codes.device_code))

    pending, slow = "authorization_pending", "slow_down"
    assert answers == [pending, pending, slow, slow, slow, slow]
    assert (await DeviceRequest.get()).interval_seconds == 25
    clock.forward(seconds=25)
    assert await refusal_of(desk, codes.device_code) == pending


async def test_only_so_many_may_wait(desk: Desk, coordinator: Scope, clock: Clock) -> None:
    few = replace(desk, rules=replace(desk.rules, devices=DeviceRules(pending_per_address=2, pending=3)))
    first = await device_grant.begin(few, "kota", HERE)
    await device_grant.begin(few, "kota", HERE)
    for address in (HERE, "203.0.113.10", "203.0.113.11"):
        if address == "203.0.113.10":
            await device_grant.begin(few, "kota", address)
            continue
        with pytest.raises(DeviceGrantRefused) as refused:
            await device_grant.begin(few, "kota", address)
        assert refused.value.retry_after == 60
    assert await DeviceRequest.all().count() == 3

    await displays.deny(few, coordinator, first.user_code)
    await device_grant.begin(few, "kota", HERE)
    clock.forward(minutes=20)
    await device_grant.begin(few, "kota", HERE)
    assert await DeviceRequest.all().count() == 1


@pytest.mark.parametrize(
    "forms",
    [
        [f"2001:db8:1:2:{place:x}::1" for place in range(3)],
        ["203.0.113.9", "::ffff:203.0.113.9", "64:ff9b::203.0.113.9"],
    ],
)
async def test_one_subscriber_waits_only_so_often_from_all_their_addresses(desk: Desk, forms: list[str]) -> None:
    few = replace(desk, rules=replace(desk.rules, devices=DeviceRules(pending_per_address=2, pending=5)))
    for address in forms[:2]:
        await device_grant.begin(few, "kota", address)

    with pytest.raises(DeviceGrantRefused) as refused:
        await device_grant.begin(few, "kota", forms[2])

    assert (refused.value.error, await DeviceRequest.all().count()) == ("slow_down", 2)
    await device_grant.begin(few, "kota", "2001:db8:1:3::1")
    askers = await AuditEntry.filter(kind=AuditKind.DISPLAY_REQUESTED).values_list("principal", flat=True)
    assert (len(askers), len(set(askers))) == (3, 2)


async def test_five_and_a_thousand_are_the_limits_of_production(desk: Desk) -> None:
    rules = desk.rules.devices

    assert (rules.pending_per_address, rules.pending, rules.code_lifetime) == (5, 1_000, timedelta(minutes=10))


async def test_an_unknown_board_is_refused(desk: Desk) -> None:
    for name in ("", "tidak-ada", "kota ", "a" * 500, "\x00"):
        with pytest.raises(DeviceGrantRefused) as refused:
            await device_grant.begin(desk, name, HERE)
        assert refused.value.error == "invalid_scope"
    assert await DeviceRequest.all().count() == 0


async def test_a_board_is_found_however_its_name_is_typed(desk: Desk) -> None:
    await make_agency("DINSOS")
    for name in ("KOTA", "dinsos", "Dinsos"):
        await device_grant.begin(desk, name, HERE)

    assert await DeviceRequest.all().order_by("id").values_list("board", flat=True) == ["kota", "DINSOS", "DINSOS"]


async def test_a_screen_of_an_agency_counts_nothing_else(desk: Desk, coordinator: Scope) -> None:
    roads, health = await make_agency("pupr"), await make_agency("dinkes")
    await make_ticket(TicketStatus.DISPATCHED, lead=roads)
    await make_ticket(TicketStatus.DISPATCHED, lead=health)
    _, tokens = await hung(desk, coordinator, where="pupr")

    scope = await identify.identify(desk, tokens.access_token)
    snapshot = await board.snapshot(desk, scope.sight, board.BoardFilter())
    other = await board.snapshot(desk, scope.sight, board.BoardFilter(agency_code=("dinkes",)))

    assert scope.agency_id == roads.id
    assert (snapshot.total, other.total) == (1, 0)


async def test_a_screen_of_an_agency_is_not_told_what_is_withheld_elsewhere(desk: Desk, coordinator: Scope) -> None:
    roads, health = await make_agency("pupr"), await make_agency("bpbd", kind=AgencyKind.EXTERNAL)
    for _ in range(5):
        await make_ticket(TicketStatus.DISPATCHED, lead=roads, confidential=True)
    await make_ticket(TicketStatus.DISPATCHED, lead=health)
    boards = {}
    for where in ("kota", "pupr", "bpbd"):
        _, tokens = await hung(desk, coordinator, where, where)
        sight = (await identify.identify(desk, tokens.access_token)).sight
        snapshot = await board.snapshot(desk, sight, board.BoardFilter())
        boards[where] = (snapshot.total, snapshot.withheld)

    assert boards == {"kota": (0, 5), "pupr": (0, None), "bpbd": (1, None)}


@pytest.mark.parametrize("code", ["", "1234567", "KDR-2026-000001", "9" * 30, "\u0661\u0662\u0663\u0664\u0665\u0666"])
async def test_what_is_no_code_is_an_unknown_one(desk: Desk, coordinator: Scope, code: str) -> None:
    with pytest.raises(NotFound):
        await displays.waiting(desk, coordinator, code)
    with pytest.raises(NotFound):
        await displays.deny(desk, coordinator, code)


async def test_only_admins_and_coordinators_handle_screens(desk: Desk, coordinator: Scope) -> None:
    agency = await make_agency("pupr")
    view, _ = await hung(desk, coordinator)
    codes = await device_grant.begin(desk, "kota", HERE)
    await displays.displays(await make_scope(Role.ADMIN, agency))
    for role in (Role.OFFICER, Role.LIAISON, Role.LEADER, Role.INSPECTOR):
        scope = await make_scope(role, agency)
        for refused in (
            displays.waiting(desk, scope, codes.user_code),
            displays.approve(desk, scope, codes.user_code, "Lain"),
            displays.deny(desk, scope, codes.user_code),
            displays.rename(desk, scope, view.client_id, "Lain"),
            displays.revoke(desk, scope, view.client_id),
            displays.displays(scope),
        ):
            with pytest.raises(Forbidden):
                await refused

    assert await refusal_of(desk, codes.device_code) == "authorization_pending"
    assert (await displays.display(view.client_id)) == view


@pytest.mark.parametrize("name", ["", "  ", "a" * 101, "Lobi\x00", "Lobi\n2"])
async def test_a_name_is_short_and_printable(desk: Desk, coordinator: Scope, name: str) -> None:
    codes = await device_grant.begin(desk, "kota", HERE)

    with pytest.raises(InvalidInput):
        await displays.approve(desk, coordinator, codes.user_code, name)

    assert await Client.all().count() == 0


async def test_names_are_of_one_screen_until_it_is_gone(desk: Desk, coordinator: Scope) -> None:
    view, _ = await hung(desk, coordinator)
    codes = await device_grant.begin(desk, "kota", HERE)
    with pytest.raises(InvalidInput):
        await displays.approve(desk, coordinator, codes.user_code, "Lobi")
    second = await displays.approve(desk, coordinator, codes.user_code, "Ruang rapat")
    with pytest.raises(InvalidInput):
        await displays.rename(desk, coordinator, second.client_id, "Lobi")

    await displays.revoke(desk, coordinator, view.client_id)

    assert (await displays.rename(desk, coordinator, second.client_id, "Lobi")).name == "Lobi"
    assert (await displays.display(view.client_id)).name == f"Lobi #{view.client_id}"
    with pytest.raises(NotFound):
        await displays.rename(desk, coordinator, view.client_id, "Lobi lama")


async def test_two_screens_given_one_name_at_once_do_not_share_it(desk: Desk, coordinator: Scope) -> None:
    views = [(await hung(desk, coordinator, f"Layar {place}"))[0] for place in range(4)]

    renaming = [displays.rename(desk, coordinator, view.client_id, "Lobi") for view in views]
    answers = await asyncio.gather(*renaming, return_exceptions=True)

    assert sorted(type(answer).__name__ for answer in answers) == ["DisplayView", *["InvalidInput"] * 3]
    assert await Client.filter(name="Lobi").count() == 1


async def test_two_screens_approved_under_one_name_at_once_do_not_share_it(desk: Desk, coordinator: Scope) -> None:
    codes = [await device_grant.begin(desk, "kota", HERE) for _ in range(4)]

    approvals = [displays.approve(desk, coordinator, each.user_code, "Lobi") for each in codes]
    answers = await asyncio.gather(*approvals, return_exceptions=True)

    assert sorted(type(answer).__name__ for answer in answers) == ["DisplayView", *["InvalidInput"] * 3]
    assert len(await displays.all_waiting(desk)) == 3


async def test_a_refresh_token_is_good_once(desk: Desk, coordinator: Scope, clock: Clock) -> None:
    view, first = await hung(desk, coordinator)
    clock.forward(hours=23)

    second = await device_grant.renew(desk, first.refresh_token)

    assert await is_good(desk, first.access_token)  # what is open goes on until its own end
    assert await is_good(desk, second.access_token)
    assert {first.refresh_token, first.access_token}.isdisjoint({second.refresh_token, second.access_token})
    clock.forward(hours=23)
    third = await device_grant.renew(desk, second.refresh_token)
    assert await is_good(desk, third.access_token)
    assert not await is_good(desk, first.access_token)
    assert (await displays.display(view.client_id)).revoked_at is None


async def test_a_spent_refresh_token_ends_the_screen(desk: Desk, coordinator: Scope, clock: Clock) -> None:
    view, first = await hung(desk, coordinator)
    clock.forward(hours=23)
    second = await device_grant.renew(desk, first.refresh_token)
    await identify.identify(desk, second.access_token)

    with pytest.raises(DeviceGrantRefused) as refused:
        await device_grant.renew(desk, first.refresh_token)

    assert refused.value.error == "invalid_grant"
    assert not await is_good(desk, second.access_token)
    with pytest.raises(DeviceGrantRefused):
        await device_grant.renew(desk, second.refresh_token)
    assert (await displays.display(view.client_id)).revoked_at == desk.now()
    entry = await AuditEntry.get(kind=AuditKind.DISPLAY_REVOKED)
    assert (entry.principal, entry.details) == ("system", '{"credentials":"1,2","ended":2,"why":"REUSED"}')
    assert await Event.filter(kind=EventKind.CREDENTIAL_REVOKED).count() == 2


async def test_a_screen_whose_answer_got_lost_asks_again(desk: Desk, coordinator: Scope, clock: Clock) -> None:
    view, first = await hung(desk, coordinator)
    clock.forward(hours=23)
    lost = [await device_grant.renew(desk, first.refresh_token) for _ in range(3)]
    last = lost.pop()

    assert await is_good(desk, last.access_token)
    assert not any([await is_good(desk, tokens.access_token) for tokens in lost])
    ended = await Credential.exclude(revoked_at=None).order_by("id").values_list("id", flat=True)
    told = await Event.filter(kind=EventKind.CREDENTIAL_REVOKED).order_by("seq").values_list("subject_id", "details")
    entries = await AuditEntry.filter(kind=AuditKind.TOKEN_REVOKED).order_by("id").values_list("subject", "details")
    assert (len(ended), told) == (2, [(each, {"client": view.client_id}) for each in ended])
    assert entries == [(f"client:{view.client_id}", f'{{"credential":{each},"kind":"DISPLAY"}}') for each in ended]
    assert (await displays.display(view.client_id)).revoked_at is None
    for tokens in lost:  # who has one of those has listened
        with pytest.raises(DeviceGrantRefused):
            await device_grant.renew(desk, tokens.refresh_token)
    assert (await displays.display(view.client_id)).revoked_at == desk.now()


async def test_a_spent_token_whose_successor_was_renewed_with_ends_the_screen(
    desk: Desk, coordinator: Scope, clock: Clock
) -> None:
    view, first = await hung(desk, coordinator)
    clock.forward(hours=23)
    second = await device_grant.renew(desk, first.refresh_token)
    clock.forward(minutes=1)
    await device_grant.renew(desk, second.refresh_token)  # nobody has looked with its access token

    with pytest.raises(DeviceGrantRefused):
        await device_grant.renew(desk, first.refresh_token)

    assert (await displays.display(view.client_id)).revoked_at == desk.now()


async def test_an_answer_may_get_lost_at_several_times(desk: Desk, coordinator: Scope, clock: Clock) -> None:
    view, first = await hung(desk, coordinator)
    for _ in range(3):
        clock.forward(minutes=1)
        last = await device_grant.renew(desk, first.refresh_token)

    assert (await displays.display(view.client_id)).revoked_at is None
    assert await is_good(desk, last.access_token)
    clock.forward(minutes=1)
    assert await is_good(desk, (await device_grant.renew(desk, last.refresh_token)).access_token)


async def test_a_screen_that_was_revoked_before_its_first_poll_gets_nothing(desk: Desk, coordinator: Scope) -> None:
    codes = await device_grant.begin(desk, "kota", HERE)
    view = await displays.approve(desk, coordinator, codes.user_code, "Lobi")

    await displays.revoke(desk, coordinator, view.client_id)

    assert await refusal_of(desk, codes.device_code) == "access_denied"
    assert (await Credential.all().count(), await RefreshToken.all().count()) == (0, 0)


async def test_a_screen_that_is_revoked_while_it_renews_is_out(desk: Desk, coordinator: Scope) -> None:
    view, first = await hung(desk, coordinator)

    at_once = (device_grant.renew(desk, first.refresh_token), displays.revoke(desk, coordinator, view.client_id))
    await asyncio.gather(*at_once, return_exceptions=True)

    assert await Credential.filter(revoked_at=None).count() == 0
    assert await RefreshToken.filter(spent_at=None).count() == 0


async def test_two_who_renew_with_one_token_at_once_keep_one_chain(desk: Desk, coordinator: Scope) -> None:
    _, first = await hung(desk, coordinator)

    answers = await asyncio.gather(*(device_grant.renew(desk, first.refresh_token) for _ in range(4)))

    assert sum([await is_good(desk, tokens.access_token) for tokens in answers]) == 1
    assert await RefreshToken.filter(spent_at=None).count() == 1


async def test_two_polls_at_once_get_one_pair_of_tokens(desk: Desk, coordinator: Scope) -> None:
    codes = await device_grant.begin(desk, "kota", HERE)
    await displays.approve(desk, coordinator, codes.user_code, "Lobi")

    polls = [device_grant.exchange(desk, codes.device_code) for _ in range(5)]
    answers = await asyncio.gather(*polls, return_exceptions=True)

    assert sum(isinstance(answer, Tokens) for answer in answers) == 1
    assert await Credential.all().count() == 1


async def test_two_approvals_at_once_let_one_screen_in(desk: Desk, coordinator: Scope) -> None:
    codes = await device_grant.begin(desk, "kota", HERE)

    approvals = [displays.approve(desk, coordinator, codes.user_code, f"Lobi {place}") for place in range(4)]
    answers = await asyncio.gather(*approvals, return_exceptions=True)

    assert sorted(type(answer).__name__ for answer in answers) == ["DisplayView", "NotFound", "NotFound", "NotFound"]
    assert await Display.all().count() == 1


async def test_many_who_ask_at_once_do_not_pass_the_limit(desk: Desk) -> None:
    asking = [device_grant.begin(desk, "kota", HERE) for _ in range(9)]
    answers = await asyncio.gather(*asking, return_exceptions=True)

    assert sum(isinstance(answer, DeviceGrantRefused) for answer in answers) == 4
    assert len({row.user_code for row in await DeviceRequest.all()}) == 5


async def test_screens_are_listed_with_their_heartbeat_in_one_statement(
    desk: Desk, coordinator: Scope, clock: Clock, count_queries: Count
) -> None:
    for place in range(3):
        await hung(desk, coordinator, f"Layar {place}")
    clock.forward(minutes=5)
    heard = (await displays.displays(coordinator))[1]
    await displays.heard([(await Credential.get(client_id=heard.client_id)).id], desk.now())
    await displays.revoke(desk, coordinator, (await displays.displays(coordinator))[0].client_id)

    with count_queries() as statements:
        listed = await displays.displays(coordinator)

    assert statements.count == 1
    assert [view.name[:7] for view in listed] == ["Layar 1", "Layar 2", "Layar 0"]
    assert [view.last_heartbeat_at for view in listed] == [desk.now(), None, None]
    assert [view.revoked_at for view in listed] == [None, None, desk.now()]


async def test_a_code_that_was_approved_before_is_good_once_for_ten_minutes(
    desk: Desk, coordinator: Scope, clock: Clock
) -> None:
    view, _ = await hung(desk, coordinator)
    code = await device_grant.approved_at_once(desk, view.client_id)
    late = await device_grant.approved_at_once(desk, view.client_id)

    tokens = await device_grant.exchange(desk, code)

    assert (await identify.identify(desk, tokens.access_token)).client_id == view.client_id
    assert await refusal_of(desk, code) == "invalid_grant"
    clock.forward(minutes=10)
    assert await refusal_of(desk, late) == "expired_token"


async def test_tokens_that_ended_are_swept_but_not_what_tells_the_last_heartbeat(
    desk: Desk, coordinator: Scope, clock: Clock
) -> None:
    view, tokens = await hung(desk, coordinator)
    for _ in range(3):
        clock.forward(hours=23)
        tokens = await device_grant.renew(desk, tokens.refresh_token)
        await identify.identify(desk, tokens.access_token)
    heard = desk.now()
    clock.forward(days=30)
    assert await device_grant.forget_ended(desk) == 4  # the code, and three access tokens that another followed
    clock.forward(days=67)

    assert await device_grant.forget_ended(desk) == 4  # the refresh tokens

    assert (await Credential.all().count(), await RefreshToken.all().count()) == (1, 0)
    assert (await displays.display(view.client_id)).last_heartbeat_at == heard
