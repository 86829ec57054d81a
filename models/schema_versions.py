"""Which migrations this program brings, and which a database has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
APPLIED = "SELECT name FROM tortoise_migrations WHERE app = 'models'"


@dataclass(frozen=True, slots=True)
class SchemaState:
    """The migrations of a program and of a database, by name."""

    known: frozenset[str]
    applied: frozenset[str]

    @property
    def missing(self) -> list[str]:
        """What the database lacks, in the order in which it is applied."""
        return sorted(self.known - self.applied)

    @property
    def newer(self) -> list[str]:
        """What a later program than this one did to the database."""
        return sorted(self.applied - self.known)

    @property
    def trouble(self) -> str | None:
        """Why this program can not work on the database, and what to do; None where it can."""
        if self.newer:
            return (
                f"The database is newer than this program: a later release applied {', '.join(self.newer)}. "
                "Install that release, or restore a backup from before the upgrade."
            )
        if not self.applied:
            return "The database is empty: run `surga migrate` first."
        if self.missing:
            return f"The database lacks migrations ({', '.join(self.missing)}): run `surga migrate` first."
        return None


def known_migrations() -> set[str]:
    """The migrations that this code brings."""
    return {path.stem for path in MIGRATIONS.glob("[0-9]*.py")}


async def applied_migrations(server: Any) -> set[str]:
    """The migrations that a database has, over an open connection; none where it is empty."""
    try:
        return {row["name"] for row in await server.fetch(APPLIED)}
    except asyncpg.UndefinedTableError:
        return set()


async def schema_state(server: Any) -> SchemaState:
    """How this program and a database fit, over an open connection of asyncpg."""
    return SchemaState(frozenset(known_migrations()), frozenset(await applied_migrations(server)))
