"""The last release, checked out of this clone: what runs beside this one while it is rolled out."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.root import ROOT

PREVIOUS = ROOT / "tests" / "upgrade" / "previous"


class NotInThisCloneError(Exception):
    """The commit of the last release can not be checked out here."""


def previous() -> str:
    """The commit of the last release."""
    return PREVIOUS.read_text("ascii").strip()


@contextmanager
def checked_out(commit: str, folder: Path) -> Iterator[Path]:
    """A git worktree of a commit, until the block ends; raises NotInThisCloneError."""
    if _git("cat-file", "-e", f"{commit}^{{commit}}").returncode != 0:
        raise NotInThisCloneError(
            f"Commit {commit}, which tests/upgrade/previous names as the last release, is not in this clone: "
            "fetch all of its history (git fetch --unshallow)."
        )
    made = _git("worktree", "add", "--detach", str(folder), commit)
    if made.returncode != 0:
        raise NotInThisCloneError(f"Commit {commit} can not be checked out: {made.stderr}")
    try:
        yield folder
    finally:
        _git("worktree", "remove", "--force", str(folder))


def _git(*words: str) -> subprocess.CompletedProcess[str]:
    """What git says, without the hooks of whoever works here."""
    command = ["git", "-C", str(ROOT), "-c", "core.hooksPath=/dev/null", *words]
    return subprocess.run(command, check=False, capture_output=True, text=True)
