"""How a verb runs: its event loop, its settings, and the errors that are said in one line."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import uvloop

from api.errors import CannotStart
from api.settings import SettingsWrong
from models.database import DatabaseUnusable
from realtime.homes import LogElsewhereError
from services.audit.key_ids import WrongKey
from services.core.installation import WrongPurpose
from services.core.refusals import Refusal
from services.master_data.city_entries import CityInvalid
from services.master_data.seed import SeedRefused

T = TypeVar("T")

ONE_LINE_ERRORS = (
    CannotStart,
    SettingsWrong,
    DatabaseUnusable,
    WrongPurpose,
    SeedRefused,
    CityInvalid,
    Refusal,
    LogElsewhereError,
    WrongKey,
)


def run_async(main: Coroutine[Any, Any, T]) -> T:
    """Run one coroutine to its end on uvloop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


def one_line(wrong: BaseException) -> str:
    """What went wrong, without line breaks and control characters."""
    return plain(str(wrong)) or type(wrong).__name__


def plain(text: str) -> str:
    """A text in one line, without control characters."""
    text = " ".join(text.split())
    return "".join(letter for letter in text if letter.isprintable())
