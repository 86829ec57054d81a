"""Members: one subscription on one socket each, to which rendered bytes are written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, Protocol

import orjson

Form = tuple[bytes, Callable[[bytes], Any]]
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
    # Makes of a message what the writer takes. Connections of one kind share it, so that equal messages are made once.
    encode: Callable[[bytes], Any]
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

    form: how its messages begin and are encoded; members with equal forms get equal messages.
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
        return cls(connection, operation, form(operation, connection.encode), connection.writer)

    def show(self, payloads: Sequence[bytes]) -> bool:
        """Write payloads to this member alone; False where its connection is gone."""
        try:
            return self.connection.put_all([encoded(self.form, payload) for payload in payloads])
        except Exception:  # uvloop raises RuntimeError on a connection that was cut at this moment
            return False


def form_of(operation: str, encode: Callable[[bytes], Any]) -> Form:
    """How messages of an operation with this id begin, and are encoded."""
    return b'{"id":' + orjson.dumps(operation) + b',"type":"next","payload":', encode


# Most clients count their operations, so that a whole crowd has one and the same form.
shared_form = lru_cache(MOST_SHARED)(form_of)


def encoded(form: Form, payload: bytes) -> Any:
    """The message that carries this payload to members of this form."""
    begin, encode = form
    return encode(begin + payload + b"}")


class Broadcast:
    """Writes payloads to many members, and lets the loop do other work after every so many of them.

    One payload is written at a time, whichever group it is of, so that the bound holds for the worker as a whole.
    """

    def __init__(self, members_at_once: int) -> None:
        self._at_once = members_at_once
        self._left = members_at_once
        self._turn = asyncio.Lock()

    async def __call__(
        self, members: Sequence[Member], seq: int, payload: bytes, *, again: bool = False,
        holds: Callable[[], bool] = lambda: True,
    ) -> list[Member]:  # fmt: skip
        """Write to every open member that is before seq, or at seq too if again; gives those whose connection is gone.

        Goes on only as long as the payload holds: the rest are left before seq.
        """
        before = seq + again
        messages = Messages(payload)
        last: Form | None = None
        message: Any = None
        lost: list[Member] = []
        async with self._turn:
            left = self._left
            for member in members if holds() else ():
                if left == 0:
                    await asyncio.sleep(0)
                    left = self._at_once
                    if not holds():
                        break
                if member.open and member.position < before:
                    left -= 1
                    member.position = seq
                    if member.form is not last:
                        last = member.form
                        message = messages.of(last)
                    if not _put(member, message):
                        lost.append(member)
            self._left = left
        return lost


def _put(member: Member, message: Any) -> bool:
    """Write one message; False where the connection is gone, however its transport says so."""
    try:
        return member.writer.put(message) is not False
    except Exception:  # uvloop raises RuntimeError on a connection that was cut at this moment
        return False


class Messages:
    """The messages that carry one payload, made once for each of the first few forms."""

    def __init__(self, payload: bytes) -> None:
        self._payload = payload
        self._made: dict[Form, Any] = {}

    def of(self, form: Form) -> Any:
        message = self._made.get(form)
        if message is None:
            message = encoded(form, self._payload)
            if len(self._made) < MOST_SHARED:
                self._made[form] = message
        return message
