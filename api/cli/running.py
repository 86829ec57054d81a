"""How a verb runs: its event loop, its settings, and the errors that are said in one line."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import asyncpg
import uvloop
from tortoise.exceptions import DBConnectionError

from api.errors import CannotStart
from api.settings import SettingsWrong
from models.database import DatabaseUnusable
from realtime.homes import LogElsewhereError
from services.core.installation import WrongPurpose
from services.core.refusals import Refusal
from services.master_data.city_entries import CityInvalid
from services.master_data.seed import SeedRefused

T = TypeVar("T")

ONE_LINE_ERRORS = (
    CannotStart,
    SettingsWrong,
    DatabaseUnusable,
    DBConnectionError,
    WrongPurpose,
    SeedRefused,
    CityInvalid,
    Refusal,
    LogElsewhereError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.CannotConnectNowError,
    OSError,
)


def run_async(main: Coroutine[Any, Any, T]) -> T:
    """Run one coroutine to its end on uvloop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


def one_line(wrong: BaseException) -> str:
    """What went wrong, without line breaks and control characters."""
    if isinstance(wrong, ConnectionError):
        return f"a server does not answer ({wrong.strerror or wrong}): is it running, and is its address right?"
    text = " ".join(str(wrong).split()) or type(wrong).__name__
    return "".join(letter for letter in text if letter.isprintable())
