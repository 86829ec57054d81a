"""What a run leaves behind is kept until its end, and then searched for personal values: a spill fails the run.

Kept are the lines that every process logged or printed, the log of PostgreSQL, every command that Redis was given by
whomever, and what a monitor reads. The files of the database are searched for the marks of reporters besides.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

from services.reporters import sealing
from tests.phones import untelling
from tests.spills import NOTES, RUN, Spill, marks_in, note, noted, spills_in
from tests.words_on_disk import left_in

FOUND = pytest.StashKey[list[str]]()
PRINTED = "printed.txt"
SAID_SECONDS = 60  # only against waiting for ever
FIRST_OF_OURS = 16_384  # databases below this number are PostgreSQL's own


def kept_in(folder: Path) -> Path:
    """Where the processes of a run keep what is searched."""
    kept = folder / "kept"
    kept.mkdir(exist_ok=True)
    return kept


def keep(name: str, text: str) -> None:
    """Add text to what is searched at the end of this run."""
    folder = os.environ.get(RUN)
    if folder is not None:
        with (kept_in(Path(folder)) / name).open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text + "\n")


def log_file(name: str) -> IO[bytes]:
    """Where a process that a test starts writes its log, so that it is searched too; nowhere outside of a run."""
    folder = os.environ.get(RUN)
    return (kept_in(Path(folder)) / name if folder else Path(os.devnull)).open("ab")


def begin(folder: Path, worker: str) -> None:
    """Keep what this process logs, and note every reporter that it seals."""
    os.environ[RUN] = str(folder)
    handler = logging.FileHandler(kept_in(folder) / f"log-{worker}.txt", encoding="utf-8", errors="backslashreplace")
    logging.getLogger().addHandler(handler)
    plain = sealing.seal

    def seal(keys: Any, ticket_id: int, field: str, value: str) -> str:
        note(field, value)
        return plain(keys, ticket_id, field, value)

    sealing.seal = seal


class Monitor:
    """Writes down all that a Redis is told, until it is stopped."""

    def __init__(self, address: str, file: Path) -> None:
        self.file = file
        self._address = address
        self._line = socket.socket(socket.AF_UNIX)
        self._line.connect(address)
        self._line.sendall(b"MONITOR\r\n")
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()

    def _write(self) -> None:
        with self.file.open("ab") as file:
            while chunk := self._line.recv(1 << 16):
                file.write(chunk)
                file.flush()

    def stop(self) -> bool:
        """Whether it heard everything: the last word that was said to Redis is in the file."""
        word = f"the last word {time.monotonic_ns()}".encode()
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(self._address)
            line.sendall(b"*2\r\n$4\r\nECHO\r\n$%d\r\n%s\r\n" % (len(word), word))
            line.recv(100)
        until = time.monotonic() + SAID_SECONDS
        while word not in self.file.read_bytes()[-10_000:]:
            if time.monotonic() > until or not self._thread.is_alive():
                return False
            time.sleep(0.01)
        self._line.shutdown(socket.SHUT_RDWR)
        self._thread.join(SAID_SECONDS)
        return True


@contextmanager
def monitored(redis_url: str, file: Path) -> Iterator[Monitor]:
    """Write down all that a Redis is told while the block runs."""
    monitor = Monitor(redis_url.removeprefix("unix://"), file)
    try:
        yield monitor
    finally:
        monitor._line.close()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep what a test and the apps in its process printed; with workers this is called in their parent too."""
    for name, text in report.sections:
        keep(PRINTED, f"{report.nodeid} {name}\n{text}")


def search(folder: Path) -> list[str]:
    """What was found in the files of a run: the file, the kind of the value, and the text around it."""
    planted = noted(folder)
    logs = [*kept_in(folder).iterdir(), *folder.glob("*.log"), *folder.glob("*/*.log")]
    found = [(path, spill) for path in sorted(logs) for spill in spills_in(path.read_bytes(), planted)]
    found += [(path, spill) for path in written_by_postgres(folder) for spill in marks_in(left_in(path))]
    return [*unfit(planted), *(told(path.relative_to(folder), spill) for path, spill in found)]


def unfit(planted: Mapping[str, Set[str]]) -> list[str]:
    """Phones that a test may not plant, as a counter may hold what is sought."""
    phones = untelling(planted.get("phone", frozenset()))
    return [f"{NOTES}: {phone} is like a counter: its last 9 digits must begin with 0" for phone in phones]


def written_by_postgres(folder: Path) -> list[Path]:
    """The tables that are left, and the write-ahead log, in which every row of the run was."""
    tables = [path for path in (folder / "postgres/base").glob("*/*") if int(path.parent.name) >= FIRST_OF_OURS]
    return [path for path in (*tables, *(folder / "postgres/pg_wal").glob("*")) if path.is_file()]


def told(path: Path, spill: Spill) -> str:
    return f"{path}: {spill.kind}: {spill.around!r}"


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say what was found."""
    found = config.stash.get(FOUND, [])
    if found:
        terminalreporter.section("personal data was left behind", red=True)
        for line in found:
            terminalreporter.write_line(line)
