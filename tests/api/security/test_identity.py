"""Identity: a token, no token, and everything in between, which is never anonymous."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.requests import HTTPConnection

from api.security.addresses import Addresses
from api.security.cookies import Cookies
from api.security.identity import Identity
from api.websocket.messages import FORBIDDEN, SocketClosing, authorization
from models import Credential
from models.enums import PrincipalKind
from schema.core.context import BrowserSession
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.refusals import EdgeRefusal
from services.credentials.credentials import token_digest

TOKEN = "srg_" + "a" * 43


@pytest.fixture
async def identity(desk: Desk) -> Identity:
    await Credential.create(digest=token_digest(TOKEN), kind=PrincipalKind.DISPLAY, name="Lobby", created_at=desk.now())
    return Identity(desk, Addresses((), desk.keys), Cookies(https=False))


def connection(*authorization: str) -> HTTPConnection:
    headers = [(b"authorization", value.encode()) for value in authorization]
    return HTTPConnection({"type": "http", "headers": headers, "client": ("203.0.113.7", 5000)})


async def of_socket(
    identity: Identity, handshake: HTTPConnection, payload: dict[str, Any], address: str = "key"
) -> Scope:
    """The scope of a socket with this handshake and this payload of its connection_init."""
    given = Cookies(https=False).authorization(handshake.headers)
    return await identity.of_socket(authorization(payload, given), address)


async def test_a_token_gives_its_scope(identity: Identity) -> None:
    scope = await identity.of_request(connection(f"Bearer {TOKEN}"), BrowserSession())

    assert scope.kind is PrincipalKind.DISPLAY
    assert (await identity.of_request(connection(f"bearer   {TOKEN}"), BrowserSession())).kind is PrincipalKind.DISPLAY


async def test_no_token_is_anonymous_under_its_address(identity: Identity) -> None:
    first = await identity.of_request(connection(), BrowserSession())
    again = await of_socket(identity, connection(), {}, identity._addresses.key_of(connection()))

    assert first.kind is PrincipalKind.ANONYMOUS
    assert first.principal == again.principal
    assert "203.0.113.7" not in first.principal


@pytest.mark.parametrize(
    "value",
    ["", "Bearer", "Bearer ", TOKEN, "Basic dXNlcjpwYXNz", "Bearer srg_" + "b" * 43, "Bearer x y", "Bearer \x00"],
)
async def test_a_wrong_token_is_never_anonymous(identity: Identity, value: str) -> None:
    for refused in (
        identity.of_request(connection(value), BrowserSession()),
        of_socket(identity, connection(), {"authorization": value}),
    ):
        with pytest.raises(EdgeRefusal) as caught:
            await refused
        assert caught.value.code == "UNAUTHENTICATED"


async def test_two_tokens_are_refused(identity: Identity) -> None:
    with pytest.raises(EdgeRefusal):
        await identity.of_request(connection(f"Bearer {TOKEN}", f"Bearer {TOKEN}"), BrowserSession())


@pytest.mark.parametrize("name", ["authorization", "Authorization"])
async def test_a_socket_gives_its_token_when_it_opens(identity: Identity, name: str) -> None:
    scope = await of_socket(identity, connection(), {name: f"Bearer {TOKEN}"})

    assert scope.kind is PrincipalKind.DISPLAY


async def test_a_socket_may_give_its_token_in_the_handshake(identity: Identity) -> None:
    for payload in ({}, {"authorization": None}):
        scope = await of_socket(identity, connection(f"Bearer {TOKEN}"), payload)
        assert scope.kind is PrincipalKind.DISPLAY


@pytest.mark.parametrize("value", [1, pytest.param({}, id="value2"), pytest.param([TOKEN], id="value3"), True])
async def test_a_payload_of_another_kind_is_refused(identity: Identity, value: Any) -> None:
    with pytest.raises(SocketClosing) as closing:
        await of_socket(identity, connection(f"Bearer {TOKEN}"), {"authorization": value})
    assert closing.value.code == FORBIDDEN
