"""Where the servers and browsers of a run keep their files: in memory, where that is large enough and runs programs."""

from __future__ import annotations

import os
import shutil

IN_MEMORY, ON_DISK = "/dev/shm", "/tmp"
ROOM_BYTES = 4 << 30  # a whole run leaves 0.4 GB and its write-ahead log grows to 1 GB


def scratch(in_memory: str = IN_MEMORY) -> str:
    """A folder with a short path: to make the thousands of files of each database on a disk takes CPU, too."""
    try:
        fits = os.access(in_memory, os.W_OK) and shutil.disk_usage(in_memory).free >= ROOM_BYTES
        return in_memory if fits and not os.statvfs(in_memory).f_flag & os.ST_NOEXEC else ON_DISK
    except OSError:
        return ON_DISK


SCRATCH = scratch()
