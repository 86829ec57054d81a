"""The only place for the program `surga`: a file for each verb, and what verbs share. Doors: program."""

from __future__ import annotations

import gc

__all__ = ["main"]


def main() -> None:
    """Run the program."""
    gc.disable()  # hardly anything that importing makes is garbage, and looking for it is a fifth of the start
    from api.cli import program

    gc.freeze()
    gc.enable()
    program.main()
