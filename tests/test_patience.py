"""How long tests wait: a busy machine takes its time, and a limit that it may pass is no proof of anything."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.root import ROOT

LEAST_SECONDS = 30
# The place of the seconds among the arguments, where they are not named.
WAITS = {"asyncio.timeout": 0, "asyncio.wait_for": 1, "eventually": 1, "httpx.AsyncClient": None, "httpx.Client": None}
# Who begins again where it took long, or waits for a limit of its own on purpose.
SHORT_ON_PURPOSE = {
    "fuzz/outside.py": "hangs up on purpose",
    "realtime/chaos.py": "begins again",
    "realtime/losses.py": "begins again",
    "realtime/test_runs.py": "is late on purpose",
}


def too_short(tree: ast.AST) -> Iterator[int]:
    """The lines with a wait that is shorter than a busy machine may need; httpx waits for five seconds by itself."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) in WAITS):
        named = {each.arg: each.value for each in call.keywords}
        if "transport" in named:
            continue
        place = WAITS[ast.unparse(call.func)]
        given = named.get("timeout") or named.get("seconds")
        if given is None and place is not None and len(call.args) > place:
            given = call.args[place]
        if place is None and given is None:
            yield call.lineno
        if isinstance(given, ast.Constant) and isinstance(given.value, int | float) and given.value < LEAST_SECONDS:
            yield call.lineno


def test_no_test_waits_for_less_than_half_a_minute() -> None:
    tests = ROOT / "tests"
    files = {str(path.relative_to(tests)): path for path in tests.rglob("*.py") if "previous" not in path.parts}

    found = {
        f"{name}:{line}"
        for name, path in files.items()
        if name not in SHORT_ON_PURPOSE
        for line in too_short(ast.parse(path.read_text("utf-8")))
    }

    assert found == set()


def test_a_short_wait_is_found_wherever_it_stands() -> None:
    tree = ast.parse(
        "async with asyncio.timeout(5): pass\n"
        "await asyncio.wait_for(line, 10)\n"
        "await eventually(lambda: True, seconds=20)\n"
        "httpx.AsyncClient()\n"
        "httpx.Client(timeout=5)\n"
        "await asyncio.wait_for(line, timeout=60)\n"
        "await eventually(lambda: True)\n"
        "httpx.AsyncClient(transport=transport)\n"
        "async with asyncio.timeout(LIMIT): pass\n"
    )

    assert sorted(too_short(tree)) == [1, 2, 3, 4, 5]
