"""Writes the commit that a wheel was built of into it, where `surga version` finds it."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CommitHook(BuildHookInterface[BuilderConfig]):
    """Adds api/commit.txt to a wheel; an editable install asks Git itself, as its commit changes."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the commit of BUILD_COMMIT, else of the checkout; nothing where neither is known."""
        commit = os.environ.get("BUILD_COMMIT") or commit_of(self.root)
        if version == "editable" or not commit:
            return
        self.folder = tempfile.TemporaryDirectory()
        file = Path(self.folder.name) / "commit.txt"
        file.write_text(commit + "\n")
        build_data["force_include"][str(file)] = "api/commit.txt"


def commit_of(root: str) -> str:
    """The commit of a checkout, with a mark where files differ from it."""
    try:
        asked = ["git", "-C", root, "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return ""
