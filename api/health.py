"""Two questions of a monitor: does the process live, and can it serve."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import asyncpg
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tortoise.exceptions import BaseORMException

from models.database import connection

MIGRATIONS = Path(__file__).resolve().parents[1] / "models" / "migrations"
PATIENCE_SECONDS = 2.0
NO_STORE = {"cache-control": "no-store"}
APPLIED = "SELECT name FROM tortoise_migrations WHERE app = 'models'"


class Bus(StrEnum):
    """How changes arrive: at once by the bell, or within a second by looking at the log."""

    LIVE = "LIVE"
    POLLING = "POLLING"


class Trouble(StrEnum):
    DATABASE = "the database does not answer"
    MIGRATIONS = "the database lacks migrations: run surga migrate"


async def alive(request: Request) -> Response:
    """200 while the process runs, whatever its servers do."""
    return JSONResponse({"alive": True}, headers=NO_STORE)


@dataclass(frozen=True, slots=True)
class Readiness:
    """Asks the database at every call; a silent bus makes changes slower and never makes the server unready."""

    bus_is_live: Callable[[], bool]

    async def endpoint(self, request: Request) -> Response:
        """200 with the state of the bus; 503 with the reason."""
        trouble = await find_trouble()
        bus = Bus.LIVE if self.bus_is_live() else Bus.POLLING
        told = {"ready": trouble is None, "bus": bus} | ({} if trouble is None else {"reason": trouble})
        return JSONResponse(told, status_code=200 if trouble is None else 503, headers=NO_STORE)


async def find_trouble() -> Trouble | None:
    """Why this process could not serve a request now; None where it could."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            rows = await connection().execute_query_dict(APPLIED)
    except (BaseORMException, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        return Trouble.DATABASE
    return None if known_migrations() <= {row["name"] for row in rows} else Trouble.MIGRATIONS


def known_migrations() -> set[str]:
    """The migrations that this code brings."""
    return {path.stem for path in MIGRATIONS.glob("[0-9]*.py")}
