"""Run every measurement in fresh processes, one after the other, and keep what they print under bench/results/."""

from __future__ import annotations

import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

MEASUREMENTS = (
    "bench.lists",
    "bench.operations",
    "bench.clicks",
    "bench.documents",
    "bench.fanout",
    "bench.fanout_grid",
    "bench.fanout_sights",
    "bench.fanout_crowd",
    "bench.fanout_node",
    "bench.earlier",
    "bench.scopes",
    "bench.citizens",
    "bench.neighbours",
    "bench.budgets",
    "bench.log_head",
    "bench.writers",
    "bench.moves",
    "bench.clocks",
    "bench.rule_changes",
    "bench.board",
    "bench.board_page",
    "bench.partners",
    "bench.soak",
)
RESULTS = Path(__file__).parent / "results"


def main() -> int:
    """Print as it goes; the exit code tells whether all of them ran."""
    now = datetime.now(UTC)
    lines = [f"# {now:%Y-%m-%d %H:%M} UTC, Python {platform.python_version()}, {platform.machine()}"]
    print(lines[0])
    failed = [name for name in sys.argv[1:] or MEASUREMENTS if not measured(name, lines)]
    RESULTS.mkdir(exist_ok=True)
    kept = RESULTS / f"{now:%Y-%m-%d-%H%M}.txt"
    kept.write_text("\n".join(lines) + "\n", "utf-8")
    print(f"kept in {kept.relative_to(Path.cwd())}" if kept.is_relative_to(Path.cwd()) else f"kept in {kept}")
    return 1 if failed else 0


def measured(name: str, lines: list[str]) -> bool:
    """Run one measurement and note its lines."""
    lines.append(f"\n## {name}")
    print(lines[-1])
    running = subprocess.Popen([sys.executable, "-m", name], stdout=subprocess.PIPE, text=True)  # noqa: S603
    for line in running.stdout or ():
        print(line, end="", flush=True)
        lines.append(line.rstrip())
    return running.wait() == 0


if __name__ == "__main__":
    sys.exit(main())
