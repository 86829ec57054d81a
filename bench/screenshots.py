"""Take the pictures of docs/pictures/, and of the wall in all sizes and states, from demos: `make screenshots`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bench.board import fill
from bench.desks import OFFICE, Served, quiet_demo

ROOT = Path(__file__).resolve().parents[1]
PICTURES, EVERY = ROOT / "docs" / "pictures", ROOT / "var" / "screenshots"
USUAL, MANY = 1_200, 100_000


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with quiet_demo(pictured=True, young=True) as (desk, _):
        take("wall-pictures", desk, EVERY / "12")
    with quiet_demo(pictured=True, busy=True) as (desk, folder):  # 30 busy days are some 1,100 reports
        take("screenshots", desk, PICTURES)
        take("wall-pictures", desk, EVERY / "1200")
        fill(folder, MANY - USUAL, OFFICE)
        take("wall-pictures", desk, EVERY / "100000")
    for folder in (PICTURES, *sorted(EVERY.iterdir())):
        found = sorted(folder.iterdir())
        print(
            f"  {folder.relative_to(ROOT)}: {len(found)} pictures, {sum(each.stat().st_size for each in found):,} bytes"
        )


def take(program: str, desk: Served, folder: Path) -> None:
    """Run one of the programs of web/browser against a desk."""
    programs = Path(sys.executable).parent
    who = desk.access["passwords"]["coordinator"]
    environment = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "SURGA_TOKEN": desk.access["tokens"]["coordinator"],
        "SURGA_ADMIN_TOKEN": desk.access["tokens"]["admin"],
        "SURGA_EMAIL": who["email"],
        "SURGA_PASSWORD": who["password"],
    }
    command = [str(programs / "node"), f"browser/{program}.ts", f"http://127.0.0.1:{desk.port}", str(folder)]
    subprocess.run(command, cwd=ROOT / "web", env=environment, check=True)  # noqa: S603


if __name__ == "__main__":
    main()
