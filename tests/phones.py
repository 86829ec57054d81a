"""Planted phone numbers, found again however they are written: whole, without their beginning, or in groups."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Set
from functools import lru_cache

from tests.noise import is_noise

END = 9  # a number is known by its last digits, whichever prefix it is written with
LONGEST = 64  # with its separators
MOBILE = re.compile(r"\+628[1-9]")  # the demo's begin with 800, and are sought whole only
DIGITS = re.compile(rb"\d(?:[ -]?\d){8,}")
ENDED = re.compile(rb"\d(?:[ -]?\d){8}\Z")
GROUP_END = re.compile(rb"[ -]|\Z")
LONE_DIGIT = re.compile(rb"(?<!\d)\d(?!\d)")
SEPARATORS = b" -"
PREFIXES = (b"", b"0", b"62", b"620")
TELLING = 6  # digits after the zeros at the front: any counter holds fewer


def phones_in(data: bytes, phones: Set[str]) -> Iterator[int]:
    """Where one of these phone numbers stands, outside of what only happens to hold its digits."""
    leads = leads_of(frozenset(phones))
    for run in DIGITS.finditer(data):
        for end in (match.start() for match in GROUP_END.finditer(run[0])):
            text = run[0][max(0, end - LONGEST) : end]
            digits = text.translate(None, SEPARATORS)
            if digits[-END:] in leads and (place := _place(text, digits, leads[digits[-END:]])) is not None:
                start = run.start() + end - len(text) + place
                if not is_noise(data, start, run.start() + end):
                    yield start


def untelling(phones: Set[str]) -> list[str]:
    """The mobile numbers among these that a test should not plant: an integer may hold their last digits."""
    return [phone for phone in sorted(phones) if MOBILE.match(phone) and not _telling(phone[-END:].encode())]


@lru_cache(maxsize=4)
def leads_of(phones: frozenset[str]) -> dict[bytes, set[bytes]]:
    """For the last digits of each number those before them, without the country's; for a short one its prefixes."""
    leads: dict[bytes, set[bytes]] = defaultdict(set)
    for phone in phones:
        digits = re.sub(r"\D", "", phone).encode()
        lead = digits[:-END].removeprefix(b"62")
        leads[digits[-END:]] |= {lead} if lead else {b"0", b"62"}
    return leads


def _place(text: bytes, digits: bytes, leads: set[bytes]) -> int | None:
    """Where the last digits begin in the text, if they follow what leads them, or stand alone and tell enough."""
    start = ENDED.search(text).start()  # type: ignore[union-attr]
    before = digits[:-END]
    whole = any(before.endswith(lead) for lead in leads)
    return start if whole or (_telling(text[start:]) and _alone(text[:start], leads)) else None


def _telling(text: bytes) -> bool:
    """Whether digits are sought without their lead: no integer begins with 0, and none with zeros in front is as long.

    A list of single digits is no number either.
    """
    digits = text.translate(None, SEPARATORS)
    return digits.startswith(b"0") and len(digits.lstrip(b"0")) >= TELLING and LONE_DIGIT.search(text) is None


def _alone(before: bytes, leads: set[bytes]) -> bool:
    """Whether nothing but a prefix or a part of the lead is written in front without a gap."""
    touching = before[max(before.rfind(b" "), before.rfind(b"-")) + 1 :]
    return touching in PREFIXES or any(lead.endswith(touching) for lead in leads)
