"""Server processes that live exactly as long as their parent."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import pwd
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.errors import CannotStart

PR_SET_PDEATHSIG = 1
LOOK_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Account:
    """Another system account to run a child as."""

    uid: int
    gid: int


def wheel_folder(package: str) -> Path:
    """The folder of an installed package, found without importing it."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise CannotStart(
            f"The package {package} is not installed: install the extra 'embedded', "
            "or give SURGA_DATABASE_URL and SURGA_REDIS_URL."
        )
    return Path(found.origin).parent


def unprivileged() -> Account | None:
    """The account for a server that refuses to run as root; None where this process is not root."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def open_path(folder: Path) -> None:
    """Let other accounts pass through the parents of folder, as the server runs as one where this process is root."""
    for parent in folder.parents:
        mode = stat.S_IMODE(parent.stat().st_mode)
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXOTH)


def start(command: Sequence[str], log: Path, death: signal.Signals, account: Account | None) -> subprocess.Popen[bytes]:
    """Start a child out of Ctrl-C's reach that gets the signal `death` when this process dies, even by SIGKILL."""
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 - our own constants and paths
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=bound_to(os.getpid(), death),
            user=None if account is None else account.uid,
            group=None if account is None else account.gid,
            extra_groups=None if account is None else [],
        )


def bound_to(parent: int, death: signal.Signals) -> Callable[[], None] | None:
    """What a new child runs first on Linux, so that the kernel ends it with its parent."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)

    def bind() -> None:
        library.prctl(PR_SET_PDEATHSIG, int(death))
        if os.getppid() != parent:  # the parent died before the line above
            os._exit(1)

    return bind


@contextmanager
def child(
    command: Sequence[str], *, log: Path, stop: signal.Signals, account: Account | None = None, patience: float = 20
) -> Iterator[subprocess.Popen[bytes]]:
    """Run command until the block ends; then ask it to stop, and kill it after patience seconds."""
    process = start(command, log, stop, account)
    try:
        yield process
    finally:
        end(process, stop, patience)


def end(process: subprocess.Popen[bytes], stop: signal.Signals, patience: float) -> None:
    """Stop a child, however busy it is; a second Ctrl-C kills it at once."""
    process.send_signal(stop)
    try:
        process.wait(patience)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        process.kill()
        process.wait()


def wait_until(
    ready: Callable[[], bool], process: subprocess.Popen[bytes], *, name: str, log: Path, seconds: float
) -> None:
    """Wait for a child to answer. Raises CannotStart with the last line of its log."""
    deadline = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise CannotStart(f"{name} did not start: {last_line(log)} (see {log})")
        time.sleep(LOOK_SECONDS)


def last_line(log: Path) -> str:
    """The last line that a server wrote."""
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1].strip() if lines else "it wrote nothing"
