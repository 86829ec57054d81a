"""The program `surga`: one verb per file."""

from api.cli.program import main

__all__ = ["main"]
