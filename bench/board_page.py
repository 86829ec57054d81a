"""What the wallboard costs a screen: the first picture, a burst of changes, and memory over a day of them."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from api.web.encodings import SUFFIXES
from bench.board import fill
from bench.desks import Served, quiet_demo

WEB = Path(__file__).resolve().parents[1] / "web"
SCRIPTS = WEB / "wallboard" / "dist" / "assets"
CHANGES = 20_000  # a busy day
BURST = 2_000
MOST_SCRIPT, MOST_MILLISECONDS, MOST_GROWTH, MOST_SHIFT = 250_000, 1_000, 0.1, 0.01


def main() -> None:
    weight = {name: travels(suffix) for name, suffix in SUFFIXES.items()}
    print(
        f"JavaScript of the pages, as it travels: {weight['br'] // 1000} kB (br), {weight['gzip'] // 1000} kB (gzip; "
        f"at most {MOST_SCRIPT // 1000})"
    )
    with quiet_demo() as (desk, folder):
        seen, seconds = measured(desk, folder)
    first = statistics.median(seen["cold"])
    print(f"first picture, nothing cached: {first:.0f} ms (at most {MOST_MILLISECONDS}), {seen['cold']}")
    burst = seen["burst"]
    print(
        f"burst of {BURST:,} changes in {seconds:.1f} s: drawn {burst['renders']} and turned {burst['turns']} times, "
        f"{len(burst['longTasks'])} tasks of 50 ms or more {burst['longTasks']}, "
        f"longest time between two frames {burst['gap']} ms, largest shift {burst['shift']:.4f} (at most {MOST_SHIFT})"
    )
    for state in seen["memory"]:
        print(
            f"after {state['changes']:>6,} changes: {state['bytes'] / 1e6:5.2f} MB of heap, "
            f"{state['nodes']:,} nodes, {state['listeners']:,} listeners"
        )
    warm, day = seen["memory"][1], seen["memory"][-1]
    growth = day["bytes"] / warm["bytes"] - 1
    print(f"  growth from {warm['changes']:,} to {day['changes']:,} changes: {growth:+.1%} (at most {MOST_GROWTH:.0%})")


def travels(suffix: str) -> int:
    """Bytes that a browser is sent of all scripts: of each file the encoding that the build made, else the file."""
    made = [script.with_name(script.name + suffix) for script in SCRIPTS.glob("*.js")]
    return sum((path if path.is_file() else path.with_suffix("")).stat().st_size for path in made)


def measured(desk: Served, folder: Path) -> tuple[dict[str, Any], float]:
    """What the browser found (web/browser/endurance.ts), and the seconds that its burst took."""
    programs = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "SURGA_TOKEN": desk.access["tokens"]["coordinator"],
    }
    command = [str(programs / "node"), "browser/endurance.ts", f"http://127.0.0.1:{desk.port}", str(CHANGES)]
    with subprocess.Popen(  # noqa: S603
        command, cwd=WEB, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as browser:
        if browser.stdin is None or browser.stdout is None or not browser.stdout.readline():
            raise SystemExit("The browser ended.")
        begun = time.perf_counter()
        fill(folder, BURST)
        seconds = time.perf_counter() - begun
        said, _ = browser.communicate("over\n")
    return json.loads(said.splitlines()[-1]), seconds


if __name__ == "__main__":
    main()
