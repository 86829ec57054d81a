"""Cursors: positions that a client carries and can neither read nor make."""

from __future__ import annotations

import base64
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

LONGEST = 2_000
TAG_BYTES = 16
SALT_BYTES = 8
FEED, POSITION = b"feed", b"place"


class BadCursor(Exception):
    """The string is no cursor of this desk, or one of another kind."""


@dataclass(frozen=True, slots=True)
class FeedPosition:
    """A position in the log: all up to seq is known. mark names the filter and rights that it was made for, if any."""

    epoch: str
    seq: int
    mark: bytes = b""


class Cursors:
    """Seals and opens cursors with AES-SIV: what was shown at a position has one cursor, under one key.

    Where the log stood when nothing was shown is another string each time: equal ones would tell a caller whether
    something happened that is hidden from it. The kind of cursor is part of what is authenticated, so that one never
    stands in for another.
    """

    def __init__(self, key: bytes) -> None:
        self._cipher = AESSIV(hmac.digest(key, b"cursors", "sha512"))

    def seal_feed(self, epoch: str, seq: int, mark: bytes = b"") -> str:
        """The cursor of an event that a client is shown: the same string each time."""
        return self._seal(FEED, _position(epoch, seq, mark))

    def seal_position(self, epoch: str, seq: int, mark: bytes = b"") -> str:
        """A cursor of where the log stands, another string each time, as clients may not know whether it moved."""
        return self._seal(POSITION, os.urandom(SALT_BYTES) + _position(epoch, seq, mark))

    def open_feed(self, cursor: str) -> FeedPosition:
        """Read a position back, whichever of the two wrote it; BadCursor for anything else."""
        try:
            plain = self._open(POSITION, cursor)[SALT_BYTES:]
        except BadCursor:
            plain = self._open(FEED, cursor)
        end = 9 + plain[8]
        return FeedPosition(plain[9:end].decode(), int.from_bytes(plain[:8], "big"), plain[end:])

    def seal_page(self, order: str, values: Sequence[str | int]) -> str:
        """The cursor of the values after which a list goes on, in the named order."""
        return self._seal(_page(order), orjson.dumps(list(values)))

    def open_page(self, cursor: str, order: str) -> list[str | int]:
        """Read back the values of a page cursor of the same order; BadCursor for anything else."""
        values: list[str | int] = orjson.loads(self._open(_page(order), cursor))
        return values

    def _seal(self, purpose: bytes, plain: bytes) -> str:
        return _text(self._cipher.encrypt(plain, [purpose]))

    def _open(self, purpose: bytes, cursor: str) -> bytes:
        sealed = _bytes(cursor)
        try:
            return self._cipher.decrypt(sealed, [purpose])
        except InvalidTag:
            raise BadCursor from None


def _position(epoch: str, seq: int, mark: bytes) -> bytes:
    name = epoch.encode()
    return seq.to_bytes(8, "big") + bytes([len(name)]) + name + mark


def _page(order: str) -> bytes:
    return b"page:" + order.encode()


def _text(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def _bytes(cursor: str) -> bytes:
    """Decode strictly: one position has one spelling, whatever the decoder would forgive."""
    if len(cursor) > LONGEST or not cursor.isascii():
        raise BadCursor
    try:
        sealed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError:
        raise BadCursor from None
    if len(sealed) <= TAG_BYTES or _text(sealed) != cursor:
        raise BadCursor
    return sealed
