"""surga version"""

from __future__ import annotations

import asyncio
import subprocess
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from api.cli.explanations import explain
from api.cli.output import echo
from api.cli.running import ONE_LINE_ERRORS, one_line, run_async
from api.server.opening import find_addresses
from api.settings import load_settings
from models.database_state import look_at
from models.schema_versions import SchemaState, known_migrations

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 5.0  # our choice: a database that is away shall not keep anybody from reading the version


def run() -> None:
    """Print the release, its commit, the schema that it brings, and the schema of the database."""
    echo(f"surga {version('surga')}")
    echo(f"commit {commit() or 'unknown'}")
    echo(f"schema {max(known_migrations())}")
    echo(f"database {database()}")


def commit() -> str | None:
    """The commit of this program, as its wheel says or the checkout that it runs in; None where neither does."""
    built = files("api").joinpath("commit.txt")
    return built.read_text().strip() if built.is_file() else commit_of_checkout()


def commit_of_checkout() -> str | None:
    """The commit of the checkout, with a mark where files differ from it."""
    if not (ROOT / ".git").exists():
        return None
    asked = ["git", "-C", str(ROOT), "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]
    try:
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return None


def database() -> str:
    """The newest migration of the database, and whether it fits; or why that is not known."""
    try:
        found = run_async(asked(find_addresses(load_settings()).database_url))
    except ONE_LINE_ERRORS as wrong:
        return f"not known: {one_line(wrong)}"
    except Exception as wrong:
        if (why := explain(wrong)) is None:
            raise
        return f"not known: {why}"
    return schema_line(found)


async def asked(url: str) -> SchemaState:
    async with asyncio.timeout(PATIENCE_SECONDS):
        return (await look_at(url)).schema


def schema_line(state: SchemaState) -> str:
    newest = max(state.applied, default="empty")
    return f"{newest} ({state.trouble})" if state.trouble else newest
