"""Frames, bodies and values that nobody would send: each is understood or refused by name, and nothing breaks."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from api.server.request_deadlines import PatientProtocol
from api.settings import Settings
from api.websocket.frames import FrameProtocol
from api.websocket.messages import INVALID, TOO_BIG, SocketClosing, message_of
from services.core import validation
from services.core.desk import Desk
from services.core.nodes import read_node_id
from services.core.refusals import InvalidInput
from services.inputs.numbers import tracking_number
from tests.clients.town import Town, served_town
from tests.fuzz.calls import bounds

pytestmark = pytest.mark.slow

TYPES = ["connection_init", "subscribe", "complete", "ping", "pong", "next", "error", "connection_ack", "start", ""]
QUERIES = [
    "{ viewer { name } }",
    "subscription { ticketStatusChanged { cursor } }",
    "{",
    "{ nothing }",
    "query A { __typename }",
]
CLOSINGS = {1009, 4400, 4401, 4403, 4409, 4429}
anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
operations = st.fixed_dictionaries(
    {"query": st.sampled_from(QUERIES) | anything},
    optional={"variables": anything, "operationName": anything, "extensions": anything},
)
messages = anything | st.fixed_dictionaries(
    {"type": st.sampled_from(TYPES) | anything},
    optional={"id": st.sampled_from(["1", "2", ""]) | anything, "payload": operations | anything},
)
frames = messages.map(json.dumps) | st.text(max_size=60) | st.sampled_from(["[" * 30_000, "x" * 70_000, "9" * 6_000])


@given(frames)
@bounds(400)
def test_a_frame_is_a_message_or_closes_by_a_known_code(text: str) -> None:
    found = read(text)

    assert found in (INVALID, TOO_BIG) or found in TYPES


def read(text: str) -> int | str:
    """The kind of the message in a frame, or the code that it closes the socket with."""
    try:
        return message_of({"text": text}, 64_000).kind
    except SocketClosing as closing:
        return closing.code


@pytest.fixture
async def town(desk: Desk, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    """A town that waits long enough for a client on a busy machine to read what it is told at last."""
    for protocol in (PatientProtocol, FrameProtocol):
        monkeypatch.setattr(protocol, "last_words_seconds", 60.0)
    async with served_town(desk, settings) as town:
        yield town


def talk(url: str, sent: list[str]) -> int | None:
    """Open a socket, send frames, and give the code that the server closes with; None where it stays."""
    with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], open_timeout=60) as line:
        try:
            line.send('{"type":"connection_init"}')
            for frame in sent:
                line.send(frame)
            line.send('{"id":"the last","type":"subscribe","payload":{"query":"{ __typename }"}}')
            return until_answered(line)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006


def until_answered(line: ClientConnection) -> None:
    while json.loads(line.recv(timeout=60)).get("id") != "the last":
        pass


async def test_a_socket_that_is_sent_anything_answers_or_closes_by_a_known_code(town: Town) -> None:
    codes: set[int | None] = set()

    @given(st.lists(messages.map(json.dumps) | frames, max_size=3))
    @bounds(60)
    def ask(sent: list[str]) -> None:
        codes.add(talk(town.ws, sent))

    with structlog.testing.capture_logs() as lines:
        await asyncio.to_thread(ask)

    assert codes - {None} <= CLOSINGS
    assert {None, INVALID} <= codes
    assert [line for line in lines if line["log_level"] in ("error", "critical")] == []


async def test_a_body_that_is_anything_is_answered_or_the_clients_mistake(town: Town) -> None:
    statuses: set[int] = set()
    bodies = (operations | anything).map(lambda value: json.dumps(value).encode()) | st.binary(max_size=200)
    kinds = st.sampled_from(["application/json", "application/json; charset=utf-8", "text/plain", "", "\u00e9"])

    @given(bodies, kinds)
    @bounds(100)
    def ask(body: bytes, kind: str) -> None:
        answer = client.post(town.graphql, content=body, headers={b"content-type": kind.encode()})
        assert "errors" in answer.json() or "data" in answer.json()
        statuses.add(answer.status_code)

    with structlog.testing.capture_logs() as lines, httpx.Client(timeout=60) as client:
        await asyncio.to_thread(ask)

    assert statuses == {200, 400, 415}
    assert [line for line in lines if line["log_level"] in ("error", "critical")] == []


CHECKS: list[Callable[[str], Any]] = [
    validation.title,
    validation.body,
    validation.note,
    validation.key,
    validation.mutation_id,
    validation.link,
    validation.email,
    validation.nik,
    validation.phone,
]
strings = (
    st.text()
    | st.text(alphabet="+0123456789 ().-@:/x\n\r\t\x00\u202e\u00a0")
    | st.sampled_from(["https://[", "a" * 20_000])
)


@given(strings)
@bounds(400)
def test_an_input_is_one_form_that_stays_or_a_refusal(text: str) -> None:
    for check in CHECKS:
        found = taken(check, text)
        if found is not None:
            assert taken(check, found) == found
            assert validation.UNWRITABLE.search(found) is None


def taken(check: Callable[[str], str | None], text: str) -> str | None:
    """The form that a check gives to a text; None where it refuses it."""
    try:
        return check(text)
    except InvalidInput:
        return None


@given(strings | st.text(max_size=40).map(lambda text: base64.b64encode(text.encode("utf-8", "replace")).decode()))
@bounds(400)
def test_an_id_or_a_number_is_read_or_is_none(text: str) -> None:
    found = read_node_id(text)

    assert found is None or (isinstance(found[0], str) and 0 <= found[1] < 2**63)
    number = tracking_number(text)
    assert number is None or tracking_number(number) == number
