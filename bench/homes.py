"""The last act of the long storm: servers that come back with less than they had, under 50 clients each time."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

from tests.realtime.losses import LOSSES, lost_and_adopted, running_desk

CLIENTS = 10  # of each kind: lists and cursors, connected and away, and boards


async def act() -> int:
    """Lose what was committed in every way that there is; gives how many times somebody was wrong."""
    wrong, folder = 0, Path(tempfile.mkdtemp(prefix="surga-bench-", dir="/tmp"))
    try:
        with running_desk(folder) as desk:
            for name, loss in LOSSES.items():
                begun = time.monotonic()
                try:
                    kind = await lost_and_adopted(desk, loss, CLIENTS)
                except (AssertionError, TimeoutError) as problem:
                    wrong += 1
                    print(f"WRONG  {name}: {problem!r}")
                else:
                    seconds = time.monotonic() - begun
                    print(f"  {name:42} {kind}: {5 * CLIENTS} clients begin again, {seconds:.1f} s in all")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return wrong
