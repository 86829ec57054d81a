"""Whether digits are part of something longer that means nothing: a fraction, a hash, an id or a token."""

from __future__ import annotations

import re

REACH = 256  # characters on each side that are looked at; the longest hash of ours has 128
FRACTION = re.compile(rb"\d\.\d*\Z")
TOKEN_BEFORE = re.compile(rb"[0-9A-Za-z]*\Z")
TOKEN_AFTER = re.compile(rb"[0-9A-Za-z]*")
HEX = re.compile(rb"[0-9A-Fa-f]*")
TURN = re.compile(rb"(?<=[0-9])[A-Za-z]|(?<=[A-Za-z])[0-9]")
UUID = re.compile(rb"(?<![0-9A-Fa-f])[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}(?![0-9A-Fa-f])")
UUID_LENGTH = 36
ESCAPED = re.compile(rb"\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[abfnrtv])|%[0-9A-Fa-f]{2}")
# Letters and digits take turns in what was drawn or computed; in what people write they hardly do.
TURNS_OF_HEX, TURNS_OF_BASE64 = 2, 4


def without_escapes(data: bytes) -> bytes:
    """The same bytes, as many, with commas for each escaped character: its letters and digits are no one's."""
    return ESCAPED.sub(lambda match: b"," * len(match[0]), data)


def is_noise(data: bytes, start: int, end: int) -> bool:
    """Whether the digits from start to end are part of a decimal fraction, a UUID, a hexadecimal or a base64 token."""
    before, after = without_escapes(data[max(0, start - REACH) : start]), data[end : end + REACH]
    return FRACTION.search(before) is not None or _in_token(before, after) or _in_uuid(data, start, end)


def _in_token(before: bytes, after: bytes) -> bool:
    left, right = TOKEN_BEFORE.search(before)[0], TOKEN_AFTER.match(after)[0]  # type: ignore[index]
    turns = sum(len(TURN.findall(part)) for part in (left.rstrip(b"0123456789"), right.lstrip(b"0123456789")))
    return turns >= (TURNS_OF_HEX if HEX.fullmatch(left + right) else TURNS_OF_BASE64)


def _in_uuid(data: bytes, start: int, end: int) -> bool:
    around = data[max(0, start - UUID_LENGTH) : end + UUID_LENGTH]
    place = min(start, UUID_LENGTH)
    return any(match.start() <= place < match.end() for match in UUID.finditer(around))
