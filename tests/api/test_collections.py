"""How a server process looks for garbage."""

from __future__ import annotations

import subprocess
import sys

import pytest

TOLD = """
import gc
from api.app import GC_THRESHOLDS, set_aside
set_aside()
assert gc.get_threshold() == GC_THRESHOLDS == (10_000, 10, 10), gc.get_threshold()
assert gc.get_freeze_count() > 10_000, gc.get_freeze_count()
"""


STARTED = """
import gc
from api.cli import main, program
def run(app):
    assert gc.isenabled()
    assert gc.get_freeze_count() > 10_000, gc.get_freeze_count()
program.main = run
main()
"""


@pytest.mark.slow
def test_a_process_that_only_serves_looks_seldom_and_never_at_what_its_start_left():
    subprocess.run([sys.executable, "-c", TOLD], check=True, timeout=120)


@pytest.mark.slow
def test_a_verb_looks_for_garbage_but_not_at_what_was_imported():
    subprocess.run([sys.executable, "-c", STARTED], check=True, timeout=120)
