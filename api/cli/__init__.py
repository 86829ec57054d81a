"""The only place for the program `surga`: a file for each verb, and what verbs share. Doors: program."""

from __future__ import annotations

import gc
import sys

__all__ = ["main"]


def main() -> None:
    """Run the program."""
    gc.disable()  # hardly anything that importing makes is garbage, and looking for it is a fifth of the start
    from api.cli import program

    app = program.program(program.chosen(sys.argv[1:]))
    gc.freeze()
    gc.enable()
    program.main(app)
