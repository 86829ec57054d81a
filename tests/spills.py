"""Personal values that tests planted, found again in whatever bytes: whole, in part, masked, or encoded."""

from __future__ import annotations

import json
import os
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

# Every planted reporter has one of these in the value: they are what is sought where all bytes of a database lie.
NAME_MARK, PHONE_MARK, NIK_MARK = "xqzvyk", "811755901", "357199000000901"
MARKS = {"name or e-mail": NAME_MARK, "phone": PHONE_MARK, "NIK": NIK_MARK}
RUN = "SURGA_TEST_RUN"  # the folder of this run, told to every process
NOTES = "planted.jsonl"

IMPOSSIBLE_NIK = re.compile(rb"(?<!\d)357199\d{10}(?!\d)")
MASKED = re.compile(rb"(?<!\d)\d{4}\*{4}\d{2}(?!\d)|(?<!\d)\d{4}\*{8}\d{4}(?!\d)")
EMAIL = re.compile(rb"[a-z0-9._+*-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:test|id)\b", re.IGNORECASE)
DIGITS = re.compile(rb"\d(?:[ -]?\d){8,19}")
SHORTEST_NAME, MOST_NAMES = 8, 400
PHONE_DIGITS = 9


@dataclass(frozen=True)
class Spill:
    """What was found, where, and the text around it."""

    kind: str
    around: str


def note(kind: str, value: str) -> None:
    """Remember a personal value of a test until the run is searched."""
    folder = os.environ.get(RUN)
    if folder is not None:
        with (Path(folder) / NOTES).open("a", encoding="utf-8") as file:
            file.write(json.dumps([kind, value]) + "\n")


def noted(folder: Path) -> dict[str, set[str]]:
    """The values that tests of this run planted, by kind."""
    found: dict[str, set[str]] = {}
    path = folder / NOTES
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        kind, value = json.loads(line)
        found.setdefault(kind, set()).add(value)
    return found


def forms(value: str) -> set[bytes]:
    """A value as it is, and in the encodings that somebody may think to hide it in."""
    raw = value.encode()
    plain = {raw, raw.upper(), quote(value).encode(), json.dumps(value)[1:-1].encode(), value.encode("utf-16-le")}
    return plain | {raw.hex().encode(), raw.hex().upper().encode()} | set(_base64(raw))


def _base64(raw: bytes) -> Iterator[bytes]:
    """What base64 makes of the bytes at every place in a longer text, without what neighbours change."""
    for before in range(3):
        text = b64encode(bytes(before) + raw)
        whole = text[(before * 8 + 5) // 6 : len(bytes(before) + raw) * 8 // 6]
        yield from {whole, whole.replace(b"+", b"-").replace(b"/", b"_")}


def marks_in(data: bytes) -> list[Spill]:
    """The marks of planted reporters, for the many bytes of a whole database."""
    found = []
    for kind, mark in MARKS.items():
        for form in (mark.encode(), *_base64(mark.encode())):
            found += _first(kind, data, form)
    return found


def spills_in(data: bytes, planted: Mapping[str, set[str]]) -> list[Spill]:
    """Everything personal in a log, a bus or a list of metrics, where nothing personal has any business."""
    found = [spill for kind, mark in MARKS.items() for form in forms(mark) for spill in _first(kind, data, form)]
    for kind, pattern in (("NIK", IMPOSSIBLE_NIK), ("masked value", MASKED), ("e-mail", EMAIL)):
        found += [Spill(kind, _around(data, match.start())) for match in list(pattern.finditer(data))[:3]]
    for kind, values in planted.items():
        for value in _words(kind, values):
            found += _first(kind, data, value.encode())
    return found + _phones(data, planted.get("phone", set()))


def _words(kind: str, values: set[str]) -> list[str]:
    """Values that are sought as they are: not those that patterns find, nor names that are any word."""
    if kind in ("phone", "nik", "email"):
        return []
    return [value for value in sorted(values) if len(value) >= SHORTEST_NAME][:MOST_NAMES]


def _phones(data: bytes, phones: set[str]) -> list[Spill]:
    ends = {re.sub(r"\D", "", phone)[-PHONE_DIGITS:] for phone in phones}
    runs = ((match.start(), re.sub(rb"\D", b"", match[0]).decode()) for match in DIGITS.finditer(data))
    return [Spill("phone", _around(data, place)) for place, run in runs if run[-PHONE_DIGITS:] in ends][:3]


def _first(kind: str, data: bytes, form: bytes) -> list[Spill]:
    place = data.find(form)
    return [] if place < 0 else [Spill(kind, _around(data, place))]


def _around(data: bytes, place: int) -> str:
    return data[max(0, place - 80) : place + 80].decode("utf-8", "replace")
