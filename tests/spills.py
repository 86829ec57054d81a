"""Personal values that tests planted, found again in whatever bytes: whole, in part, masked, or encoded."""

from __future__ import annotations

import json
import os
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from urllib.parse import quote

from tests.noise import is_noise, without_escapes
from tests.phones import phones_in

# Every planted reporter has one of these in the value: they are what is sought where all bytes of a database lie.
# They are so long that no run draws them by chance.
NAME_MARK, PHONE_MARK, NIK_MARK = "xqzvykjwqf", "81100724691", "357199000000901"
MARKS = {"name or e-mail": NAME_MARK, "phone": PHONE_MARK, "NIK": NIK_MARK}
RUN = "SURGA_TEST_RUN"  # the folder of this run, told to every process
NOTES = "planted.jsonl"

IMPOSSIBLE_NIK = re.compile(rb"(?<!\d)357199\d{10}(?!\d)")
MASKED = re.compile(rb"(?<!\d)\d{4}\*{4}\d{2}(?!\d)|(?<!\d)\d{4}\*{8}\d{4}(?!\d)")
EMAIL = re.compile(rb"@(?<=[a-z0-9._+*-]@)[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:test|id)\b", re.IGNORECASE)
SHORTEST_NAME, MOST_NAMES, MOST_OF_A_KIND = 8, 400, 3


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


@cache
def forms(value: str) -> frozenset[bytes]:
    """A value as it is, and in the encodings that somebody may think to hide it in."""
    raw = value.encode()
    plain = {raw, raw.upper(), quote(value).encode(), json.dumps(value)[1:-1].encode(), value.encode("utf-16-le")}
    return frozenset(plain | {raw.hex().encode(), raw.hex().upper().encode()} | set(_base64(raw)))


def _base64(raw: bytes) -> Iterator[bytes]:
    """What base64 makes of the bytes at every place in a longer text, without what neighbours change."""
    for before in range(3):
        text = b64encode(bytes(before) + raw)
        whole = text[(before * 8 + 5) // 6 : len(bytes(before) + raw) * 8 // 6]
        yield from {whole, whole.replace(b"+", b"-").replace(b"/", b"_")}


def marks_in(data: bytes) -> list[Spill]:
    """The marks of planted reporters, for the many bytes of a whole database."""
    return [spill for kind, mark in MARKS.items() for spill in _first(kind, data, mark, set(_base64(mark.encode())))]


def spills_in(data: bytes, planted: Mapping[str, Set[str]]) -> list[Spill]:
    """Everything personal in a log, a bus or a list of metrics, where nothing personal has any business."""
    found = [spill for kind, mark in MARKS.items() for spill in _first(kind, data, mark, forms(mark))]
    for kind, pattern in (("masked value", MASKED), ("e-mail", EMAIL)):
        found += _some(kind, data, (match.start() for match in pattern.finditer(data)))
    words = [(kind, value) for kind, values in planted.items() for value in _words(kind, values)]
    if _any_of(tuple(value for _, value in words)).search(data):  # seven times as fast as to look for each of them
        for kind, value in words:
            found += _first(kind, data, value)
    plain = without_escapes(data)
    niks = (match.start() for match in IMPOSSIBLE_NIK.finditer(plain) if not is_noise(plain, *match.span()))
    return [
        *found,
        *_some("NIK", data, niks),
        *_some("phone", data, phones_in(plain, planted.get("phone", frozenset()))),
    ]


def _some(kind: str, data: bytes, places: Iterator[int]) -> list[Spill]:
    return [Spill(kind, _around(data, place)) for place in islice(places, MOST_OF_A_KIND)]


@cache
def _any_of(values: tuple[str, ...]) -> re.Pattern[bytes]:
    """What finds one of these values, or nothing where there are none."""
    by_letter: dict[bytes, list[bytes]] = {}
    for raw in (value.encode() for value in values):
        by_letter.setdefault(raw[:1], []).append(re.escape(raw[1:]))
    return re.compile(
        b"|".join(re.escape(first) + b"(?:%s)" % b"|".join(ends) for first, ends in by_letter.items()) or b"(?!)"
    )


def _words(kind: str, values: Set[str]) -> list[str]:
    """Values that are sought as they are: not those that patterns find, nor names that are any word or number."""
    if kind in ("phone", "nik", "email"):
        return []
    long = (value for value in sorted(values) if len(value) >= SHORTEST_NAME)
    return [value for value in long if any(letter.isalpha() for letter in value)][:MOST_NAMES]


def _first(kind: str, data: bytes, value: str, encoded: Iterable[bytes] = ()) -> list[Spill]:
    """The first place of each form of a value; digits as they are count only where they stand by themselves."""
    raw = value.encode()
    places = [data.find(form) for form in encoded if form != raw]
    places.append(_by_itself(data, raw) if value.isdigit() else data.find(raw))
    return [Spill(kind, _around(data, place)) for place in places if place >= 0]


def _by_itself(data: bytes, digits: bytes) -> int:
    """Where digits first stand and are no part of something longer; -1 if nowhere."""
    place = data.find(digits)
    while place >= 0 and is_noise(data, place, place + len(digits)):
        place = data.find(digits, place + 1)
    return place


def _around(data: bytes, place: int) -> str:
    return data[max(0, place - 80) : place + 80].decode("utf-8", "replace")
