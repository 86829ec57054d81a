"""Signing in over HTTP and sockets: bearer for programs, a cookie with its header for our own pages."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from api.rates import Rates
from api.security.cookies import Cookies
from api.security.throttles import Throttles
from api.settings import Settings
from models import AuditEntry, Credential, Officer
from models.enums import AuditKind, Role
from services.core.desk import Desk
from services.core.refusals import InvalidInput, Throttled
from tests.clients import documents
from tests.clients.town import served
from tests.factories import give_password, make_agency, make_officer

PASSWORD = "sepeda-biru-di-teras"
SIGN_IN = """mutation ($input: SignInInput!) { signIn(input: $input) {
  accessToken csrfToken expiresAt viewer { name roles worklists { worklist } sessions { agent current } csrfToken }
  errors { __typename code ... on Throttled { retryAfterSeconds } } } }"""
SIGN_OUT = documents.text("sign-out")
ME = "{ viewer { kind name csrfToken sessions { id agent current } } }"
COOKIE = "surga_session"


@dataclass
class Browser:
    """A page of ours with its cookie jar."""

    client: httpx.AsyncClient
    place: str

    async def post(self, query: str, csrf: str | None = None, **variables: Any) -> httpx.Response:
        headers = {} if csrf is None else {"x-surga-csrf": csrf}
        return await self.client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)

    async def get(self, query: str) -> httpx.Response:
        return await self.client.get("/graphql", params={"query": query})

    async def sign_in(self, officer: Officer, *, cookie: bool = True, password: str = PASSWORD) -> dict[str, Any]:
        given = {"email": officer.email, "password": password, "cookie": cookie}
        answer = (await self.post(SIGN_IN, input=given)).json()
        payload: dict[str, Any] = answer["data"]["signIn"]
        return payload


@pytest.fixture
async def officer(desk: Desk) -> Officer:
    officer = await make_officer(await make_agency("pupr"), Role.OFFICER, name="Petugas Uji")
    await give_password(desk, officer, PASSWORD)
    return officer


@pytest.fixture
async def browser(desk: Desk, settings: Settings, officer: Officer) -> AsyncIterator[Browser]:
    async with (
        served(desk, settings) as place,
        httpx.AsyncClient(base_url=f"http://{place}", headers={"user-agent": "Firefox"}, timeout=60) as client,
    ):
        yield Browser(client, place)


async def test_a_program_gets_a_bearer_token_and_no_cookie(browser: Browser, officer: Officer) -> None:
    payload = await browser.sign_in(officer, cookie=False)

    assert not browser.client.cookies
    assert (payload["csrfToken"], payload["errors"]) == (None, [])
    assert payload["viewer"]["name"] == "Petugas Uji"
    assert payload["viewer"]["sessions"] == [{"agent": "Firefox", "current": True}]
    assert [each["worklist"] for each in payload["viewer"]["worklists"]] != []
    browser.client.headers["authorization"] = f"Bearer {payload['accessToken']}"
    assert (await browser.post(ME)).json()["data"]["viewer"]["kind"] == "STAFF"
    assert (await browser.post(SIGN_OUT)).json()["data"]["signOut"] == {"signedOut": True, "errors": []}
    assert (await browser.post(ME)).status_code == 401


async def test_a_page_gets_a_cookie_that_no_script_reads(browser: Browser, officer: Officer) -> None:
    answer = await browser.post(SIGN_IN, input={"email": officer.email, "password": PASSWORD, "cookie": True})

    payload = answer.json()["data"]["signIn"]
    token = browser.client.cookies[COOKIE]
    assert answer.headers["set-cookie"] == f"{COOKIE}={token}; Max-Age=43200; Path=/; HttpOnly; SameSite=Strict"
    assert payload["accessToken"] is None
    assert token not in answer.text
    assert (await browser.post(ME, payload["csrfToken"])).json()["data"]["viewer"]["name"] == "Petugas Uji"
    assert (await browser.get(ME)).json()["data"]["viewer"]["csrfToken"] == payload["csrfToken"]


async def test_the_pages_own_documents_carry_a_visit_from_door_to_door(browser: Browser, officer: Officer) -> None:
    given = {"email": officer.email, "password": PASSWORD, "cookie": True}
    first = (await browser.post(documents.text("sign-in"), input=given)).json()["data"]["signIn"]
    assert first["viewer"] == {"kind": "STAFF", "name": "Petugas Uji", "roles": ["OFFICER"]}
    browser.client.cookies.clear()
    await browser.post(documents.text("sign-in"), input=given)
    me = (await browser.get(documents.text("sessions"))).json()["data"]["viewer"]
    mine, other = me["sessions"]
    assert (mine["current"], other["current"]) == (True, False)
    ended = await browser.post(documents.text("revoke-session"), me["csrfToken"], input={"id": other["id"]})
    assert ended.json()["data"]["revokeSession"] == {
        "session": {"id": other["id"]}, "errors": [], "clientMutationId": None,
    }  # fmt: skip
    again = await browser.post(documents.text("revoke-session"), me["csrfToken"], input={"id": other["id"]})
    assert [error["code"] for error in again.json()["data"]["revokeSession"]["errors"]] == ["SESSION_UNKNOWN"]
    change = {"current": PASSWORD, "password": "kereta pagi ke Blitar"}
    changed = await browser.post(documents.text("change-password"), me["csrfToken"], input=change)
    assert changed.json()["data"]["changePassword"]["changed"] is True
    out = await browser.post(documents.text("sign-out"), me["csrfToken"])
    assert out.json()["data"]["signOut"] == {"signedOut": True, "errors": []}
    assert (await browser.get(documents.text("sessions"))).json()["data"]["viewer"]["sessions"] == []


@pytest.mark.parametrize("csrf", [None, "", "0" * 32])
async def test_a_post_by_cookie_without_its_header_changes_nothing(
    browser: Browser, officer: Officer, csrf: str | None
) -> None:
    await browser.sign_in(officer)

    answer = await browser.post(SIGN_OUT, csrf)

    assert answer.status_code == 403
    assert answer.json()["errors"][0]["extensions"] == {"code": "FORBIDDEN"}
    assert await Credential.filter(revoked_at=None).count() == 1
    assert browser.client.cookies[COOKIE]


async def test_the_header_of_another_session_is_no_key(browser: Browser, officer: Officer) -> None:
    other = (await browser.sign_in(officer))["csrfToken"]
    browser.client.cookies.clear()
    mine = (await browser.sign_in(officer))["csrfToken"]

    assert (await browser.post(SIGN_OUT, other)).status_code == 403
    assert (await browser.post(SIGN_OUT, mine)).json()["data"]["signOut"]["signedOut"] is True
    assert COOKIE not in browser.client.cookies


async def test_a_mutation_does_not_come_by_get(browser: Browser, officer: Officer) -> None:
    await browser.sign_in(officer)

    assert (await browser.get(SIGN_OUT)).status_code == 405
    assert await Credential.filter(revoked_at=None).count() == 1


async def test_a_cookie_that_is_over_is_cleared_and_never_anonymous(browser: Browser, officer: Officer) -> None:
    await browser.sign_in(officer)
    await Credential.all().update(expires_at=datetime(2020, 1, 1, tzinfo=UTC))

    answer = await browser.get(ME)

    assert answer.status_code == 401
    assert answer.headers["set-cookie"].startswith(f"{COOKIE}=; Max-Age=0; ")
    assert (await browser.sign_in(officer))["errors"] == []


async def test_two_cookies_are_nobodys(browser: Browser, officer: Officer) -> None:
    await browser.sign_in(officer)
    planted = f"{COOKIE}=srg_{'a' * 43}; {COOKIE}={browser.client.cookies[COOKIE]}"
    browser.client.cookies.clear()

    answer = await browser.client.get("/graphql", params={"query": ME}, headers={"cookie": planted})

    assert answer.status_code == 401


async def test_a_token_wins_over_a_cookie(browser: Browser, officer: Officer) -> None:
    bearer = (await browser.sign_in(officer, cookie=False))["accessToken"]
    await browser.sign_in(officer)

    answer = await browser.client.post("/graphql", json={"query": ME}, headers={"authorization": f"Bearer {bearer}"})
    wrong = await browser.client.post("/graphql", json={"query": ME}, headers={"authorization": "Bearer wrong"})

    assert answer.json()["data"]["viewer"]["kind"] == "STAFF"
    assert wrong.status_code == 401
    assert "set-cookie" not in wrong.headers


async def test_a_foreign_page_is_given_no_cookie(browser: Browser, officer: Officer) -> None:
    browser.client.headers["origin"] = "https://evil.example"

    payload = await browser.sign_in(officer)

    assert [error["code"] for error in payload["errors"]] == ["COOKIE_NEEDS_HTTP"]
    assert await Credential.all().count() == 0


async def subscribed(browser: Browser, origin: str) -> list[str]:
    """The kinds of messages that a socket with the browser's cookie gets first."""
    headers = {"cookie": f"{COOKIE}={browser.client.cookies[COOKIE]}"}
    url = f"ws://{browser.place}/graphql"
    async with connect(
        url, origin=origin, additional_headers=headers, subprotocols=["graphql-transport-ws"], open_timeout=60
    ) as line:  # type: ignore[arg-type, list-item]
        await line.send('{"type": "connection_init"}')
        first = json.loads(await line.recv())["type"]
        query = json.dumps({"id": "1", "type": "subscribe", "payload": {"query": ME}})
        await line.send(query)
        answer = json.loads(await line.recv())
    return [first, answer["type"], answer["payload"]["data"]["viewer"]["name"]]


async def test_a_page_of_ours_opens_its_socket_with_the_cookie(browser: Browser, officer: Officer) -> None:
    await browser.sign_in(officer)

    assert await subscribed(browser, f"http://{browser.place}") == ["connection_ack", "next", "Petugas Uji"]


async def test_an_address_that_is_full_of_strangers_lets_a_page_of_ours_in(
    desk: Desk, settings: Settings, officer: Officer
) -> None:
    narrow = settings.model_copy(update={"sockets_per_address": 1})
    async with served(desk, narrow) as place, httpx.AsyncClient(base_url=f"http://{place}", timeout=60) as client:
        browser, url = Browser(client, place), f"ws://{place}/graphql"
        await browser.sign_in(officer)
        async with connect(url, subprotocols=["graphql-transport-ws"], open_timeout=60):  # type: ignore[list-item]
            for _ in range(2):
                assert (await subscribed(browser, f"http://{place}"))[0] == "connection_ack"
            async with connect(url, subprotocols=["graphql-transport-ws"], open_timeout=60) as line:  # type: ignore[list-item]
                with pytest.raises(ConnectionClosed) as refused:
                    await line.recv()

    assert refused.value.rcvd is not None
    assert refused.value.rcvd.code == 1013


async def test_a_foreign_page_does_not(browser: Browser, officer: Officer) -> None:
    await browser.sign_in(officer)

    with pytest.raises(InvalidStatus) as refused:
        await subscribed(browser, "https://evil.example")

    assert refused.value.response.status_code == 403


async def test_a_socket_gives_no_cookie(browser: Browser, officer: Officer) -> None:
    url = f"ws://{browser.place}/graphql"
    variables = {"input": {"email": officer.email, "password": PASSWORD, "cookie": True}}
    async with connect(url, subprotocols=["graphql-transport-ws"], open_timeout=60) as line:  # type: ignore[list-item]
        await line.send('{"type": "connection_init"}')
        await line.recv()
        payload = {"query": SIGN_IN, "variables": variables}
        await line.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
        answer = json.loads(await line.recv())

    assert [error["code"] for error in answer["payload"]["data"]["signIn"]["errors"]] == ["COOKIE_NEEDS_HTTP"]
    assert await Credential.all().count() == 0


async def test_waits_grow_for_who_guesses(browser: Browser, officer: Officer) -> None:
    codes = [(await browser.sign_in(officer, password=f"salah-{place:012}"))["errors"][0]["code"] for place in range(6)]

    assert codes == ["WRONG_EMAIL_OR_PASSWORD"] * 5 + ["THROTTLED"]
    (error,) = (await browser.sign_in(officer))["errors"]  # the right one comes too late from there
    assert 0 < error["retryAfterSeconds"] <= 60
    assert await Credential.all().count() == 0


async def test_an_installation_sets_how_often_one_may_try(desk: Desk, settings: Settings, officer: Officer) -> None:
    narrow = settings.model_copy(update={"sign_ins": ("2/hour",)})
    async with served(desk, narrow) as place, httpx.AsyncClient(base_url=f"http://{place}", timeout=60) as client:
        browser = Browser(client, place)
        codes = [(await browser.sign_in(officer, password="salah-salah-1"))["errors"][0]["code"] for _ in range(3)]

    assert codes == ["WRONG_EMAIL_OR_PASSWORD"] * 2 + ["THROTTLED"]


@pytest.fixture
async def crowded(desk: Desk, settings: Settings, officer: Officer) -> AsyncIterator[Browser]:
    """A browser at an address from which others have failed too often."""
    narrow = settings.model_copy(update={"sign_in_failures_per_address": ("3/hour",)})
    async with served(desk, narrow) as place, httpx.AsyncClient(base_url=f"http://{place}", timeout=60) as client:
        browser = Browser(client, place)
        for neighbour in range(3):
            assert await code_of(browser, f"tetangga-{neighbour}@example.test") == "WRONG_EMAIL_OR_PASSWORD"
        yield browser


async def code_of(browser: Browser, email: str, password: str = "salah-salah-1") -> str | None:  # noqa: S107
    given = {"email": email, "password": password, "cookie": False}
    errors = (await browser.post(SIGN_IN, input=given)).json()["data"]["signIn"]["errors"]
    return errors[0]["code"] if errors else None


@pytest.mark.slow
async def test_wrong_passwords_of_neighbours_shut_nobody_out_who_has_the_right_one(
    crowded: Browser, officer: Officer
) -> None:
    for neighbour in range(30):
        assert await code_of(crowded, f"tetangga-{neighbour}@example.test") == "THROTTLED"

    for _ in range(3):
        assert await code_of(crowded, officer.email, PASSWORD) is None


@pytest.mark.slow
async def test_at_an_address_that_is_shut_a_wrong_password_looks_like_an_unknown_account(
    desk: Desk, crowded: Browser, officer: Officer
) -> None:
    calls = desk.passwords.calls
    answers = [await code_of(crowded, email) for email in (officer.email, "tidak.ada@example.test") for _ in range(10)]

    assert answers == ["THROTTLED"] * 20
    assert desk.passwords.calls - calls == 2  # one for the account, one for all that do not exist
    assert await code_of(crowded, officer.email, PASSWORD) == "THROTTLED"  # guessed at a moment ago
    assert await AuditEntry.filter(kind=AuditKind.SIGN_IN_FAILED).count() == 3 + 2


async def test_ninety_wrong_passwords_at_once_are_as_many_as_one_after_another(
    desk: Desk, settings: Settings, officer: Officer
) -> None:
    async with served(desk, settings) as place, httpx.AsyncClient(base_url=f"http://{place}", timeout=60) as client:
        browser = Browser(client, place)
        answers = await asyncio.gather(*(code_of(browser, f"tetangga-{each}@example.test") for each in range(90)))

        assert Counter(answers) == {"WRONG_EMAIL_OR_PASSWORD": 30, "THROTTLED": 60}
        assert await code_of(browser, officer.email, PASSWORD) is None


CHANGE = """mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { changed errors { code } } }"""


async def test_guesses_at_the_current_password_count_for_the_account_whatever_the_address(
    crowded: Browser, officer: Officer
) -> None:
    given = {"email": officer.email, "password": PASSWORD, "cookie": False}
    token = (await crowded.post(SIGN_IN, input=given)).json()["data"]["signIn"]["accessToken"]
    crowded.client.headers["authorization"] = f"Bearer {token}"

    codes = []
    for _ in range(7):
        answer = await crowded.post(CHANGE, input={"current": "salah-salah-1", "password": "kereta pagi ke Blitar"})
        codes.append(answer.json()["data"]["changePassword"]["errors"][0]["code"])

    assert codes == ["WRONG_PASSWORD"] * 5 + ["THROTTLED"] * 2
    assert await AuditEntry.filter(kind=AuditKind.PASSWORD_CHANGE_FAILED).count() == 5


@pytest.fixture
async def gate(redis_url: str) -> AsyncIterator[Throttles]:
    rates = Rates(
        sign_ins=("2/minute", "3/hour"),
        sign_ins_of_an_account="5/hour",
        sign_ins_to_an_account_under_attack="1/minute",
        failures_of_an_address=("4/hour",),
    )
    gate = Throttles(redis_url, rates)
    yield gate
    await gate.close()


async def fail(gate: Throttles, address: str, account: str) -> None:
    with pytest.raises(InvalidInput):
        async with gate.sign_in(address, account):
            raise InvalidInput("WRONG_EMAIL_OR_PASSWORD")


async def come_in(gate: Throttles, address: str, account: str) -> None:
    async with gate.sign_in(address, account) as door:
        assert await door.admits("officer:1")


async def test_a_success_forgives_the_failures_before_it(gate: Throttles) -> None:
    for _ in range(3):
        await fail(gate, "here", "siti")
        await come_in(gate, "here", "siti")


async def test_an_address_fails_for_all_accounts_together_only_so_often(gate: Throttles) -> None:
    for place in range(4):
        await fail(gate, "here", f"account-{place}")

    with pytest.raises(Throttled):
        await fail(gate, "here", "account-9")
    await fail(gate, "there", "account-9")


async def test_an_account_under_attack_stays_open_for_its_owner(gate: Throttles) -> None:
    for place in range(5):
        await fail(gate, f"attacker-{place}", "siti")

    await come_in(gate, "owner", "siti")
    await fail(gate, "owner", "siti")
    with pytest.raises(Throttled):
        await come_in(gate, "owner", "siti")


def test_over_https_the_cookie_belongs_to_this_host_alone(desk: Desk) -> None:
    value = Cookies(https=True).kept("srg_x", desk.now(), desk.now())

    assert value == "__Host-surga_session=srg_x; Max-Age=0; Path=/; HttpOnly; SameSite=Strict; Secure"
