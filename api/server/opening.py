"""Where a process finds its database, its bus and its secret: by its settings, or by a running demo."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from api.embedded.embedded import Servers, is_held
from api.errors import CannotStart
from api.server.line_checks import of_lines
from api.settings import SHORTEST_SECRET, Environment, Settings
from services.audit.key_ids import require_key
from services.clocks.passing import pass_tickets
from services.core.desk import Desk, Rules
from services.core.installation import opened_desk

DEFAULT_REDIS = "redis://127.0.0.1:6379/0"
DEMO_DATABASE = "surga"
KEDIRI = Path(__file__).resolve().parents[2] / "cities" / "kediri"


@dataclass(frozen=True, slots=True)
class ServerAddresses:
    """The addresses of the database and the bus; they may hold passwords."""

    database_url: str
    redis_url: str


def find_addresses(settings: Settings) -> ServerAddresses:
    """The servers of the settings, else those of the demo that runs on the data folder.

    Raises CannotStart where there are none, and in production for connections that others could listen to.
    """
    if settings.environment is Environment.PRODUCTION and (wrong := list(of_lines(settings))):
        raise CannotStart("; ".join(wrong))
    if settings.database_url is not None:
        return ServerAddresses(settings.database_url, settings.redis_url or DEFAULT_REDIS)
    if settings.environment is not Environment.PRODUCTION and is_held(settings.data_dir):
        return ServerAddresses(**json.loads(note(settings.data_dir).read_text()))
    raise CannotStart(
        "No database: give SURGA_DATABASE_URL and SURGA_REDIS_URL, "
        f"or start the demo first (make demo; its data folder would be {settings.data_dir})."
    )


def note_addresses(servers: Servers, data_dir: Path) -> ServerAddresses:
    """Write down where the demo's servers are, for other commands of the same user only."""
    addresses = ServerAddresses(servers.database_url(DEMO_DATABASE), servers.redis_url)
    write_private(note(data_dir), json.dumps(asdict(addresses)))
    return addresses


def note(data_dir: Path) -> Path:
    return data_dir / "servers.json"


def write_private(path: Path, text: str) -> None:
    """Replace a file as a whole with one that only its owner reads."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    new.replace(path)


def secret_key(settings: Settings) -> bytes:
    """The installation's one secret: of the settings, or outside production made once in the data folder."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value().encode()
    if settings.environment is Environment.PRODUCTION:
        raise CannotStart(
            f"SURGA_SECRET_KEY is missing: {SHORTEST_SECRET} random characters or more, kept for ever and kept secret."
        )
    file = settings.data_dir / "secret.key"
    if not file.exists():
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        write_private(file, secrets.token_urlsafe(32))
    return file.read_text().strip().encode()


@asynccontextmanager
async def open_desk(settings: Settings, *, any_key: bool = False) -> AsyncIterator[Desk]:
    """Open the desk that the settings lead to, until the block ends.

    Raises WrongKey where its database was begun under another secret, unless any_key will do, as for who only reads.
    """
    addresses = find_addresses(settings)
    async with opened_desk(
        addresses.database_url,
        addresses.redis_url,
        secret_key(settings),
        identity=settings.identity(),
        rules=rules_of(settings),
        pool_size=settings.pool_size,
        pass_first=pass_tickets,
    ) as desk:
        if not any_key:
            await require_key(desk.keys)
        yield desk


def rules_of(settings: Settings) -> Rules:
    """The times of the desk that this installation set."""
    return Rules(
        retention=settings.periods(),
        horizon=timedelta(days=settings.horizon_days),
        horizon_matches=settings.horizon_events,
        same_report=timedelta(hours=settings.duplicate_hours),
        session_lifetime=timedelta(hours=settings.session_hours),
        session_idle=timedelta(hours=settings.session_idle_hours),
        shortest_password=settings.shortest_password,
        least_cell=settings.least_cell,
    )
