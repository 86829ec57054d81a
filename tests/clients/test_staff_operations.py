"""How staff come and go: an admin invites, the colleague opens the link and signs in, and is out when it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from api.settings import Settings
from models import Event, Officer
from models.enums import PrincipalKind, Role
from services.access.scopes import SYSTEM
from services.core.desk import Desk
from services.core.nodes import node_id
from services.credentials.credentials import issue
from services.staff import staff
from tests.api.partner_desk import ask, heard, socket, subscribe, until_live
from tests.clients.town import Town, served_town, token
from tests.conftest import Clock
from tests.factories import make_agency, make_officer, make_ticket

pytestmark = pytest.mark.slow

WIB = ZoneInfo("Asia/Jakarta")
PASSWORD = "kuda lumping menari"
ME = "{ viewer { roles agency { code } sessionExpiresAt } tickets(first: 10) { totalCount } }"
CHANGES = "subscription { ticketStatusChanged { to ticket { number } } }"
SARI = {"email": "sari@kediri.example", "name": "Sari Dewi"}
Do = Callable[..., Awaitable[Any]]


@pytest.fixture
async def admin(town: Town, desk: Desk) -> Do:
    """An admin who works with the documents of the frontend; refusals fail the test."""
    town.tokens["admin"] = await token(desk, await make_agency("setda"), Role.ADMIN, "Administrator Uji")

    async def do(document: str, **given: Any) -> Any:
        (payload,) = (await town.ask("admin", document, input=given)).values()
        assert payload["errors"] == [], payload
        return payload

    return do


async def signed_in(town: Town, email: str, password: str) -> str:
    query = "mutation ($input: SignInInput!) { signIn(input: $input) { accessToken errors { code } } }"
    answer = await town.post(None, query, {"input": {"email": email, "password": password}})
    assert answer["data"]["signIn"]["errors"] == []
    found: str = answer["data"]["signIn"]["accessToken"]
    return found


async def test_from_the_link_to_the_end_of_the_account(town: Town, admin: Do) -> None:
    invited = await admin("invite-staff", **SARI, assignments=[{"agencyCode": "dpupr", "role": "OFFICER"}])
    again = await admin("renew-invitation", id=invited["account"]["id"])
    link = again["path"].partition("#token=")[2]
    seen = (await town.ask(None, "check-invitation", input={"token": link}))["checkInvitation"]
    assert (seen["email"], seen["agency"], seen["role"]) == (SARI["email"], {"name": "Dinas PUPR"}, "OFFICER")
    taken = await town.ask(None, "accept-invitation", input={"token": link, "password": PASSWORD})
    assert taken["acceptInvitation"] == {"email": SARI["email"], "errors": []}
    bearer = await signed_in(town, SARI["email"], PASSWORD)
    assert (await ask(town, bearer, ME)).json()["data"]["viewer"]["agency"] == {"code": "dpupr"}

    listed = (await town.ask("admin", "staff", search="sari"))["staff"]["edges"]
    changed = await admin(
        "change-staff",
        id=invited["account"]["id"],
        expectedVersion=listed[0]["node"]["version"],
        assignments=[{"agencyCode": "diskominfo", "role": "COORDINATOR"}],
    )
    me = (await ask(town, bearer, ME)).json()["data"]["viewer"]

    assert changed["account"]["version"] == 2
    assert (me["agency"], me["roles"]) == ({"code": "diskominfo"}, ["COORDINATOR"])
    await admin("end-staff", id=invited["account"]["id"])
    assert (await ask(town, bearer, ME)).status_code == 401


async def said(line: ClientConnection, id_: str) -> Any:
    """What the caller of a socket is and sees now, by an operation that must be the next to speak."""
    await subscribe(line, id_, "{ viewer { roles } tickets(first: 10) { totalCount } }")
    answer, complete = await heard(line), await heard(line)
    assert (answer["id"], complete) == (id_, {"id": id_, "type": "complete"})
    return answer["payload"]["data"]


@pytest.fixture
async def sari(town: Town, admin: Do) -> tuple[str, str]:
    """The id of an officer of dpupr, and a session of theirs."""
    invited = await admin("invite-staff", **SARI, assignments=[{"agencyCode": "dpupr", "role": "COORDINATOR"}])
    link = invited["path"].partition("#token=")[2]
    await town.ask(None, "accept-invitation", input={"token": link, "password": PASSWORD})
    return invited["account"]["id"], await signed_in(town, SARI["email"], PASSWORD)


async def announced(desk: Desk) -> None:
    """Ring the bell for what a factory wrote."""
    last = await Event.all().order_by("-seq").first()
    assert last is not None
    await desk.committed(last.seq)


async def test_a_change_of_rights_ends_what_is_open_before_anything_later_is_shown(
    town: Town, desk: Desk, admin: Do, sari: tuple[str, str]
) -> None:
    officer, bearer = sari
    async with socket(town, bearer) as line:
        await subscribe(line, "a", CHANGES)
        await until_live(town)
        await make_ticket()
        await announced(desk)
        first = await heard(line)

        await admin(
            "change-staff",
            id=officer,
            expectedVersion=1,
            assignments=[{"agencyCode": "dpupr", "role": "OFFICER"}],
        )
        await make_ticket()  # nobody's yet: a coordinator sees it, an officer does not
        await announced(desk)
        ended = await heard(line)
        answered = await said(line, "b")

    assert (first["id"], first["type"]) == ("a", "next")
    assert (ended["id"], ended["type"]) == ("a", "error")
    assert ended["payload"][0]["extensions"]["code"] == "FORBIDDEN"
    assert answered == {"viewer": {"roles": ["OFFICER"]}, "tickets": {"totalCount": 0}}


async def test_the_end_of_an_account_closes_its_sockets_at_once(desk: Desk, settings: Settings) -> None:
    settings = settings.model_copy(update={"log_look_seconds": 600.0})  # so that nothing but the bell tells of it
    sari = await make_officer(await make_agency("setda"), Role.COORDINATOR, name="Sari")
    bearer = (await issue(desk, PrincipalKind.STAFF, name="uji", officer_id=sari.id)).token
    async with served_town(desk, settings) as town, socket(town, bearer) as line:
        await subscribe(line, "a", CHANGES)
        await until_live(town)
        async with asyncio.timeout(30):
            await staff.end(desk, SYSTEM, sari.id)
            with pytest.raises(ConnectionClosed) as closed:
                await until_closed(line)

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403


async def until_closed(line: ClientConnection) -> None:
    while True:
        await heard(line)


async def test_the_last_admin_stays(town: Town, admin: Do) -> None:
    me = await Officer.get(name="Administrator Uji")

    answer = (await town.ask("admin", "end-staff", input={"id": node_id("Officer", me.id)}))["endStaff"]

    assert [error["code"] for error in answer["errors"]] == ["LAST_ADMIN"]
    assert (await Officer.get(id=me.id)).active is True


async def test_rights_end_at_midnight_in_kediri_by_themselves(town: Town, desk: Desk, clock: Clock) -> None:
    coordinator = await make_officer(
        await make_agency("setda"), Role.COORDINATOR, valid_from=date(2026, 1, 1), valid_to=date(2026, 3, 2)
    )
    bearer = (await issue(desk, PrincipalKind.STAFF, name="uji", officer_id=coordinator.id)).token
    clock.set(datetime(2026, 3, 2, 23, 59, 59, tzinfo=WIB))
    last = (await ask(town, bearer, ME)).json()["data"]
    async with socket(town, bearer) as line:
        await subscribe(line, "a", CHANGES)
        await until_live(town)
        await make_ticket()
        await announced(desk)
        shown = await heard(line)
        before = await said(line, "b")

        clock.set(datetime(2026, 3, 3, tzinfo=WIB))
        ended = await heard(line)
        await make_ticket()
        await announced(desk)
        after = await said(line, "c")

    assert last["viewer"]["roles"] == ["COORDINATOR"]
    assert last["viewer"]["sessionExpiresAt"] == "2026-03-03T00:00:00+07:00"
    assert (shown["id"], shown["type"]) == ("a", "next")
    assert before == {"viewer": {"roles": ["COORDINATOR"]}, "tickets": {"totalCount": 1}}
    assert (ended["id"], ended["payload"][0]["extensions"]["code"]) == ("a", "FORBIDDEN")
    assert after == {"viewer": {"roles": []}, "tickets": {"totalCount": 0}}
    assert (await ask(town, bearer, ME)).json()["data"]["tickets"]["totalCount"] == 0
