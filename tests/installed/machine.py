"""A clean folder in the place of a machine: docs/operations.md is run in it, word by word, but for the paths."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from configparser import RawConfigParser
from contextlib import contextmanager
from pathlib import Path

from api.embedded.postgres import program
from tests.root import ROOT

SECONDS = 120.0
PLACES = ("/opt/surga", "/etc/surga", "/var/lib/surga")
LEFT_OUT = re.compile(r"^systemctl .*\n", re.MULTILINE)  # its part is played by Unit
OWNER = " -o surga"  # the account that only a real machine has
# Makes environments that find what the wheel needs without a registry, in the place of a download.
PYTHON = """#!/bin/sh
"{python}" "$@" || exit
[ "$1" != -m ] || echo "{beneath}" > "$3/lib/{version}/site-packages/beneath.pth"
"""


def blocks() -> list[str]:
    """The commands of the page, in its order."""
    return re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "operations.md").read_text(), re.DOTALL)


class Machine:
    """home is where commands are run, settings what the environment file says, tools what stands before /usr/bin."""

    def __init__(self, folder: Path, postgres: Path) -> None:
        self.folder = folder
        self.home, self.tools = folder / "home", folder / "tools"
        for each in (self.home, self.tools, *map(self.path, PLACES[1:])):
            each.mkdir(parents=True)
        self.settings: dict[str, str] = {}
        self._postgres = postgres
        self._add_python()

    def path(self, text: str) -> Path:
        return Path(self.placed(text))

    def placed(self, text: str) -> str:
        """A text of the project with the paths of this machine."""
        return re.sub("|".join(PLACES), lambda found: f"{self.folder}{found[0]}", text)

    @property
    def environment(self) -> dict[str, str]:
        path = (self.path("/opt/surga/bin"), self.tools, Path(program("psql")).parent, "/usr/bin", "/bin")
        servers = {"PGHOST": str(self._postgres), "PGUSER": "postgres", "PIP_NO_INDEX": "1", "HOME": str(self.home)}
        return {"PATH": ":".join(map(str, path)), "LANG": "C.UTF-8", **servers, **self.settings}

    def run(self, block: str, **words: str) -> str:
        """What the commands of a block print, all of which must end well; words are put in the place of others."""
        for old, new in words.items():
            assert old in block
            block = block.replace(old, new)
        script = self.placed(LEFT_OUT.sub("", block).replace(OWNER, ""))
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.home, env=self.environment, capture_output=True, text=True, timeout=SECONDS,
        )  # fmt: skip
        assert done.returncode == 0, (script, done.stdout, done.stderr)
        return done.stdout

    def configure(self, **given: str) -> None:
        """Write the environment file: the example with these values, and read it as systemd does."""
        text = self.placed((ROOT / "deploy" / "surga.env.example").read_text())
        for name, value in given.items():
            text, found = re.subn(f"^#?{name}=.*$", f"{name}={value}", text, flags=re.MULTILINE)
            assert found == 1
        self.path("/etc/surga/surga.env").write_text(text)
        self.settings = dict(line.split("=", 1) for line in text.splitlines() if re.match("[A-Z]", line))

    @contextmanager
    def unit(self, name: str) -> Iterator[subprocess.Popen[bytes]]:
        """What a unit starts, until the block ends."""
        parsed = RawConfigParser(strict=False)
        parsed.optionxform = str  # type: ignore[assignment,method-assign]
        parsed.read(ROOT / "deploy" / f"{name}.service")
        words = self.placed(parsed["Service"]["ExecStart"]).split()
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(words, cwd=self.home, env=self.environment, stdout=log, stderr=log)
        try:
            yield process
        finally:
            end(process)

    def _add_python(self) -> None:
        beneath = self.folder / "beneath"
        beneath.mkdir()
        for each in Path(sysconfig.get_path("purelib")).iterdir():
            if not each.name.startswith(("surga", "_surga")) and each.suffix != ".pth":
                (beneath / each.name).symlink_to(each)
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        python = self.tools / "python3"
        python.write_text(PYTHON.format(python=sys.executable, beneath=beneath, version=version))
        python.chmod(0o755)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process as systemd does."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(60)
    finally:
        process.kill()


def build_wheel(folder: Path) -> Path:
    """The wheel of this checkout."""
    words = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(words, cwd=ROOT, check=True, capture_output=True, env=dict(os.environ))
    [wheel] = folder.glob("*.whl")
    return wheel
