"""A migrated database from a dump, where the template can not be copied: to migrate anew costs seconds of CPU."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from api.embedded.postgres import program
from tests.spills import RUN

FILE = "migrated.sql"


def dump(url: str, folder: Path) -> None:
    """Write a database down for the tests of this run."""
    subprocess.run([program("pg_dump"), "--no-sync", "-f", str(folder / FILE), url], check=True)


def restore(url: str) -> None:
    """Make an empty database, of whatever server and locale, one that was just migrated, with the words of Kediri."""
    file = Path(os.environ[RUN]) / FILE
    words = [program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-o", os.devnull, "-f", str(file), url]
    subprocess.run(words, check=True)
