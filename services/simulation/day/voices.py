"""How people write by each channel: in a chat, in a form, or as an officer notes what was told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from models.enums import Channel
from services.simulation.day.templates import STYLES


@dataclass(frozen=True, slots=True)
class Voice:
    """One channel's way: its style, what stands before and after, and how many in a hundred write short words."""

    style: str
    open: tuple[str, ...]
    close: tuple[str, ...]
    short: int = 0


@dataclass(frozen=True, slots=True)
class Voices:
    """The voices of all channels that citizens use, and the short words of telephones."""

    by_channel: Mapping[Channel, Voice]
    short: Mapping[str, str]
    pattern: re.Pattern[str]

    def speak(self, rng: Random, channel: Channel, text: str, local: datetime, *, bare: bool = False) -> str:
        """A text as it comes in through a channel at this moment of the city's clocks; bare: without greetings."""
        voice = self.by_channel[channel]
        if rng.randrange(100) < voice.short:
            text = self.pattern.sub(lambda found: self.short[found[0]], text)
        if bare:
            return text
        opening, closing = rng.choice(voice.open), rng.choice(voice.close)
        if voice.style == "chat" and not opening and rng.randrange(2):
            text = text[0].upper() + text[1:]
        if closing.startswith("."):
            text = text.rstrip(".")
        if text.endswith("?") and closing.startswith("."):
            closing = closing[1:]
        return opening.format(waktu=_part_of_day(local.hour)) + text + closing


def read_voices(raw: Mapping[str, Any]) -> Voices:
    """The voices of a day. Raises ValueError, KeyError or TypeError."""
    voices = {
        Channel(code): Voice(each["style"], tuple(each["open"]), tuple(each["close"]), int(each.get("short", 0)))
        for code, each in raw["voices"].items()
    }
    if unknown := {voice.style for voice in voices.values()} - set(STYLES):
        raise ValueError(f"{sorted(unknown)} are no styles")
    longest_first = sorted(raw["short"], key=len, reverse=True)
    pattern = re.compile(r"\b(" + "|".join(map(re.escape, longest_first)) + r")\b")
    return Voices(voices, dict(raw["short"]), pattern)


def _part_of_day(hour: int) -> str:
    if 4 <= hour < 11:
        return "pagi"
    if 11 <= hour < 15:
        return "siang"
    return "sore" if 15 <= hour < 18 else "malam"
