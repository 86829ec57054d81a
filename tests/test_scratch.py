"""The files of a run's servers are in memory only where they fit and programs may run."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import scratch
from tests.scratch import ON_DISK, ROOM_BYTES


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder with just enough room."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=ROOM_BYTES))
    return str(tmp_path)


def test_is_in_memory_where_that_has_room(memory: str) -> None:
    assert scratch.scratch(memory) == memory


def test_is_on_disk_where_memory_is_small(memory: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=ROOM_BYTES - 1))

    assert scratch.scratch(memory) == ON_DISK


def test_is_on_disk_where_memory_runs_no_programs(memory: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_flag=os.ST_NOEXEC))

    assert scratch.scratch(memory) == ON_DISK


def test_is_on_disk_where_there_is_no_such_folder(memory: str) -> None:
    assert scratch.scratch(f"{memory}/none") == ON_DISK
