"""Take the pictures of docs/pictures/ from a fresh demo: `make screenshots`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bench.board import fill
from bench.desks import quiet_demo

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
MANY = 20_000


def main() -> None:
    programs = Path(sys.executable).parent
    PICTURES.mkdir(parents=True, exist_ok=True)
    with quiet_demo() as (desk, folder):
        who = desk.access["passwords"]["coordinator"]
        environment = {
            **os.environ,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "SURGA_TOKEN": desk.access["tokens"]["coordinator"],
            "SURGA_ADMIN_TOKEN": desk.access["tokens"]["admin"],
            "SURGA_EMAIL": who["email"],
            "SURGA_PASSWORD": who["password"],
        }
        command = [str(programs / "node"), "browser/screenshots.ts", f"http://127.0.0.1:{desk.port}", str(PICTURES)]
        subprocess.run(command, cwd=ROOT / "web", env=environment, check=True)  # noqa: S603
        fill(folder, MANY)
        subprocess.run([*command, "full"], cwd=ROOT / "web", env=environment, check=True)  # noqa: S603
    for snapshot in sorted(PICTURES.iterdir()):
        print(f"  {snapshot.relative_to(ROOT)}  {snapshot.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
