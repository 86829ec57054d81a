"""Real PostgreSQL and Valkey from their wheels, as children of this process: for the demo and the tests."""

from __future__ import annotations

import fcntl
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.embedded.postgres import running_postgres
from api.embedded.valkey import running_valkey
from api.errors import CannotStart

PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]{1,80}")  # a socket's path must stay under 100 bytes and stands in a URL


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the two servers answer."""

    postgres: str
    redis_url: str

    def database_url(self, name: str) -> str:
        """The address of one database of the PostgreSQL server."""
        return self.postgres.replace("/postgres?", f"/{name}?", 1)


@contextmanager
def running_servers(folder: Path, *, durable: bool = True) -> Iterator[Servers]:
    """Run both servers on folder until the block ends. durable=False trades safety for speed, for tests only.

    Raises CannotStart with one line that says why.
    """
    with ExitStack() as stack:
        data = writable(folder)
        stack.enter_context(alone(data))
        sockets = stack.enter_context(socket_folder(data))
        redis_url = stack.enter_context(running_valkey(data, sockets))
        postgres = stack.enter_context(running_postgres(data, sockets, durable=durable))
        yield Servers(postgres=postgres, redis_url=redis_url)


def writable(folder: Path) -> Path:
    """Make the data folder where it is missing, and prove that it takes files."""
    data = folder.expanduser().absolute()
    try:
        data.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data):
            return data
    except OSError as wrong:
        raise CannotStart(
            f"The data folder {data} can not be written ({wrong.strerror}): "
            "make it writable, or name another one in SURGA_DATA_DIR."
        ) from None


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """Lock the data folder for this process; the lock ends with the process, however that ends."""
    with (data / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CannotStart(
                f"The data folder {data} is in use by another running demo: "
                "stop that one first, or name another folder in SURGA_DATA_DIR."
            ) from None
        yield


@contextmanager
def socket_folder(data: Path) -> Iterator[Path]:
    """A private folder for the sockets: inside the data folder, or a short one where that path would be too long."""
    inside = data / "run"
    if PLAIN_PATH.fullmatch(str(inside)):
        inside.mkdir(mode=0o700, exist_ok=True)
        yield inside
        return
    short = Path(tempfile.mkdtemp(prefix="surga-", dir="/tmp"))  # $TMPDIR may be long itself
    try:
        yield short
    finally:
        shutil.rmtree(short, ignore_errors=True)


def is_held(data: Path) -> bool:
    """Whether a running process holds this data folder."""
    try:
        with (data / "lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
