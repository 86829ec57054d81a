"""The device grant on the wire, in the words of RFC 8628 and RFC 6749, from the first code to the board."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tortoise.transactions import in_transaction
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from api.http.device_grant import CLIENT, DEVICE_CODE
from api.settings import Settings
from api.websocket.heartbeats import Heartbeats
from models import Credential, DeviceRequest
from models.enums import PrincipalKind, Role
from services.access.scopes import Scope
from services.core.desk import Desk
from services.credentials import credentials
from tests.clients.town import served, token
from tests.factories import make_agency

pytestmark = pytest.mark.slow

APPROVE = """mutation ($code: String!, $name: String!) { approveDisplay(input: {userCode: $code, name: $name}) {
  display { id name board address approvedBy } errors { __typename code } } }"""
LOOK = "query ($code: String!) { displayRequest(userCode: $code) { userCode board address requestedAt expiresAt } }"
REVOKE = "mutation ($id: ID!) { revokeDisplay(input: {id: $id}) { display { revokedAt } errors { code } } }"
LIST = "{ displays { id name lastHeartbeatAt revokedAt } }"
BOARD = "{ wallboard { total } }"


class Screen:
    """What hangs on the wall, and an approver at a desk."""

    def __init__(self, client: httpx.AsyncClient, place: str, approver: str) -> None:
        self.client = client
        self.place = place
        self.approver = approver

    async def form(self, path: str, **fields: str) -> httpx.Response:
        return await self.client.post(f"/oauth/{path}", data={"client_id": CLIENT, **fields})

    async def codes(self, scope: str = "board:kota") -> dict[str, Any]:
        return (await self.form("device_authorization", scope=scope)).json()

    async def poll(self, code: str) -> httpx.Response:
        return await self.form("token", grant_type=DEVICE_CODE, device_code=code)

    async def ask(self, query: str, bearer: str | None = None, **variables: Any) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {bearer or self.approver}"}
        answer = await self.client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        return answer.json()


@pytest.fixture
async def screen(desk: Desk, settings: Settings) -> AsyncIterator[Screen]:
    approver = await token(desk, await make_agency("diskominfo"), Role.COORDINATOR, "Koordinator Uji")
    async with served(desk, settings) as place, httpx.AsyncClient(base_url=f"http://{place}", timeout=60) as client:
        yield Screen(client, place, approver)


async def test_an_installation_sets_how_many_codes_one_may_try(desk: Desk, settings: Settings) -> None:
    approver = await token(desk, await make_agency("diskominfo"), Role.COORDINATOR, "Koordinator Uji")
    narrow = settings.model_copy(update={"screen_codes_per_approver": "2/hour"})
    async with served(desk, narrow) as place, httpx.AsyncClient(base_url=f"http://{place}", timeout=60) as client:
        answers = [await Screen(client, place, approver).ask(LOOK, code="BCDFGH") for _ in range(3)]

    assert [answer["data"] for answer in answers[:2]] == [{"displayRequest": None}] * 2
    assert [error["extensions"]["code"] for error in answers[2]["errors"]] == ["RATE_LIMITED"]


async def test_from_the_first_code_to_the_board(screen: Screen) -> None:
    answer = await screen.form("device_authorization", scope="board:kota")
    codes = answer.json()
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert codes["verification_uri"] == f"http://{screen.place}/activate"
    assert codes["verification_uri_complete"] == f"http://{screen.place}/activate#code={codes['user_code']}"
    assert codes["agency"] is None
    assert (codes["expires_in"], codes["interval"], len(codes["user_code"])) == (600, 5, 6)
    waiting = await screen.poll(codes["device_code"])
    assert (waiting.status_code, waiting.json()) == (400, {"error": "authorization_pending"})
    assert (await screen.poll(codes["device_code"])).json() == {"error": "slow_down"}
    seen = (await screen.ask(LOOK, code=codes["user_code"]))["data"]["displayRequest"]
    assert (seen["userCode"], seen["board"], seen["address"]) == (codes["user_code"], "kota", "127.0.0.1")

    approved = (await screen.ask(APPROVE, code=codes["user_code"], name="Lobi"))["data"]["approveDisplay"]

    assert approved["errors"] == []
    assert approved["display"]["approvedBy"] == "Koordinator Uji"
    tokens = (await screen.poll(codes["device_code"])).json()
    assert (tokens["token_type"], tokens["expires_in"], tokens["scope"]) == ("Bearer", 86_400, "board:kota")
    assert (await screen.ask(BOARD, tokens["access_token"]))["data"] == {"wallboard": {"total": 0}}
    renewed = await screen.form("token", grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert renewed.status_code == 200
    assert renewed.headers["pragma"] == "no-cache"
    assert (await screen.ask(BOARD, renewed.json()["access_token"]))["data"] == {"wallboard": {"total": 0}}


async def test_a_revoked_screen_is_cut_off_at_once(screen: Screen) -> None:
    codes = await screen.codes()
    display = (await screen.ask(APPROVE, code=codes["user_code"], name="Lobi"))["data"]["approveDisplay"]["display"]
    tokens = (await screen.poll(codes["device_code"])).json()
    async with connect(f"ws://{screen.place}/graphql", subprotocols=["graphql-transport-ws"], open_timeout=60) as line:  # type: ignore[list-item]
        start = {"type": "connection_init", "payload": {"authorization": f"Bearer {tokens['access_token']}"}}
        await line.send(json.dumps(start))
        await line.recv()

        revoked = (await screen.ask(REVOKE, id=display["id"]))["data"]["revokeDisplay"]

        assert revoked["display"]["revokedAt"] is not None
        with pytest.raises(ConnectionClosed):
            await line.recv()
        assert line.close_code == 4403
    again = await screen.form("token", grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})
    assert (await screen.ask(REVOKE, id=display["id"]))["data"]["revokeDisplay"]["errors"] == [
        {"code": "DISPLAY_UNKNOWN"}
    ]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"grant_type": DEVICE_CODE}, "invalid_request"),
        ({"grant_type": DEVICE_CODE, "device_code": "srg_wrong"}, "invalid_grant"),
        ({"grant_type": DEVICE_CODE, "device_code": "a" * 3_000}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "srg_wrong"}, "invalid_grant"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "password", "username": "a", "password": "b"}, "unsupported_grant_type"),
        ({}, "invalid_request"),
        ({"grant_type": DEVICE_CODE, "device_code": "a", "client_id": "other"}, "invalid_client"),
    ],
)
async def test_every_refusal_has_its_code(screen: Screen, fields: dict[str, str], error: str) -> None:
    answer = await screen.form("token", **fields)

    assert (answer.status_code, answer.json()) == (400, {"error": error})
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("content", "media", "status"),
    [
        (b"{}", "application/json", 415),
        (b"client_id=a&client_id=b", "application/x-www-form-urlencoded", 400),
        (b"client_id=%ff", "application/x-www-form-urlencoded", 400),
        (b"client_id=%00", "application/x-www-form-urlencoded", 400),
        ("client_id=\u00e9".encode(), "application/x-www-form-urlencoded", 400),
        (b"&".join(b"a%d=1" % place for place in range(50)), "application/x-www-form-urlencoded", 400),
        (b"a=" + b"x" * 5_000, "application/x-www-form-urlencoded", 413),
    ],
)
async def test_what_is_no_form_is_refused(screen: Screen, content: bytes, media: str, status: int) -> None:
    for path in ("/oauth/token", "/oauth/device_authorization"):
        answer = await screen.client.post(path, content=content, headers={"content-type": media})
        assert (answer.status_code, answer.json()) == (status, {"error": "invalid_request"})


async def test_codes_come_by_post_from_our_own_pages_only(screen: Screen) -> None:
    foreign = {"origin": "https://evil.example"}
    fields = {"client_id": CLIENT, "scope": "board:kota"}

    for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"):
        for path in ("/oauth/device_authorization", "/oauth/token"):
            answer = await screen.client.request(method, path)
            assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
            assert method == "HEAD" or answer.json() == {"error": "invalid_request"}
    assert (await screen.client.post("/oauth/device_authorization", data=fields, headers=foreign)).status_code == 403
    assert await DeviceRequest.all().count() == 0


async def test_a_screen_is_told_whose_board_it_asks_for_and_what_it_may_have_meant(screen: Screen) -> None:
    await make_agency("DISHUB", name="Dinas Perhubungan")

    asked = await screen.form("device_authorization", scope="board:dishub")
    mistyped = await screen.form("device_authorization", scope="board:Dishup")
    unlike = await screen.form("device_authorization", scope="board:zzz")

    assert asked.json()["agency"] == {"code": "DISHUB", "name": "Dinas Perhubungan"}
    assert (mistyped.status_code, mistyped.json()) == (400, {"error": "invalid_scope", "boards": ["DISHUB", "kota"]})
    assert unlike.json() == {"error": "invalid_scope", "boards": ["kota"]}


async def test_a_desk_that_is_busy_asks_to_come_again(screen: Screen) -> None:
    codes = await screen.codes()
    async with in_transaction() as other:
        await DeviceRequest.all().using_db(other).select_for_update()
        answer = await screen.poll(codes["device_code"])

    assert (answer.status_code, answer.json()) == (503, {"error": "temporarily_unavailable"})
    assert (answer.headers["retry-after"], answer.headers["cache-control"]) == ("1", "no-store")
    assert (await screen.poll(codes["device_code"])).json() == {"error": "authorization_pending"}


async def test_the_sixth_who_waits_at_one_address_is_told_to_wait(screen: Screen) -> None:
    answers = [await screen.form("device_authorization", scope="board:kota") for _ in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert answers[-1].headers["retry-after"] == "60"
    assert (await screen.form("device_authorization", scope="board:lain")).json()["error"] == "invalid_scope"
    assert (await screen.form("device_authorization", scope="kota")).json() == {"error": "invalid_scope"}


async def test_an_approver_guesses_only_so_often(screen: Screen) -> None:
    codes = await screen.codes()
    wrong = f"{(int(codes['user_code']) + 1) % 1_000_000:06}"

    answers = [await screen.ask(LOOK, code=wrong) for _ in range(20)]

    assert all(answer["data"] == {"displayRequest": None} for answer in answers)
    late = await screen.ask(LOOK, code=codes["user_code"])
    assert late["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    refused = (await screen.ask(APPROVE, code=codes["user_code"], name="Lobi"))["data"]["approveDisplay"]
    assert [error["code"] for error in refused["errors"]] == ["THROTTLED"]
    assert (await screen.poll(codes["device_code"])).json() == {"error": "authorization_pending"}


async def test_others_learn_nothing_of_screens(screen: Screen, desk: Desk) -> None:
    officer = await token(desk, await make_agency("pupr"), Role.OFFICER, "Petugas Uji")
    codes = await screen.codes()

    for query, variables in ((LIST, {}), (LOOK, {"code": codes["user_code"]})):
        answer = await screen.ask(query, officer, **variables)
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
    refused = (await screen.ask(APPROVE, officer, code=codes["user_code"], name="Lobi"))["data"]["approveDisplay"]
    assert refused == {"display": None, "errors": [{"__typename": "Forbidden", "code": "DISPLAYS_FOR_DESK"}]}


async def test_open_lines_of_screens_are_noted(desk: Desk) -> None:
    issued = await credentials.issue(desk, PrincipalKind.DISPLAY, name="Lobi")
    scope = Scope(kind=PrincipalKind.DISPLAY, principal="client:1", credential_id=issued.credential_id)
    citizen = Scope(kind=PrincipalKind.CITIZEN, principal="ticket:1", credential_id=99)

    await Heartbeats(desk, lambda: [scope, None, citizen, scope]).note()

    assert (await Credential.get(id=issued.credential_id)).last_used_at == desk.now()
