"""The messages of graphql-transport-ws, as its PROTOCOL.md describes them: read strictly, written as bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NoReturn

import orjson

from api.documents.persisted import is_persisted_only

SUBPROTOCOL = "graphql-transport-ws"
MOST_REASON_BYTES = 123
MOST_DIGITS = 18  # of a whole number that every part of a program can hold

INVALID = 4400
UNAUTHORIZED = 4401
FORBIDDEN = 4403
SUBPROTOCOL_REFUSED = 4406
INIT_TIMEOUT = 4408
DUPLICATE = 4409
TOO_MANY_INITS = 4429
TOO_BIG = 1009
TRY_AGAIN_LATER = 1013  # clients such as graphql-ws come back after it, unlike after most of the others

LONGEST_ID = 256  # every message to a subscription repeats it
ID_WANTED = f"id must be a string of 1 to {LONGEST_ID} characters"
NOT_JSON = "The message is not valid JSON"
PAYLOAD_OPTIONAL = frozenset({"connection_init", "ping", "pong"})
ACK = b'{"type":"connection_ack"}'
PONG = b'{"type":"pong"}'


class SocketClosing(Exception):
    """The connection must be closed with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Asked:
    """The payload of a subscribe message: one operation of any kind; query is None where only a hash names it."""

    query: str | None
    operation_name: str | None
    variables: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Message:
    """A message from a client. id and asked are set for the kinds that have them."""

    kind: str
    id: str = ""
    payload: dict[str, Any] | None = None
    asked: Asked | None = None


def message_of(event: dict[str, Any], most_bytes: int) -> Message:
    """Read what a client sent; SocketClosing for everything that is no message of the protocol."""
    text = event.get("text")
    if text is None:
        raise SocketClosing(INVALID, "Only text messages are understood")
    if len(text) > most_bytes or len(text.encode()) > most_bytes:
        raise SocketClosing(TOO_BIG, f"A message may have {most_bytes} bytes")
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        value = _odd_operation(text)
    return _message(value)


def _odd_operation(text: str) -> dict[str, Any]:
    """A subscribe message with values that are JSON but not ours: half a surrogate pair, a number beyond all floats.

    A page that cuts an emoji in two sends such a thing; it must lose that operation, and not all others with it.
    """
    try:
        value = json.loads(text, parse_constant=_no_number, parse_int=_whole_number)
    except (ValueError, RecursionError):
        value = None
    _require(isinstance(value, dict) and value.get("type") == "subscribe" and _is_whole(value.get("id")), NOT_JSON)
    return value  # type: ignore[no-any-return]


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _whole_number(digits: str) -> int | float:
    return int(digits) if len(digits) <= MOST_DIGITS else float(digits)


def _is_whole(id_: object) -> bool:
    """Whether an id can be written back."""
    try:
        return isinstance(id_, str) and bool(id_.encode())
    except UnicodeEncodeError:
        return False


def _message(value: Any) -> Message:
    _require(isinstance(value, dict), "A message is a JSON object")
    kind = value.get("type")
    _require(isinstance(kind, str), "type must be a string")
    if kind in PAYLOAD_OPTIONAL:
        return Message(kind, payload=_record(value, "payload"))
    _require(kind in ("subscribe", "complete"), "The type of the message is unknown")
    id_ = value.get("id")
    _require(isinstance(id_, str) and 0 < len(id_) <= LONGEST_ID, ID_WANTED)
    return Message(kind, id_, asked=_asked(value.get("payload")) if kind == "subscribe" else None)


def _asked(payload: Any) -> Asked:
    _require(isinstance(payload, dict), "payload must be an object")
    query, name = payload.get("query"), payload.get("operationName")
    if is_persisted_only(query, payload.get("extensions")):
        query = None
    else:
        _require(isinstance(query, str), "query must be a string")
    _require(name is None or isinstance(name, str), "operationName must be a string")
    _record(payload, "extensions")
    return Asked(query, name, _record(payload, "variables"))


def _record(value: dict[str, Any], name: str) -> dict[str, Any] | None:
    found = value.get(name)
    _require(found is None or isinstance(found, dict), f"{name} must be an object")
    return found


def _require(right: bool, reason: str) -> None:
    if not right:
        raise SocketClosing(INVALID, reason)


def authorization(payload: dict[str, Any], handshake: str | None) -> str | None:
    """The Authorization value that a connection_init gives, else that of the handshake; SocketClosing for no text."""
    given = payload.get("authorization", payload.get("Authorization"))
    if given is not None and not isinstance(given, str):
        raise SocketClosing(FORBIDDEN, "Forbidden: authorization must be a string")
    return handshake if given is None else given


def next_message(operation: str, body: dict[str, Any]) -> bytes:
    """One result of an operation; TypeError where a value is no JSON."""
    return orjson.dumps({"id": operation, "type": "next", "payload": body})


def error_message(operation: str, errors: list[dict[str, Any]]) -> bytes:
    """The end of an operation that was refused; the id is free again."""
    return orjson.dumps({"id": operation, "type": "error", "payload": errors})


def complete_message(operation: str) -> bytes:
    """The end of an operation that was answered."""
    return orjson.dumps({"id": operation, "type": "complete"})


def close_reason(text: str) -> str:
    """text, cut to what fits into a close frame without splitting a character."""
    return text.encode()[:MOST_REASON_BYTES].decode(errors="ignore")
