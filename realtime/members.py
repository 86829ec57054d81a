"""Members: one subscription on one socket each, and what the hub knows of that socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, Protocol

import orjson

Encode = Callable[[bytes], Any]
Join = Callable[[Sequence[Any]], Sequence[Any]]
Form = tuple[bytes, Encode, Join]
MOST_SHARED = 64  # our choice: clients that count their operations from 1 have a few dozen ids together
LONGEST_SHARED_ID = 64  # our choice: longer ids are random ones, which nobody shares


class Validity(StrEnum):
    """What became of a scope after rights changed or its time was over; UNKNOWN where it can not be judged."""

    SAME = "SAME"
    CHANGED = "CHANGED"
    REVOKED = "REVOKED"
    UNKNOWN = "UNKNOWN"


class Writer:
    """How live messages of one connection are written now; the connection exchanges put when its state changes.

    put: writes one encoded message; returns False where the connection is gone, and anything else where it is not, so
    that it can be a transport's own write() as long as its peer reads.
    """

    __slots__ = ("put",)

    def __init__(self, put: Callable[[Any], Any]) -> None:
        self.put = put


class Connection(Protocol):
    """One socket as the hub sees it; one whose peer is too slow closes itself.

    scope: the rights that it was opened with, None where they ended and were not asked for again.
    writer: where its live messages go. replaying: held by the one operation that writes what it missed.
    """

    scope: Any
    replaying: asyncio.Lock
    # What makes of a message what the writer takes, and of several of these as few as it takes at once. Connections of
    # one kind share both, so that equal messages are made once.
    encode: Encode
    join: Join
    writer: Writer

    def put_all(self, encoded: Sequence[Any]) -> bool:
        """Write several messages in their order; False where the connection is gone."""

    async def drained(self) -> bool:
        """Wait until the peer has read enough to go on; False where the connection is gone, or the peer too slow."""

    def refuse(self, operation: str, reason: Exception) -> None:
        """End one operation with an error, in the language of this connection."""

    def rights_ended(self) -> None:
        """Set scope to None: it must be asked for again before the next use."""

    def revoke(self) -> None:
        """Close the socket: its credential is no longer good."""

    def give_up(self) -> None:
        """Close the socket: its scope can not be judged here, though another worker may."""


@dataclass(slots=True, eq=False)
class Member:
    """position: all events up to it were written to this member, or show it nothing.

    form: how its messages begin, are encoded and joined; members with equal forms get equal messages.
    """

    connection: Connection
    operation: str
    form: Form
    writer: Writer
    position: int = 0
    open: bool = True

    @classmethod
    def of(cls, connection: Connection, operation: str) -> Member:
        form = shared_form if len(operation) <= LONGEST_SHARED_ID else form_of
        return cls(connection, operation, form(operation, connection.encode, connection.join), connection.writer)

    def show(self, payloads: Sequence[bytes]) -> bool:
        """Write payloads to this member alone; False where its connection is gone."""
        try:
            return self.connection.put_all([encoded(self.form, payload) for payload in payloads])
        except Exception:  # uvloop raises RuntimeError on a connection that was cut at this moment
            return False


def form_of(operation: str, encode: Encode, join: Join) -> Form:
    """How messages of an operation with this id begin, are encoded and joined."""
    return b'{"id":' + orjson.dumps(operation) + b',"type":"next","payload":', encode, join


# Most clients count their operations, so that a whole crowd has one and the same form.
shared_form = lru_cache(MOST_SHARED)(form_of)


def encoded(form: Form, payload: bytes) -> Any:
    """The message that carries this payload to members of this form."""
    begin, encode, _ = form
    return encode(begin + payload + b"}")
